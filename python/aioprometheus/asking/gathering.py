"""What only Python code can say at a scrape: functions of series, collectors, async overrides.

All of it is asked before the core collects the metrics. What fails then is left out, counted and
logged by the core, as a metric that fails is.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from typing import Any

from .. import _core
from ..collect import report
from ..collectors import Collector, Registry
from ..views import View, sources_of
from .at_once import ask_all
from .one_by_one import ask_each, ask_now
from .question import MOST_ITEMS, Answer, NoLoop, Question, close

TIMEOUT = 5.0
"""How long a scrape waits for users' code that has no other time limit, in seconds."""

Exposed = Any
"""What the core collects from: a metric, a report, or a failure."""


class Gathering:
    """What one scrape asks Python code for.

    :param registry: The registry.
    :param scrape: The request.
    """

    def __init__(self, registry: Registry, scrape: _core.Scrape) -> None:
        self._scrape = scrape
        self._view = registry if isinstance(registry, View) else None
        collectors: list[tuple[Any, float | None]] = []
        before: list[tuple[Any, float | None]] = []
        self._limits: dict[str, float] = {}
        if isinstance(registry, Registry):
            collectors, before, self._limits = sources_of(registry)
        self._collectors = [_question_of_collector(*called) for called in collectors]
        self._before = [_question_before_scrape(*called) for called in before]
        self._metrics: list[Collector] = []
        self._places: dict[int, int] = {}

    def now(self, registry: Registry, metrics: Iterable[Collector] | None) -> list[Exposed]:
        """Ask on this thread.

        :param registry: The registry.
        :param metrics: Its metrics, if they were asked for already.
        :returns: The metrics, with reports and failures in the place of some, and the reports of
          collectors.
        """
        before = ask_now(self._before)
        questions = self._questions(registry, metrics)
        return self._exposed(before, ask_now(questions))

    async def at_once(
        self, registry: Registry, metrics: Iterable[Collector] | None, timeout: float | None
    ) -> list[Exposed]:
        """Ask all at a time, with time limits, under an event loop of asyncio.

        :param registry: As for :meth:`now`.
        :param metrics: As for :meth:`now`.
        :param timeout: How long all of it may take, in seconds.
        """
        from asyncio import get_running_loop

        deadline = None if timeout is None else get_running_loop().time() + timeout
        before = await ask_all(self._before, deadline) if self._before else []
        questions = self._questions(registry, metrics)
        return self._exposed(before, await ask_all(questions, deadline) if questions else [])

    async def one_by_one(
        self, registry: Registry, metrics: Iterable[Collector] | None
    ) -> list[Exposed]:
        """Ask one after the other under any event loop, without time limits.

        :param registry: As for :meth:`now`.
        :param metrics: As for :meth:`now`.
        """
        before = await ask_each(self._before)
        questions = self._questions(registry, metrics)
        return self._exposed(before, await ask_each(questions))

    def _questions(self, registry: Registry, metrics: Iterable[Collector] | None) -> list[Question]:
        """What is asked once the functions before the scrape have run, which may add metrics."""
        self._metrics = list(registry.get_all() if metrics is None else metrics)
        questions = []
        for place, metric, functions in self._scrape.asked(self._metrics):
            try:
                question = self._question_of(metric, functions)
            except Exception:
                continue  # it fails again while it is rendered, and is left out then
            if question is not None:
                self._places[id(question)] = place
                questions.append(question)
        return [*questions, *self._collectors]

    def _question_of(
        self, metric: Collector, functions: list[_core.SeriesFunction]
    ) -> Question | None:
        """What a metric is asked for; None if the core can do without."""
        name = str(metric.name)
        timeout = self._limits.get(name, TIMEOUT)
        if functions:
            return _question_of_functions(metric, name, functions, timeout)
        if _is_async(metric.get_all):
            return _question_of_override(metric, name, timeout)
        return None

    def _exposed(self, before: list[Answer], answers: list[Answer]) -> list[Exposed]:
        exposed: list[list[Exposed]] = [[metric] for metric in self._metrics]
        for question, answer in [*before, *answers]:
            if isinstance(answer, NoLoop):
                parts: list[Exposed] = []
                _warn(question)
            elif isinstance(answer, BaseException):
                parts = [_core.Failed(question.name, question.words, answer)]
            else:
                parts = answer
            place = self._places.get(id(question))
            if place is None:
                exposed.append([part for part in parts if self._is_in_view(part)])
            else:
                exposed[place] = parts
        return [part for parts in exposed for part in parts]

    def _is_in_view(self, part: Exposed) -> bool:
        if self._view is None or isinstance(part, _core.Failed):
            return True
        return self._view.selects(part)


def _question_before_scrape(function: Any, timeout: float | None) -> Question:
    name = getattr(function, "__name__", type(function).__name__)
    words = f"the function {name}, which is called before each scrape,"
    return Question(function, name, words, function, lambda _: [], timeout or TIMEOUT)


def _question_of_collector(collector: Any, timeout: float | None) -> Question:
    name = type(collector).__name__
    words = f"the collector {name}"

    def use(families: Any) -> list[Exposed]:
        return _reports(question, families)

    question = Question(
        collector, name, words, lambda: collector.collect(), use, timeout or TIMEOUT
    )
    return question


def _reports(question: Question, families: Any) -> list[Exposed]:
    """The reports of what a collector has returned, and the failures."""
    if isinstance(families, (str, bytes, Mapping)) or not hasattr(families, "__iter__"):
        raise TypeError(
            f"collect() must return or yield families, such as GaugeFamily(...), not {families!r}"
        )
    reports: list[Exposed] = []
    for number, family in enumerate(families):
        question.check()
        if number == MOST_ITEMS:
            raise ValueError(f"collect() yields more than {MOST_ITEMS} families")
        try:
            reports += _parts_of(family)
        except Exception as error:
            reports.append(_core.Failed(question.name, question.words, error))
    return reports


def _parts_of(family: Any) -> Sequence[Exposed]:
    """What the core collects of one thing that a collector has yielded."""
    return [family] if isinstance(family, Collector) else _core.reports_of(family)


def _question_of_functions(
    metric: Collector, name: str, functions: list[_core.SeriesFunction], timeout: float
) -> Question:
    def ask() -> Any:
        later = _Later()
        for function in functions:
            question.check()
            result = function.function()
            if hasattr(type(result), "__await__"):
                later.results.append((function, result))
            else:
                function.set(result)
        return later if later.results else None

    words = f"a function of the metric {name}"
    question = Question(metric, name, words, ask, lambda _: [metric], timeout)
    return question


class _Later:
    """What functions have returned that has to be awaited first."""

    def __init__(self) -> None:
        self.results: list[tuple[_core.SeriesFunction, Any]] = []

    def __await__(self) -> Generator[Any, Any, None]:
        return self._set_all().__await__()

    def close(self) -> None:
        """Give up what was not awaited, so that Python does not warn of it."""
        for _, result in self.results:
            close(result)

    async def _set_all(self) -> None:
        """Await all at a time where the event loop is one of asyncio, else one after the other."""
        from asyncio import _get_running_loop, gather

        if len(self.results) > 1 and _get_running_loop() is not None:
            steps = [self._set(*pair) for pair in self.results]
            for outcome in await gather(*steps, return_exceptions=True):
                if isinstance(outcome, BaseException):
                    raise outcome
            return
        for pair in self.results:
            await self._set(*pair)

    async def _set(self, function: _core.SeriesFunction, result: Any) -> None:
        function.set(await result)


def _question_of_override(metric: Collector, name: str, timeout: float) -> Question:
    def use(series: Any) -> list[Exposed]:
        return [report(metric, series)]

    words = f"get_all() of the metric {name}"
    return Question(metric, name, words, lambda: metric.get_all(), use, timeout)


def _is_async(function: Any) -> bool:
    """Whether what a function returns has to be awaited, or iterated over with ``async for``."""
    from inspect import isasyncgenfunction, iscoroutinefunction

    return iscoroutinefunction(function) or isasyncgenfunction(function)


def _warn(question: Question) -> None:
    import warnings

    warnings.warn(
        f"{question.words} has to be awaited, which render() cannot do while an "
        "event loop runs in its thread: it is left out. Call await render_async(...) instead",
        RuntimeWarning,
        stacklevel=2,
    )
