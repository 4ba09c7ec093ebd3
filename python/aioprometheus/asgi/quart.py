"""A handler that serves the metrics from a Quart application."""

try:
    from quart import current_app, request
except ImportError as exc:
    from ..note import absent

    absent(exc, "quart")
    raise

from ..collectors import REGISTRY
from ..renderer import answer
from ..renderer import render as render  # as in 23.12.0
from .explain import explained


async def metrics() -> tuple[bytes, dict[str, str]]:
    """Answer a scrape in the format and compression that its headers prefer.

    ``name[]`` parameters of the query select metrics by name. The metrics come from
    ``app.registry``, or from the default registry if the application has no such attribute.
    """
    registry = getattr(current_app, "registry", REGISTRY)
    with explained(request.scope, registry, "app.registry"):
        content, http_headers = await answer(
            registry, request.headers.getlist, request.args.getlist
        )
    return content, http_headers
