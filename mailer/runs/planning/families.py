"""Families: all that a template family is made from, read once, and made into what mails are rendered with.

Owns the gathering: the family's own files, the layout, the families that it is based on or borrows from, the files of
languages, the logo. What is gathered goes into the ledger's edition, and comes from there again.
Raises `InputProblem`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from mailer.config import based_on, look_line, parse_look, parse_tongues
from mailer.errors import InputProblem, did_you_mean
from mailer.message.family import Family, compile_family
from mailer.message.pictures import make_inline_image
from mailer.message.values import Styling
from mailer.settings import Look
from mailer.workspace import LAYOUT_FOLDER, Workspace, read_bytes

LOOK = "template.toml"
_MAX_LOGO_BYTES = 200_000
# {% extends "layout/email.html" %}, {% include 'release/foot.html' %}, {% from "layout/parts.html" import … %}
_BORROWED = re.compile(r"""\{%[-+]?\s*(?:extends|include|import|from)\s+["']([\w-]+)/[^"']+["']""")


@dataclass(frozen=True, slots=True)
class FamilySources:
    """The texts of a family by name, its own bare (`email.html`), others with their folder; languages, and the logo."""

    name: str
    templates: Mapping[str, str] = field(default_factory=dict, repr=False)
    languages: Mapping[str, str] = field(default_factory=dict, repr=False)
    logo: bytes = field(default=b"", repr=False)


def read_family(workspace: Workspace, name: str) -> FamilySources:
    """Read everything that a family is made from.

    Raises:
        InputProblem: it is not there, a file of it cannot be read, or it is based on itself.
    """
    templates = dict(workspace.family_files(name))
    wanted, have = _borrowed(templates), {name}
    base = _base_of(templates.get(LOOK, ""), name)
    if base:
        wanted.add(_checked_base(workspace, name, base))
    while wanted - have:
        folder = min(wanted - have)
        have.add(folder)
        files = _folder(workspace, folder, templates, name)
        templates |= files
        wanted |= _borrowed(files)
    look = look_of(templates, name)
    logo = _read_logo(workspace, name, look, templates.get(LOOK, ""))
    return FamilySources(name, templates, workspace.language_files(), logo)


def make_family(sources: FamilySources, *, domain: str) -> tuple[Family, Styling]:
    """Compile a family, and read its look and its languages; `domain` is the sender's.

    Raises:
        InputProblem: with everything that is wrong in one of them.
    """
    look = look_of(sources.templates, sources.name)
    tongues = parse_tongues(sources.languages)
    family = compile_family(sources.templates, name=sources.name, base=look.based_on)
    logo = make_inline_image(look.logo.src, sources.logo, domain=domain) if look.logo and sources.logo else None
    return family, Styling(tongues, look, logo)


def look_of(templates: Mapping[str, str], name: str) -> Look:
    """Return the look of a family: its own template.toml over that of the family it is based on.

    Raises:
        InputProblem: with a `Problem` for each thing that is wrong.
    """
    base = _base_of(templates.get(LOOK, ""), name)
    below = [(_look_source(base), templates.get(f"{base}/{LOOK}", ""))] if base else []
    return parse_look([*below, (_look_source(name), templates.get(LOOK, ""))])


def _checked_base(workspace: Workspace, name: str, base: str) -> str:
    """Refuse a family that is based on itself, on one that is not there, or on one that is based on yet another."""
    line = look_line(workspace.family_files(name).get(LOOK, ""), "based_on")
    if base not in workspace.families():
        near = did_you_mean(base, workspace.families())
        said = f'based_on: there is no template family "{base}"{near}'
        raise InputProblem(said, source=_look_source(name), line=line)
    text = workspace.family_files(base).get(LOOK, "")
    further = _base_of(text, base)
    if base == name or further:
        said = f'based_on: "{base}" is {f"itself based on {further}; name that one" if further else "this family"}'
        raise InputProblem(said, source=_look_source(name), line=line)
    return base


def _base_of(text: str, name: str) -> str:
    return based_on(text, source=_look_source(name))


def _look_source(name: str) -> str:
    return f"templates/{name}/{LOOK}"


def _borrowed(files: Mapping[str, str]) -> set[str]:
    return {folder for text in files.values() for folder in _BORROWED.findall(text)}


def _folder(workspace: Workspace, folder: str, templates: Mapping[str, str], name: str) -> dict[str, str]:
    if folder == LAYOUT_FOLDER:
        return workspace.layout_files()
    known = [LAYOUT_FOLDER, *workspace.families()]
    if folder not in known:
        file, line = next(
            (file, number)
            for file, text in templates.items()
            for number, content in enumerate(text.splitlines(), start=1)
            if folder in _BORROWED.findall(content)
        )
        source = f"templates/{file}" if "/" in file else f"templates/{name}/{file}"
        said = f'there is no folder "{folder}" with templates{did_you_mean(folder, known)}'
        raise InputProblem(said, source=source, line=line)
    return {f"{folder}/{file}": text for file, text in workspace.family_files(folder).items()}


def _read_logo(workspace: Workspace, name: str, look: Look, text: str) -> bytes:
    if look.logo is None or not look.logo.is_inside:
        return b""
    folders = [workspace.family_folder(each) for each in (name, look.based_on) if each]
    source, line = _look_source(name), look_line(text, "logo", "src")
    path = next((folder / look.logo.src for folder in folders if (folder / look.logo.src).is_file()), None)
    if path is None:
        raise InputProblem(f'logo.src: there is no file "{look.logo.src}" beside it', source=source, line=line)
    if (size := path.stat().st_size) > _MAX_LOGO_BYTES:
        said = f'logo.src: "{look.logo.src}" has {size // 1000:,} kB, and travels in every mail'
        hint = f"Save it smaller; up to {_MAX_LOGO_BYTES // 1000} kB are taken."
        raise InputProblem(said, source=source, line=line, hint=hint)
    return read_bytes(path, limit=_MAX_LOGO_BYTES)
