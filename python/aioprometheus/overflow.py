"""Overflows of metrics, which the core counts, and logs once here."""

COUNTER_NAME = "aioprometheus_series_overflow_total"
"""The name of the counter of overflows, which is exposed after the first one."""


def log(name: str, max_series: int) -> None:
    """Log the first update of a metric for which there was no room. The core calls this.

    :param name: The name of the metric.
    :param max_series: How many series it may have.
    """
    # Here, because logging takes a fourth of the time of importing the package.
    import logging

    logging.getLogger(__name__).warning(
        "metric %s has %d series, as many as its max_series allows; updates of others go to one "
        "series, whose label values are <overflow>. Find the label whose values do not end, such "
        "as a path or an id, and take it out or group its values; or set a larger max_series (this "
        "is logged once, and %s counts every time)",
        name,
        max_series,
        COUNTER_NAME,
    )
