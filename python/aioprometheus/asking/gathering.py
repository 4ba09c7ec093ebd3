"""What only Python code can say at a scrape: functions of series, collectors, async overrides.

All of it is asked before the core collects the metrics. What fails then is left out, counted and
logged by the core, as a metric that fails is.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

from .. import _core
from ..collect import is_async
from ..collectors import Collector, Registry
from ..views import View, parts_of, sources_of
from .at_once import Round
from .one_by_one import ask_each, ask_now
from .own_loop import GRACE_SECONDS, loop_runs, run
from .question import Answer, NoLoop, Question, runs_on_asyncio
from .sources import BeforeScrape, Collected, Exposed, Functions, Override

TIMEOUT = 5.0
"""How long a scrape waits for users' code that has no other time limit, in seconds."""


class Gathering:
    """What one scrape asks Python code for.

    :param registry: The registry.
    :param scrape: The request.
    """

    def __init__(self, registry: Registry, scrape: _core.Scrape) -> None:
        self._scrape = scrape
        self._view = registry if isinstance(registry, View) else None
        self._registry = registry
        collectors: list[tuple[Any, float | None]] = []
        before: list[tuple[Any, float | None]] = []
        self._limits: dict[str, float] = {}
        if isinstance(registry, Registry):
            collectors, before, self._limits = sources_of(registry)
        selects = self._selects if self._view is not None or not scrape.selects_all else None
        names: Counter[str] = Counter()
        self._collectors: list[Question] = [
            Collected(collector, timeout or TIMEOUT, selects, names)
            for collector, timeout in collectors
        ]
        self._before: list[Question] = [
            BeforeScrape(function, timeout or TIMEOUT, names) for function, timeout in before
        ]
        self._metrics: list[Collector] = []
        #: The places among the metrics of what takes the place of one.
        self._places: dict[Question, int] = {}

    def now(self, registry: Registry, metrics: Iterable[Collector] | None) -> list[Exposed]:
        """Ask on this thread.

        :param registry: The registry.
        :param metrics: Its metrics, if they were asked for already.
        :returns: The metrics, with reports and failures in the place of some, and the reports of
          collectors.
        """
        before = ask_now(self._before)
        of_metrics = ask_now(self._questions(registry, metrics))
        return self._exposed([*before, *of_metrics, *ask_now(self._collectors)])

    def in_time(
        self, registry: Registry, metrics: Iterable[Collector] | None, timeout: float | None
    ) -> list[Exposed]:
        """Ask all at a time, with time limits, on an event loop of its own.

        Where one runs in this thread already, all are asked as by :meth:`now`. Under gevent, that
        is the case while another scrape asks.

        :param registry: As for :meth:`now`.
        :param metrics: As for :meth:`now`.
        :param timeout: How long all of it may take, in seconds.
        """
        if loop_runs():
            return self.now(registry, metrics)
        return run(self.at_once(registry, metrics, timeout), GRACE_SECONDS)

    async def on_its_loop(
        self, registry: Registry, metrics: Iterable[Collector] | None, timeout: float | None
    ) -> list[Exposed]:
        """Ask on the event loop that awaits this: all at a time where it is asyncio's.

        :param registry: As for :meth:`now`.
        :param metrics: As for :meth:`now`.
        :param timeout: How long all of it may take under asyncio, in seconds.
        """
        if runs_on_asyncio():
            return await self.at_once(registry, metrics, timeout)
        return await self.one_by_one(registry, metrics)

    async def at_once(
        self, registry: Registry, metrics: Iterable[Collector] | None, timeout: float | None
    ) -> list[Exposed]:
        """Ask all at a time, with time limits, under an event loop of asyncio.

        :param registry: As for :meth:`now`.
        :param metrics: As for :meth:`now`.
        :param timeout: How long all of it may take, in seconds.
        """
        from asyncio import get_running_loop

        end = half = None
        if timeout is not None:
            now = get_running_loop().time()
            # What is called before must leave time for the metrics.
            half, end = now + timeout / 2, now + timeout
        # Collectors need not wait for what refreshes the metrics.
        collectors = Round(self._collectors, end)
        before = await Round(self._before, half).answers()
        of_metrics = await Round(self._questions(registry, metrics), end).answers()
        return self._exposed([*before, *of_metrics, *await collectors.answers()])

    async def one_by_one(
        self, registry: Registry, metrics: Iterable[Collector] | None
    ) -> list[Exposed]:
        """Ask one after the other under any event loop, without time limits.

        :param registry: As for :meth:`now`.
        :param metrics: As for :meth:`now`.
        """
        before = await ask_each(self._before)
        of_metrics = await ask_each(self._questions(registry, metrics))
        return self._exposed([*before, *of_metrics, *await ask_each(self._collectors)])

    def _questions(self, registry: Registry, metrics: Iterable[Collector] | None) -> list[Question]:
        """What is asked once the functions before the scrape have run, which may add metrics."""
        self._metrics = list(registry.get_all() if metrics is None else metrics)
        questions: list[Question] = []
        for place, metric, functions in self._scrape.asked(self._metrics):
            try:
                name, awaited = str(metric.name), is_async(metric.get_all)
            except BaseException as error:
                if _core.is_for_caller(error):
                    raise
                continue  # it fails again while it is rendered, and is left out then
            timeout = self._limits.get(name, TIMEOUT)
            if functions:
                questions.append(Functions(metric, name, functions, timeout))
            if awaited:
                questions.append(Override(metric, name, timeout))
            if functions or awaited:
                self._places[questions[-1]] = place
        return questions

    def _exposed(self, answers: list[Answer]) -> list[Exposed]:
        exposed: list[list[Exposed]] = [[metric] for metric in self._metrics]
        giving_way: list[list[Exposed]] = []
        for question, answer in answers:
            parts = self._parts(question, answer)
            place = self._places.get(question)
            if place is not None:
                exposed[place] = parts
            elif not isinstance(question, Functions):
                exposed.append([part for part in parts if self._is_in_view(part)])
                if isinstance(question, Collected) and question.gives_way:
                    giving_way.append(exposed.pop())
        if giving_way:
            taken = {_name_of(part) for parts in exposed[len(self._metrics) :] for part in parts}
            for parts in giving_way:
                kept = [part for part in parts if not self._is_taken(part, taken)]
                exposed.append(kept)
                taken.update(map(_name_of, kept))
        return [part for parts in exposed for part in parts]

    def _is_taken(self, part: Exposed, names: Collection[str | None]) -> bool:
        """Whether something else has the name of a family that gives way.

        :param names: The names of what other collectors have yielded.
        """
        name = _name_of(part)
        if name is None:
            return False
        try:
            return name in names or any(name in one for one in parts_of(self._registry))
        except BaseException as error:  # of a registry of the user's class
            if _core.is_for_caller(error):
                raise
            return False

    def _parts(self, question: Question, answer: list[Exposed] | BaseException) -> list[Exposed]:
        if isinstance(answer, NoLoop):
            try:
                _warn(question)
            except Exception as warning:
                answer = warning
            else:
                return []
        if isinstance(answer, BaseException):
            return [_core.Failed(question.name, question.words, answer, question.effect)]
        return answer

    def _is_in_view(self, part: Exposed) -> bool:
        if self._view is None or isinstance(part, _core.Failed):
            return True
        return self._view.selects(part)

    def _selects(self, part: Exposed) -> bool:
        return self._scrape.selects(part) and self._is_in_view(part)


def _name_of(part: Exposed) -> str | None:
    """Return the name of a family that is exposed, if it says what that is.

    :param part: A metric, a report, or a failure, which has none.
    """
    if isinstance(part, _core.Failed):
        return None
    try:
        return str(part.name)
    except BaseException as error:
        if _core.is_for_caller(error):
            raise
        return None


def _warn(question: Question) -> None:
    import warnings

    warnings.warn(
        f"{question.words} has to be awaited, which render() cannot do while an event loop runs in "
        "its thread: it is left out. Call await render_async(...) instead, or for a snapshot "
        "await registry.snapshot_async(), or await lint_async(...)",
        RuntimeWarning,
        stacklevel=_frames_of_the_package(),
    )


def _frames_of_the_package() -> int:
    """The number of frames of this package above that of `_warn`, so that the caller is named."""
    frame, count = sys._getframe(1), 1
    while frame is not None and frame.f_globals.get("__name__", "").startswith("aioprometheus."):
        frame, count = frame.f_back, count + 1  # type: ignore[assignment]
    return count
