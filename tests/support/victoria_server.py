"""VictoriaMetrics servers that tests run."""

from __future__ import annotations

import contextlib
import json
import re
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from support import peers
from support.processes import Program, request, running
from support.prometheus_server import Target, make_configuration


class VictoriaMetrics:
    """A VictoriaMetrics that runs, and its API, which is that of Prometheus."""

    def __init__(self, program: Program, url: str) -> None:
        self.program = program
        self.url = url

    def api(self, path: str, **parameters: str) -> Any:
        answer = request(f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}")
        assert answer.status == 200, answer.text
        return answer.json()["data"]

    def query(self, expression: str) -> list[tuple[dict[str, str], str]]:
        """Return the series of an instant query, and their values as they are spelled."""
        # The latest samples are not found before they are flushed.
        assert request(f"{self.url}/internal/force_flush").status == 200
        result = self.api("query", query=expression, nocache="1")["result"]
        return [(series["metric"], series["value"][1]) for series in result]

    def wait_for_scrape(self, job: str) -> None:
        """Wait until a scrape of a job is in its storage; one that it refuses fails the test."""

        def probe() -> bool:
            for target in self.api("targets")["activeTargets"]:
                if target["labels"]["job"] == job:
                    refused = target["lastError"]
                    assert not refused or re.search("timeout|deadline", refused), refused
                    healthy = target["health"] == "up" and not refused
                    # The samples of one scrape become visible one after the other. Only the scrape
                    # before is certainly complete.
                    scrapes = f'sum_over_time(up{{job="{job}"}}[1h]) > 1'
                    return healthy and self.query(scrapes) != []
            return False

        self.program.wait_for(probe, f"a scrape of {job}")

    def assert_nothing_was_dropped(self, job: str) -> None:
        ((_, scraped),) = self.query(f'scrape_samples_scraped{{job="{job}"}}')
        kept = self.query(f'scrape_samples_post_metric_relabeling{{job="{job}"}}')
        assert [value for _, value in kept] == [scraped]
        lines = re.findall(r".*\t(?:warn|error|fatal|panic)\t.*", self.program.stderr)
        # On a busy machine, a scrape may be late once.
        complaints = [line for line in lines if not re.search("timeout|deadline", line)]
        assert complaints == []


@contextlib.contextmanager
def victoria_metrics(directory: Path, *targets: Target) -> Iterator[VictoriaMetrics]:
    """Run a VictoriaMetrics that scrapes targets once a second."""
    command = [peers.find("victoria-metrics", "VICTORIA_METRICS")]
    directory.mkdir()
    configuration = json.dumps(make_configuration(targets))
    # JSON is YAML.
    (directory / "scrape.yml").write_text(configuration, "utf-8")
    command += [
        "-promscrape.config=scrape.yml",
        "-storageDataPath=data",
        "-httpListenAddr=127.0.0.1:0",
        # So that a query finds samples of the last half minute.
        "-search.latencyOffset=1s",
    ]
    with running(command, directory) as program:
        port = program.wait_for(lambda: listening_port(program.process.pid), "a port")
        url = f"http://127.0.0.1:{port}"
        program.get(f"{url}/health")
        yield VictoriaMetrics(program, url)


def listening_port(pid: int) -> int | None:
    """Return the TCP port that a process listens on. VictoriaMetrics does not report it."""
    sockets = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            sockets.add(str(descriptor.readlink()))
    for line in Path(f"/proc/{pid}/net/tcp").read_text("ascii").splitlines()[1:]:
        _, local, _, state, *_, inode = line.split()[:10]
        # Source: proc(5): the address and the port are in hexadecimal, and 0A is LISTEN.
        if state == "0A" and f"socket:[{inode}]" in sockets:
            return int(local.partition(":")[2], 16)
    return None
