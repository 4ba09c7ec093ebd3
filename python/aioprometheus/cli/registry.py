"""The registry of a Python module, named as ``module:attribute``, and its exposition."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from functools import cache
from importlib import import_module
from inspect import isawaitable
from typing import Any

from ..collectors import Registry
from ..renderer import rendering
from ..views import one_of
from .trouble import Trouble


@cache  # a command may read it again and again, and a function that makes it is called once
def registry_of(source: str) -> Registry:
    """Import a module, and return the registry that is there.

    :param source: The module and the attribute, which may be a registry, a list of registries, or
      a function that returns one of these.
    :raises Trouble: If there is none.
    """
    name, _, attribute = source.removesuffix("()").partition(":")
    if "" not in sys.path:
        sys.path.insert(0, "")  # as for `python -m`: the current directory
    # What the module prints is not mixed with the output.
    with redirect_stdout(sys.stderr):
        found = _imported(name)
        for part in attribute.split("."):
            try:
                found = getattr(found, part)
            except AttributeError as error:
                words = f"{source}: {name} has no {attribute}{_those_of(found)}"
                raise Trouble(words) from error
        if callable(found) and not isinstance(found, (Registry, type)):
            found = _returned(source, found)
    registry = one_of(found)
    if not isinstance(registry, Registry):
        kind = f"the class {found.__name__}" if isinstance(found, type) else _described(found)
        raise Trouble(
            f"{source} is {kind}, not a Registry, a list of them, or a function that returns one"
        )
    return registry


def _imported(name: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{name}.".startswith(f"{error.name}."):
            words = f"no module {error.name!r} in the current directory or the environment"
            raise Trouble(words) from error
        raise Trouble(f"the import of {name} failed: {error} (--debug shows where)") from error
    except (Exception, SystemExit) as error:
        words = f"the import of {name} failed: {type(error).__name__}: {error}"
        raise Trouble(f"{words} (--debug shows where)") from error


def _returned(source: str, function: Any) -> Any:
    try:
        found = function()
        if isawaitable(found):
            import asyncio

            async def awaited() -> Any:
                return await found

            found = asyncio.run(awaited())
    except (Exception, SystemExit) as error:
        words = f"{source}() failed: {type(error).__name__}: {error}"
        raise Trouble(f"{words} (--debug shows where)") from error
    return found


def _described(found: Any) -> str:
    kind = type(found).__name__
    return f"{'an' if kind[0] in 'AEIOUaeiou' else 'a'} {kind}"


def _those_of(module: Any) -> str:
    """Names in the module that would do, for the message."""
    names = [
        name
        for name, value in vars(module).items()
        if isinstance(value, Registry) and not name.startswith("_")
    ]
    return f"; a registry there: {', '.join(sorted(names)[:3])}" if names else ""


def rendered(
    registry: Registry, wanted: str, accept: Mapping[str, str], timeout: float
) -> tuple[bytes, str]:
    """Return the exposition of a registry, and its type.

    :param registry: The registry.
    :param wanted: ``any``, or the beginning of the name of a format.
    :param accept: What a request says for each format, by its name.
    :param timeout: How long functions and collectors may take.
    """
    if wanted == "any":
        # Without encodings, protocol buffers are chosen only where something needs them: native
        # histograms. OpenMetrics says more of everything else.
        made = rendering(registry, f"{accept['protobuf']},{accept['openmetrics']};q=0.9", None, [])
        if "protobuf" not in made.headers["Content-Type"]:
            made = rendering(registry, accept["openmetrics"], [], [])
    else:
        [choice, *_] = [text for name, text in accept.items() if name.startswith(wanted)]
        made = rendering(registry, choice, [], [])
    return made.in_time(timeout), str(made.headers["Content-Type"])
