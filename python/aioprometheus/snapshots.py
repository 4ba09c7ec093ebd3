"""Snapshots: copies of all samples of a registry at one moment, and what changed between two."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import starmap
from typing import Any, NamedTuple, Protocol

from . import _core
from .changes import Change, Changes, LabelValues, Wanted, number, series_text
from .collect import block_of
from .collectors import Registry
from .failure import noting_left_out
from .formats.built_in import look_at
from .samples import Sample

__all__ = ["Change", "Changes", "Snapshot", "WithSamples"]


class WithSamples(Protocol):
    """A family with its samples, such as those of ``aioprometheus.families``."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def type(self) -> str:
        """What it is, such as ``"counter"``."""

    @property
    def samples(self) -> Iterable[Any]:
        """Its samples, which have a ``name``, ``labels`` and a ``value``."""


class Snapshot:
    """A copy of the samples of a registry at one moment.

    ``registry.snapshot()`` makes one.

    :param families: The families that it has: objects with a ``name``, a ``type`` and ``samples``,
      such as those of ``aioprometheus.families``. Of samples that are there twice, the first
      counts.
    """

    def __init__(self, families: Iterable[WithSamples] = ()) -> None:
        self.kinds: dict[str, str] = {}
        """What each family is, such as ``"counter"``, by its name; also those without samples."""
        self.samples: list[Sample] = []
        """The samples, in the order of the text format."""
        self._by_key: dict[tuple[str, frozenset[tuple[str, str]]], Sample] = {}
        self._by_name: dict[str, list[Sample]] = {}
        self._names: dict[str, list[str]] = {}
        for family in families:
            self.kinds.setdefault(family.name, family.type)
            self._add(self._names.setdefault(family.name, []), family.samples)

    def _add(self, names: list[str], samples: Iterable[Any]) -> None:
        """Add the samples of a family, and their names to its names."""
        for given in samples:
            sample = given
            if type(given) is not Sample or not all(map(_is_text, given.labels.values())):
                labels = {name: _core.label_text(value) for name, value in given.labels.items()}
                sample = Sample(given.name, labels, float(given.value))
            # For a server, a label without text is the same as none.
            labels = sample.labels
            if "" in labels.values():
                labels = {name: text for name, text in labels.items() if text}
            key = sample.name, frozenset(labels.items())
            if self._by_key.setdefault(key, sample) is not sample:
                continue
            self.samples.append(sample)
            self._by_name.setdefault(sample.name, []).append(sample)
            if sample.name not in names:
                names.append(sample.name)

    def get_sample_value(self, name: str, labels: LabelValues = None) -> float | None:
        """Return the value of one sample.

        :param name: The name of the sample, such as ``latency_seconds_count``.
        :param labels: All its labels, the constant ones too. Their values are compared as text.
        :returns: The value; None if there is no such sample.
        :raises TypeError: If the labels are not a dict.
        """
        wanted = Wanted(labels)
        for sample in self._by_name.get(name, ()):
            if wanted.selects(sample.labels) and wanted.has_all_of(sample.labels):
                return sample.value
        return None

    def select(self, name: str, labels: LabelValues = None) -> list[Sample]:
        """Return the samples of a name.

        :param name: The name of samples; or that of a family, which stands for all its samples.
        :param labels: Labels that they must have; whatever others they have, if there are any.
        :raises TypeError: If the labels are not a dict.
        """
        wanted = Wanted(labels)
        found = [sample for each in self.names_of(name) for sample in self._by_name.get(each, ())]
        return [sample for sample in found if wanted.selects(sample.labels)]

    def names_of(self, name: str) -> list[str]:
        """Return the names of the samples that a name stands for: itself, or those of a family.

        :param name: The name of samples, or of a family.
        """
        names = self._names.get(name, [])
        return [*names, name] if name in self._by_name and name not in names else list(names)

    def names(self) -> list[str]:
        """Return all names: of the families, and of their samples."""
        return list({**dict.fromkeys(self.kinds), **dict.fromkeys(self._by_name)})

    def diff(self, later: Snapshot) -> Changes:
        """Return what has changed until a later snapshot.

        :param later: The later snapshot.
        :raises TypeError: If it is not a snapshot.
        """
        if not isinstance(later, Snapshot):
            raise TypeError(f"diff takes a later Snapshot, not {type(later).__name__}")
        changes = []
        for key, sample in later._by_key.items():
            before = self._by_key.get(key)
            if before is None or not _same(before.value, sample.value):
                was = None if before is None else before.value
                changes.append(Change(sample.name, sample.labels, was, sample.value))
        for key, sample in self._by_key.items():
            if key not in later._by_key:
                changes.append(Change(sample.name, sample.labels, sample.value, None))
        return Changes(changes)

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.samples)

    def __iter__(self) -> Iterator[Sample]:
        """Iterate over the samples."""
        return iter(self.samples)

    def __bool__(self) -> bool:
        """Say that it is true, without any sample too."""
        return True

    def __eq__(self, other: object) -> bool:
        """Say whether the other snapshot has the same samples with the same values."""
        return isinstance(other, Snapshot) and not self.diff(other)

    __hash__ = None  # type: ignore[assignment]  # many samples would have to be read

    def __str__(self) -> str:
        """Show all samples, one a line."""
        return "\n".join(f"{series_text(*sample[:2])} {number(sample[2])}" for sample in self)

    def __repr__(self) -> str:
        """Show how much it has."""
        return f"<Snapshot of {_count(len(self), 'sample')}, {_count(len(self.kinds), 'name')}>"


class _Family(NamedTuple):
    """A family of a registry."""

    name: str
    type: str
    samples: list[Sample]


def take(registry: Registry, names: Sequence[str] = ()) -> Snapshot:
    """Return a snapshot of a registry, whose functions and collectors are asked here.

    :param registry: The registry.
    :param names: The names of the families to take, or of their samples; without any, all.
    """
    scrape = _scrape_of(registry, names)
    exposed, has_to_ask = look_at(scrape, registry, None)
    if has_to_ask:
        # Here, because few programs have something to be asked for.
        from .asking.gathering import Gathering

        exposed = Gathering(registry, scrape).now(registry, exposed)
    return _snapshot(scrape, registry, exposed)


async def take_async(registry: Registry) -> Snapshot:
    """Return a snapshot of a registry, whose functions and collectors are asked all at a time.

    :param registry: The registry.
    """
    from .asking.gathering import Gathering

    scrape = _scrape_of(registry, ())
    exposed, has_to_ask = look_at(scrape, registry, None)
    if has_to_ask:
        exposed = await Gathering(registry, scrape).on_its_loop(registry, exposed, None)
    return _snapshot(scrape, registry, exposed)


def sample_value(registry: Registry, name: str, labels: LabelValues = None) -> float | None:
    """Return the value of one sample of a registry.

    :param registry: The registry.
    :param name: As for :meth:`Snapshot.get_sample_value`.
    :param labels: As for :meth:`Snapshot.get_sample_value`.
    :raises TypeError: If the name is not a str, or the labels are not a dict.
    """
    return take(registry, [name]).get_sample_value(name, labels)


def _scrape_of(registry: Registry, names: Sequence[str]) -> _core.Scrape:
    """A request for some families, or for all."""
    # Here, because few programs need it.
    from .views import restriction_of

    return _core.Scrape(_core.negotiate([]), None, restriction_of(registry) or names)


def _snapshot(scrape: _core.Scrape, registry: Registry, exposed: list[Any]) -> Snapshot:
    families = scrape.families(registry, exposed, noting_left_out(block_of))
    return Snapshot(starmap(_Family, families))


def _is_text(value: object) -> bool:
    return type(value) is str


def _same(first: float, second: float) -> bool:
    return first == second or (math.isnan(first) and math.isnan(second))


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
