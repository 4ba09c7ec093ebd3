"""Threads for tests: many together, one in the background, and a reader that finds torn scrapes."""

import threading
from contextlib import contextmanager

from aioprometheus import render
from support import text_parser


def run(function, count=8):
    """Run the function with 0, 1, ... in threads that start together; their errors are raised."""
    barrier, errors = threading.Barrier(count), []

    def body(number):
        try:
            barrier.wait()
            function(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=body, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


@contextmanager
def meanwhile(function):
    """Call the function over and over in another thread, at least once; its errors are raised."""
    done, errors, rounds = threading.Event(), [], []

    def body():
        try:
            while True:
                function()
                rounds.append(1)
                if done.is_set():
                    return
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=body)
    thread.start()
    try:
        yield rounds
    finally:
        done.set()
        thread.join()
    if errors:
        raise errors[0]


def whole(registry):
    """Render and check that no line is broken and no histogram is torn."""
    parsed = text_parser.values(render(registry, None)[0])
    for (name, labels), value in parsed.items():
        if name.endswith("_count") and (name[:-6] + "_sum", labels) in parsed:
            count, total = float(value), float(parsed[name[:-6] + "_sum", labels])
            # These tests observe only 2.0.
            assert total == 2 * count, (name, labels, count, total)
            for bound, expected in (("1.0", 0.0), ("5.0", count), ("+Inf", count)):
                with_bound = tuple(sorted((*labels, ("le", bound))))
                bucket = parsed.get((name[:-6] + "_bucket", with_bound))
                assert bucket is None or float(bucket) == expected, (name, labels, bound)
    return parsed
