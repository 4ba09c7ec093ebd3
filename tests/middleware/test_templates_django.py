"""The templates of Django's URL patterns, and those of the routers of Django Channels."""

import logging
import sys
import types

import django
import pytest
from django.conf.urls.i18n import i18n_patterns
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application
from django.core.handlers.wsgi import WSGIHandler
from django.http import Http404, HttpResponse
from django.test import override_settings
from django.urls import include, path, re_path, register_converter
from django.utils import translation
from django.utils.decorators import async_only_middleware
from django.views.decorators.http import require_GET
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from aioprometheus.asgi.frameworks.django import LONGEST_PATH, _remembered
from aioprometheus.asgi.template import template_of
from support.asgi_driver import scope_of
from support.django_app import django_app
from support.templates import ROUTE, answers, check, check_hostile, check_mounted

django_app()  # it configures Django

WEBSOCKET = {"kind": "websocket"}


class Failing:
    regex = "[a-z]+"

    def to_python(self, value):
        raise RuntimeError(value)


register_converter(Failing, "failing")


async def view(request, *_, **values):
    return HttpResponse("view")


async def missing(request):
    raise Http404


async def french(request):
    translation.activate("fr")
    return HttpResponse("view")


async def exact(request, **values):
    return HttpResponse("view")


exact.should_append_slash = False


@async_only_middleware
def with_other_patterns(get_response):
    async def middleware(request):
        if "other" in request.META["QUERY_STRING"]:
            request.urlconf = others.__name__
        return await get_response(request)

    return middleware


others = types.ModuleType("other_patterns_of_the_test")
others.urlpatterns = [path("others/<slug:name>", view)]

urlpatterns = [
    path("", view),
    path("users/<int:id>/", view),
    path("exact/<int:id>/", exact),
    path("get", require_GET(view)),
    path("missing", missing),
    re_path(r"^archive/(?P<year>[0-9]{4})/$", view),
    re_path(r"^end\Z", view),
    path("parts/<slug:part>/", include([path("leaf", view), re_path(r"^re/(\d+)$", view)])),
    path("failing/<failing:x>", view),
    *i18n_patterns(path("news/<int:id>", view), path("french/", french)),
]

SETTINGS = {
    "ROOT_URLCONF": __name__,
    "STATIC_URL": "/static/",
    "LANGUAGES": [("en", "English"), ("de", "German"), ("fr", "French")],
    "MIDDLEWARE": [
        "django.middleware.locale.LocaleMiddleware",
        "django.middleware.common.CommonMiddleware",
        f"{__name__}.with_other_patterns",
    ],
}

CASES = [
    ("/", 200, "/"),
    ("/users/7/", 200, "/users/<int:id>/"),
    ("/users/7/", 200, "/users/<int:id>/", {"method": "HEAD"}),
    ("/users/7", 301, "/users/<int:id>/"),
    ("/users/x/", 404, ROUTE),
    ("/users/x", 404, ROUTE),
    ("/exact/7/", 200, "/exact/<int:id>/"),
    ("/exact/7", 404, ROUTE),
    ("/get", 405, "/get", {"method": "PUT"}),
    ("/missing", 404, "/missing"),
    ("/archive/1999/", 200, "/archive/(?P<year>[0-9]{4})/"),
    ("/end", 200, "/end"),
    ("/parts/a/leaf", 200, "/parts/<slug:part>/leaf"),
    ("/parts/a/re/7", 200, r"/parts/<slug:part>/re/(\d+)"),
    ("/failing/x", 500, ROUTE),
    ("/en/news/7", 200, "/en/news/<int:id>"),
    ("/de/news/7", 200, "/de/news/<int:id>"),
    ("/de/french/", 200, "/de/french/"),
    ("/news/7", 302, ROUTE),
    ("/nothing", 404, ROUTE),
    ("/\udc80", 404, ROUTE),
    ("/" + "x/" * 500_000, 404, ROUTE),
]


@pytest.fixture(autouse=True)
def _settings():
    sys.modules[others.__name__] = others
    level = logging.root.manager.disable
    logging.disable(logging.CRITICAL)  # of answers that are errors
    with override_settings(**SETTINGS):
        yield
    logging.disable(level)
    del sys.modules[others.__name__]


def test_django():
    cases = [case for case in CASES if case[0] != "/\udc80"]
    check(get_asgi_application(), cases)
    check(get_asgi_application(), cases)  # now some are remembered


def test_a_path_that_cannot_be_encoded():
    assert template_of(get_asgi_application(), scope_of("/\udc80")) is ROUTE
    assert template_of(get_asgi_application(), scope_of("/users/\udc80/")) is ROUTE


def test_django_below_a_mount():
    check_mounted(get_asgi_application(), [case for case in CASES if len(case[0]) > 2][:18])


def test_the_root_path_is_not_part_of_a_template():
    root = {"root_path": "/api"}
    app = get_asgi_application()
    check(app, [("/api/users/7/", 200, "/users/<int:id>/", root)])
    if django.VERSION < (5,):
        return
    with override_settings(FORCE_SCRIPT_NAME="/forced"):
        check(app, [("/forced/users/7/", 200, "/users/<int:id>/", root)])


def test_the_patterns_of_the_request():
    query = {"query_string": b"other"}
    cases = [("/others/x", 200, "/others/<slug:name>", query), ("/users/7/", 404, ROUTE, query)]
    check(get_asgi_application(), cases)


def test_a_redirect_needs_the_middleware():
    with override_settings(MIDDLEWARE=[]):
        check(get_asgi_application(), [("/users/7", 404, ROUTE)])


def test_static_files():
    app = ASGIStaticFilesHandler(get_asgi_application())
    check(app, [("/static/x", 404, "/static"), ("/users/7/", 200, "/users/<int:id>/")])
    check(app, [("/nothing", 404, ROUTE)])


def test_django_in_an_application_that_runs_wsgi():
    from asgiref.wsgi import WsgiToAsgi

    app = WsgiToAsgi(WSGIHandler())
    assert template_of(app, scope_of("/users/7/")) == "/users/<int:id>/"


def test_channels():
    routing = pytest.importorskip("channels.routing")

    async def room(scope, receive, send):
        await send({"type": "websocket.accept"})

    rooms = routing.URLRouter([path("<str:room>", room), re_path(r"^(\d+)/deep$", room)])
    app = routing.ProtocolTypeRouter(
        {
            "http": get_asgi_application(),
            "websocket": routing.URLRouter([path("one/", room), path("rooms/", rooms)]),
        }
    )
    cases = [
        ("/users/7/", 200, "/users/<int:id>/"),
        ("/one/", 101, "/one/", WEBSOCKET),
        ("/rooms/x", 101, "/rooms/<str:room>", WEBSOCKET),
        ("/rooms/7/deep", 101, r"/rooms/(\d+)/deep", WEBSOCKET),
        ("/rooms/x/shallow", 500, ROUTE, WEBSOCKET),
        ("/nothing", 500, ROUTE, WEBSOCKET),
    ]
    check(app, cases)
    only_http = routing.ProtocolTypeRouter({"http": get_asgi_application()})
    check(only_http, [("/one/", 500, ROUTE, WEBSOCKET)])


def channels_app():
    routing = pytest.importorskip("channels.routing")
    generic = pytest.importorskip("channels.generic.http")
    sessions = pytest.importorskip("channels.sessions")
    origin = pytest.importorskip("channels.security.websocket")

    class Events(generic.AsyncHttpConsumer):
        async def handle(self, body):
            await self.send_response(200, b"events")

    async def room(scope, receive, send):
        await send({"type": "websocket.accept"})

    deepest = routing.URLRouter([path("<int:id>/", room)])
    chat = [path("chat/<str:room>/", room), path("feed/", room), path("deep/", deepest)]
    return routing.ProtocolTypeRouter(
        {
            "http": routing.URLRouter(
                [
                    path("events/", Events.as_asgi()),
                    path("starlette/<path:rest>", starlette_items()),
                    re_path(r"", get_asgi_application()),
                ]
            ),
            "websocket": routing.URLRouter(
                [
                    re_path(r"^api/", sessions.CookieMiddleware(routing.URLRouter(chat))),
                    re_path(r"^api/", origin.OriginValidator(routing.URLRouter(chat[:0]), ["*"])),
                    path("api/<path:rest>", room),
                ]
            ),
        }
    )


def starlette_items():
    async def item(request):
        return Response("item")

    return Starlette(routes=[Route("/starlette/items/{item}", item)])


CHANNELS_CASES = [
    ("/", 200, "/"),
    ("/events/", 200, "/events/"),
    ("/users/7/", 200, "/users/<int:id>/"),
    ("/users/x/", 404, ROUTE),
    ("/starlette/items/7", 200, "/starlette/items/{item}"),
    ("/starlette/nothing", 404, ROUTE),
    ("/api/chat/a/", 101, "/api/chat/<str:room>/", WEBSOCKET),
    ("/api/feed/", 101, "/api/feed/", WEBSOCKET),
    ("/api/deep/7/", 101, "/api/deep/<int:id>/", WEBSOCKET),
    ("/api/other/", 101, "/api/<path:rest>", WEBSOCKET),
    ("/nothing", 500, ROUTE, WEBSOCKET),
]


def test_applications_behind_channels():
    check(channels_app(), CHANNELS_CASES)


def test_channels_below_a_root_path():
    cases = [("/api" + path, *rest) for path, *rest in CHANNELS_CASES if "starlette" not in path]
    root = {"root_path": "/api"}
    check(channels_app(), [(*case[:3], {**root, **dict(*case[3:])}) for case in cases])


def test_what_is_remembered_is_bounded(monkeypatch):
    monkeypatch.setattr("aioprometheus.asgi.frameworks.django.MOST_PATHS", 10)
    app = get_asgi_application()
    _remembered.clear()  # of other tests
    answers(app, *(f"/users/{number}/" for number in range(25)), "/parts/" + "x" * 1000 + "/leaf")
    for paths in _remembered.values():
        assert all(len(path) <= LONGEST_PATH for _, path in paths)
    assert max(len(paths) for paths in _remembered.values()) <= 10


def test_hostile_paths():
    templates = {case[2] for case in CASES if case[2] is not ROUTE}
    templates |= {"/en/french/", "/fr/french/", "/fr/news/<int:id>"}
    paths = [case[0] for case in CASES if 0 < len(case[0]) < 100 and case[0] != "/\udc80"]
    check_hostile(
        get_asgi_application(), templates, *paths, "/en/french/", "/fr/french/", "/fr/news/1"
    )
