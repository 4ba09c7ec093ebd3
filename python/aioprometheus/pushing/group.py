"""The URL of a group of pushed metrics: an address, with the job and the grouping key in it."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from ..note import no_attribute, noted

# Label names that a Pushgateway accepts. Names that begin with two underscores are reserved.
_LABEL_NAME = re.compile(r"(?!__)[a-zA-Z_][a-zA-Z0-9_]*")

# The number of bytes of an answer that are shown.
_SHOWN_BYTES = 1000


def url_of(
    job_name: object, addr: str, grouping_key: Mapping[str, Any], path: str, gateway_path: str
) -> str:
    """Return the URL that the metrics of a group are sent to.

    :param job_name: The value of the label ``job``.
    :param addr: The URL of the receiver; empty for a URL without a host.
    :param grouping_key: The other labels of the group.
    :param path: The path below the address.
    :param gateway_path: The path of a Pushgateway, to which the labels are appended. To any other
      path they are sent as ``extra_label`` query parameters.
    :raises TypeError: If the address is not a str.
    :raises ValueError: If the address lacks the scheme, if the job of a Pushgateway is empty, or if
      a label cannot be sent.
    """
    labels = _labels(job_name, grouping_key)
    if path == gateway_path:
        if not labels["job"]:
            raise ValueError("job_name must not be empty: a Pushgateway refuses that")
        path += "".join(escape_grouping_key(k, v) for k, v in labels.items())
    else:
        path = _with_extra_labels(path, labels)
    try:
        return _resolve(addr, path)
    except (TypeError, ValueError) as error:
        if isinstance(job_name, str) and "://" in job_name:
            noted(error, "the job comes first, then the address")
        raise


def shown(url: str) -> str:
    """Return a URL as it may be logged: without user name, password, query and fragment.

    :param url: The URL.
    """
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def excerpt(body: bytes) -> str:
    """Return the beginning of the body of an answer.

    :param body: The body.
    """
    return body[:_SHOWN_BYTES].decode("utf-8", "replace").strip()


def _labels(job_name: object, grouping_key: Mapping[str, Any]) -> dict[str, str]:
    """Return the labels of a group as text: the job, then the others sorted by name."""
    if not hasattr(grouping_key, "items"):
        raise noted(
            no_attribute(grouping_key, "items"),
            "grouping_key must be a dict of labels, such as {'instance': 'host:9000'}, "
            f"not {type(grouping_key).__name__}",
        )
    labels = {"job": str(job_name)}
    for name, value in sorted((str(name), str(value)) for name, value in grouping_key.items()):
        if labels.setdefault(name, value) != value:
            raise ValueError(
                f"grouping_key says {name}={value!r}, but {labels[name]!r} is given already: "
                "leave it out"
            )
    for name, value in labels.items():
        if not _LABEL_NAME.fullmatch(name):
            raise ValueError(
                f"grouping_key has an invalid label name: {name!r}. A name consists of ASCII "
                "letters, digits and underscores, without a digit or two underscores in front"
            )
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise ValueError(
                f"the value of the label {name} has no UTF-8 form: {value!r}"
            ) from None
    return labels


def escape_grouping_key(k: str, v: str) -> str:
    """Return the two segments of a label in the path of a Pushgateway.

    The rules are in the section "URL" of its README. A segment of one or two dots is encoded
    because clients and servers would resolve it.

    :param k: The name of the label.
    :param v: Its value.
    """
    if v == "":
        # The `=` of padding prevents `//` and a trailing `/`.
        return f"/{k}@base64/="
    if "/" in v or v in (".", ".."):
        # A `/` is taken for a path separator even if it is percent-encoded.
        return f"/{k}@base64/{base64.urlsafe_b64encode(v.encode()).decode()}"
    return f"/{k}/{quote(v, safe='')}"


def _with_extra_labels(path: str, labels: dict[str, str]) -> str:
    """Return a path with labels as query parameters for VictoriaMetrics."""
    path = path.partition("#")[0]
    for name, value in labels.items():
        if name == "job" and not value:
            continue
        separator = "&" if "?" in path else "?"
        path += f"{separator}extra_label={name}={quote(value, safe='')}"
    return path


def _resolve(addr: str, path: str) -> str:
    """Return the URL of a path below an address, which may itself have a path and a query."""
    if addr and not isinstance(addr, str):
        raise TypeError(f"addr must be a URL such as http://hostname:9091, got: {addr!r}")
    if urlsplit(path).netloc:  # a URL of its own
        return urljoin(addr or "", path)
    base = urlsplit("")
    if addr:
        # Without what may be secret.
        got = addr.partition("?")[0].rpartition("@")[2]
        wrong = ValueError(f"addr must be a URL such as http://hostname:9091, got: {got}")
        try:
            base = urlsplit(addr)
            is_url = base.scheme and base.netloc and base.port != 0  # the port may raise
        except ValueError:
            raise wrong from None
        if not is_url:
            raise wrong
    path, _, query = path.partition("?")
    return urlunsplit(
        base._replace(
            path=f"{base.path.rstrip('/')}/{path.lstrip('/')}",
            query="&".join(filter(None, (base.query, query))),
            fragment="",
        )
    )
