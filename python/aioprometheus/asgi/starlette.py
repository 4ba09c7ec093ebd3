"""A handler that serves the metrics from a Starlette or FastAPI application."""

from starlette.requests import Request
from starlette.responses import Response

from ..collectors import REGISTRY
from ..renderer import render


async def metrics(request: Request) -> Response:
    """Render metrics into format specified by 'accept' header.

    This function first attempts to retrieve the metrics Registry from
    ``request.app.state`` in case the app is using a custom registry instead
    of the default registry. If this fails then the default registry is used.
    """
    registry = getattr(request.app.state, "registry", REGISTRY)
    content, http_headers = render(registry, request.headers.getlist("Accept"))
    return Response(content=content, headers=http_headers)
