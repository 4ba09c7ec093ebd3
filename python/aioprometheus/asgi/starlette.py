"""A handler that serves the metrics from a Starlette or FastAPI application."""

try:
    from starlette.requests import Request
    from starlette.responses import Response
except ImportError as exc:
    from ..note import absent

    absent(exc, "starlette")
    raise

from ..collectors import REGISTRY
from ..renderer import render as render  # as in 23.12.0
from ..renderer import render_async


async def metrics(request: Request) -> Response:
    """Render metrics into format specified by 'accept' header.

    The body is compressed as the 'accept-encoding' header asks. ``name[]`` parameters of the
    query keep the families of these names.

    This function first attempts to retrieve the metrics Registry from
    ``request.app.state`` in case the app is using a custom registry instead
    of the default registry. If this fails then the default registry is used.

    :param request: The request.
    """
    registry = getattr(request.app.state, "registry", REGISTRY)
    content, http_headers = await render_async(
        registry,
        request.headers.getlist("Accept"),
        accept_encoding=request.headers.getlist("Accept-Encoding"),
        names=request.query_params.getlist("name[]"),
    )
    return Response(content=content, headers=http_headers)
