"""The PromQL of each kind of family."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from .subject import MOST_SERIES, Subject

_METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_DURATION = re.compile(r"(?:\d+(?:ms|[smhdwy]))+")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")

OF_TARGET = ("instance", "job")
"""Labels that a server sets. It renames those of the exposition."""


@dataclass(frozen=True)
class Scope:
    """Which targets are asked, and over what time rates are taken."""

    matchers: tuple[str, ...]
    """What selects the targets, such as ``job="shop"``."""
    window: str
    """The time of rates, such as ``5m``."""

    def select(self, name: str, *matchers: str) -> str:
        """Return the selector of a metric.

        :param name: The name of its series.
        :param matchers: What its labels must be.
        """
        inside = [*matchers, *self.matchers]
        if not _METRIC.fullmatch(name):
            return f"{{{','.join([quote(name), *inside])}}}"
        return f"{name}{{{','.join(inside)}}}" if inside else name

    def rate(self, name: str, *matchers: str) -> str:
        """Return the increase a second.

        :param name: The name of its series.
        :param matchers: What its labels must be.
        """
        return f"rate({self.select(name, *matchers)}[{self.window}])"


def check_duration(text: str) -> str:
    """Return a time as Prometheus writes it, such as ``15s`` or ``1h30m``.

    :param text: The time.
    :raises ValueError: If it is not one, or it is nothing.
    """
    if not _DURATION.fullmatch(text) or not re.search("[1-9]", text):
        raise ValueError(f"{text!r} is not a time such as 15s or 1h30m")
    return text


def quote(text: str) -> str:
    """Return a text as a string of PromQL."""
    return json.dumps(text, ensure_ascii=False)


def label(name: str) -> str:
    """Return the name of a label of an exposition as the server has it."""
    return f"exported_{name}" if name in OF_TARGET else name


def by(aggregation: str, labels: Sequence[str], expression: str) -> str:
    """Return an aggregation.

    :param aggregation: Its name, such as ``sum``.
    :param labels: The labels that stay; none for one series of all.
    :param expression: What is aggregated.
    """
    names = ", ".join(name if _LABEL.fullmatch(name) else quote(name) for name in labels)
    return f"{aggregation} by ({names}) ({expression})" if names else f"{aggregation}({expression})"


def worst(expression: str, *, lowest: bool = False) -> str:
    """Return the few series of many that matter: a panel shows no more.

    :param expression: What has the series.
    :param lowest: Whether low values are the bad ones.
    """
    return f"{'bottomk' if lowest else 'topk'}({MOST_SERIES}, {expression})"


def legend(labels: Sequence[str], otherwise: str = "") -> str:
    """Return the template of a legend, which shows labels.

    :param labels: Their names. They are in it if there are several: ``no 5`` says little.
    :param otherwise: The text if there are none.
    """
    are_named = len(set(labels) - {"instance"}) > 1
    return (
        " ".join(
            f"{name}={{{{{name}}}}}" if are_named and name != "instance" else f"{{{{{name}}}}}"
            for name in labels
        )
        or otherwise
    )


def count_rate(scope: Scope, subject: Subject, labels: Sequence[str] = (), *matchers: str) -> str:
    """Return the observations a second of a histogram or summary."""
    return _of_observations(scope, subject, "count", labels, matchers)


def sum_rate(scope: Scope, subject: Subject, labels: Sequence[str] = (), *matchers: str) -> str:
    """Return what is added a second to the sum of a histogram or summary."""
    return _of_observations(scope, subject, "sum", labels, matchers)


def mean(scope: Scope, subject: Subject, labels: Sequence[str] = (), *matchers: str) -> str:
    """Return the mean of the observations of a histogram or summary."""
    added = sum_rate(scope, subject, labels, *matchers)
    return f"{added}\n  / {count_rate(scope, subject, labels, *matchers)}"


def quantile(
    scope: Scope, subject: Subject, phi: float, labels: Sequence[str] = (), *matchers: str
) -> str:
    """Return a quantile of the observations of a histogram.

    :param scope: The targets and the time.
    :param subject: The histogram.
    :param phi: Which quantile.
    :param labels: The labels by which it is asked.
    :param matchers: What its labels must be.
    """
    found = []
    gauge = subject.kind == "gaugehistogram"
    if subject.is_classic:
        name = f"{subject.name}_bucket"
        buckets = scope.select(name, *matchers) if gauge else scope.rate(name, *matchers)
        found.append(f"histogram_quantile({phi}, {by('sum', ['le', *labels], buckets)})")
    if subject.is_native:
        name = subject.name
        buckets = scope.select(name, *matchers) if gauge else scope.rate(name, *matchers)
        found.append(f"histogram_quantile({phi}, {by('sum', labels, buckets)})")
    return either(found)


def either(expressions: Sequence[str]) -> str:
    """Return what the first of several expressions that finds something has."""
    return "\n  or ".join(expressions)


def ratio(part: str, whole: str) -> str:
    """Return a part of a whole, which is 0 where there is no part at all."""
    return f"(\n  {part}\n  or 0 * {whole}\n)\n  / {whole}"


def _of_observations(
    scope: Scope, subject: Subject, what: str, labels: Sequence[str], matchers: Sequence[str]
) -> str:
    found = []
    if subject.is_classic or not subject.is_native:
        found.append(by("sum", labels, scope.rate(f"{subject.name}_{what}", *matchers)))
    if subject.is_native:
        rate = scope.rate(subject.name, *matchers)
        found.append(by("sum", labels, f"histogram_{what}({rate})"))
    # One of them has nothing: a server keeps either the classic or the native buckets.
    return found[0] if len(found) == 1 else f"({' or '.join(found)})"
