"""Tongues: the files in `templates/i18n/` become the languages of a mail.

Owns their keys. A file of the workspace lies over the shipped one of that name and need hold only what differs; that of
a region (`en-us.toml`) lies over that of its language. A language must end up with every phrase, or it is refused: a
mail that is half in one language and half in another helps nobody. All that is wrong is told at once, with its line.
Raises `InputProblem`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from mailer.config.toml_file import NotToml, TomlFile, parse_toml
from mailer.errors import InputProblem, Problem
from mailer.settings.tongue import FORMS, OPTIONAL_FORMS, PHRASES, Tongue, Tongues, check_places

OWN: Final = "own/"  # before the name of a file of the workspace
_LISTS: Final = ("months", "weekdays", "quotes", "greets")
_KEYS: Final = (*_LISTS, "forms", "phrases")
_NAME = re.compile(r"([a-z]{2,3}(?:-[a-z0-9]{2,8})*)\.toml", re.IGNORECASE)
_SIZES: Final[Mapping[str, int]] = {"months": 12, "weekdays": 7, "quotes": 2}
_REMEMBERED: Final = 8


def parse_tongues(files: Mapping[str, str]) -> Tongues:
    """Build the languages from files by name: `de.toml` as shipped, `own/de.toml` from the workspace.

    Raises:
        InputProblem: with a `Problem` for each thing that is wrong.
    """
    return _parse_tongues(tuple(sorted(files.items())))


@lru_cache(maxsize=_REMEMBERED)
def _parse_tongues(files: tuple[tuple[str, str], ...]) -> Tongues:
    problems: list[Problem] = []
    by_tag: dict[str, list[TomlFile]] = {}
    for name, text in files:
        source = _source(name)
        tag = _NAME.fullmatch(name.removeprefix(OWN))
        if tag is None:
            said = f'"{name.removeprefix(OWN)}" is no language; call the file de.toml or pt-br.toml'
            problems.append(Problem("template", said, source=source))
            continue
        try:
            written = parse_toml(text, source=source)
        except NotToml as error:
            problems.append(error.problem)
            continue
        _check(written)
        problems += written.problems
        # what ships comes first, what the workspace has lies over it
        by_tag.setdefault(tag[1].lower(), []).insert(0 if not name.startswith(OWN) else len(files), written)
    if not problems:
        tongues = {tag: _tongue(tag, by_tag, problems) for tag in sorted(by_tag, key=len)}
    if problems:
        first = problems[0]
        hint = "docs/templates.md explains the files of languages"
        raise InputProblem(first.message, source=first.source, line=first.line, problems=problems, hint=hint)
    return Tongues(tongues)


def _source(name: str) -> str:
    return f"templates/i18n/{name.removeprefix(OWN)}" + ("" if name.startswith(OWN) else " (shipped)")


def _check(written: TomlFile) -> None:
    table = written.table
    written.say_unknown(table, _KEYS)
    for name in _LISTS:
        if name in table:
            have, wanted = written.texts_of(table[name], name), _SIZES.get(name)
            if have and wanted and len(have) != wanted:
                written.say(f"{name}: there are {wanted} of them, and {len(have)} are here", name)
    for name, known in (("forms", FORMS), ("phrases", PHRASES)):
        inside = written.table_of(table.get(name, {}), name)
        written.say_unknown(inside, known, name)
        for key, value in inside.items():
            text = written.text_of(value, name, key)
            if key in known and isinstance(value, str):
                _check_text(written, (name, key), text, known[key])


def _check_text(written: TomlFile, path: tuple[str, str], text: str, places: frozenset[str]) -> None:
    if text and not text.strip():  # nothing at all is how an office leaves a phrase out
        written.say(f"{'.'.join(path)}: is empty", *path)
    elif "\n" in text:
        written.say(f"{'.'.join(path)}: write it on one line", *path)
    else:
        try:
            check_places(".".join(path), text, places)
        except ValueError as error:
            written.say(str(error), *path)


def _tongue(tag: str, by_tag: Mapping[str, list[TomlFile]], problems: list[Problem]) -> Tongue:
    parts = tag.split("-")
    below = ["-".join(parts[:n]) for n in range(1, len(parts) + 1)]
    layers = [written for each in below for written in by_tag.get(each, [])]
    laid: dict[str, Any] = {}
    for written in layers:
        table = written.table
        laid |= {name: tuple(table[name]) for name in _LISTS if name in table}
        for name in ("forms", "phrases"):
            laid[name] = {**laid.get(name, {}), **table.get(name, {})}
    missing = [name for name in ("months", "weekdays", "quotes") if name not in laid]
    missing += [f"forms.{name}" for name in FORMS if name not in laid.get("forms", {}) and name not in OPTIONAL_FORMS]
    missing += [f"phrases.{name}" for name in PHRASES if name not in laid.get("phrases", {})]
    if missing:
        said = f"this language lacks {', '.join(missing)}; copy them from templates/i18n/en.toml and translate them"
        problems.append(Problem("template", said, source=layers[-1].source))
        return Tongue(tag=tag, phrases={})
    return replace(Tongue(tag=tag, phrases={}), **laid)
