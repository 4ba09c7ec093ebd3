"""Prometheus and VictoriaMetrics servers that scrape this package together, and the answers."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import aiohttp.web

from aioprometheus import Registry
from aioprometheus.service import Service
from support.prometheus_server import Prometheus, Target, TextService, prometheus, serving
from support.victoria_server import VictoriaMetrics, victoria_metrics

Server = Prometheus | VictoriaMetrics

NATIVE = "native-histograms,exemplar-storage"
#: The servers: the generation of Prometheus, and what is enabled in it. All of them keep exemplars.
#: That does not change their requests, and shows that OpenMetrics has exemplars.
FEATURES = {
    "2": ("2", "exemplar-storage"),
    "2-native": ("2", NATIVE),
    "3": ("3", "exemplar-storage"),
    "3-native": ("3", NATIVE),
    "3-births": ("3", f"{NATIVE},created-timestamp-zero-ingestion"),
}
VICTORIA = "victoria"

TEXT = "text/plain; version=0.0.4; charset=utf-8"
TEXT_UTF8 = "text/plain; version=1.0.0; charset=utf-8; escaping="
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
PROTOBUF = (
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
)


#: With so many servers on a busy machine, a second is not enough for each scrape. When a scrape is
#: given up, the server has no series until the next.
PATIENCE = {"scrape_interval": "3s", "scrape_timeout": "3s"}


class Scrape(NamedTuple):
    """A server that scrapes, the job as which it does so, and the Content-Type that it must get."""

    server: str
    job: str
    content_type: str
    #: The settings of the job in the server's configuration.
    settings: Mapping[str, Any] = MappingProxyType({})

    def __str__(self) -> str:
        return f"{self.server}-{self.job}"

    @property
    def format(self) -> str:
        """The format without its version: "text", "openmetrics" or "protobuf"."""
        formats = {"text/plain": "text", "application/openmetrics-text": "openmetrics"}
        return formats.get(self.content_type.partition(";")[0], "protobuf")

    @property
    def escaping(self) -> str:
        return self.content_type.partition("escaping=")[2] or "underscores"


#: The formats that the servers ask for by default.
DEFAULTS = [
    Scrape("2", "default", OPENMETRICS),
    Scrape("2-native", "default", PROTOBUF),
    Scrape("3", "default", f"{OPENMETRICS}; escaping=allow-utf-8"),
    Scrape("3-native", "default", PROTOBUF),
    Scrape(VICTORIA, "default", TEXT),
]
#: The formats that they ask for if configured. The service gives text to Prometheus 2 in any case.
FORCED_TEXT = Scrape("2", "text", TEXT)
SPECIALS = [
    FORCED_TEXT,
    Scrape("3", "text", f"{TEXT_UTF8}allow-utf-8", {"scrape_protocols": ["PrometheusText1.0.0"]}),
    Scrape("3", "old-text", TEXT, {"scrape_protocols": ["PrometheusText0.0.4"]}),
    Scrape("3", "protobuf", PROTOBUF, {"scrape_protocols": ["PrometheusProto"]}),
    Scrape("3", "dots", f"{OPENMETRICS}; escaping=dots", {"metric_name_escaping_scheme": "dots"}),
    Scrape(
        "3", "values", f"{OPENMETRICS}; escaping=values", {"metric_name_escaping_scheme": "values"}
    ),
    Scrape("3-births", "default", PROTOBUF),
]


class Answered(NamedTuple):
    """What a scraper asked for, and what it got."""

    accept: str
    accept_encoding: str
    headers: Mapping[str, str]
    body: bytes


class RecordingService(Service):
    """Remembers the answers by the parameter `scrape` of the query."""

    def __init__(self, registry: Registry) -> None:
        super().__init__(registry)
        self.answers: dict[str, list[Answered]] = defaultdict(list)

    async def handle_metrics(self, request: aiohttp.web.Request) -> aiohttp.web.Response:
        response = await super().handle_metrics(request)
        assert isinstance(response.body, bytes)
        accept = request.headers.get("Accept", "")
        encoding = request.headers.get("Accept-Encoding", "")
        answer = Answered(accept, encoding, dict(response.headers), response.body)
        self.answers[request.query["scrape"]].append(answer)
        return response


class Scrapers:
    """All the servers, while they run, and the service that they scrape."""

    def __init__(self, registry: Registry, directory: Path, scrapes: list[Scrape]) -> None:
        self.service = RecordingService(registry)
        self._text_service = TextService(registry)
        self._directory = directory
        self._scrapes = scrapes
        self._servers: dict[str, Server] = {}

    @contextlib.contextmanager
    def running(self) -> Iterator[Scrapers]:
        with contextlib.ExitStack() as stack:
            url = stack.enter_context(serving(self.service))
            text_url = stack.enter_context(serving(self._text_service))
            for name in dict.fromkeys(scrape.server for scrape in self._scrapes):
                targets = [
                    Target(
                        scrape.job,
                        text_url if scrape == FORCED_TEXT else url,
                        {"params": {"scrape": [str(scrape)]}, **PATIENCE, **scrape.settings},
                    )
                    for scrape in self._scrapes
                    if scrape.server == name
                ]
                directory = self._directory / name
                if name == VICTORIA:
                    context: Any = victoria_metrics(directory, *targets)
                else:
                    generation, features = FEATURES[name]
                    context = prometheus(generation, directory, *targets, features=features)
                self._servers[name] = stack.enter_context(context)
            yield self

    def server(self, scrape: Scrape) -> Server:
        """Return the server of a scrape, when it has one of them in its storage."""
        server = self._servers[scrape.server]
        server.wait_for_scrape(scrape.job)
        return server

    def prometheus(self, scrape: Scrape) -> Prometheus:
        """Return the same, which is a Prometheus."""
        server = self.server(scrape)
        assert isinstance(server, Prometheus)
        return server

    def find(self, scrape: Scrape, selector: str = "") -> dict[frozenset[tuple[str, str]], str]:
        """Return the values of the series that a server got from the service, by their labels."""
        matchers = f'job="{scrape.job}",__name__!~"up|scrape_.*"'
        if selector:
            matchers = f"{matchers},{selector}"
        found = {}
        for labels, value in self.server(scrape).query(f"{{{matchers}}}"):
            assert labels.pop("job") == scrape.job
            assert labels.pop("instance").startswith("127.0.0.1:")
            found[frozenset(labels.items())] = value
        return found
