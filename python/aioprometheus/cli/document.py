"""What ``show`` says as JSON."""

from __future__ import annotations

import json
import math
from typing import Any

from .model import Distribution, Family, Labels, Value
from .reading import Reading
from .summary import quantiles_of
from .units import exact


def document(reading: Reading) -> str:
    """Return a reading as a line of JSON.

    :param reading: What was read.
    """
    families = [_family(reading, family) for family in reading.families]
    found = {"source": reading.source, "time": round(reading.time, 3), "families": families}
    return json.dumps(found, ensure_ascii=True, allow_nan=False)


def number(value: float | None) -> float | str | None:
    """Return a value as JSON has it, which has no numbers for NaN and infinity.

    :param value: The value; None if there is none.
    """
    return value if value is None or math.isfinite(value) else exact(value)


def _family(reading: Reading, family: Family) -> dict[str, Any]:
    return {
        "name": family.name,
        "kind": family.kind,
        "help": family.help,
        "unit": family.unit,
        **_rate(reading, family, None),
        "series": [
            {"labels": dict(labels), **value_of(value), **_rate(reading, family, labels)}
            for labels, value in family.series.items()
        ],
    }


def _rate(reading: Reading, family: Family, labels: Labels | None) -> dict[str, Any]:
    rate = reading.rate(family, labels)
    return {} if rate is None else {"rate": number(rate)}


def value_of(value: Value) -> dict[str, Any]:
    """Return what JSON says of a value.

    :param value: The value.
    """
    if not isinstance(value, Distribution):
        return {"value": number(value)}
    quantiles = quantiles_of([value], value)
    found: dict[str, Any] = {
        "count": number(value.counted),
        "sum": number(value.sum),
        "mean": number(value.mean),
        "quantiles": {f"{phi:g}": number(estimate.value) for phi, estimate in quantiles.items()},
    }
    if value.buckets:
        found["buckets"] = {exact(le): number(count) for le, count in value.buckets.items()}
    if value.native is not None:
        found["native"] = value.native._asdict()
    return found
