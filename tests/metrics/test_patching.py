"""Metrics and their classes under ``unittest.mock``."""

from unittest import mock

import pytest

from aioprometheus import Counter, Gauge, Histogram, Summary
from aioprometheus.formats.text import TextFormatter
from support.make import make, text_of

A = {"a": "x"}
KINDS = [Counter, Gauge, Summary, Histogram]


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        (Counter, "inc"),
        (Counter, "add"),
        (Gauge, "set"),
        (Gauge, "dec"),
        (Summary, "observe"),
        (Histogram, "observe"),
    ],
)
def test_mock_patches(kind, method):
    metric = make(kind)
    with mock.patch.object(metric, method) as patched:
        getattr(metric, method)(A, 1)
    patched.assert_called_once_with(A, 1)
    with mock.patch.object(kind, method) as patched:
        getattr(metric, method)(A, 1)
    patched.assert_called_once_with(A, 1)
    assert len(metric.values) == 0
    getattr(metric, method)(A, 1)
    assert len(metric.values) == 1


@pytest.fixture(params=["instance", "class"])
def patch(request):
    """A gauge that is 5 at A, and a function that patches a method of it or of its class."""
    metric = make(Gauge)
    metric.set(A, 5)
    target = metric if request.param == "instance" else Gauge
    return metric, lambda name, **options: mock.patch.object(target, name, **options)


def test_a_patched_get_all_is_rendered(patch):
    metric, patched = patch
    with patched("get_all", return_value=[({"b": "y"}, 9)]):
        assert text_of(metric).endswith('\nm{b="y"} 9\n')
        assert TextFormatter().marshall_lines(metric)[2:] == ['m{b="y"} 9']
    assert text_of(metric).endswith('\nm{a="x"} 5\n')


def test_a_patched_get_is_what_get_all_asks(patch):
    metric, patched = patch
    with patched("get", return_value=8):
        assert metric.get_all() == [(A, 8)]
        assert text_of(metric).endswith('\nm{a="x"} 8\n')


@pytest.mark.parametrize("name", ["add", "get_value", "set_value"])
def test_updates_of_the_exact_types_ask_no_other_method(patch, name):
    """In 23.12.0 they did, and in subclasses that override these they do; the docs say so."""
    metric, patched = patch
    with patched(name) as other:
        metric.inc(A)
        metric.dec(A)
        if name != "set_value":
            metric.set(A, 6)
    other.assert_not_called()
    assert metric.get(A) == (5 if name == "set_value" else 6)


def test_a_spied_method_works_on():
    metric = make(Counter)
    with mock.patch.object(metric, "inc", wraps=metric.inc) as spy:
        metric.inc(A)
    spy.assert_called_once_with(A)
    assert metric.get(A) == 1
    assert mock.create_autospec(Counter, instance=True).inc(A) is not None
