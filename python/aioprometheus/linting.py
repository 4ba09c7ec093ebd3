"""Lint: what is wrong with metrics, before a server finds out. The rules are in Rust."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from . import _core
from .collect import block_of
from .collectors import Collector, Registry
from .failure import noting_left_out
from .note import noted, wrong_registry
from .views import one_of


class Problem(NamedTuple):
    """Something that is wrong with a family."""

    family: str
    """The name of the family in the text format."""
    rule: str
    """The name of the rule, such as ``"help-missing"``; ``RULES`` has all of them."""
    severity: str
    """``"error"`` if a server loses something, ``"warning"`` if it costs more than it need or
    misleads readers, ``"notice"`` if it may be meant.
    """
    text: str
    """What is wrong, and what to do."""
    labels: Mapping[str, str] = {}
    """The labels of the series that is meant, or the label and an example of its values; none, if
    it is the whole family.
    """

    def __str__(self) -> str:
        """Return all of it in one line."""
        return f"{self.family}: {self.severity}: {self.text} [{self.rule}]"


class Rule(NamedTuple):
    """A rule that :func:`lint` checks."""

    name: str
    """Its name, which never changes."""
    severity: str
    """The severity of its problems."""
    summary: str
    """What it asks for."""


RULES: Final[Mapping[str, Rule]] = {name: Rule(name, *rest) for name, *rest in _core.lint_rules()}
"""All rules by their names, the worst first."""

SEVERITIES: Final = ("error", "warning", "notice")
"""The severities, the worst first."""

MAX_VALUES_PER_LABEL: Final = 100
"""How many values a label may have: Prometheus asks to look for another way above it."""
MAX_SERIES: Final = 10_000
"""How many series a family may have."""
MAX_BUCKETS: Final = 50
"""How many buckets a histogram may have."""
MAX_VALUE_LENGTH: Final = 256
"""How many bytes a label value may have."""


Linted: TypeAlias = Registry | Sequence[Registry] | Iterable[Any]
"""What can be linted: a registry, a view of one, several registries, or families."""


def lint(
    what: Linted,
    *,
    ignore: Collection[str] = (),
    max_values_per_label: int = MAX_VALUES_PER_LABEL,
    max_series: int = MAX_SERIES,
    max_buckets: int = MAX_BUCKETS,
    max_value_length: int = MAX_VALUE_LENGTH,
) -> list[Problem]:
    """Find what is wrong with metrics: their names, labels, values, and what they cost a server.

    A registry is asked as a scrape does, on the calling thread: functions of series, collectors
    and overrides are called. Nothing is counted or logged. While the rules are checked, the
    interpreter's lock is free. Where an event loop runs, :func:`lint_async` also asks what is
    ``async def``.

    :param what: A registry, a view of one, several registries, or families, such as those that
      ``aioprometheus.parse`` returns.
    :param ignore: The names of rules that are not to be checked.
    :param max_values_per_label: How many values a label may have in one family.
    :param max_series: How many series a family may have.
    :param max_buckets: How many buckets a histogram may have.
    :param max_value_length: How many bytes a label value may have in UTF-8.
    :returns: The problems by family, the worst of each first.
    :raises TypeError: If it is none of these.
    :raises ValueError: If there is no such rule, or if a limit is below 1.
    """
    limits = (max_values_per_label, max_series, max_buckets, max_value_length)
    return Linter(ignore, limits).findings(what).problems


async def lint_async(
    what: Linted,
    *,
    ignore: Collection[str] = (),
    max_values_per_label: int = MAX_VALUES_PER_LABEL,
    max_series: int = MAX_SERIES,
    max_buckets: int = MAX_BUCKETS,
    max_value_length: int = MAX_VALUE_LENGTH,
) -> list[Problem]:
    """Find what is wrong as :func:`lint` does, where an event loop runs.

    Functions, collectors and overrides that are ``async def`` are awaited on this loop, all at a
    time.

    :param what: As for :func:`lint`.
    :param ignore: As for :func:`lint`.
    :param max_values_per_label: As for :func:`lint`.
    :param max_series: As for :func:`lint`.
    :param max_buckets: As for :func:`lint`.
    :param max_value_length: As for :func:`lint`.
    :returns: The problems by family, the worst of each first.
    :raises TypeError: As for :func:`lint`.
    :raises ValueError: As for :func:`lint`.
    """
    limits = (max_values_per_label, max_series, max_buckets, max_value_length)
    return (await Linter(ignore, limits).findings_async(what)).problems


class Findings(NamedTuple):
    """What was looked at, and what is wrong with it."""

    problems: list[Problem]
    """The problems by family, the worst of each first."""
    families: int
    """The number of families."""
    series: int
    """The number of their series."""


class Linter:
    """A choice of rules, and their limits.

    :param ignore: The names of rules that are not checked.
    :param limits: The most values of a label, series, buckets, and bytes of a label value.
    :raises TypeError: If the rules are not a collection of names.
    :raises ValueError: If there is no such rule, or if a limit is below 1.
    """

    def __init__(self, ignore: Collection[str], limits: tuple[int, int, int, int]) -> None:
        if min(limits) < 1:
            raise ValueError(f"a limit of lint() is 1 or more, not {min(limits)}")
        if isinstance(ignore, str):
            raise TypeError(f"ignore must be a list of rules, not {ignore!r}: [{ignore!r}]")
        self._ignored = frozenset(ignore)
        self._limits = limits
        if unknown := sorted(self._ignored - RULES.keys()):
            raise noted(
                ValueError(f"there is no rule {unknown[0]!r}"), f"rules: {', '.join(RULES)}"
            )

    def findings(self, what: Linted) -> Findings:
        """Look at a registry or at families.

        :param what: As for :func:`lint`.
        :raises TypeError: If it is neither.
        """
        what = one_of(what)  # type: ignore[arg-type]
        if not isinstance(what, Registry):
            return self._of_families(what)
        return self._of_exposed(_gathering(what).in_time(what, None, None))

    async def findings_async(self, what: Linted) -> Findings:
        """Look at a registry, whose functions and collectors are asked all at a time.

        :param what: As for :func:`lint`.
        :raises TypeError: If it is neither a registry nor families.
        """
        what = one_of(what)  # type: ignore[arg-type]
        if not isinstance(what, Registry):
            return self._of_families(what)
        return self._of_exposed(await _gathering(what).on_its_loop(what, None, None))

    def _of_exposed(self, exposed: list[Any]) -> Findings:
        found = _core.lint_metrics(exposed, noting_left_out(block_of), self._limits)
        return self._made(*found)

    def _of_families(self, what: Iterable[Any]) -> Findings:
        return self._made(*_core.lint_families(_families(what), self._limits))

    def _made(self, found: list[Any], families: int, series: int) -> Findings:
        problems = [Problem(*each) for each in found if each[1] not in self._ignored]
        return Findings(problems, families, series)


def _gathering(registry: Registry) -> Any:
    """What asks a registry for everything that a scrape exposes, and for what fails there."""
    from .asking.gathering import Gathering

    return Gathering(registry, _core.Scrape(_core.negotiate([])))


def _families(what: Iterable[Any]) -> list[Any]:
    """The families in a list that nobody else has."""
    advice = _advice(what)
    if advice or isinstance(what, Collector) or not isinstance(what, Iterable):
        words = f"lint() takes a registry or families, not {type(what).__name__}"
        if advice:
            raise TypeError(f"{words}: {advice}")
        raise wrong_registry(TypeError(words), what, "lint()")
    from .parsing import source_of

    return [source_of(family) for family in what]


def _advice(what: Any) -> str | None:
    """What to do with something that is often given in the place of families."""
    if isinstance(what, os.PathLike):
        return "read the file, and parse it, lint(parse(path.read_bytes()))"
    if isinstance(what, str) and what and not any(map(str.isspace, what)):
        return (
            f"parse an exposition, lint(parse(body)); `python -m aioprometheus lint {what:.99}` "
            "reads files and URLs"
        )
    if isinstance(what, (str, bytes, bytearray, memoryview)):
        return "parse an exposition, lint(parse(body))"
    if isinstance(what, (Collector, type, Iterable)):
        return None
    if hasattr(what, "samples") and hasattr(what, "documentation"):
        return "one family is given in a list, lint([family])"
    if callable(getattr(what, "collect", None)):
        return "give the families that it collects, lint(registry.collect())"
    return None
