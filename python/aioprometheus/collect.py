"""What a scrape exposes of a registry: the blocks of its metrics, without those that fail."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeAlias

from . import _core
from .collectors import Collector, Enum, Info, Registry
from .failure import Failures, leave_out, noting_repeated

Block: TypeAlias = Collector | _core.Report | tuple[str, str]
"""What the core encodes: a metric, its report, or its name and its lines."""


def collect(
    registry: Registry,
    block_of: Callable[[Collector], Block],
    names: Collection[str] = (),
    collectors: Sequence[Collector] | None = None,
) -> list[Block]:
    """Return the blocks of a registry, which are to be encoded.

    A metric that fails is left out. It is logged once, and counted in a block of its own.

    :param registry: The registry.
    :param block_of: Returns the block of a metric.
    :param names: The names of the metrics to encode, or of their samples; without names, all
      metrics.
    :param collectors: The metrics of the registry, if the caller has them already.
    """
    failures = Failures.known(registry)
    rendered: list[tuple[Collector, Block]] = []
    families: list[Collector | tuple[str, str]] = []
    if collectors is None:
        collectors = registry.get_all()
    with noting_repeated() as repeated:
        for collector in collectors:
            try:
                if is_asked_for(collector, names):
                    block = block_of(collector)
                    families.append(_family(collector, block))
                    rendered.append((collector, block))
            except Exception as error:
                failures = failures or Failures.of(registry)
                failures.add(collector, error)
    for collector, samples in repeated:
        failures = failures or Failures.of(registry)
        failures.add_repeated(collector, samples)
    for place, other in reversed(_core.find_clashes(families)):
        failures = failures or Failures.of(registry)
        failures.add(rendered[place][0], _clash(families[place], families[other]))
        del rendered[place]
    blocks = [block for _, block in rendered]
    counter = failures.counter(collectors) if failures is not None else None
    if counter is not None and is_asked_for(counter, names):
        blocks.append(counter)
    return blocks


def block_of(collector: Collector) -> Block:
    """Return the metric itself if the core can encode it, else its report.

    :param collector: The metric.
    :raises TypeError: If it is not a metric.
    """
    if not isinstance(collector, Collector):
        raise TypeError("Not a valid object format")
    return collector if _core.is_native(collector) else report(collector)


def report(collector: Collector) -> _core.Report:
    """Return the report of a metric whose class overrides methods.

    :param collector: The metric.
    :raises Exception: What these methods raise, or an error in what they report.
    """
    kind = _kind(collector)
    const_labels = collector.const_labels or {}
    series = []
    for labels, value in collector.get_all():
        if hasattr(value, "items"):
            value = dict(value.items())
        elif isinstance(collector, Enum):
            value = (list(collector.states), value)
        # As in the text format, a label of the series replaces a const label of the same name.
        series.append(({**const_labels, **(labels or {})}, value))
    made = _core.Report(collector, str(collector.name), str(collector.doc), kind, {}, series)
    leave_out(collector, made.left_out)
    return made


def is_asked_for(collector: Collector, names: Collection[str]) -> bool:
    """Return whether a metric is to be rendered.

    :param collector: The metric.
    :param names: The names of the metrics to render, or of their samples; without names, all.
    :raises Exception: What the attribute ``name`` of a user's class raises.
    """
    return not names or not _names_of(collector).isdisjoint(names)


def _names_of(collector: Collector) -> set[str]:
    """The names that select a metric: its own, those of its samples, and their escaped forms."""
    utf8 = _core.takes_utf8(collector)
    return set(_core.sample_names(collector, str(collector.name), utf8))


def _kind(collector: Collector) -> str:
    """The core's word for the kind of a metric."""
    if isinstance(collector, Info):
        return "info"
    return "stateset" if isinstance(collector, Enum) else str(collector.kind.name)


def _family(collector: Collector, block: Block) -> Collector | tuple[str, str]:
    """The metric if it is its own block, else its name and its kind."""
    return block if isinstance(block, Collector) else (str(collector.name), _kind(collector))


def _clash(family: Collector | tuple[str, str], other: Collector | tuple[str, str]) -> ValueError:
    name, first = (
        str(one.name) if isinstance(one, Collector) else one[0] for one in (family, other)
    )
    return ValueError(
        f"{name} would write samples of a name that {first}, which stands before it in the "
        "registry, writes too; give it another name"
    )
