"""What the tests of functions and collectors share: expositions, and a collector."""

import asyncio

from prometheus_client import core

from aioprometheus import render, render_async


def text(registry, **options):
    """The exposition of ``render``."""
    return render(registry, **options)[0].decode()


async def text_async(registry, **options):
    """The exposition of ``render_async``."""
    return (await render_async(registry, **options))[0].decode()


def both(registry):
    """The exposition of ``render``, which is that of ``render_async`` too, without failures."""
    bodies = text(registry), asyncio.run(text_async(registry))
    first, second = (
        [line for line in body.splitlines() if "errors_total" not in line] for body in bodies
    )
    assert first == second
    return "\n".join([*first, ""])


class Collected:
    """A collector that yields what it is given."""

    def __init__(self, *families):
        self.families = families
        self.calls = 0

    def collect(self):
        self.calls += 1
        yield from self.families


def gauge(name, value=1):
    """A family of prometheus_client."""
    return core.GaugeMetricFamily(name, "Help", value=value)
