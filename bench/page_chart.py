"""Milliseconds against calls, as an SVG that is legible on white and on black."""

from collections.abc import Mapping, Sequence
from statistics import median
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 720, 340
LEFT, RIGHT, TOP, BOTTOM = 64, 150, 24, 52
LIMIT = 100.0
# The accent and the warning of the product between their light and dark shades; text in a grey that both carry.
GREY, LINE, MEDIAN, SLOWEST, BAD = "#7a8791", "#9aa5ae", "#14907f", "#c07d1c", "#d0524a"


def growth(sizes: Mapping[int, Sequence[float]]) -> str:
    """`sizes`: of so many calls the milliseconds of each page. Both axes are linear and begin at nothing."""
    calls = sorted(sizes)
    middle = [median(sizes[size]) for size in calls]
    worst = [max(sizes[size]) for size in calls]
    top = max(120.0, *(value * 1.1 for value in worst))
    scale = _Scale(calls[-1], top)
    parts = [*_axes(scale), _limit(scale)]
    parts += _line(scale, calls, worst, SLOWEST, "slowest page")
    parts += _line(scale, calls, middle, MEDIAN, "median page")
    rows = zip(calls, middle, worst, strict=True)
    words = "; ".join(f"{size:,} calls: median {m:.0f} ms, slowest {w:.0f} ms" for size, m, w in rows)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="Inter, system-ui, sans-serif" font-size="13">\n<title>{escape(words)}</title>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


class _Scale:
    """Calls and milliseconds as places in the picture."""

    def __init__(self, calls: float, ms: float) -> None:
        self.calls, self.ms = calls, ms

    def x(self, calls: float) -> float:
        return round(LEFT + calls / self.calls * (WIDTH - LEFT - RIGHT), 1)

    def y(self, ms: float) -> float:
        return round(HEIGHT - BOTTOM - ms / self.ms * (HEIGHT - TOP - BOTTOM), 1)


def _text(x: float, y: float, words: str, colour: str = GREY, anchor: str = "start") -> str:
    return f'<text x="{x}" y="{y}" fill="{colour}" text-anchor="{anchor}">{escape(words)}</text>'


def _rule(x1: float, y1: float, x2: float, y2: float, colour: str, more: str = "") -> str:
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{colour}" {more}/>'


def _axes(scale: _Scale) -> list[str]:
    parts = []
    for ms in range(0, int(scale.ms) + 1, 20 if scale.ms <= 200 else 100):
        strength = "" if ms == 0 else 'stroke-opacity="0.25"'
        parts.append(_rule(LEFT, scale.y(ms), WIDTH - RIGHT, scale.y(ms), LINE, strength))
        parts.append(_text(LEFT - 8, scale.y(ms) + 4, f"{ms} ms", anchor="end"))
    for share in (0.1, 0.2, 0.5, 1.0):
        calls = scale.calls * share
        parts.append(_rule(scale.x(calls), scale.y(0), scale.x(calls), scale.y(0) + 5, LINE))
        parts.append(_text(scale.x(calls), scale.y(0) + 20, f"{calls / 1e6:g}", anchor="middle"))
    middle = (LEFT + WIDTH - RIGHT) / 2
    return [*parts, _text(middle, HEIGHT - 10, "million calls", anchor="middle")]


def _limit(scale: _Scale) -> str:
    y = scale.y(LIMIT)
    rule = _rule(LEFT, y, WIDTH - RIGHT, y, BAD, 'stroke-dasharray="5 4"')
    # On the left: the slowest page may end right at the limit on the right.
    return rule + _text(LEFT + 8, y - 6, f"limit {LIMIT:.0f} ms", BAD)


def _line(scale: _Scale, calls: Sequence[int], values: Sequence[float], colour: str, name: str) -> list[str]:
    points = [(scale.x(size), scale.y(ms)) for size, ms in zip(calls, values, strict=True)]
    drawn = " ".join(f"{x},{y}" for x, y in points)
    dots = [f'<circle cx="{x}" cy="{y}" r="3.5" fill="{colour}"/>' for x, y in points]
    x, y = points[-1]
    label = _text(x + 8, y + 4, f"{name} {values[-1]:.0f} ms", colour)
    return [f'<polyline points="{drawn}" fill="none" stroke="{colour}" stroke-width="2"/>', *dots, label]
