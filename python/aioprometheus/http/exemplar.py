"""Exemplars of requests: the ids of their traces."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

# https://www.w3.org/TR/trace-context/#traceparent-header: version, trace, parent, flags. A later
# version may have more behind the flags.
_TRACEPARENT = re.compile(
    rb"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?",
    re.DOTALL,
)
_SAMPLED = 1


def of_traceparent(header: bytes | None) -> dict[str, str] | None:
    """Return the exemplar of a trace, or None if it is not sampled.

    :param header: The value of the header ``traceparent``.
    """
    found = None if header is None else _TRACEPARENT.fullmatch(header)
    if found is None or (found[1] == b"00" and found[5] is not None):
        return None
    if not int(found[4], 16) & _SAMPLED:
        return None
    return {"trace_id": found[2].decode(), "span_id": found[3].decode()}


def header_of(request: Any, name: bytes) -> bytes | None:
    """Return the first value of a header.

    :param request: The scope of an ASGI request, or an object with ``headers``.
    :param name: The name of the header, in lower case.
    """
    if isinstance(request, dict):  # requests of aiohttp are mappings as well
        for key, value in request.get("headers", ()):
            if bytes(key).lower() == name:
                return bytes(value)
        return None
    value = request.headers.get(name.decode())
    return None if value is None else str(value).encode("latin-1", "replace")


def exemplar_function(
    option: Any,
) -> Callable[[Any], Mapping[str, Any] | None] | None:
    """Return the function that gives the exemplar of a request.

    :param option: The option ``exemplars``.
    """
    if option == "traceparent":
        return lambda request: of_traceparent(header_of(request, b"traceparent"))
    if option == "opentelemetry":
        from ..exemplars import opentelemetry_exemplar

        return lambda request: opentelemetry_exemplar()
    function: Callable[[Any], Mapping[str, Any] | None] | None = option
    return function
