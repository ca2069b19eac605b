"""Colours: who is out by the colour of a workbook's cells, where the workbook itself explains its colours.

Owns the legend ("grey = gone", a red cell that says "do not mail") and which fills and fonts it means: its own, that of
the cell before it, or those of the hue that it names. Without a legend no colour means anything. XLSX only.
ECMA-376 part 1 §18.8. Gaps: indexed colours have no hue, and colours that a rule sets are not in the file.
"""

from __future__ import annotations

import colorsys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from mailer import lazy_re as re
from mailer.contacts.meaning.marks import says_out, speaks_of_mail
from mailer.contacts.meaning.words import plain
from mailer.words import read_section

Place: TypeAlias = tuple[int, int]  # row and column, from 0
_HUES: Final[Mapping[str, re.Pattern[str]]] = {
    hue: re.compile(rf"\b(?:{'|'.join(map(plain, names))})|{'|'.join(names)}")
    for hue, names in read_section("wishes", "hues").items()
}
_ENTRY: Final = re.compile(
    r"(.{0,60}?)\s*(?:=|:|→|⇒|➔|\s[-–—]\s|\bmeans\b|\bbedeutet\b|\bheisst\b|\bsignif\w+\b)\s*(.+)"
)
_PARTS: Final = re.compile(r"[,;|\n]")
_FORMAT: Final = re.compile(rb"<(?:\w+:)?xf\b[^>]*")
_NUMBER: Final = re.compile(rb"""\b(fontId|fillId)=["'](\d{1,6})""")
STRIKE: Final = re.compile(rb"<(?:\w+:)?strike(?!\s+val=.(?:0|false))")
_COLOUR: Final = re.compile(rb"""<(?:\w+:)?(?:fgColor|color)\b[^>]*?\b(rgb|theme|indexed)=["']([0-9A-Fa-f]{1,8})""")
_THEME: Final = re.compile(rb"""<a:(?:srgbClr val|sysClr [^>]*?lastClr)=["']([0-9A-Fa-f]{6})""")
_LONGEST: Final = 200
_WHEEL: Final[Mapping[str, tuple[int, int]]] = read_section("contacts", "wheel")


class Look(NamedTuple):
    """How a cell is written: crossed out, and the colours of its background and its letters; empty where usual."""

    is_struck: bool
    fill: str
    font: str


def read_looks(archive: zipfile.ZipFile) -> list[Look]:
    """Return the formats of a workbook's cells in their order; a colour is RRGGBB, or whatever the file calls it."""
    styles = archive.read("xl/styles.xml")
    themes = archive.read("xl/theme/theme1.xml") if "xl/theme/theme1.xml" in archive.namelist() else b""
    theme = [each.decode().upper() for each in _THEME.findall(themes)[:12]]
    theme[:4] = [theme[at] for at in (1, 0, 3, 2)] if len(theme) > 3 else theme  # light before dark

    def colour(xml: bytes) -> str:
        found = _COLOUR.search(xml)
        if found is None or b'"none"' in xml:
            return ""
        kind, value = found[1], found[2].decode().upper()
        if kind == b"theme":
            return theme[int(value, 10)] if value.isdecimal() and int(value) < len(theme) else f"theme {value}"
        return value[-6:] if kind == b"rgb" else f"indexed {value}"

    fonts, fills = (
        styles.partition(b"<%ss" % name)[2].partition(b"</%ss>" % name)[0].split(b"</%s>" % name)
        for name in (b"font", b"fill")
    )
    looks = []
    for xf in _FORMAT.findall(styles.partition(b"<cellXfs")[2].partition(b"</cellXfs>")[0]):
        at = {name: int(number) for name, number in _NUMBER.findall(xf)}
        font = fonts[at.get(b"fontId", 0)] if at.get(b"fontId", 0) < len(fonts) else b""
        fill = fills[at.get(b"fillId", 0)] if at.get(b"fillId", 0) < len(fills) else b""
        tint = colour(font)
        looks.append(Look(bool(STRIKE.search(font)), colour(fill), "" if tint in {"000000", "indexed 8"} else tint))
    return looks


def find_out(rows: Sequence[Sequence[str]], looks: Mapping[Place, Look], every: Sequence[Look]) -> frozenset[str]:
    """Return the colours that legends in the first rows of a sheet give to those who are not to be mailed."""
    found, kept = set[str](), set[str]()
    usual = Look(is_struck=False, fill="", font="")
    for (row, column), sign, said in _entries(rows, looks):
        own, before = looks.get((row, column), usual), looks.get((row, column - 1), usual)
        near = rows[row][column - 1] if column else "?"
        colour = own.fill or (before.fill if not near or not sign else "") or own.font
        hues = [hue for hue, names in _HUES.items() if names.search(plain(sign) or plain(near))]
        colours = (
            {colour}
            if colour
            else {each for look in every for each in look[1:] if any(_is_of(each, hue) for hue in hues)}
        )
        is_out = says_out(said) or speaks_of_mail(said)
        beside = (at for at, cell in enumerate(rows[row]) if cell and at != column)
        if sign or (is_out and all(looks.get((row, at), usual).fill != colour for at in beside)):  # no row of headings
            (found if is_out else kept).update(colours)
    return frozenset(found - kept)


def _entries(rows: Sequence[Sequence[str]], looks: Mapping[Place, Look]) -> Iterator[tuple[Place, str, str]]:
    """Yield the entries of a sheet's legends: where, the sign or the hue that it explains, and what that means."""
    for row, cells in enumerate(rows):
        if any("@" in cell for cell in cells):
            continue
        for column, cell in enumerate(cells):
            for part in _PARTS.split(cell) if 0 < len(cell) < _LONGEST else ():
                entry = _ENTRY.fullmatch(part.strip(" ()[].!"))
                if entry:
                    yield (row, column), entry[1], entry[2]
                elif any(names.search(plain(part)) for names in _HUES.values()):
                    yield (row, column), part, part  # "Names in red have left"
                elif looks.get((row, column)) or looks.get((row, column - 1)):
                    yield (row, column), "", part


def _is_of(colour: str, hue: str) -> bool:
    """Return whether a colour (RRGGBB) is of a hue, as people call it."""
    if not re.fullmatch("[0-9A-F]{6}", colour):
        return False
    turn, light, strength = colorsys.rgb_to_hls(*(int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)))
    if strength < 0.15:
        return hue == "grey" and 0.2 < light < 0.97
    begin, end = _WHEEL.get(hue, (0, 0))
    return begin <= turn * 360 < end or begin <= turn * 360 + 360 < end
