"""A handler that serves the metrics from a Quart application."""

from quart import current_app, request

from ..collectors import REGISTRY
from ..renderer import render


async def metrics() -> tuple[bytes, dict[str, str]]:
    """Render metrics into format specified by 'accept' header.

    This function first attempts to retrieve the metrics Registry from
    ``current_app`` in case the app is using a custom registry instead
    of the default registry. If this fails then the default registry is used.
    """
    registry = getattr(current_app, "registry", REGISTRY)
    content, http_headers = render(registry, request.headers.getlist("accept"))
    return content, http_headers
