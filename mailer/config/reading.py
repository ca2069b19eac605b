"""Reading: the staff's TOML files, and the environment, as values of `settings`.

Owns mailer.toml, faults files, and the files of templates (template.toml, templates/i18n/*.toml). Never fetches a
password, never writes.

Theory of operation. The model defines what a file may contain (`settings.Table`); here a model is filled, and each
error is reported with its line. `tomllib` keeps no lines, so the text is searched once more for headers and keys, each
with the path that it opens: `[relays.main]` is (relays, main), the second `[[fault]]` is (fault, 1). The line of a path
is that of the longest part of it that is written out; the line of a key in an inline table is that of its table.
Problems are gathered: the exception, `InputProblem` or for mailer.toml `ConfigProblem`, has a `Problem` for each error
in a file, by line.

A variable of the environment sets a key as if it were in the file: `MAILER_RELAYS__MAIN__PORT=2525` (two underscores
between the parts), and an error in it is reported with the variable's name.

Gaps: a line that looks like a key, in a text of several lines, counts as one; no setting has such texts. Only values
that can be written as text (no lists, no tables) can be given by the environment.
"""

from __future__ import annotations

import shlex
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from importlib.resources import files as files_of
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias, TypeVar

from pydantic import BeforeValidator

from mailer import lazy_re as re
from mailer.config.memory import find_memory
from mailer.errors import CONFIG_NAME, ConfigProblem, InputProblem, Problem, did_you_mean
from mailer.frozen import dataclass, field
from mailer.platform import find_exposed
from mailer.settings import Fault, Look, Settings, Tongue, Tongues
from mailer.settings.files import ENOUGH, MORE_FORMS, OPTIONAL, FaultFile, TongueFile, find_flaw, places_of, readable
from mailer.settings.table import Table, between, in_two_brackets, must

_Shape = TypeVar("_Shape", bound=Table)
Key: TypeAlias = tuple[str, ...]  # a key with all the tables above it
_PREFIX: Final = "MAILER_"
# the faults that an old list meets at its recipients' servers, on a bad day
USUAL_FAULTS: Final = files_of(__package__).joinpath("usual_faults.toml").read_text("utf-8")


@dataclass(frozen=True)
class TomlFile:
    """A parsed file; `problems` has the problems found in it, with `code` if they have none of their own."""

    source: str
    text: str = field(repr=False)
    table: dict[str, Any] = field(repr=False)
    code: str
    problems: list[Problem] = field(default_factory=list)
    variables: dict[Key, str] = field(default_factory=dict)  # environment variables, by the path that they set

    def read(
        self, shape: type[_Shape], values: object = None, *, find: Callable[[str], str] | None = None
    ) -> _Shape | None:
        """Return the file as a value, or None, with its errors in `problems`; `values` replace the file's own."""
        found, errors = shape.read(self.table if values is None else values, find=find)
        for path, code, message in errors:
            is_listed = isinstance(self.table.get(path[0]) if path else None, list)
            shown = ".".join(path[2:] if is_listed and len(path) > 1 else path)  # its line shows which of [[several]]
            self.add_problem(f"{shown}: {message}" if shown else message, *path, code=code)
        return found

    def add_problem(self, message: str, *path: str, code: str = "") -> None:
        """Add a problem with the key at this path, with its line, or with the variable that set it."""
        depth, line = self._find(path)
        variables = [name for where, name in self.variables.items() if where == path[: len(where)]]
        if not variables and (depth < len(path) or code != "unknown-key"):
            variables = [name for where, name in self.variables.items() if path == where[: len(path)]]
        source, line = (variables[0], None) if variables else (self.source, line)
        self.problems.append(Problem(code or self.code, message, source=source, line=line))

    def line(self, *path: str) -> int | None:
        """Return the line of a key, else of the nearest table that should have it; None if neither is written."""
        return self._find(path)[1]

    def _find(self, path: Key) -> tuple[int, int | None]:
        """Return how many parts of a path are written out, and the line of the last of them."""
        best: tuple[int, int | None] = (0, None)
        for here, line in self._key_lines:
            depth = min(len(here), len(path))
            if depth > best[0] and here[:depth] == path[:depth]:
                best = (depth, line)
        return best

    @cached_property
    def _key_lines(self) -> tuple[tuple[Key, int], ...]:
        return tuple(_key_lines(self.text))

    def override(self, environ: Mapping[str, str]) -> None:
        """Set the values of variables, which take precedence over the file: a value in place of a table is replaced."""
        for name, value in sorted(environ.items()):
            if name.startswith(_PREFIX) and "__" in name:
                path = tuple(part.lower() for part in name.removeprefix(_PREFIX).split("__"))
                table = self.table
                for part in path[:-1]:
                    if not isinstance(table.get(part), dict):
                        table[part] = {}
                    table = table[part]
                table[path[-1]] = value
                self.variables[path] = name


def parse_toml(text: str, *, source: str, code: str = "template") -> TomlFile:
    """Parse a file."""
    try:
        return TomlFile(source, text, tomllib.loads(text), code)
    except tomllib.TOMLDecodeError as error:
        position = re.search(r" \(at line (\d+), column \d+\)| \(at end of document\)", str(error))
        line = int(position[1]) if position and position[1] else text.count("\n") + 1
        message = f"this is not TOML: {str(error)[: position.start()] if position else error}"
        problem = Problem("toml", message, source=source, line=line)
        raise InputProblem(message, source=source, line=line, problems=[problem]) from None


def read_table(text: str, shape: type[_Shape], *, source: str, code: str, hint: str) -> _Shape:
    """Return a file as a value."""
    try:
        file = parse_toml(text, source=source, code=code)
        found, problems = file.read(shape), tuple(file.problems)
    except InputProblem as error:
        found, problems = None, error.problems
    if found is None:
        raise InputProblem(f"{source} cannot be used as it is", problems=problems, hint=hint)
    return found


def _key_lines(text: str) -> Iterator[tuple[Key, int]]:
    table: Key = ()
    seen: Counter[Key] = Counter()
    for line, content in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]", content):
            table = _parts(header[2])
            if header[1] == "[[":
                seen[table] += 1
                table = (*table, str(seen[table] - 1))
            yield table, line
        elif key := re.match(r"""\s*((?:"[^"]*"|'[^']*'|[\w.-])+)\s*=""", content):
            yield (*table, *_parts(key[1])), line


def _parts(dotted: str) -> Key:
    found = re.findall(r"""\s*("[^"]*"|'[^']*'|[^.]+)""", dotted)
    return tuple(part.strip().strip("\"'") for part in found)


# mailer.toml, and faults files


def read_settings(root: Path, environ: Mapping[str, str]) -> Settings:
    """Read mailer.toml of the workspace's folder (it may be missing) and the environment.

    Raises ConfigProblem if others may change the file, too.
    """
    path, text = root / CONFIG_NAME, ""
    try:
        text = path.read_text("utf-8-sig") if path.exists() else ""
    except OSError as error:
        raise ConfigProblem(f"{path} cannot be read: {error}") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigProblem(f"{CONFIG_NAME}:{line}: is not UTF-8 text", hint="Save it as UTF-8.") from None
    exposed = find_exposed(path) if text else None
    if exposed and not find_memory(environ).trusts(root):
        raise ConfigProblem(
            f"{exposed.path}: {exposed.fault}, so {CONFIG_NAME} is not used",
            hint=f"""\
It can run commands as you, and decides where passwords and mail go.
{exposed.fix}
Or, if you trust everybody who can change it:   mailer doctor --trust {shlex.quote(str(root))}""",
        )
    return parse_settings(text, root, environ)


def parse_settings(text: str, root: Path, environ: Mapping[str, str]) -> Settings:
    """Read the text of a mailer.toml, and the environment; certificates that it names are found from the folder."""
    try:
        file = read_config_file(text, environ)
    except InputProblem as error:
        raise ConfigProblem(f"{CONFIG_NAME} cannot be read", problems=error.problems) from None
    for section in ("senders", "relays", "inbox"):  # their members have the names that staff gave them as `key`
        members = file.table.get(section)
        for name, member in members.items() if isinstance(members, dict) else ():
            if isinstance(member, dict):
                if "key" in member:
                    message = f"{section}.{name}.key: there is no such key"
                    file.add_problem(message, section, name, "key", code="unknown-key")
                member["key"] = name
    # from wherever the command runs
    settings = file.read(Settings, find=lambda name: str(root / Path(name).expanduser()))
    if file.problems or settings is None:
        raise ConfigProblem(f"{CONFIG_NAME} cannot be used as it is", problems=file.problems)
    # List-Unsubscribe without a List-Id counts as half a mailing list, and against us (SpamAssassin: LIST_PARTIAL)
    senders = {key: each.replace(list_id=each.list_id or each.domain) for key, each in settings.senders.items()}
    return settings.replace(senders=senders)


def read_config_file(text: str, environ: Mapping[str, str]) -> TomlFile:
    """Parse a mailer.toml as it is written, with the values that the environment sets."""
    file = parse_toml(text, source=CONFIG_NAME, code="config")
    file.override(environ)
    return file


def parse_faults(text: str, *, source: str) -> tuple[Fault, ...]:
    """Read the text of a faults file: tables `[[fault]]`, in the order in which they are tried."""
    return read_table(text, FaultFile, source=source, code="faults", hint="docs/rehearsal.md explains it").fault


# Waves files. A time stays a text until `parse_at` reads it, which needs the office's zone.

Time = TypeVar("Time")


class WaveTable(Table):
    """One wave: its lists, which of their contacts, and when; the first wave goes at once unless it has a time."""

    to: Annotated[
        tuple[str, ...],
        BeforeValidator(lambda to: [to] if isinstance(to, str) else to),
        must(lambda to: bool(to) and all(to), 'a list, or several: to = ["coast", "science"]'),
    ]
    where: str = ""
    at: str = ""
    after_h: Annotated[float, between(0, 8760, "hours after the wave before it, up to a year")] = 0.0
    when: Literal["", "accepted", "declined", "previous-done"] = ""

    def _check(self) -> Iterator[str]:
        given = [name for name in ("at", "after_h", "when") if getattr(self, name)]
        if len(given) > 1:
            yield f"{given[1]}: a wave has one condition, and this one has {given[0]} already"


class _WaveFile(Table):
    """A waves file: its tables, in their order."""

    wave: Annotated[tuple[WaveTable, ...], in_two_brackets("wave")] = ()

    def _check(self) -> Iterator[str]:
        if not self.wave:
            yield "there is no wave in it: begin each with a line [[wave]]"


def parse_waves(
    text: str, parse_at: Callable[[str], Time], find_list: Callable[[str], object], *, source: str
) -> tuple[tuple[WaveTable, Time | None], ...]:
    """Read waves: tables `[[wave]]`, each with its time as `parse_at` reads it, if it has one.

    Raises InputProblem with a `Problem` for each error in it, by line; a list that is not found is one, too.
    """
    file = parse_toml(text, source=source, code="waves")
    found, waves = file.read(_WaveFile), list[tuple[WaveTable, Time | None]]()
    for number, each in enumerate(found.wave if found else ()):
        if not number and (each.after_h or each.when):
            key = "after_h" if each.after_h else "when"
            file.add_problem(f"{key}: there is no wave before the first one", "wave", "0", key)
        try:
            waves.append((each, parse_at(each.at) if each.at else None))
        except InputProblem as error:
            file.add_problem(str(error).removeprefix("--").replace("--at", "at"), "wave", str(number), "at")
        for name in each.to:
            try:
                find_list(name)
            except InputProblem as error:
                file.add_problem(str(error), "wave", str(number), "to")
        if number and not (each.at or each.after_h or each.when):
            ask = 'when? Write at = "2026-12-01 09:00 Europe/Berlin", after_h = 2 or when = "previous-done"'
            file.add_problem(ask, "wave", str(number))
    _refuse(file.problems, "docs/newsroom.md explains waves")
    return tuple(waves)


# template.toml


def parse_look(texts: Iterable[tuple[str, str]]) -> Look:
    """Build the look of a family from its template.toml files, `(source, text)`: each overrides those before it.

    Colours with too little contrast are errors, too.
    """
    look = Look()
    merged: dict[str, Any] = {}
    for source, text in texts:
        file = parse_toml(text, source=source)
        merged = _merged(merged, file.table)
        look = file.read(Look, merged) or look
        for shade, path, when in ((look.colours, (), ""), (look.night, ("dark",), " at night")):
            for ink, ground, ratio in shade.pale():
                have, on = getattr(shade, ink), getattr(shade, ground)
                near = readable(have, (on,))
                file.add_problem(
                    f"{'.'.join(('colours', *path))}: {ink} {have} on {ground} {on} cannot be read well{when}: the "
                    f"contrast is {ratio:.1f} to 1, and {ENOUGH} is needed{f'; {near} can' if near != have else ''}",
                    *("colours", *path, ink),
                    code="contrast",
                )
        _refuse(file.problems, "docs/templates.md explains template.toml")
    return look


def _merged(base: Mapping[str, Any], overlay: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table with the values of another over its own, and so in the tables inside it."""
    merged = dict(base)
    for name, value in overlay.items():
        nested = merged.get(name)
        merged[name] = _merged(nested, value) if isinstance(nested, dict) and isinstance(value, dict) else value
    return merged


def _refuse(problems: list[Problem], hint: str) -> None:
    if problems:
        first = problems[0]
        raise InputProblem(first.message, source=first.source, line=first.line, problems=problems, hint=hint)


def text_of_look(text: str, key: str, *, source: str) -> str:
    """Return a text at the top of a template.toml, `based_on` or `about`, or nothing."""
    value = parse_toml(text, source=source).table.get(key, "")
    return " ".join(value.split()) if isinstance(value, str) else ""


# templates/i18n/*.toml: a file of the workspace overrides the shipped one of that name and needs only what differs; one
# of a region (`en-us.toml`) overrides that of its language. A language must end up with every phrase, or it is refused:
# a mail that is half in one language and half in another helps nobody.

_OWN: Final = "own/"  # before the name of a file of the workspace
_LANGUAGE = re.compile(r"([a-z]{2,3}(?:-[a-z0-9]{2,8})*)\.toml", re.IGNORECASE)


def parse_tongues(files: Mapping[str, str]) -> Tongues:
    """Build the languages from files by name: `de.toml` as shipped, `own/de.toml` from the workspace."""
    return _parse_tongues(tuple(sorted(files.items())))


@lru_cache(maxsize=8)
def _parse_tongues(files: tuple[tuple[str, str], ...]) -> Tongues:
    problems: list[Problem] = []
    by_tag: dict[str, list[TomlFile]] = {}
    english = tomllib.loads(dict(files)["en.toml"])  # every language must have its keys
    tables = {name: {key: places_of(phrase) for key, phrase in english[name].items()} for name in ("forms", "phrases")}
    tables["forms"] |= MORE_FORMS
    for name, text in files:
        bare, is_own = name.removeprefix(_OWN), name.startswith(_OWN)
        source, tag = f"templates/i18n/{bare}{'' if is_own else ' (shipped)'}", _LANGUAGE.fullmatch(bare)
        if tag is None:
            flaw = f'"{bare}" is not a language; name the file like de.toml or pt-br.toml'
            problems.append(Problem("template", flaw, source=source))
            continue
        try:
            file = parse_toml(text, source=source)
        except InputProblem as error:
            problems += error.problems
            continue
        file.read(TongueFile)
        for table, known in tables.items():
            written = file.table.get(table)
            for key, sentence in written.items() if isinstance(written, dict) else ():
                if key not in known:
                    near = did_you_mean(key, known)
                    file.add_problem(f"{table}.{key}: there is no such key{near}", table, key, code="unknown-key")
                elif isinstance(sentence, str) and (wrong := find_flaw(sentence, known[key])):
                    file.add_problem(f"{table}.{key}: {wrong}", table, key)
        problems += file.problems
        # shipped files come first, those of the workspace override them
        by_tag.setdefault(tag[1].lower(), []).insert(len(files) if is_own else 0, file)
    tongues: dict[str, Tongue] = {}
    for tag_of in [] if problems else sorted(by_tag, key=len):
        parts = tag_of.split("-")
        layers = [each for n in range(1, len(parts) + 1) for each in by_tag.get("-".join(parts[:n]), [])]
        merged: dict[str, Any] = {"forms": {}, "phrases": {}}
        for layer in layers:
            merged = _merged(merged, layer.table)
        missing = [name for name in ("months", "weekdays", "quotes") if name not in merged]
        missing += [f"{name}.{key}" for name in tables for key in tables[name] if key not in {*merged[name], *OPTIONAL}]
        if missing:
            flaw = f"this language lacks {', '.join(missing)}; copy them from templates/i18n/en.toml and translate them"
            problems.append(Problem("template", flaw, source=layers[-1].source))
        else:
            tongues[tag_of] = Tongue(tag=tag_of, **merged)
    _refuse(problems, "docs/templates.md explains language files")
    return Tongues(tongues)
