"""Collectors without a state, which make their report at the scrape."""

import json

from aioprometheus import Counter, Gauge, Registry, render

DIFFERS = [
    (
        "text that float() takes is a number, and written as one",
        'supply_volts{rail="core"} 12.50\n',
        'supply_volts{rail="core"} 12.5\n',
    ),
]
DEVICE = json.loads('{"rails": {"core": "12.50", "aux": "3"}, "fans": [1200, 900.5], "boots": 7}')


class Supply(Gauge):
    def get_all(self):
        return [({"rail": name}, volts) for name, volts in DEVICE["rails"].items()]


class Fans(Gauge):
    def get_all(self):
        for number, speed in enumerate(DEVICE["fans"]):
            yield {"fan": number}, speed


class Boots(Counter):
    """Adds what was counted before the process to what it counts itself."""

    def get(self, labels):
        return DEVICE["boots"] + super().get(labels)


class Scaled(Gauge):
    factor = 0.5

    def get_all(self):
        return [(labels, value * self.factor) for labels, value in super().get_all()]


registry = Registry()
Supply("supply_volts", "Voltages", registry=registry)
fans = Fans("fan_rpm", "Speeds", {"host": "a"}, registry)
boots = Boots("boots_total", "Boots", registry=registry)
scaled = Scaled("scaled", "Halves", registry=registry)
boots.inc({"reason": "power"})
scaled.set({"x": "1"}, 5)
scaled.set({}, 8)
print(render(registry, [])[0].decode())
print(list(fans.get_all()), boots.get({"reason": "power"}), boots.get_value({"reason": "power"}))
