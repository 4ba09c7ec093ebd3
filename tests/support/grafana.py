"""What Grafana does with a dashboard: its variables replaced, its queries asked of a Prometheus."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from support.prometheus_server import Prometheus

#: What the variables of a query may be; Grafana knows more.
VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


class Series(NamedTuple):
    """A series that a query found."""

    labels: Mapping[str, str]
    values: list[tuple[float, Any]]
    """Times, and numbers or the buckets of native histograms."""

    @property
    def says_something(self) -> bool:
        return any(not isinstance(value, float) or math.isfinite(value) for _, value in self.values)


def panels(dashboard: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the panels of a dashboard, without rows."""
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            assert panel["panels"] == []
        else:
            yield panel


def replaced(text: str, variables: Mapping[str, str]) -> str:
    """Return a query with the values of its variables; one that is not known is an error."""
    return VARIABLE.sub(lambda found: variables[found[1] or found[2]], text)


def legend(target: Mapping[str, Any], series: Series) -> str:
    """Return the name of a series, as Grafana makes it of the template."""
    template = target.get("legendFormat")
    if not template:
        return str(dict(series.labels))
    return re.sub(r"{{ *([^{}]+?) *}}", lambda found: series.labels.get(found[1], ""), template)


def ask(
    server: Prometheus, target: Mapping[str, Any], variables: Mapping[str, str]
) -> list[Series]:
    """Return what a query of a panel finds, in the last minute or now."""
    expression = replaced(target["expr"], variables)
    if target.get("instant"):
        found = server.api("query", query=expression)["result"]
        return [Series(one["metric"], [_value(one, "value", "histogram")]) for one in found]
    now = time.time()
    span = {"start": str(now - 60), "end": str(now), "step": "1"}
    found = server.api("query_range", query=expression, **span)["result"]
    return [
        Series(
            one["metric"],
            [(moment, float(value)) for moment, value in one.get("values", ())]
            + [(moment, value) for moment, value in one.get("histograms", ())],
        )
        for one in found
    ]


def _value(one: Mapping[str, Any], number: str, histogram: str) -> tuple[float, Any]:
    if number in one:
        moment, value = one[number]
        return moment, float(value)
    moment, value = one[histogram]
    return moment, value


def values_of(
    server: Prometheus, variable: Mapping[str, Any], chosen: Mapping[str, str]
) -> list[str]:
    """Return the values of a variable that is a query for those of a label."""
    [(metric, name)] = re.findall(r"label_values\((.*), (\w+)\)", variable["query"], re.DOTALL)
    selector = {"match[]": replaced(metric, chosen)}
    series = server.api("series", **selector)
    return sorted({one[name] for one in series})
