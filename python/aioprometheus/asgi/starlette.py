"""A handler that serves the metrics from a Starlette or FastAPI application."""

try:
    from starlette.requests import Request
    from starlette.responses import Response
except ImportError as exc:
    from ..note import absent

    absent(exc, "starlette")
    raise

from ..collectors import REGISTRY
from ..renderer import answer
from ..renderer import render as render  # as in 23.12.0
from .explain import explained


async def metrics(request: Request) -> Response:
    """Answer a scrape in the format and compression that its headers prefer.

    ``name[]`` parameters of the query select metrics by name. The metrics come from
    ``app.state.registry``, or from the default registry if the state has no such attribute.

    :param request: The request.
    """
    registry = getattr(request.app.state, "registry", REGISTRY)
    with explained(request.scope, registry, "app.state.registry"):
        content, http_headers = await answer(
            registry, request.headers.getlist, request.query_params.getlist
        )
    return Response(content=content, headers=http_headers)
