"""Names that `aioprometheus` imports on first use, and messages for missing frameworks."""

import subprocess
import sys
import textwrap

import pytest

import aioprometheus

LATE = [
    *("MetricsMiddleware", "PushError", "PushTimeout", "Pusher", "Service"),
    *("make_asgi_app", "make_wsgi_app", "push"),
]


def _run(program):
    """The output of a program, in an interpreter that has imported nothing of ours yet."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_service_and_pusher_are_at_the_top():
    from aioprometheus import MetricsMiddleware, Pusher, Service
    from aioprometheus.asgi.middleware import MetricsMiddleware as Middleware
    from aioprometheus.pusher import Pusher as BasePusher
    from aioprometheus.service import Service as BaseService

    assert (MetricsMiddleware, Pusher, Service) == (Middleware, BasePusher, BaseService)
    with pytest.raises(AttributeError, match="module 'aioprometheus' has no attribute 'Nothing'"):
        aioprometheus.Nothing  # noqa: B018


def test_they_are_imported_when_they_are_asked_for():
    program = """
        import sys
        import aioprometheus
        names = "service", "pusher", "pushing", "asgi", "wsgi"
        late = [f"aioprometheus.{name}" for name in names]
        dir(aioprometheus), aioprometheus.__all__
        print([name for name in ("aiohttp", *late) if name in sys.modules])
        from aioprometheus import *
        print(Service.__module__, Pusher.__module__, MetricsMiddleware.__module__)
    """
    modules = "aioprometheus.service aioprometheus.pusher aioprometheus.asgi.middleware"
    assert _run(program) == f"[]\n{modules}\n"


def test_every_public_name_is_listed_and_there():
    assert set(LATE) < set(aioprometheus.__all__) < set(dir(aioprometheus))
    assert all(getattr(aioprometheus, name) is not None for name in aioprometheus.__all__)
    assert sorted(aioprometheus.__all__, key=str.swapcase) == sorted(
        set(aioprometheus.__all__), key=str.swapcase
    )


FRAMEWORKS = {"aiohttp", "starlette", "fastapi", "quart", "litestar", "flask", "werkzeug", "django"}


@pytest.mark.parametrize(
    ("module", "own"),
    [
        ("asgi.app", set()),
        ("pushing", set()),
        ("wsgi", set()),
        ("aiohttp", {"aiohttp"}),
        ("asgi.starlette", {"starlette"}),
        # Quart is built on Flask.
        ("asgi.quart", {"quart", "flask", "werkzeug"}),
        ("asgi.litestar", {"litestar"}),
    ],
)
def test_a_handler_imports_no_framework_but_its_own(module, own):
    if module == "asgi.litestar":
        pytest.importorskip("litestar", reason="litestar is not there for this Python")
    program = f"""
        import sys
        import aioprometheus.{module}
        print(*{FRAMEWORKS!r} & sys.modules.keys())
    """
    assert set(_run(program).split()) == own


def test_without_aiohttp_the_rest_can_be_imported():
    program = """
        import sys
        sys.modules["aiohttp"] = None
        import inspect
        import aioprometheus
        from aioprometheus import *
        print("Service" in globals(), "Pusher" in dir(aioprometheus), MetricsMiddleware.__name__)
        print(push.__name__, issubclass(PushTimeout, PushError))
        print(len(inspect.getmembers(aioprometheus)) > 20)
        for name in ("Service", "Pusher"):
            try:
                getattr(aioprometheus, name)
            except ImportError as error:
                print(error)
    """
    assert _run(program).splitlines() == [
        "False False MetricsMiddleware",
        "push True",
        "True",
        WORDS,
        WORDS,
    ]


def test_a_type_checker_sees_them(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        "from aioprometheus import *\n"
        "import aioprometheus\n"
        "reveal_type(Service)\n"
        "reveal_type(aioprometheus.Pusher)\n"
        "reveal_type(MetricsMiddleware)\n"
    )
    command = [sys.executable, "-m", "mypy", "--strict", str(program)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("service.Service", "pusher.Pusher", "asgi.middleware.MetricsMiddleware"):
        assert f"aioprometheus.{name}" in done.stdout


WORDS = "`aiohttp` could not be imported. Did you install `aioprometheus` with the `aiohttp` extra?"


@pytest.mark.parametrize("framework", ["starlette", "quart", "litestar", "aiohttp"])
def test_an_absent_framework_names_the_extra(framework):
    module = "aiohttp" if framework == "aiohttp" else f"asgi.{framework}"
    program = f"""
        import sys
        sys.modules[{framework!r}] = None
        try:
            import aioprometheus.{module}
        except ModuleNotFoundError as error:
            print(error)
            print(*error.__notes__, sep="\\n")
    """
    message, note = _run(program).splitlines()
    assert framework in message
    assert f"`pip install {framework}`" in note
    assert f"`pip install '.[{framework}]'`" in note


def test_a_framework_that_is_broken_shows_what_broke(tmp_path):
    broken = tmp_path / "quart"
    broken.mkdir()
    (broken / "__init__.py").write_text("import no_such_part_of_it\n")
    program = f"""
        import sys
        sys.path.insert(0, {str(tmp_path)!r})
        try:
            import aioprometheus.asgi.quart
        except ImportError as error:
            print(error)
            print(getattr(error, "__notes__", None))
    """
    assert _run(program) == "No module named 'no_such_part_of_it'\nNone\n"
