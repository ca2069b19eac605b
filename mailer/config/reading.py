"""Reading: mailer.toml with the environment, faults files, and what templates say, as values of `settings`.

Each file is told with all that is wrong in it at once, by line. Never fetches a password, never writes.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files as files_of
from pathlib import Path
from typing import Any, Final, TypeVar

from mailer.config.memory import find_memory
from mailer.config.toml_file import TomlFile, parse_toml, read_table
from mailer.errors import CONFIG_NAME, ConfigProblem, InputProblem, Problem, did_you_mean
from mailer.platform import find_exposed
from mailer.settings import Fault, Inbox, Look, Relay, Settings, Tongue, Tongues
from mailer.settings.faults import FaultFile
from mailer.settings.look import ENOUGH, readable
from mailer.settings.tongue import FORMS, OPTIONAL_FORMS, PHRASES, TongueFile, wrong_sentence

_MAX_FAULTS: Final = 1_000_000  # bytes
# What a list of some age meets at the servers of its people, on a day on which much goes wrong.
USUAL_FAULTS: Final = files_of(__package__).joinpath("usual_faults.toml").read_text("utf-8")

_HasFiles = TypeVar("_HasFiles", Relay, Inbox)


def read_settings(root: Path, environ: Mapping[str, str]) -> Settings:
    """Read mailer.toml of the workspace's folder (it may be missing) and the environment.

    Raises:
        ConfigProblem: with a `Problem` for each thing that is wrong, by line; or others may change the file.
    """
    path, text = root / CONFIG_NAME, ""
    try:
        text = path.read_text("utf-8-sig") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigProblem(f"{path} cannot be read: {error}") from None
    exposed = find_exposed(path) if text else None
    if exposed and not find_memory(environ).trusts(root):
        raise ConfigProblem(
            f"{exposed.path}: {exposed.said}, so {CONFIG_NAME} is not used",
            hint=f"""\
It can run commands as you, and decides where passwords and mail go.
{exposed.fix}
Or, if you trust everybody who can change it:   mailer doctor --trust {shlex.quote(str(root))}""",
        )
    try:
        file = parse_toml(text, source=CONFIG_NAME, code="config")
    except InputProblem as error:
        raise ConfigProblem(f"{CONFIG_NAME} cannot be read", problems=error.problems) from None
    file.override(environ, "MAILER_")
    for section in ("senders", "relays", "inbox"):  # their members know the names that the staff gave them
        members = file.table.get(section)
        for name, member in members.items() if isinstance(members, dict) else ():
            if isinstance(member, dict):
                if "key" in member:
                    said = f"{section}.{name}.key: there is no such key"
                    file.say(said, section, name, "key", code="unknown-key")
                member["key"] = name
    settings = file.read(Settings)
    if file.problems or settings is None:
        raise ConfigProblem(f"{CONFIG_NAME} cannot be used as it is", problems=file.problems)

    def found(name: str) -> str:
        return str(root / Path(name).expanduser()) if name else ""

    def with_files_found(each: _HasFiles) -> _HasFiles:  # from wherever the command runs
        return each.replace(ca_file=found(each.ca_file), oauth=each.oauth.replace(ca_file=found(each.oauth.ca_file)))

    # List-Unsubscribe without a List-Id counts as half a mailing list, and against us (SpamAssassin: LIST_PARTIAL)
    senders = {key: each.replace(list_id=each.list_id or each.domain) for key, each in settings.senders.items()}
    relays = {key: with_files_found(relay) for key, relay in settings.relays.items()}
    inboxes = {key: with_files_found(inbox) for key, inbox in settings.inbox.items()}
    return settings.replace(senders=senders, relays=relays, inbox=inboxes)


def read_faults(path: Path) -> tuple[Fault, ...]:
    """Read a faults file.

    Raises:
        InputProblem: it cannot be read, or with a `Problem` for each thing that is wrong in it, by line.
    """
    try:
        if path.stat().st_size > _MAX_FAULTS:
            raise InputProblem("is too big for a faults file", source=str(path))
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror or str(error) if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InputProblem(f"cannot be read: {said}", source=str(path)) from None
    return parse_faults(text, source=path.name)


def parse_faults(text: str, *, source: str) -> tuple[Fault, ...]:
    """Read the text of a faults file: tables `[[fault]]`, in the order in which they are tried.

    Raises:
        InputProblem: with a `Problem` for each thing that is wrong, by line.
    """
    return read_table(text, FaultFile, source=source, code="faults", hint="docs/rehearsal.md explains it").fault


# template.toml


def parse_look(texts: Iterable[tuple[str, str]]) -> Look:
    """Build the look of a family from its template.toml files, `(source, text)`: each is laid over those before it.

    Raises:
        InputProblem: with a `Problem` for each thing that is wrong; colours that cannot be read are among them.
    """
    look = Look()
    merged: dict[str, Any] = {}
    for source, text in texts:
        file = parse_toml(text, source=source)
        merged = _laid_over(merged, file.table)
        look = file.read(Look, merged) or look
        for shade, path, when in ((look.colours, (), ""), (look.night, ("dark",), " at night")):
            for ink, ground, ratio in shade.pale():
                have, on = getattr(shade, ink), getattr(shade, ground)
                near = readable(have, (on,))
                file.say(
                    f"{'.'.join(('colours', *path))}: {ink} {have} on {ground} {on} cannot be read well{when}: the "
                    f"contrast is {ratio:.1f} to 1, and {ENOUGH} is needed{f'; {near} can' if near != have else ''}",
                    *("colours", *path, ink),
                    code="contrast",
                )
        _refuse(file.problems, "docs/templates.md explains template.toml")
    return look


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Lay one table over another, and what is in their tables likewise."""
    laid = dict(below)
    for name, value in above.items():
        under = laid.get(name)
        laid[name] = _laid_over(under, value) if isinstance(under, dict) and isinstance(value, dict) else value
    return laid


def _refuse(problems: list[Problem], hint: str) -> None:
    if problems:
        first = problems[0]
        raise InputProblem(first.message, source=first.source, line=first.line, problems=problems, hint=hint)


def text_of_look(text: str, key: str, *, source: str) -> str:
    """Return a text at the top of a template.toml, `based_on` or `about`, or nothing.

    Raises:
        InputProblem: it is no TOML.
    """
    value = parse_toml(text, source=source).table.get(key, "")
    return " ".join(value.split()) if isinstance(value, str) else ""


def look_line(text: str, *path: str) -> int | None:
    """Return the line of a key of a template.toml, where it is written out; None too for what is no TOML."""
    try:
        return parse_toml(text, source="").line(*path)
    except InputProblem:
        return None


# templates/i18n/*.toml: a file of the workspace lies over the shipped one of that name and need hold only what differs;
# that of a region (`en-us.toml`) lies over that of its language. A language must end up with every phrase, or it is
# refused: a mail that is half in one language and half in another helps nobody.

_OWN: Final = "own/"  # before the name of a file of the workspace
_LANGUAGE = re.compile(r"([a-z]{2,3}(?:-[a-z0-9]{2,8})*)\.toml", re.IGNORECASE)


def parse_tongues(files: Mapping[str, str]) -> Tongues:
    """Build the languages from files by name: `de.toml` as shipped, `own/de.toml` from the workspace.

    Raises:
        InputProblem: with a `Problem` for each thing that is wrong.
    """
    return _parse_tongues(tuple(sorted(files.items())))


@lru_cache(maxsize=8)
def _parse_tongues(files: tuple[tuple[str, str], ...]) -> Tongues:
    problems: list[Problem] = []
    by_tag: dict[str, list[TomlFile]] = {}
    for name, text in files:
        bare, is_own = name.removeprefix(_OWN), name.startswith(_OWN)
        source, tag = f"templates/i18n/{bare}{'' if is_own else ' (shipped)'}", _LANGUAGE.fullmatch(bare)
        if tag is None:
            said = f'"{bare}" is no language; call the file de.toml or pt-br.toml'
            problems.append(Problem("template", said, source=source))
            continue
        try:
            file = parse_toml(text, source=source)
        except InputProblem as error:
            problems += error.problems
            continue
        file.read(TongueFile)
        for table, known in (("forms", FORMS), ("phrases", PHRASES)):
            written = file.table.get(table)
            for key, sentence in written.items() if isinstance(written, dict) else ():
                if key not in known:
                    near = did_you_mean(key, known)
                    file.say(f"{table}.{key}: there is no such key{near}", table, key, code="unknown-key")
                elif isinstance(sentence, str) and (wrong := wrong_sentence(sentence, known[key])):
                    file.say(f"{table}.{key}: {wrong}", table, key)
        problems += file.problems
        # what ships comes first, what the workspace has lies over it
        by_tag.setdefault(tag[1].lower(), []).insert(len(files) if is_own else 0, file)
    tongues: dict[str, Tongue] = {}
    for tag_of in [] if problems else sorted(by_tag, key=len):
        parts = tag_of.split("-")
        layers = [each for n in range(1, len(parts) + 1) for each in by_tag.get("-".join(parts[:n]), [])]
        laid: dict[str, Any] = {"forms": {}, "phrases": {}}
        for layer in layers:
            laid = _laid_over(laid, layer.table)
        missing = [name for name in ("months", "weekdays", "quotes") if name not in laid]
        missing += [f"forms.{name}" for name in FORMS if name not in {*laid["forms"], *OPTIONAL_FORMS}]
        missing += [f"phrases.{name}" for name in PHRASES if name not in laid["phrases"]]
        if missing:
            said = f"this language lacks {', '.join(missing)}; copy them from templates/i18n/en.toml and translate them"
            problems.append(Problem("template", said, source=layers[-1].source))
        texts: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in laid.items()
        }
        tongues[tag_of] = replace(Tongue(tag=tag_of, phrases={}), **texts)
    _refuse(problems, "docs/templates.md explains the files of languages")
    return Tongues(tongues)
