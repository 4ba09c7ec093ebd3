"""The templates of Quart's rules, and of Flask's in an application that runs WSGI."""

import pytest
from asgiref.wsgi import WsgiToAsgi
from quart import Blueprint, Quart, websocket
from starlette.middleware.gzip import GZipMiddleware
from werkzeug.routing import BaseConverter

from aioprometheus.asgi.template import template_of
from support.asgi_driver import request, scope_of
from support.templates import ROUTE, check, check_hostile, check_mounted, mounted

flask = pytest.importorskip("flask")

PUT, HEAD, OPTIONS = {"method": "PUT"}, {"method": "HEAD"}, {"method": "OPTIONS"}
WEBSOCKET = {"kind": "websocket"}


def host(name):
    return {"headers": [(b"host", name)]}


class Failing(BaseConverter):
    def to_python(self, value):
        raise RuntimeError(value)


async def view(**values):
    return "view"


def quart_app():
    app = Quart(__name__, static_folder=None)
    app.url_map.converters["failing"] = Failing
    app.add_url_rule("/", "root", view)
    app.add_url_rule("/users/<int:id>", "users", view)
    app.add_url_rule("/slash/", "slash", view)
    app.add_url_rule("/loose/", "loose", view, strict_slashes=False)
    app.add_url_rule("/failing/<failing:x>", "failing", view)
    parts = Blueprint("parts", __name__, url_prefix="/parts")
    parts.add_url_rule("/<path:rest>", "rest", view, methods=["PUT"])
    parts.add_url_rule("/page/", "page", view, defaults={"page": 1})
    parts.add_url_rule("/page/<int:page>", "page", view)
    app.register_blueprint(parts)
    for rule, more in (("/old/<int:id>", "redirect_to"), ("/alias/<int:id>", "alias")):
        made = app.url_rule_class(rule, endpoint="users", methods=["GET"])
        setattr(made, more, "/users/<id>" if more == "redirect_to" else True)
        app.url_map.add(made)

    @app.websocket("/rooms/<room>")
    async def room(room):
        await websocket.accept()

    return app


CASES = [
    ("/", 200, "/"),
    ("/users/7", 200, "/users/<int:id>"),
    ("/users/7", 200, "/users/<int:id>", HEAD),
    ("/users/7", 200, "/users/<int:id>", OPTIONS),
    ("/users/7", 405, "/users/<int:id>", PUT),
    ("/users/x", 404, ROUTE),
    ("/users/7/", 404, ROUTE),
    ("/slash", 308, "/slash/"),
    ("/loose", 200, "/loose/"),
    ("//slash//", 308, "/slash/"),
    ("/failing/x", 500, ROUTE),
    ("/parts/a/b/c", 200, "/parts/<path:rest>", PUT),
    ("/parts/a/b/c", 405, "/parts/<path:rest>"),
    ("/parts/page/", 200, "/parts/page/"),
    ("/parts/page/1", 308, "/parts/page/<int:page>"),
    ("/parts/page/2", 200, "/parts/page/<int:page>"),
    ("/old/7", 308, "/old/<int:id>"),
    ("/alias/7", 308, "/users/<int:id>"),
    ("/rooms/7", 101, "/rooms/<room>", WEBSOCKET),
    ("/rooms/7", 400, "/rooms/<room>"),
    ("/users/7", 403, "/users/<int:id>", WEBSOCKET),
    ("/rooms/7/8", 403, ROUTE, WEBSOCKET),
    ("/\udc80", 404, ROUTE),
    ("/" + "x/" * 500_000, 404, ROUTE),
    ("/" * 1_000_000, 200, "/"),
]


@pytest.mark.parametrize("wrap", [lambda app: app, lambda app: app.asgi_app, GZipMiddleware])
def test_quart(wrap):
    check(wrap(quart_app()), CASES)


def test_quart_below_a_mount():
    check_mounted(quart_app(), [case for case in CASES if len(case[0]) < 100])
    check(mounted(quart_app()), [("/mount/7", 307, "/mount/{tenant}/"), ("/x", 404, ROUTE)])


def test_the_root_path_is_not_part_of_a_template():
    root = {"root_path": "/users"}
    cases = [("/users/users/7", 200, "/users/<int:id>", root), ("/users/7", 404, ROUTE, root)]
    check(quart_app(), cases)


def test_hosts():
    app = Quart(__name__, host_matching=True, static_folder=None)
    app.add_url_rule("/a/<x>", "a", view, host="a.example")
    app.add_url_rule("/b/<x>", "b", view, host="<name>.b.example:8080")
    cases = [
        ("/a/1", 200, "/a/<x>", host(b"A.example")),
        ("/a/1", 200, "/a/<x>", host(b"a.example:80")),
        ("/a/1", 404, ROUTE, host(b"c.example")),
        ("/b/1", 200, "/b/<x>", host(b"z.b.example:8080")),
        ("/b/1", 404, ROUTE, host(b"z.b.example")),
    ]
    check(app, cases)


def test_subdomains():
    app = Quart(__name__, static_folder=None, subdomain_matching=True)
    app.config["SERVER_NAME"] = "example.org"
    app.add_url_rule("/a/<x>", "a", view)
    app.add_url_rule("/b/<x>", "b", view, subdomain="<name>")
    cases = [
        ("/a/1", 200, "/a/<x>", host(b"example.org")),
        ("/a/1", 404, ROUTE, host(b"x.example.org")),
        ("/b/1", 200, "/b/<x>", host(b"x.example.org")),
        ("/b/1", 404, ROUTE, host(b"example.org")),
    ]
    check(app, cases)


@pytest.mark.filterwarnings("ignore:Current server name")
def test_the_name_of_another_server():
    app = Quart(__name__, static_folder=None)
    app.config["SERVER_NAME"] = "example.org"
    app.add_url_rule("/a/<x>", "a", view)
    check(
        app,
        [("/a/1", 404, ROUTE, host(b"other.org")), ("/a/1", 200, "/a/<x>", host(b"example.org"))],
    )


def test_flask_in_an_application_that_runs_it():
    app = flask.Flask(__name__)
    app.add_url_rule("/users/<int:id>", "users", lambda id: "user")
    cases = [
        ("/users/7", 200, "/users/<int:id>"),
        ("/users/7", 405, "/users/<int:id>", PUT),
        ("/users/x", 404, ROUTE),
    ]
    check(WsgiToAsgi(app), cases)
    check(WsgiToAsgi(app.wsgi_app), cases)
    check_mounted(WsgiToAsgi(app), cases)


def test_hostile_paths():
    app = quart_app()
    templates = {rule.rule for rule in app.url_map.iter_rules() if not rule.alias}
    templates.remove("/failing/<failing:x>")
    check_hostile(app, templates, *(path for path, _, _, *_ in CASES if len(path) < 100))


def test_nothing_in_the_application_changes():
    app = quart_app()
    request(app, "/users/7")
    before = {name: repr(value) for name, value in vars(app).items()}
    for path in ("/users/7", "/slash", "/nothing"):
        scope = scope_of(path)
        kept = dict(scope)
        template_of(app, scope)
        assert scope == kept
    assert {name: repr(value) for name, value in vars(app).items()} == before
