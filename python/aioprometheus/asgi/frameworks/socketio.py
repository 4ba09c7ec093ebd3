"""The path of Socket.IO, and the templates of the application that has all others."""

from __future__ import annotations

from typing import Any

from ..route import Missing, Search


def template(app: Any, scope: dict[str, Any], prefix: str, search: Search) -> str | Missing:
    """The path below which Socket.IO answers, or the template in the other application.

    Socket.IO compares the whole path of ASGI, with the prefix of mounts. Without a path of its own
    it takes everything.

    :param app: An ``engineio.ASGIApp``, such as ``socketio.ASGIApp``.
    :param scope: The scope that it got.
    :param prefix: The template of the mounts around it.
    :param search: The search that goes on in the other application.
    """
    if app.engineio_path is None:
        return prefix or "/"
    own: str = "/" + app.engineio_path.strip("/")
    if f"{scope['path']}/".startswith(own + "/"):
        return prefix + own.removeprefix((scope.get("root_path") or "").rstrip("/"))
    other = app.other_asgi_app
    return Missing.ROUTE if other is None else search.below(other, scope, prefix)
