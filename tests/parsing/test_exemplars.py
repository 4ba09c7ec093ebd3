"""Exemplars of parsed families that a collector yields: those of other programs may be refused."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count

import pytest

from aioprometheus import CounterFamily, parse, render
from support.yielding import yielding

OPENMETRICS = "application/openmetrics-text; version=1.0.0"
NUMBERS = count()


def exposed(families: Iterable[object]) -> list[str]:
    """The lines that a registry exposes of families as OpenMetrics, without the descriptions."""
    lines = render(yielding(families), OPENMETRICS)[0].decode().splitlines()
    return [line for line in lines if not line.startswith("# HELP")]


@pytest.mark.parametrize(
    ("exemplar", "words"),
    [
        ('{"trace.id"="x"} 1', "'trace.id' cannot be a label name of an exemplar"),
        ('{trace_id="x"} 1 -5', "the timestamp of an exemplar cannot be before 1970"),
    ],
)
def test_a_refused_exemplar_is_lost_alone(
    exemplar: str, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    name = f"lost{next(NUMBERS)}"
    body = (
        f"# TYPE {name} counter\n"
        f'{name}_total{{a="1"}} 5 # {exemplar}\n'
        f'{name}_total{{a="2"}} 6 # {{trace_id="y"}} 1.0 7.000\n'
        f'{name}_total{{a="3"}} 7 # {exemplar}\n'
        "# EOF\n"
    )
    for _ in range(2):
        assert exposed(parse(body)) == [
            f"# TYPE {name} counter",
            f'{name}_total{{a="1"}} 5',
            f'{name}_total{{a="2"}} 6 # {{trace_id="y"}} 1.0 7.000',
            f'{name}_total{{a="3"}} 7',
            "# EOF",
        ]
    (message,) = [record.getMessage() for record in caplog.records]
    assert message.startswith(f"the parsed family {name}")
    assert words in message


def test_of_a_bucket_and_of_what_has_no_exemplars() -> None:
    body = (
        "# TYPE held histogram\n"
        'held_bucket{le="1.0"} 1 # {"a b"="c"} 0.5\n'
        'held_bucket{le="+Inf"} 2 # {trace_id="y"} 3.0\n'
        "held_count 2\nheld_sum 3.5\n"
        "# TYPE level gauge\n"
        'level 1 # {"a b"="c"} 0.5\n'
        "# EOF\n"
    )
    lines = exposed(parse(body))
    assert 'held_bucket{le="1.0"} 1' in lines
    assert 'held_bucket{le="+Inf"} 2 # {trace_id="y"} 3.0' in lines
    assert "level 1" in lines


def test_the_logs_of_ever_new_names_end(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aioprometheus.failure._without_exemplars", set())
    monkeypatch.setattr("aioprometheus.failure._MOST_NAMES", 3)
    for number in range(10):
        exposed(parse(f'# TYPE n{number} counter\nn{number}_total 1 # {{"a b"="c"}} 1\n# EOF\n'))
    assert len(caplog.records) == 3


def test_families_of_the_users_own_are_told(caplog: pytest.LogCaptureFixture) -> None:
    family = CounterFamily("own", "Own", 7, exemplar={"trace.id": "x"})
    assert not any(line.startswith("own") for line in exposed([family]))
    assert "'trace.id' cannot be a label name of an exemplar" in caplog.text
