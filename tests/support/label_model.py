"""A model of label dicts in plain Python: the series that each of them means."""

import datetime
import enum


def text(value):
    """Return the text of a label value."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, enum.Enum):
        return text(value.value)
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def series(labels):
    """Return what names the series of the labels: equal for the same series and no other.

    To a server a label of empty value is none.
    """
    pairs = ((str.__str__(name), text(value)) for name, value in (labels or {}).items())
    return frozenset((name, value) for name, value in pairs if value)


def fresh(string):
    """Return an equal string that is another object."""
    return string.encode("utf-8", "surrogatepass").decode("utf-8", "surrogatepass")


class Model:
    """The series of a metric to which only ones are added, as a plain dict."""

    def __init__(self):
        self.amounts = {}

    def add(self, labels, amount=1):
        key = series(labels)
        self.amounts[key] = self.amounts.get(key, 0) + amount

    def remove(self, labels):
        del self.amounts[series(labels)]

    def check(self, metric):
        """The metric has the series of this model, in the order of their birth."""
        assert contents(metric) == list(self.amounts.items())


def amount(report):
    """Return what was added: a number, or how many observations there were."""
    return report["count"] if isinstance(report, dict) else report


def contents(metric):
    """Return the series of a metric in their order, named as `series` names them."""
    return [(series(labels), amount(report)) for labels, report in metric.get_all()]
