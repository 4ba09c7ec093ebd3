"""Rules: what they are named and ask, and what promtool says of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from aioprometheus.families import Metric
from aioprometheus.rules import Alert, Group, Limits, Record, make_rules, to_yaml
from support.known_families import counter, gauge, histogram, known_families
from support.promtool import TOOLS, check_rules


def names(*given: Metric, **options: object) -> list[str]:
    return [rule.name for group in make_rules(given, **options) for rule in group.rules]


def written(path: Path, *given: Metric, **options: object) -> Path:
    path.write_text(to_yaml(make_rules(given, **options)), "utf-8")
    return path


def test_names() -> None:
    found = names(*known_families())
    levels = ("job", "job_path")
    recorded = [
        f"{level}:{what}5m"
        for level in levels
        for what in (
            "http_requests:rate",
            "http_requests_failed:ratio_rate",
            "http_request_duration_seconds:p50_rate",
            "http_request_duration_seconds:p95_rate",
            "http_request_duration_seconds:p99_rate",
        )
    ]
    assert found == [
        *recorded,
        *("HttpErrorRatioHigh", "HttpSlow", "HttpSaturated"),
        *("ProcessRestarts", "ProcessFileDescriptorsNearLimit"),
        *("EventLoopStuck", "EventLoopLags"),
    ]


def test_a_prefix_is_in_the_names() -> None:
    found = names(*known_families("shop_"))
    assert "job_path:shop_http_requests:rate5m" in found
    assert "ShopHttpErrorRatioHigh" in found


def test_names_of_opentelemetry() -> None:
    labels = ("http_request_method", "http_route", "http_response_status_code")
    found = names(
        histogram("http_server_request_duration_seconds", *labels),
        gauge("http_server_active_requests", "http_request_method"),
    )
    assert "job_http_route:http_server_requests:rate5m" in found
    assert found[-3:] == ["HttpServerErrorRatioHigh", "HttpServerSlow", "HttpServerSaturated"]


def test_the_four_counters_have_rules_where_nothing_else_counts_the_requests() -> None:
    four = counter("status_codes_counter", "method", "path", "status_code")
    assert "job_path:http_requests_failed:ratio_rate5m" in names(four)
    assert names(four, *known_families()) == names(*known_families())


def test_labels_of_others() -> None:
    # Names and labels of another library, whose durations have fewer labels.
    others = [
        counter("http_requests_total", "handler", "method", "status"),
        histogram("http_request_duration_seconds", "method"),
    ]
    found = names(*others)
    assert "job_handler:http_requests_failed:ratio_rate5m" in found
    assert [name for name in found if "p99" in name] == [
        "job:http_request_duration_seconds:p99_rate5m"
    ]
    [slow] = [
        rule for group in make_rules(others) for rule in group.rules if rule.name == "HttpSlow"
    ]
    assert slow.expression.endswith("and on (job) job:http_requests:rate5m > 0.02")


def test_without_a_status_no_error_is_known() -> None:
    found = names(counter("http_requests_total", "path"))
    assert found == ["job:http_requests:rate5m", "job_path:http_requests:rate5m"]


def test_the_interval_is_in_names_and_queries() -> None:
    text = to_yaml(make_rules(known_families(), interval="1m30s"))
    assert "job:http_requests:rate1m30s" in text and "[1m30s]" in text and "[5m]" not in text


def test_one_job() -> None:
    for group in make_rules(known_families(), job='a"b'):
        for rule in group.rules:
            assert rule.expression.count('job="a\\"b"') >= 1, rule


def test_all_jobs() -> None:
    text = to_yaml(make_rules(known_families()))
    assert "{}" not in text and "job=" not in text


@pytest.mark.parametrize("interval", ["", "5", "m5", "5 m", "0s", "-1m", "5m\n"])
def test_wrong_intervals_are_refused(interval: str) -> None:
    with pytest.raises(ValueError, match="is not a time such as"):
        make_rules(known_families(), interval=interval)


@pytest.mark.parametrize("value", [0, -1, float("inf"), float("nan")])
def test_wrong_limits_are_refused(value: float) -> None:
    with pytest.raises(ValueError, match="slow must be a number above 0"):
        Limits(slow=value)


def test_without_any_metric_there_is_a_message() -> None:
    with pytest.raises(ValueError, match="no metrics of requests"):
        make_rules([gauge("queue_size")])


def test_texts_are_quoted() -> None:
    record = Record("a:b", 'x{y="\x07"}', {"team": "a: b #"})
    alert = Alert("A", "1\nor 2", "1m", "warning", 'say "so"', "it's\ttrue")
    text = to_yaml([Group("g", (record, alert))])
    assert 'expr: "x{y=\\"\\u0007\\"}"' in text and '"team": "a: b #"' in text
    assert "expr: |-\n          1\n          or 2\n" in text
    assert 'summary: "say \\"so\\""' in text and 'description: "it\'s\\ttrue"' in text


@pytest.mark.parametrize("generation", TOOLS)
@pytest.mark.parametrize("prefix", ["", "shop_"])
def test_promtool_takes_them(generation: str, prefix: str, tmp_path: Path) -> None:
    job = 'it\'s "a" jöb \x7f🚀'
    path = written(tmp_path / "rules.yml", *known_families(prefix), job=job)
    assert path.read_bytes().isascii()
    status, words = check_rules(generation, path)
    assert status == 0 and "SUCCESS" in words, words
