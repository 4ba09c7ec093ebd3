"""The routes of a router that can have left an endpoint in the scope of a request.

What is remembered of a router is the positions of its routes, and no object that could keep an
application alive.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from weakref import ref

# The modules whose routes are known to put their endpoint into the scope.
KNOWN = ("starlette.routing", "fastapi.routing")


class _Positions:
    """The positions of the routes in a list.

    They are right as long as nothing is replaced in the list, which is rare: what is not found in
    the candidates is searched in all routes.
    """

    def __init__(self, owner: ref[Any], routes: Sequence[Any]) -> None:
        self.owner = owner
        self.list = id(routes)
        self.count = len(routes)
        # Those of the routes that lead to an endpoint, by the identity of the endpoint.
        self.endpoints: dict[int, list[int]] = {}
        # Those of mounts and hosts, and of routes that are not known.
        self.others: list[int] = []
        # Those of routes that may leave no mark.
        self.silent: list[int] = []
        for position, route in enumerate(routes):
            known = _is_known(route)
            endpoint = _endpoint(route) if known else None
            if endpoint is not None:
                self.endpoints.setdefault(id(endpoint), []).append(position)
                continue
            self.others.append(position)
            if not known:
                self.silent.append(position)

    def of(self, endpoint: Any) -> Sequence[int]:
        """The positions of the routes that can have left an endpoint, or none."""
        if endpoint is None:
            return self.silent
        exact = self.endpoints.get(id(endpoint))
        if exact is None:
            return self.others
        return sorted((*exact, *self.others)) if self.others else exact


_remembered: dict[int, _Positions] = {}


def candidates(owner: Any, routes: Sequence[Any], endpoint: Any) -> Sequence[Any]:
    """The routes that can have left an endpoint in the scope, in order.

    :param owner: The object that has the routes.
    :param endpoint: The endpoint in the scope; None if there is none.
    """
    positions = _remembered.get(id(owner))
    if (
        positions is None
        or positions.owner() is not owner
        or positions.list != id(routes)
        or positions.count != len(routes)
    ):
        try:
            weak = ref(owner, _forget(id(owner)))
        except TypeError:
            return routes
        positions = _Positions(weak, routes)
        _remembered[id(owner)] = positions
    return [routes[position] for position in positions.of(endpoint)]


def included_routes(route: Any, trusted: bool) -> Sequence[Any] | None:
    """The routes of a router that FastAPI (0.137 and later) has included; None for other routes.

    :param trusted: Whether FastAPI has just matched the request, so that its list is up to date.
    """
    contexts = getattr(route, "effective_route_contexts", None)
    if contexts is None:
        return None
    if trusted:
        known = getattr(route, "_effective_candidates", None)
        if isinstance(known, list) and known:
            return known
    effective = getattr(route, "effective_candidates", None)
    return list(contexts()) if effective is None else list(effective())


def goes_by_path(route: Any) -> bool:
    """Whether a route is known to look at the path of a request, and not at a header as a host."""
    return _is_known(route) and not hasattr(route, "host_regex")


def _forget(key: int) -> Any:
    def forget(weak: ref[Any]) -> None:
        positions = _remembered.get(key)
        if positions is not None and positions.owner is weak:
            del _remembered[key]

    return forget


def _is_known(route: Any) -> bool:
    matches = getattr(type(route), "matches", None)
    return getattr(matches, "__module__", None) in KNOWN


def _endpoint(route: Any) -> Any:
    return getattr(getattr(route, "starlette_route", None) or route, "endpoint", None)
