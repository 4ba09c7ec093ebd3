"""The chart of a comparison: bars of ratios on a logarithmic scale, as SVG.

It has no background and colours of medium lightness, so that it suits light and dark pages.
"""

import math
from html import escape

WIDTH, LEFT, RIGHT, TOP = 880, 250, 60, 78
BAR, GAP = 13, 13
TEXT, GRID = "#7a828c", "#7a828c"
COLOURS = ("#d1603d", "#3f88c5", "#8f6fc9", "#b8901f", "#3c9a6e")

#: For each operation, its title and the ratios by client, or None if a client has none.
Bars = list[tuple[str, dict[str, float | None]]]


def draw(title: str, clients: list[str], bars: Bars) -> str:
    """The chart, with the bars in the given order."""
    longest = max((r or 1.0 for _, ratios in bars for r in ratios.values()), default=1.0)
    decades = max(math.ceil(math.log10(longest)), 1)
    scale = (WIDTH - LEFT - RIGHT) / decades

    def along(number: float) -> float:
        return LEFT + math.log10(max(number, 1.0)) * scale

    parts = [text(14, 22, title, size=15, bold=True), *legend(clients)]
    top = TOP
    groups: list[str] = []
    for name, ratios in bars:
        present = [(client, r) for client, r in ratios.items() if r is not None]
        height = max(len(present), 1) * BAR
        groups.append(text(LEFT - 10, top + height / 2 + 4, name, anchor="end"))
        for index, (client, number) in enumerate(present):
            y, end = top + index * BAR, along(number)
            colour = COLOURS[clients.index(client) % len(COLOURS)]
            width = max(end - LEFT, 1.0)
            groups.append(
                f'<rect x="{LEFT}" y="{y + 1}" width="{width:.1f}" height="{BAR - 2}" rx="1.5"'
                f' fill="{colour}"/>'
            )
            groups.append(text(LEFT + width + 5, y + BAR - 3, times(number), size=10))
        top += height + GAP
    bottom = top - GAP + 4
    for decade in range(decades + 1):
        x = along(10**decade)
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 8}" y2="{bottom}" stroke="{GRID}"'
            ' stroke-opacity="0.35"/>'
        )
        parts.append(text(x, bottom + 16, f"{10**decade:,} x", anchor="middle"))
    height = bottom + 28
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}"'
            f' viewBox="0 0 {WIDTH} {height}" role="img" font-family="system-ui, sans-serif">',
            f"<title>{escape(title)}</title>",
            *parts,
            *groups,
            "</svg>",
            "",
        ]
    )


def legend(clients: list[str]) -> list[str]:
    """The legend: a square and a name for each client, side by side."""
    parts, x = [], 14
    for index, client in enumerate(clients):
        parts.append(
            f'<rect x="{x}" y="38" width="11" height="11" rx="1.5" fill="{COLOURS[index]}"/>'
        )
        parts.append(text(x + 16, 48, client))
        x += 36 + 7 * len(client)
    return parts


def times(number: float) -> str:
    """The text of a ratio at the end of its bar."""
    return f"{number:.1f} x" if number < 10 else f"{number:,.0f} x"


def text(
    x: float, y: float, content: str, *, anchor: str = "start", size: int = 12, bold: bool = False
) -> str:
    """A line of text."""
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}"{weight}'
        f' fill="{TEXT}">{escape(content)}</text>'
    )
