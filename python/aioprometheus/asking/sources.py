"""The questions to what only Python code can say at a scrape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any
from weakref import WeakValueDictionary

from .. import _core
from ..collect import report
from ..collectors import Collector
from ..failure import encodable
from .question import (
    MOST_ITEMS,
    OnLoop,
    Question,
    close,
    guarded,
    is_deferred,
    needs_loop,
    resolved,
    runs_on_asyncio,
)

Exposed = Any
"""What the core collects from: a metric, a report, or a failure."""

#: The functions that have failed on a thread because they need an event loop, by their identity.
#: They are called on the loop's thread from then on.
_on_loop: WeakValueDictionary[int, Any] = WeakValueDictionary()


class _CallOnLoop(OnLoop):
    """A call that is made on the thread of the event loop, at last when this is awaited."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self._function = function

    def now(self) -> Any:
        return self._function()

    def __await__(self) -> Generator[Any, Any, Any]:
        return resolved(guarded(self._function)).__await__()


def _call(owner: Any, function: Callable[[], Any]) -> Any:
    """Call users' code here, or give something to be awaited if it needs an event loop.

    :param owner: The object whose code it is.
    :param function: What is called.
    """
    if _on_loop.get(id(owner)) is owner and not runs_on_asyncio():
        return _CallOnLoop(function)
    try:
        return function()
    except RuntimeError as error:
        if not needs_loop(error):
            raise
    # What has no weak references is called in vain each time.
    with suppress(TypeError):
        _on_loop[id(owner)] = owner
    return _CallOnLoop(function)


def name_of(function: Any) -> str:
    """Return the name by which the failures of a function or class are counted.

    :param function: The function or class.
    """
    try:
        return guarded(_name_of, function)
    except Exception:
        # Objects that stand for others raise where there is none.
        try:
            return guarded(_name_of, type(function))
        except Exception:
            return "unknown"


def _name_of(function: Any) -> str:
    name = getattr(function, "__qualname__", None) or type(function).__qualname__
    return f"{getattr(function, '__module__', None) or type(function).__module__}.{name}"


class BeforeScrape(Question):
    """The call of a function before the scrape.

    :param function: The function.
    :param timeout: How long it may take, in seconds.
    :param names: How often there is each name among those that are asked.
    """

    effect = "The metrics were exposed with the values that they had"
    """As for all questions."""

    def __init__(self, function: Any, timeout: float, names: Counter[str]) -> None:
        name = name_of(function)
        words = f"the function {_told_apart(name, names)}, which is called before each scrape,"
        super().__init__(function, name, words, timeout)

    def ask(self) -> Any:
        """Call the function."""
        return _call(self.owner, self.owner)  # type: ignore[arg-type]

    def use(self, result: Any) -> list[Exposed]:
        """Return nothing: the function has set metrics.

        :param result: What it has returned.
        """
        return []


class Collected(Question):
    """What a collector yields.

    :param collector: The collector.
    :param timeout: How long it may take, in seconds.
    :param selects: Whether a report is asked for; None if all are.
    :param names: How often there is each name among those that are asked.
    """

    def __init__(
        self,
        collector: Any,
        timeout: float,
        selects: Callable[[Exposed], bool] | None,
        names: Counter[str],
    ) -> None:
        name = name_of(type(collector))
        words = f"the collector {_told_apart(name, names)}"
        super().__init__(collector, name, words, timeout)
        self._selects = selects
        #: Whether its families are left out where something else has their names.
        self.gives_way = getattr(type(collector), "_gives_way", False) is True

    def ask(self) -> Any:
        """Call ``collect()``, unless ``describe()`` says that nothing is asked for."""
        collector: Any = self.owner
        describe = getattr(collector, "describe", None)
        if self._selects is not None and callable(describe):
            described = list(self._described(describe))
            if described and not any(map(self._selects, described)):
                return []
        return _call(collector, self._collect)

    def _described(self, describe: Callable[[], Any]) -> Iterator[Exposed]:
        for number, family in enumerate(describe()):
            self.check()
            if number == MOST_ITEMS:
                raise ValueError(f"describe() yields more than {MOST_ITEMS} families")
            yield from self._parts_of(family)

    def _collect(self) -> Any:
        families = self.owner.collect()  # type: ignore[attr-defined]
        if is_deferred(families):
            return families
        if isinstance(families, (str, bytes, Mapping)) or not hasattr(families, "__iter__"):
            raise TypeError(
                "collect() must return a list of families, such as GaugeFamily(...), or yield "
                f"them, not one {type(families).__name__}"
                + ("; is its `return` missing?" if families is None else "")
            )
        # Here, because a generator may need the event loop as well.
        return self._reports(families)

    def use(self, result: Any) -> list[Exposed]:
        """Return the reports of what the collector has yielded, and what failed.

        :param result: What ``collect()`` has returned in the end.
        """
        return list(result) if isinstance(result, _Reports) else self._reports(result)

    def _reports(self, families: Any) -> _Reports:
        reports = _Reports()
        errors = 0
        try:
            for number, family in enumerate(families):
                self.check()
                if number == MOST_ITEMS:
                    raise ValueError(f"collect() yields more than {MOST_ITEMS} families")
                try:
                    if isinstance(family, Exception):
                        errors += 1
                        raise family
                    reports += self._parts_of(family)
                except Exception as error:
                    words = f"{_place_of(family, errors)}{self.words}"
                    reports.append(_core.Failed(self.name, encodable(words), error, _ONE_FAMILY))
            return reports
        finally:
            # This frame is in the tracebacks of the exceptions that they hold.
            del reports

    def _parts_of(self, family: Any) -> Sequence[Exposed]:
        """What the core collects of one thing that the collector has yielded."""
        if isinstance(family, Collector):
            return [family]
        return _core.reports_of(family, self.check)


def _place_of(family: Any, errors: int) -> str:
    """Say which part of a collector has failed; each is logged.

    :param family: What it has yielded.
    :param errors: How many exceptions it has yielded so far.
    """
    if isinstance(family, Exception):
        return f"part {errors} of those that fail in " if errors > 1 else ""
    try:
        name = guarded(getattr, family, "name", None)
    except Exception:
        return ""
    return f"the family {name[:200]} of " if isinstance(name, str) else ""


def _told_apart(name: str, names: Counter[str]) -> str:
    """A name, with a number behind those that were there before: each failure is logged."""
    names[name] += 1
    return name if names[name] == 1 else f"{name} (number {names[name]} of this name)"


_ONE_FAMILY = "This family was left out; the rest was served"
"""What a scrape does if one family of a collector fails, for the log."""


class _Reports(list[Exposed]):
    """The reports of families."""


class Functions(Question):
    """What the functions of a metric return.

    :param metric: The metric.
    :param name: Its name.
    :param functions: The functions.
    :param timeout: How long all of them may take, in seconds.
    """

    uses_on_loop = True
    """It sets the values."""

    def __init__(
        self, metric: Collector, name: str, functions: list[_core.SeriesFunction], timeout: float
    ) -> None:
        super().__init__(metric, name, f"a function of the metric {name}", timeout)
        self._functions = functions

    def ask(self) -> Any:
        """Call the functions."""
        values = _Values()
        try:
            for function in self._functions:
                self.check()
                values.pairs.append((function, _call(function.function, function.function)))
        except BaseException:
            values.close()
            raise
        return values if values.are_deferred() else values.pairs

    def use(self, result: Any) -> list[Exposed]:
        """Set the values, and return the metric.

        :param result: The functions and the values.
        """
        for function, value in result:
            function.set(value)
        return [self.owner]


class _Values(OnLoop):
    """What functions have returned, some of which is to be called on the loop or awaited."""

    def __init__(self) -> None:
        self.pairs: list[tuple[_core.SeriesFunction, Any]] = []

    def are_deferred(self) -> bool:
        return any(is_deferred(value) for _, value in self.pairs)

    def now(self) -> Any:
        """Make the calls that need the event loop.

        :returns: The functions and values, or this object if some are to be awaited.
        """
        try:
            for place, (function, value) in enumerate(self.pairs):
                if isinstance(value, OnLoop):
                    self.pairs[place] = function, value.now()
        except BaseException:
            self.close()
            raise
        return self if self.are_deferred() else self.pairs

    def close(self) -> None:
        """Give up what was not awaited, so that Python does not warn of it."""
        for _, value in self.pairs:
            if is_deferred(value):
                close(value)

    def __await__(self) -> Generator[Any, Any, list[tuple[_core.SeriesFunction, Any]]]:
        return self._resolved().__await__()

    async def _resolved(self) -> list[tuple[_core.SeriesFunction, Any]]:
        """Await all at a time where the event loop is one of asyncio, else one after the other."""
        places = [place for place, (_, value) in enumerate(self.pairs) if is_deferred(value)]
        steps = [resolved(self.pairs[place][1]) for place in places]
        try:
            if len(steps) > 1 and runs_on_asyncio():
                from asyncio import gather

                values: list[Any] = await gather(*steps, return_exceptions=True)
            else:
                values = [await step for step in steps]
        finally:
            for step in steps:
                step.close()
            self.close()
        for place, value in zip(places, values, strict=True):
            if isinstance(value, BaseException):
                raise value
            self.pairs[place] = self.pairs[place][0], value
        return self.pairs


class Override(Question):
    """What an ``async def get_all`` of a metric returns.

    :param metric: The metric.
    :param name: Its name.
    :param timeout: How long it may take, in seconds.
    """

    uses_on_loop = True
    """Reports call other overrides."""

    def __init__(self, metric: Collector, name: str, timeout: float) -> None:
        super().__init__(metric, name, f"get_all() of the metric {name}", timeout)
        self._metric = metric

    def ask(self) -> Any:
        """Call ``get_all()``, whose code begins when it is awaited."""
        return self._metric.get_all()

    def use(self, result: Any) -> list[Exposed]:
        """Return the report of the metric.

        :param result: What ``get_all()`` has returned.
        """
        return [report(self._metric, result)]
