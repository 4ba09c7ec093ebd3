"""``Metrics``: what a test expects of a registry."""

from __future__ import annotations

from collections.abc import Sequence

from ..changes import LabelValues, Wanted, name_of
from ..collectors import Collector, Registry, get_registry
from ..snapshots import Snapshot, take
from ..views import one_of
from .block import Block
from .expectations import Changed, Decreased, Increased, Observed, Unchanged, total
from .explaining import Found


class Metrics:
    """What a test asks and expects of a registry.

    Most methods return context managers, for ``with`` and ``async with``. They compare the registry
    before the block with the registry after it, and raise an AssertionError that says what did
    change if that is not what was expected. So it does not matter what was counted before.

    A metric is given by the name of its samples as the text format shows it, or as the object
    itself. The labels that are given must match; whatever others there are, the values of all
    series that match are added up. A series that is not there counts as 0.

    :param registry: The registry, or a list of several; None for the default one.
    :raises TypeError: If it is not a registry.
    """

    def __init__(self, registry: Registry | Sequence[Registry] | None = None) -> None:
        self._registry = None if registry is None else one_of(registry)
        if not isinstance(self.registry, Registry):
            raise TypeError(f"Metrics takes a Registry, not {type(registry).__name__}")

    @property
    def registry(self) -> Registry:
        """The registry."""
        return get_registry() if self._registry is None else self._registry

    def __repr__(self) -> str:
        """Show the registry."""
        return f"<Metrics of {self.registry!r}>"

    def snapshot(self) -> Snapshot:
        """Return a copy of all samples at this moment."""
        return take(self.registry)

    def value(
        self, name: str | Collector, labels: LabelValues = None, *, default: float | None = None
    ) -> float:
        """Return a value at this moment: the sum of all series that match.

        :param name: The name of samples, or the metric.
        :param labels: Labels that they must have.
        :param default: What is returned if no series matches.
        :raises AssertionError: If none matches, and there is no default.
        """
        __tracebackhide__ = True
        name, wanted, now = name_of(name), Wanted(labels), take(self.registry)
        found = total(now, name, wanted)
        if isinstance(found, float):
            return found
        if found is None and default is not None:
            return default
        raise AssertionError(
            Found(now, now, name, wanted).explained("should have a value", found, has_changes=False)
        )

    def changes(self) -> Block:
        """Find out what a block changes, without any expectation.

        :returns: A context manager; ``as`` it gives an :class:`aioprometheus.changes.Changes`,
          which is filled when the block ends.
        """
        return Block(self.registry)

    def increased(
        self, name: str | Collector, labels: LabelValues = None, *, by: object = None
    ) -> Block:
        """Expect a value to increase in the block.

        :param name: The name of samples, such as ``requests_total``, or the metric.
        :param labels: Labels that the series must have.
        :param by: How much it increases; None for anything above 0. It is compared with ``==``, so
          that ``pytest.approx`` can be given; floats may differ by rounding.
        """
        return Increased(self.registry, name, labels, by)

    def decreased(
        self, name: str | Collector, labels: LabelValues = None, *, by: object = None
    ) -> Block:
        """Expect a value to decrease in the block.

        :param name: As for :meth:`increased`.
        :param labels: As for :meth:`increased`.
        :param by: How much it decreases; None for anything above 0.
        """
        return Decreased(self.registry, name, labels, by)

    def changed(
        self, name: str | Collector, labels: LabelValues = None, *, to: object = None
    ) -> Block:
        """Expect a value to change in the block, or a series to come or go.

        :param name: As for :meth:`increased`, or the name of a metric with several samples.
        :param labels: As for :meth:`increased`.
        :param to: Its value at the end of the block; None for any. It is compared as ``by`` is.
        """
        return Changed(self.registry, name, labels, to)

    def unchanged(self, name: str | Collector | None = None, labels: LabelValues = None) -> Block:
        """Expect that no value changes in the block, and that no series comes or goes.

        :param name: As for :meth:`changed`; None for all samples of the registry.
        :param labels: As for :meth:`increased`.
        """
        return Unchanged(self.registry, name, labels)

    def observed(
        self,
        name: str | Collector,
        labels: LabelValues = None,
        *,
        times: object = None,
        sum: object = None,
    ) -> Block:
        """Expect a histogram or a summary to observe values in the block.

        :param name: Its name, without a suffix, or the metric.
        :param labels: Labels that the series must have.
        :param times: How many values; None for any number above 0.
        :param sum: The sum of the values; None for any. It is compared as ``by`` is.
        """
        return Observed(self.registry, name, labels, times, sum)
