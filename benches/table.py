"""Functions that format figures as text: times in a suitable unit, and tables."""

from collections.abc import Sequence


def duration(seconds: float) -> str:
    """A time with three digits in a suitable unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{digits(seconds / size)} {unit}"
    return f"{digits(seconds / 1e-9)} ns"


def digits(number: float) -> str:
    """A number with three digits, or with all digits before the point if these are more."""
    return f"{number:.3g}" if number < 100 else f"{number:,.0f}"


def ratio(number: float) -> str:
    """The text of a ratio."""
    return f"{number:.2f} x" if number < 10 else f"{digits(number)} x"


def render(rows: Sequence[Sequence[str]]) -> str:
    """A table of rows, with the first column aligned left and the others right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for first, *others in rows:
        cells = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
        lines.append("  ".join([first.ljust(widths[0]), *cells]).rstrip())
    return "\n".join(lines)
