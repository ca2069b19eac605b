"""Picture: how fast everything is beside the plain loop, as one small SVG that is readable in light and in dark."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from tests.bench.figures import PLAIN_LOOP, Figure, said
from tests.bench.rivals import NAMES

_WIDTH, _NAMES, _ROW, _BAR = 720, 250, 26, 14
_HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" role="img" aria-label="Messages a second, in plain loops">
<style>
text { font: 13px system-ui, sans-serif; fill: #24292f } rect { fill: #8c959f } .ours { fill: #0969da }
path { stroke: #24292f; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } rect { fill: #6e7681 } .ours { fill: #58a6ff } path { stroke: #e6edf3 }
}
</style>"""


def draw(figures: Iterable[Figure]) -> str:
    """Return a bar for each figure counted in plain loops, the longest first, with a mark at what it must reach."""
    bars = [each for each in figures if each.unit == PLAIN_LOOP]
    bars = sorted([*bars, Figure(NAMES["b"], 1.0, PLAIN_LOOP)], key=lambda each: -each.value)
    scale = (_WIDTH - _NAMES - 60) / max(each.value for each in bars)
    lines = [_HEAD.replace("{}", str(_WIDTH), 1).replace("{}", str(len(bars) * _ROW + 10), 1)]
    for number, each in enumerate(bars):
        y, length, name = number * _ROW + 6, each.value * scale, escape(each.name.replace("`", ""))
        ours = "" if each.name in NAMES.values() else ' class="ours"'
        lines.append(f'<text x="{_NAMES - 10}" y="{y + 12}" text-anchor="end">{name}</text>')
        lines.append(f'<rect{ours} x="{_NAMES}" y="{y}" width="{length:.1f}" height="{_BAR}" rx="2"/>')
        if each.must is not None:
            lines.append(f'<path d="M{_NAMES + each.must * scale:.1f} {y - 3}v{_BAR + 6}"/>')
        lines.append(f'<text x="{_NAMES + length + 8:.1f}" y="{y + 12}">{said(each.value)} ×</text>')
    return "\n".join([*lines, "</svg>\n"])
