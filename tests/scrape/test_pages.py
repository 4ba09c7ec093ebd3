"""The bytes object that `render` returns, which is an ordinary one for every size."""

import pickle
import sys
import threading

import pytest

from aioprometheus import Counter, Registry, render


def registry_of(series):
    registry = Registry()
    counter = Counter("numbers_total", "doc", registry=registry)
    for number in range(series):
        counter.inc({"n": str(number)}, number)
    return registry


def page_of(series):
    lines = [f'numbers_total{{n="{number}"}} {number}' for number in range(series)]
    return "\n".join(
        ["# HELP numbers_total doc", "# TYPE numbers_total counter", *lines, ""]
    ).encode()


@pytest.mark.parametrize("first", [0, 500, 100_000])
@pytest.mark.parametrize("series", [0, 1, 400, 700, 3_000, 100_000])
def test_a_page_is_whole_whatever_the_last_one_was(first, series):
    render(registry_of(first), None)
    page = page_of(series)
    for _ in range(2):
        content, _ = render(registry_of(series), None)
        assert type(content) is bytes
        assert content == page
        assert hash(content) == hash(page)
        assert sys.getsizeof(content) == sys.getsizeof(page)
        assert pickle.loads(pickle.dumps(content)) == page
        # The null after the last byte, on which functions in C rely.
        assert content.decode().encode() == page
        assert bytes.fromhex(content.hex()) == page


def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * 4096


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_small_pages_after_a_large_one_take_little_memory():
    render(registry_of(200_000), None)
    small = registry_of(10)
    before = resident()
    pages = [render(small, None)[0] for _ in range(2_000)]
    assert resident() - before < 20_000_000
    assert len({*pages}) == 1


def test_threads_render_pages_of_different_sizes():
    registries = [(registry_of(series), page_of(series)) for series in (1, 300, 4_000, 20_000)]
    wrong = []

    def render_all(start):
        for turn in range(40):
            registry, page = registries[(start + turn) % len(registries)]
            if render(registry, None)[0] != page:
                wrong.append((start, turn))

    threads = [threading.Thread(target=render_all, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
