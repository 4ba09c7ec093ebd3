"""The templates of Connexion's operations, on Starlette and on Flask."""

import sys
import types
import warnings

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from aioprometheus import MetricsMiddleware, Registry
from support.asgi_driver import request
from support.standard import samples, totals
from support.templates import ROUTE, answers, check, check_hostile

with warnings.catch_warnings():  # Starlette warns about its test client
    warnings.simplefilter("ignore")
    connexion = pytest.importorskip("connexion")

PUT = {"method": "PUT"}


def operation(called, **parameters):
    given = [
        {"name": parameter, "in": "path", "required": True, "schema": {"type": kind}}
        for parameter, kind in parameters.items()
    ]
    answer = {"200": {"description": "an answer"}}
    return {"operationId": f"answers.{called}", "parameters": given, "responses": answer}


@pytest.fixture(name="make")
def _make(monkeypatch):
    operations = types.ModuleType("answers")
    operations.pet = lambda pet_id: "pet"
    operations.part = lambda pet_id, name: "part"
    operations.all = lambda: "all"
    monkeypatch.setitem(sys.modules, operations.__name__, operations)

    def make(kind, *bases):
        app = kind(__name__)
        for base in bases:
            paths = {
                "/pets": {"get": operation("all")},
                "/pets/{pet_id}": {"get": operation("pet", pet_id="integer")},
                "/pets/{pet_id}/{name}": {
                    "get": operation("part", pet_id="integer", name="string")
                },
            }
            about = {"openapi": "3.0.0", "info": {"title": base, "version": "1"}}
            app.add_api({**about, "servers": [{"url": base}], "paths": paths}, name=base)
        return app

    return make


kinds = pytest.mark.parametrize("kind", [connexion.AsyncApp, connexion.FlaskApp])


def cases(base):
    pet = base + "/pets/{pet_id:int}"
    return [
        (base + "/pets", 200, base + "/pets"),
        (base + "/pets/7", 200, pet),
        (base + "/pets/7", 405, pet, PUT),
        (base + "/pets/7/tail", 200, pet + "/{name}"),
        (base + "/pets/x", 404, ROUTE),
        (base + "/nothing", 404, ROUTE),
    ]


@kinds
def test_connexion(kind, make):
    app = make(kind, "/v1", "/v2")
    check(app, [*cases("/v1"), *cases("/v2"), ("/pets", 404, ROUTE), ("/", 404, ROUTE)])


@kinds
def test_connexion_at_the_root(kind, make):
    check(make(kind, "/"), cases(""))


@kinds
def test_connexion_below_a_mount(kind, make):
    """It would give the parameters of a mount to its operations."""
    app = Starlette(routes=[Mount("/mount", app=make(kind, "/v1"))])
    check(app, cases("/v1"), "/mount", "/mount")


def test_a_route_of_flask():
    app = connexion.FlaskApp(__name__)
    app.add_url_rule("/own/<name>", "own", lambda name: name)
    check(app, [("/own/x", 200, "/own/<name>"), ("/other", 404, ROUTE)])


@kinds
def test_hostile_paths(kind, make):
    app = make(kind, "/v1")
    answers(app, "/v1/pets")  # the first request makes its routes
    templates = {case[2] for case in cases("/v1")} - {ROUTE}
    # Flask redirects from a path with more slashes.
    others = {one.replace("{pet_id:int}", "<int:pet_id>") for one in templates}
    others = {one.replace("{name}", "<name>") for one in others}
    check_hostile(app, templates, *(case[0] for case in cases("/v1")), others=others)


@kinds
@pytest.mark.parametrize("position", ["BEFORE_SWAGGER", "BEFORE_ROUTING", "BEFORE_CONTEXT"])
def test_a_middleware_within_connexion(kind, position, make):
    """Connexion answers the exceptions of its router around the middleware."""
    app, registry = make(kind, "/v1"), Registry()
    position = getattr(connexion.middleware.MiddlewarePosition, position)
    app.add_middleware(
        MetricsMiddleware, position, registry=registry, metrics=["counters", "standard"]
    )
    for path in ("/v1/pets", "/v1/absent/1", "/v1/absent/2"):
        request(app, path)
    unmatched = ("GET", "<unmatched>", "404")
    assert totals(registry) == {("GET", "/v1/pets", "200"): 1, unmatched: 2}
    counted = samples(registry, "status_codes_counter")
    assert counted == {("GET", "/v1/pets", "200"): 1, unmatched: 2}
    assert samples(registry, "exceptions_total_counter") == {}
