"""The collectors of the runtime, put into a registry by one call."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from weakref import WeakSet

from ..collectors import Registry, get_registry
from ..loop import on_loop
from ..note import wrong_registry
from ..views import parts_of
from .event_loop import EventLoopCollector
from .interpreter import GCCollector, PlatformCollector
from .process import ProcessCollector
from .standard import StandardCollector

_ALL = "all"

#: The collectors of this process, once they were asked for. They are the same in all registries, so
#: that each is exposed once where several registries are scraped together.
_collectors: dict[str, tuple[StandardCollector, ...]] = {}

#: The registries that have them.
_registries: WeakSet[Registry] = WeakSet()


class Installed:
    """What :func:`install` has done.

    :param registry: The registry.
    :param collectors: The collectors.
    """

    def __init__(self, registry: Registry, collectors: Sequence[StandardCollector]) -> None:
        self.registry = registry
        #: The collectors, which are the same in all registries of the process.
        self.collectors = tuple(collectors)

    def __repr__(self) -> str:
        """Show the collectors."""
        names = ", ".join(type(collector).__name__ for collector in self.collectors)
        return f"<{type(self).__name__} {names} in {self.registry!r}>"

    def uninstall(self) -> None:
        """Remove the collectors from the registry, those that are still there.

        Where no other registry has them, the ticks of event loops end.
        """
        for collector in self.collectors:
            with suppress(KeyError):
                self.registry.unregister(collector)
        _registries.discard(self.registry)
        if not _registries and _collectors.get(_ALL) is self.collectors:
            _collectors.pop(_ALL, None)
            for collector in self.collectors:
                if isinstance(collector, EventLoopCollector):
                    collector.stop()


def install(registry: Registry | None = None) -> Installed:
    """Expose the metrics of the process, the interpreter and the event loops.

    It may be called before an event loop runs, and again, which changes nothing. Where something
    else in the registry has one of the names, such as a collector of ``prometheus_client`` that is
    exposed by :class:`~aioprometheus.PrometheusClientCollector`, that is exposed and not the family
    here; it does not matter which came first.

    :param registry: The registry; without it, the default one.
    :returns: The collectors, and a way to remove them.
    :raises Exception: If it is not a registry.
    """
    if registry is None:
        registry = get_registry()
    elif not isinstance(registry, Registry):
        error = Exception(f"registry must be a Registry, got: {type(registry)}")
        raise wrong_registry(error, registry, "install()")
    registry = parts_of(registry)[0]
    collectors = _collectors.get(_ALL)
    if collectors is None:
        made = (ProcessCollector(), PlatformCollector(), GCCollector(), EventLoopCollector())
        # In one step, in case another thread is here too.
        collectors = _collectors.setdefault(_ALL, made)
    for collector in collectors:
        if collector not in registry:
            with suppress(ValueError):  # another thread was here
                registry.register(collector)
    _registries.add(registry)
    on_loop()
    return Installed(registry, collectors)
