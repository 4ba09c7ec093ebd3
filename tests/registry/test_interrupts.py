"""Scrapes that are interrupted in a method of a user's class: it is no failure of the method."""

import pytest

from aioprometheus import Gauge, Registry, render


class Timeout(BaseException):
    """One as gevent raises it where a greenlet waits."""


pytestmark = pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, Timeout])


@pytest.fixture
def registry():
    registry = Registry()
    Gauge("a", "d", registry=registry).set(1)
    return registry


def test_in_a_method(registry, error):
    """It may come from outside: SIGTERM often ends a program by a SystemExit."""

    class Failing(Gauge):
        def get_all(self):
            raise error

    Failing("failing", "d", registry=registry)
    with pytest.raises(error):
        render(registry, None)


@pytest.mark.parametrize("asks", [False, True])
def test_where_a_method_is_looked_up(registry, error, asks):
    errors = [error()]

    class Odd(Gauge):
        @property
        def get_all(self):
            if errors:
                raise errors.pop()
            return super().get_all

    Odd("odd", "d", registry=registry)
    if asks:
        registry.before_scrape(lambda: None)
    with pytest.raises(error):
        render(registry, None)
    assert b"a 1" in render(registry, None)[0]
