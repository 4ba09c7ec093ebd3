"""Lint: what is wrong with metrics, before a server finds out. The rules are in Rust."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from . import _core
from .collect import block_of
from .collectors import Collector, Registry
from .failure import noting_left_out
from .note import noted
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


def lint(
    what: Registry | Sequence[Registry] | Iterable[Any],
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
    interpreter's lock is free.

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
    if min(limits) < 1:
        raise ValueError(f"a limit of lint() is 1 or more, not {min(limits)}")
    ignored = _ignored(ignore)
    what = one_of(what)  # type: ignore[arg-type]
    if isinstance(what, Registry):
        found = _core.lint_metrics(_exposed(what), noting_left_out(block_of), limits)
    else:
        found = _core.lint_families(_families(what), limits)
    return [Problem(*each) for each in found if each[1] not in ignored]


def _ignored(ignore: Collection[str]) -> frozenset[str]:
    if isinstance(ignore, str):
        raise TypeError(f"ignore must be a list of rules, not {ignore!r}: [{ignore!r}]")
    ignored = frozenset(ignore)
    if unknown := sorted(ignored - RULES.keys()):
        raise noted(ValueError(f"there is no rule {unknown[0]!r}"), f"rules: {', '.join(RULES)}")
    return ignored


def _exposed(registry: Registry) -> list[Any]:
    """What a scrape of a registry exposes, and what fails there."""
    from .asking.gathering import Gathering

    scrape = _core.Scrape(_core.negotiate([]))
    return Gathering(registry, scrape).in_time(registry, None, None)


def _families(what: Iterable[Any]) -> list[Any]:
    """The families in a list that nobody else has."""
    if isinstance(what, (str, bytes, bytearray)):
        error = TypeError(f"lint() takes a registry or families, not {type(what).__name__}")
        raise noted(error, "parse an exposition first: lint(parse(body))")
    if isinstance(what, Collector) or not isinstance(what, Iterable):
        error = TypeError(f"lint() takes a registry or families, not {type(what).__name__}")
        raise noted(error, "for one metric: register it in a Registry(), and give that")
    from .parsing import source_of

    return [source_of(family) for family in what]
