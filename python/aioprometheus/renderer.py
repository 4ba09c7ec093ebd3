"""Rendering a registry for a request."""

from collections.abc import Sequence

from .collectors import Registry
from .formats.base import IFormatter
from .mypy_types import LabelsType
from .negotiator import negotiate


def render(
    registry: Registry, accepts_headers: str | Sequence[str] | None
) -> tuple[bytes, LabelsType]:
    """Render the metrics of a registry in the format that the Accept headers choose.

    The interpreter runs on meanwhile: increments and births in other threads do not wait.

    :param registry: the registry.
    :param accepts_headers: the value of the Accept header, a sequence of several values, or None.
    :returns: the body, and the headers of the response.
    :raises Exception: if an argument is of another type.
    """
    if not isinstance(registry, Registry):
        raise Exception(f"registry must be a Registry, got: {type(registry)}")
    if accepts_headers is None:
        accepts_headers = ()
    elif isinstance(accepts_headers, str):
        accepts_headers = (accepts_headers,)
    elif not isinstance(accepts_headers, (set, list, tuple)):
        raise Exception(f"accepts_headers must be a sequence, got: {type(accepts_headers)}")

    formatter: IFormatter = negotiate(accepts_headers)()
    return formatter.marshall(registry), formatter.get_headers()
