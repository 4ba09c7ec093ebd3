"""Mistakes in what is made for a block or a decorator: timers, trackers, replacements."""

from __future__ import annotations

import asyncio

import pytest

from aioprometheus import Counter, Gauge, Histogram, Registry, Summary
from support.mistakes import Mistake, check, notes_of


def _of(kind, call, words, *says):
    metric = kind("the_metric", "d", registry=Registry())
    return Mistake(lambda: call(metric), TypeError, words, ["the_metric: ", *says])


BLOCKS = {
    "labels by name": _of(
        Summary,
        lambda m: m.time(a="x"),
        "Summary.time() got an unexpected keyword argument 'a'",
        'labels(a="x").time()',
    ),
    "labels by name, in progress": _of(
        Gauge, lambda m: m.track_inprogress(a="x"), None, 'labels(a="x").track_inprogress()'
    ),
    "labels by name, of exceptions": _of(
        Counter,
        lambda m: m.count_exceptions(ValueError, a="x"),
        None,
        'labels(a="x").count_exceptions(',
    ),
    "too much": _of(
        Gauge,
        lambda m: m.time({"a": "x"}, "skip"),
        "Gauge.time() takes from 1 to 2 positional arguments but 3 were given",
        "time({'method': 'GET'})",
    ),
    "labels to a child": _of(
        Histogram,
        lambda m: m.labels().time({"a": "x"}),
        "BoundHistogram.time() takes 1 positional argument but 2 were given",
        "has its labels already",
        "write time()",
    ),
    "labels by name to a child": _of(
        Gauge, lambda m: m.labels().time(a="x"), None, "has its labels already", "write time()"
    ),
    "labels by their parameter to a child": _of(
        Summary, lambda m: m.labels().time(labels={}), None, "has its labels already"
    ),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks(name):
    check(BLOCKS[name])


def test_async_with_is_refused_with_what_to_write():
    async def replace(metric):
        async with metric.replacing():
            pass

    with pytest.raises(TypeError, match="asynchronous context manager protocol") as caught:
        asyncio.run(replace(Gauge("the_metric", "d", registry=Registry())))
    [note] = notes_of(caught.value)
    assert "the_metric: write with, not async with" in note
