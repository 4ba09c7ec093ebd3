"""A handler that serves the metrics from a Quart application."""

try:
    from quart import current_app, request
except ImportError as exc:
    from ..note import absent

    absent(exc, "quart")
    raise

from ..collectors import REGISTRY
from ..renderer import render as render  # as in 23.12.0
from ..renderer import render_async


async def metrics() -> tuple[bytes, dict[str, str]]:
    """Render metrics into format specified by 'accept' header.

    The body is compressed as the 'accept-encoding' header asks. ``name[]`` parameters of the
    query keep the families of these names.

    This function first attempts to retrieve the metrics Registry from
    ``current_app`` in case the app is using a custom registry instead
    of the default registry. If this fails then the default registry is used.
    """
    registry = getattr(current_app, "registry", REGISTRY)
    content, http_headers = await render_async(
        registry,
        request.headers.getlist("accept"),
        accept_encoding=request.headers.getlist("accept-encoding"),
        names=request.args.getlist("name[]"),
    )
    return content, http_headers
