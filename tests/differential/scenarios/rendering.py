"""render(), negotiate() and parse_accepts()."""

from aioprometheus import Counter, Registry, negotiate, render
from aioprometheus import negotiator as module
from aioprometheus.formats.text import TextFormatter
from aioprometheus.negotiator import parse_accepts
from record import returns, step

TEXT = "text/plain; version=0.0.4; charset=utf-8"
HEADERS = {"Content-Type": TEXT}
BODY = b"# HELP c doc\n# TYPE c counter\nc 1\n"


def _registry():
    registry = Registry()
    Counter("c", "doc", registry=registry).inc({})
    return registry


def accepted():
    registry = _registry()
    rows = (
        [],
        (),
        set(),
        ["text/plain"],
        ["*/*"],
        [""],
        ["junk"],
        ["text/plain", "*/*"],
        ("text/plain;version=0.0.4;q=0.5,*/*;q=0.1",),
        {"text/plain"},
        ["application/json"],
        ["text/plain; version=0.0.4; charset=utf-8"],
        [";;;"],
        ["q=", ",", ";q=x"],
        ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"],
        ["ünïcode"],
        ["a" * 10000],
        ["text/*"],
        ["text/plain;q=0"],
    )
    for accepts in rows:
        step(f"{type(accepts).__name__} {accepts}"[:60], render, registry, accepts)
    step("by keywords", lambda: render(registry=registry, accepts_headers=[]))
    step("empty registry", render, Registry(), [])


def fresh_headers():
    registry = _registry()
    render(registry, [])[1]["Content-Type"] = "junk"
    step("again", render, registry, [])


def the_document_wins():
    registry = _registry()
    document = "the document's API: None or a string"
    for accepts in (None, "", "text/plain", "*/*", "text/plain,*/*;q=0.1", "junk"):
        step(
            f"{accepts!r}",
            render,
            registry,
            accepts,
            differs=document,
            now=returns((BODY, HEADERS)),
        )


def wrong_accepts():
    registry = _registry()
    for accepts in (5, 1.5, b"text/plain", {}, {"a": 1}, object(), frozenset(), iter([]), True):
        step(
            f"{type(accepts).__name__} {len(str(accepts)) < 9 and accepts}",
            render,
            registry,
            accepts,
        )
    for accepts in ([5], (object(),)):
        step(f"a sequence of {type(accepts[0]).__name__}", render, registry, accepts, words=False)
    nothing = "an absent header may be None in the list, or not given"
    answer = returns(render(registry, []))
    step("a sequence of None", render, registry, [None], now=answer, differs=nothing)
    step("not given", render, registry, now=answer, differs=nothing)


def wrong_registries():
    for registry in (None, "text", 5, {}, Registry):
        step(f"{registry!r:.20}", render, registry, [])

    class Duck:
        def get_all(self):
            return []

    step("a duck", render, Duck(), [])
    step("both wrong", render, None, 5)


def negotiated():
    for accepts in ([], ["text/plain"], ["*/*", "junk"], set(), ("text/html",)):
        step(f"{accepts}", lambda: negotiate(accepts) is TextFormatter)
    step("by keyword", lambda: negotiate(accepts_headers=[]) is TextFormatter)
    step("None", negotiate, None, words=False)


def parsed():
    rows = (
        [],
        ["text/plain"],
        ["a;b"],
        ["a; b ;c"],
        ["a,b"],
        ["a;b", "b;c"],
        [""],
        [";"],
        [" a "],
        [" a ; b "],
        ("x",),
        {"y;z"},
        "a;b",
        ["text/plain;version=0.0.4;q=0.5,*/*;q=0.1"],
    )
    for accepts in rows:
        step(f"{accepts}", parse_accepts, accepts)
    step("by keyword", lambda: parse_accepts(accept_headers=["a;b"]))
    step("None", parse_accepts, None, words=False)
    step("numbers", parse_accepts, [5], words=False)
    step("logger", lambda: module.logger.name)


def a_registry_of_its_own():
    class Half(Registry):
        def get_all(self):
            return super().get_all()[:1]

    registry = Half()
    Counter("a", "doc", registry=registry).inc({})
    Counter("b", "doc", registry=registry).inc({})
    step("half", render, registry, [])
