"""An exporter for a device that answers with JSON. It clears the values before every scrape."""

import asyncio
import json

from aioprometheus import Counter, Gauge, Registry, render

ANSWERS = [
    '{"meters": [{"id": 1, "w": 12.5, "on": true}, {"id": 2, "w": 3, "on": false}], "t": 21}',
    '{"meters": [{"id": 2, "w": 4, "on": true}, {"id": 3, "w": 0.5, "on": true}], "t": 21.5}',
    "not json",
]


class Exporter:
    def __init__(self):
        self.registry = Registry()
        options = {"const_labels": {"device": "shelly"}, "registry": self.registry}
        self.watts = Gauge("meter_watts", "Power drawn", **options)
        self.on = Gauge("meter_on", "Whether the relay is on", **options)
        self.temperature = Gauge("device_temperature_celsius", "Temperature", **options)
        self.scrapes = Counter("scrapes_total", "Scrapes by outcome", registry=self.registry)

    async def update(self, answer):
        for gauge in (self.watts, self.on):
            gauge.values.clear()
        try:
            state = json.loads(answer)
        except ValueError:
            self.scrapes.inc({"outcome": "failed"})
            return
        for meter in state["meters"]:
            labels = {"id": meter["id"]}
            self.watts.set(labels, meter["w"])
            self.on.set(labels, int(meter["on"]))
        self.temperature.set({}, state["t"])
        self.scrapes.inc({"outcome": "ok"})

    async def scrape(self, answer):
        await self.update(answer)
        content, headers = render(self.registry, ["text/plain"])
        return content.decode(), headers


async def main():
    exporter = Exporter()
    for answer in ANSWERS:
        text, headers = await exporter.scrape(answer)
        print(headers["Content-Type"])
        print(text)


asyncio.run(main())
