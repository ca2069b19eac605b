"""Options: the options and arguments that several commands share, and what Tab offers for them.

Owns no command. `option("--scope SCOPE", "…")` and `argument("LIST", "…")` declare one as it appears in the help; each
alias below is used by several commands. Options that belong together are fields of one value (`OptionGroup`): a command
that takes it has all of them, and passes them on as one value.

When the Tab key is pressed, the workspace's files are read with the csv module alone, since a keystroke must not wait
for a database or a workbook. It never raises or prints, since the shell would show that in the line: a workspace that
cannot be read completes nothing. Gaps: columns and addresses of workbooks are not offered.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_type_hints

import typer

from mailer.cli.office import current_workspace, given_encoding, given_workspace
from mailer.errors import InputProblem
from mailer.frozen import MISSING, dataclass, field, fields
from mailer.workspace import Workspace

if TYPE_CHECKING:
    from mailer.contacts.audience import Selection
    from mailer.contacts.files import Choices
    from mailer.runs.office import Office
    from mailer.runs.planning.request import Request, WaveRequest
    from mailer.settings import Relay

_READ_BYTES = 2_000_000  # of each list: enough for 20,000 contacts, and quick to read
_MOST_OFFERED = 200
_DELIMITERS = ",;\t|"

Completion = Callable[[typer.Context, str], list[str]]


def _completion(offer: Callable[[Workspace, str], Iterator[str]]) -> Completion:
    def complete(context: typer.Context, incomplete: str) -> list[str]:
        with suppress(Exception):
            # the callback of --workspace does not run while a line is being completed
            given_workspace.set(context.find_root().params.get("workspace") or "")
            return list(islice(offer(current_workspace(), incomplete), _MOST_OFFERED))
        return []

    return complete


def _name_completion(names: Callable[[Workspace], Iterator[str]]) -> Completion:
    return _completion(lambda workspace, typed: (name for name in names(workspace) if name.startswith(typed)))


def _mailings(workspace: Workspace) -> Iterator[str]:
    """Yield the mailings of a ledger in the workspace, newest first."""
    import sqlite3

    file = workspace.machine / "ledger.db"
    if not file.is_file():
        return
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=0.2)) as ledger:
        rows = ledger.execute("SELECT slug, kind, sequence FROM mailing ORDER BY id DESC LIMIT 500").fetchall()
    yield from (str(slug) if kind == "release" else f"{slug}/{kind}-{sequence}" for slug, kind, sequence in rows)


def _columns(workspace: Workspace, typed: str) -> Iterator[str]:
    """Yield the columns of the lists, as merge fields: a header is the fullest of the rows above the first address."""
    seen: set[str] = set()
    for path in workspace.lists():
        first = [row for row in islice(_rows(path), 10) if not any("@" in cell for cell in row)]
        header: list[str] = max(first, key=lambda row: sum(map(bool, row)), default=[])
        for name in (re.sub(r"[\W_]+", "_", cell).strip("_").lower() for cell in header):
            if name and name not in seen and name.startswith(typed):
                seen.add(name)
                yield name


def _last_word(workspace: Workspace, typed: str) -> Iterator[str]:
    word = re.split(r"\W", typed)[-1]
    return (typed.removesuffix(word) + name for name in _columns(workspace, word))


def _addresses(workspace: Workspace, typed: str) -> Iterator[str]:
    wanted, seen = typed.casefold(), set[str]()
    for path in workspace.lists():
        for row in _rows(path):
            for cell in row:
                if "@" in cell and cell.casefold().startswith(wanted) and not re.search(r"[\s,;<>]", cell):
                    if cell.casefold() not in seen:
                        yield typed + cell[len(typed) :]  # the shell accepts only what begins with the typed text
                    seen.add(cell.casefold())


def _rows(path: Path) -> Iterator[list[str]]:
    if path.suffix.lower() not in {".csv", ".tsv", ".txt"}:
        return
    import csv

    with path.open("rb") as file:
        data = file.read(_READ_BYTES)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", "replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:  # a character cut off at the end of what was read is still UTF-8
            text = data.decode("utf-8-sig" if error.start > len(data) - 4 else "cp1252", "replace")
    lines = text.splitlines(keepends=True)
    delimiter = max(_DELIMITERS, key=lambda sign: sum(line.count(sign) for line in lines[:20]))
    with suppress(csv.Error):
        for row in csv.reader(lines, delimiter=delimiter):
            yield [cell.strip() for cell in row]


COMPLETIONS: Mapping[str, Completion] = {
    "list": _name_completion(lambda workspace: (path.stem for path in workspace.lists())),
    "release": _name_completion(lambda workspace: (path.stem for path in workspace.releases())),
    "family": _name_completion(lambda workspace: iter(workspace.families())),
    "mailing": _name_completion(_mailings),
    "column": _completion(_columns),
    "setting": _completion(lambda workspace, typed: (f"{name}=" for name in _columns(workspace, typed))),
    "where": _completion(_last_word),
    "address": _completion(_addresses),
}


def option(declared: str, text: str, default: Any = ..., complete: str = "", **more: Any) -> Any:  # noqa: ANN401 - as typer
    """Return an option, declared as in the help: its names, the placeholder of its value, and a sentence.

    It goes into `Annotated` or, with a default, in place of the parameter's default.
    """
    words = declared.split()
    names = [word for word in words if word.startswith("-")]
    metavar = " ".join(words[len(names) :]) or None
    more.setdefault("callback", _refuse_option_as_value)
    return typer.Option(
        default, *names, metavar=metavar, help=text, autocompletion=COMPLETIONS[complete] if complete else None, **more
    )


def _refuse_option_as_value(context: typer.Context, parameter: typer.CallbackParam, value: Any) -> Any:  # noqa: ANN401 - any option's
    """Return the value of an option; refuse another option in its place: `--changed --dry-run` is no dry run."""
    names = {name for each in context.command.params if each.param_type_name == "option" for name in each.opts}
    for each in value if isinstance(value, (list, tuple)) else (value,):
        if str(each) in names:
            raise typer.BadParameter(
                f"it needs a value, and {each} is an option", context, param_hint=f"'{parameter.opts[0]}'"
            )
    return value


def flag(name: str, text: str) -> Any:  # noqa: ANN401 - typer's own type
    """Return an option without a value."""
    return option(name, text, default=False)


def argument(metavar: str, text: str, default: Any = ..., complete: str = "", **more: Any) -> Any:  # noqa: ANN401 - typer's own type
    """Return an argument by its placeholder and a sentence."""
    return typer.Argument(
        default, metavar=metavar, help=text, autocompletion=COMPLETIONS[complete] if complete else None, **more
    )


DryRun = Annotated[bool, option("--dry-run", "Show what would happen; change nothing.")]
Yes = Annotated[bool, option("--yes -y", "Do not ask for confirmation.")]
Open = Annotated[bool, option("--open", "Open it in the browser.")]
NamedRelease = Annotated[str, argument("RELEASE", "A name in releases/, or a path.", complete="release")]
ReleaseFile = Annotated[str, argument("FILE", "A path, or the name of a file in releases/ without its extension.")]
NamedList = Annotated[str, argument("LIST", "A name in lists/ (coast), or a path to a file.", complete="list")]
SeveralLists = Annotated[list[str], argument("LIST", "Lists, by name or path.", complete="list")]
OnlyLists = Annotated[list[str], option("--list LIST", "Only on this list.", complete="list")]
To = Annotated[list[str], option("--to LIST", "A list. Can be repeated.", complete="list")]
Except = Annotated[list[str], option("--except LIST", "A list of contacts to exclude.", complete="list")]
ReadersLists = Annotated[list[str], option("--to LIST", "The list with the recipient.", complete="list")]
OneMailing = Annotated[str, argument("MAILING", "A release's name, or name/kind-N.", complete="mailing")]
Person = Annotated[str, argument("EMAIL", "The contact's address.", complete="address")]
Where = Annotated[
    str,
    option("--where EXPR", "Only contacts who match: 'beat in (\"health\") and not text_only'.", complete="where"),
]
MapChoice = Annotated[list[str], option("--map MEANING=COLUMN", 'The meaning of a column: email="Kontakt E-Mail".')]


def _name_encoding(given: str) -> str:
    """Check the encoding of a release, and keep it for the code that reads the release."""
    if given:
        from mailer.text.encodings import check_codec

        check_codec(given)
        given_encoding.set(given)
    return given


ReleaseEncoding = Annotated[
    str, option("--encoding NAME", "The release is not UTF-8 but in this encoding: cp1250.", callback=_name_encoding)
]

Result = TypeVar("Result")


@dataclass(frozen=True)
class OptionGroup:
    """The base of options that belong together."""


def member(declared: str, text: str, default: Any = "", **more: Any) -> Any:  # noqa: ANN401 - as `option`
    """Return an option as a field of an `OptionGroup`."""
    return field(default=default, metadata={"option": option(declared, text, default, **more)})


def grouped(command: Callable[..., Result]) -> Callable[..., Result]:
    """Replace each parameter whose type is an `OptionGroup` by the options of the group."""
    if not any(isinstance(each, OptionGroup) for each in (getattr(command, "__defaults__", None) or ())):
        return command
    signature = inspect.signature(command, eval_str=True)
    groups: dict[str, type[OptionGroup]] = {}
    parameters: list[inspect.Parameter] = []
    for each in signature.parameters.values():
        if isinstance(each.annotation, type) and issubclass(each.annotation, OptionGroup):
            groups[each.name] = each.annotation
            hints = get_type_hints(each.annotation, include_extras=True)
            for one in fields(each.annotation):
                default = one.default if one.default_factory is MISSING else one.default_factory()
                default = one.metadata.get("option", default)
                parameters.append(
                    inspect.Parameter(
                        one.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hints[one.name]
                    )
                )
        else:
            parameters.append(each.replace(kind=inspect.Parameter.KEYWORD_ONLY))

    @functools.wraps(command)
    def run(**given: Any) -> Result:  # noqa: ANN401 - the values of the options
        for name, group in groups.items():
            given[name] = group(**{each.name: given.pop(each.name) for each in fields(group)})
        return command(**given)

    run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]  # read by typer
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    del run.__dict__["__wrapped__"]  # which has a different signature
    return run


@dataclass(frozen=True)
class ChangeMode(OptionGroup):
    """How a change is made: only shown, asked about, or made at once."""

    dry_run: DryRun = False
    yes: Yes = False


@dataclass(frozen=True)
class Audience(OptionGroup):
    """The contacts who get it (docs/audience.md)."""

    lists: To = field(default_factory=list)
    excepts: Except = field(default_factory=list)
    where: Where = ""
    limit: int | None = member("--limit N", "Only the first N contacts of the lists.", None)
    sample: int | None = member("--sample N", "Only N contacts, chosen at random.", None)
    seed: str = member("--seed TEXT", "The seed of the random choice; the same seed chooses the same contacts.")
    under_embargo: bool = member(
        "--under-embargo", "Send before the embargo ends, to contacts who agreed to embargoes.", default=False
    )
    encoding: ReleaseEncoding = ""

    @property
    def selection(self) -> Selection:
        """Return the selection of contacts. Raises as `selection_of`."""
        return selection_of(self.where, self.limit, self.sample, self.seed)

    def request(self, release: str, relay: Relay, **more: Any) -> Request:  # noqa: ANN401 - of Request
        """Return a request for a mailing to these contacts over this relay. Raises as `selection_of`."""
        from mailer.runs.planning.request import Request

        return Request(
            release=release,
            relay=relay,
            lists=tuple(self.lists),
            excepts=tuple(self.excepts),
            selection=self.selection,
            under_embargo=self.under_embargo,
            **more,
        )


@dataclass(frozen=True)
class WaveOptions(OptionGroup):
    """Waves, or an exclusive, in which a release goes out (docs/newsroom.md)."""

    waves: str = member("--waves FILE", "Send in steps: a TOML file with one [[wave]] for each.")
    exclusive: str = member("--exclusive EMAIL", "Send to this contact alone until --until.", complete="address")
    until: str = member(
        "--until WHEN", "With --exclusive: when the others get it, or earlier if this contact declines."
    )

    def check(self, audience: Audience, command: str, release: str, *, is_timed: bool) -> None:
        """Refuse options that contradict each other, or no list; `is_timed`: another option sets the time."""
        if self == WaveOptions():
            if not audience.lists:
                hint = f"mailer {command} {release} --to LIST   (all options: mailer {command} --help)"
                raise InputProblem("no list given", hint=hint)
            return
        if is_timed:
            raise InputProblem("waves have their own times: --at, --wait and --relay preview cannot be used with them")
        if bool(self.exclusive) != bool(self.until):
            raise InputProblem("--exclusive needs --until", hint='--exclusive EMAIL --until "tomorrow 9:00"')
        if self.waves and (self.exclusive or audience.lists or audience.where):
            raise InputProblem(
                "the waves file names the lists, so --to, --where and --exclusive cannot be used with --waves"
            )
        if self.exclusive and not audience.lists:
            raise InputProblem("no list given", hint="--to LIST, with this contact and those who get it afterwards")

    def read_waves(self, office: Office, audience: Audience) -> tuple[WaveRequest, ...]:
        """Return the waves, none if it goes out as a whole. Raises InputProblem if they cannot be read."""
        from mailer.runs.offers import exclusive_waves, parse_waves_text
        from mailer.workspace import read_text

        if self.waves:
            return parse_waves_text(office, read_text(Path(self.waves)), source=Path(self.waves).name)
        if not self.exclusive:
            return ()
        return exclusive_waves(office, self.exclusive, self.until, lists=audience.lists, selection=audience.selection)


@dataclass(frozen=True)
class MailOptions(OptionGroup):
    """The template and the sender of a mail."""

    family: str = member("--template FAMILY", "Template family. Default: the release's, else release (offers: offer).")
    sender: str = member("--sender NAME", "A sender from mailer.toml. Default: the release's.")

    def request(self, release: str, relay: Relay, kind: str, **more: Any) -> Request:  # noqa: ANN401 - of Request
        """Return a request for a mailing of that kind over this relay, without recipients."""
        from mailer.events import MailingKind
        from mailer.runs.planning.request import Request

        family, sender = self.family, self.sender
        return Request(release=release, relay=relay, kind=MailingKind(kind), family=family, sender=sender, **more)


@dataclass(frozen=True)
class SendOptions(MailOptions):
    """The template and the sender of a mailing, and options that let it continue where it would be refused."""

    not_agreed: str = member("--not-agreed WHY", "Send before the embargo ends, also to contacts who have not agreed.")
    despite_recent: str = member("--despite-recent WHY", "Include contacts who received a release recently.")
    changed: str = member("--changed WHY", "Continue with a changed text.")
    new_mailing: str = member("--new-mailing WHY", "Send text that already went out under another name.")
    check_domains: bool = member("--check-domains", "Look up each domain in the DNS; exclude dead ones.", default=False)


@dataclass(frozen=True)
class Reader(MailOptions):
    """The recipient whose mail is shown, with its template and sender."""

    lists: ReadersLists = field(default_factory=list)
    person: str = member("--as EMAIL", "The recipient. Default: the first on the list.", complete="address")
    where: Where = ""
    encoding: ReleaseEncoding = ""

    @property
    def selection(self) -> Selection:
        """Return the selection of contacts. Raises as `selection_of`."""
        return selection_of(self.where)


@dataclass(frozen=True)
class FileOptions(OptionGroup):
    """Choices about a list's file, which override what is recognised."""

    encoding: str = member("--encoding NAME", "The file's encoding: cp1252.")
    delimiter: str = member("--delimiter SIGN", "The delimiter between cells: ';' or tab.")
    sheet: str = member("--sheet NAME", "The sheet to read.")
    header_row: int | None = member(
        "--header-row", "The row with the column headings; 0 if there is none.", None, min=0
    )
    mapped: MapChoice = field(default_factory=list)

    @property
    def choices(self) -> Choices:
        """Return the choices for the reader of lists.

        Raises InputProblem if one cannot be used.
        """
        from mailer.contacts.files import Choices

        columns: dict[str, str] = {}
        for each in self.mapped:
            meaning, equals, column = each.partition("=")
            if not equals or not meaning.strip() or not column.strip():
                raise InputProblem(f'--map {each}: write it as meaning=column, --map email="Kontakt E-Mail"')
            columns[meaning.strip().lower()] = column.strip()
        layout = {name: value for name, value in vars(self).items() if name != "mapped"}
        return Choices(**layout, columns=columns)


def selection_of(where: str, limit: int | None = None, sample: int | None = None, seed: str = "") -> Selection:
    """Return a selection of contacts.

    Raises InputProblem if the expression is not valid (the hint shows the place), or a number is out of range.
    """
    from mailer.contacts.audience import DEFAULT_SEED, Selection

    if seed and sample is None:
        raise InputProblem("--seed needs --sample", hint="--sample 50 --seed spring")
    return Selection(where=where, limit=limit, sample=sample, seed=seed or DEFAULT_SEED)
