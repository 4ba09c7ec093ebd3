"""The bytes object that `render` returns, which is an ordinary one for every size."""

import pickle
import sys
import threading

import pytest

from aioprometheus import render
from support.make import numbers
from support.memory import needs_proc, resident


def body_of(series):
    lines = [f'numbers_total{{n="{number}"}} {number}' for number in range(series)]
    return "\n".join(
        ["# HELP numbers_total d", "# TYPE numbers_total counter", *lines, ""]
    ).encode()


@pytest.mark.parametrize("first", [0, 500, 100_000])
@pytest.mark.parametrize("series", [0, 1, 400, 700, 3_000, 100_000])
def test_a_body_is_whole_whatever_the_last_one_was(first, series):
    render(numbers(first), None)
    body = body_of(series)
    for _ in range(2):
        content, _ = render(numbers(series), None)
        assert type(content) is bytes
        assert content == body
        assert hash(content) == hash(body)
        assert sys.getsizeof(content) == sys.getsizeof(body)
        assert pickle.loads(pickle.dumps(content)) == body
        # The null after the last byte, on which functions in C rely.
        assert content.decode().encode() == body
        assert bytes.fromhex(content.hex()) == body


@needs_proc
def test_small_bodies_after_a_large_one_take_little_memory():
    render(numbers(200_000), None)
    small = numbers(10)
    before = resident()
    bodies = [render(small, None)[0] for _ in range(2_000)]
    assert resident() - before < 20_000_000
    assert len({*bodies}) == 1


def test_threads_render_bodies_of_different_sizes():
    registries = [(numbers(series), body_of(series)) for series in (1, 300, 4_000, 20_000)]
    wrong = []

    def render_all(start):
        for turn in range(40):
            registry, body = registries[(start + turn) % len(registries)]
            if render(registry, None)[0] != body:
                wrong.append((start, turn))

    threads = [threading.Thread(target=render_all, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
