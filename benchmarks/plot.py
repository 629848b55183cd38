"""The rows with a goal as a picture: how far each is from what is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from benchmarks.rows import Row, figure

_LEFT, _WIDTH, _ROW, _TOP = 330, 420, 30, 46
_RIGHT = 190
#: A bar ends here, however far beyond its goal it is.
_MOST = 3.0


def svg(rows: Sequence[Row], title: str) -> str:
    """Bars to the right of the goal are better than it, whichever way the figure counts."""
    shown = [row for row in rows if row.wanted]
    height = _TOP + _ROW * len(shown) + 34
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _WIDTH + _RIGHT} {height}"'
        ' font-family="system-ui, sans-serif" font-size="13" role="img">',
        f"<title>{escape(title)}</title>",
        '<rect width="100%" height="100%" fill="#fff"/>',
        f'<text x="14" y="26" font-size="15" font-weight="600">{escape(title)}</text>',
    ]
    for at, row in enumerate(shown):
        y = _TOP + at * _ROW
        color = "#2e7d5b" if row.met else "#b3462f"
        width = _WIDTH * min(_better(row), _MOST) / _MOST
        parts += [
            f'<text x="{_LEFT - 10}" y="{y + 17}" text-anchor="end">{escape(row.work)}</text>',
            f'<rect x="{_LEFT}" y="{y + 4}" width="{width:.1f}" height="18" fill="{color}"/>',
            f'<text x="{_LEFT + max(width, 0) + 8:.1f}" y="{y + 17}" fill="#333">'
            f"{escape(f'{figure(row.value)} {row.unit}')}</text>",
        ]
    goal = _LEFT + _WIDTH / _MOST
    bottom = _TOP + len(shown) * _ROW
    parts += [
        f'<line x1="{goal:.1f}" x2="{goal:.1f}" y1="{_TOP}" y2="{bottom}" stroke="#333"'
        ' stroke-dasharray="4 3"/>',
        f'<text x="{goal:.1f}" y="{bottom + 18}" text-anchor="middle" fill="#333">the goal</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _better(row: Row) -> float:
    """How many times the goal: 1 = just met."""
    assert row.wanted
    if row.bound == "at least":
        return row.value / row.wanted
    return row.wanted / row.value if row.value > 0 else _MOST
