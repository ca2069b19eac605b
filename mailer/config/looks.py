"""Looks: a family's `template.toml` becomes a `Look`.

Owns its keys, and the check that everything can be read by day and by night. All that is wrong is told at once, with
its line. An accent that stands alone gets its own light version for the night.
Raises `InputProblem`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, TypeVar

from mailer.config.toml_file import TomlFile, parse_toml
from mailer.errors import InputProblem
from mailer.settings import Table
from mailer.settings.look import ENOUGH, NIGHT, Colours, Fonts, Logo, Look, Page, readable

_TABLES: Final = ("colours", "fonts", "logo", "page")
_Part = TypeVar("_Part", bound=Table)
_HINT: Final = "docs/templates.md explains template.toml"


def parse_look(texts: Iterable[tuple[str, str]]) -> Look:
    """Build the look of a family from its template.toml files, `(source, text)`: each is laid over those before it.

    Raises:
        InputProblem: with a `Problem` for each thing that is wrong.
    """
    look, problems = Look(), []
    merged: dict[str, Any] = {}
    written = TomlFile("template.toml", "", {})
    for source, text in texts:
        written = parse_toml(text, source=source)
        own = _known(written)
        merged = _laid_over(merged, own)
        look = _look_of(merged, written) or look
        problems += written.problems
    if problems:
        first = problems[0]
        raise InputProblem(first.message, source=first.source, line=first.line, problems=problems, hint=_HINT)
    return look


def based_on(text: str, *, source: str) -> str:
    """Return the family that a template.toml builds upon, or nothing.

    Raises:
        InputProblem: it is no TOML.
    """
    value = parse_toml(text, source=source).table.get("based_on", "")
    return value if isinstance(value, str) else ""


def look_line(text: str, *path: str) -> int | None:
    """Return the line of a key of a template.toml, where it is written out; None too for what is no TOML."""
    try:
        return parse_toml(text, source="").line(*path)
    except InputProblem:
        return None


def about_family(text: str, *, source: str) -> str:
    """Return what a family is for, in the words of its template.toml, or nothing.

    Raises:
        InputProblem: it is no TOML.
    """
    value = parse_toml(text, source=source).table.get("about", "")
    return " ".join(value.split()) if isinstance(value, str) else ""


def _known(written: TomlFile) -> dict[str, Any]:
    table = written.table
    written.say_unknown(table, ("about", "based_on", *_TABLES))
    known: dict[str, Any] = {}
    for name in ("about", "based_on"):
        if name in table:
            known[name] = written.text_of(table[name], name)
    for name in _TABLES:
        if name == "logo" and table.get(name) is False:
            known[name] = False  # none, though the family below has one
        elif name in table:
            known[name] = written.table_of(table[name], name)
    return known


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Lay one table over another, and what is in their tables likewise."""
    laid = dict(below)
    for name, value in above.items():
        under = laid.get(name)
        laid[name] = _laid_over(under, value) if isinstance(under, dict) and isinstance(value, dict) else value
    return laid


def _look_of(table: Mapping[str, Any], written: TomlFile) -> Look | None:
    colours = dict(table.get("colours", {}))
    night = written.table_of(colours.pop("dark", {}), "colours", "dark")
    light = _part(Colours, colours, written, "colours")
    dark = _part(Colours, _by_night(night, light), written, "colours", "dark")
    fonts = _part(Fonts, table.get("fonts", {}), written, "fonts")
    page = _part(Page, table.get("page", {}), written, "page")
    logo = _part(Logo, table["logo"], written, "logo") if table.get("logo") else None
    for shade, path in ((light, ("colours",)), (dark, ("colours", "dark"))):
        if shade is not None:
            _say_pale(shade, written, path)
    if light is None or dark is None or fonts is None or page is None:
        return None
    return Look(based_on=table.get("based_on", ""), colours=light, night=dark, fonts=fonts, logo=logo, page=page)


def _by_night(given: Mapping[str, Any], light: Colours | None) -> dict[str, Any]:
    """Fill in what the night has of its own: our colours, but the family's accent, as light as it must be."""
    night = {**dict(NIGHT), **given}
    if light is not None and light.accent != Colours().accent and "accent" not in given:
        grounds = (str(night["sheet"]), str(night["tint"]))
        if all(len(each) == len("#rrggbb") for each in grounds):
            night["accent"] = readable(light.accent, grounds)
    return night


def _part(shape: type[_Part], table: Mapping[str, Any], written: TomlFile, *at: str) -> _Part | None:
    part, wrong = shape.read(table)
    if wrong and all(each.code == "unknown-key" for each in wrong):  # then the rest is looked at all the same
        part, _ = shape.read({name: value for name, value in table.items() if name in shape.model_fields})
    for below, code, said in wrong:
        path = (*at, *below)
        written.say(f"{'.'.join(path)}: {said}", *path, code=code)
    return part


def _say_pale(colours: Colours, written: TomlFile, path: tuple[str, ...]) -> None:
    when: Literal["", " at night"] = " at night" if "dark" in path else ""
    for ink, ground, ratio in colours.pale():
        have, on = getattr(colours, ink), getattr(colours, ground)
        near = readable(have, (on,))
        rather = f"; {near} can" if near != have else ""
        written.say(
            f"{'.'.join(path)}: {ink} {have} on {ground} {on} cannot be read well{when}: "
            f"the contrast is {ratio:.1f} to 1, and {ENOUGH} is needed{rather}",
            *path,
            ink,
            code="contrast",
        )
