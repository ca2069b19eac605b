"""Options: what several commands ask for in the same words.

Owns no command; each alias is one option with its name, its place-holder and its help.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import MISSING, asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_type_hints

import typer

from mailer.cli.completing import complete_address, complete_list, complete_where
from mailer.cli.context import given_encoding
from mailer.errors import InputProblem
from mailer.text.encodings import check_codec

if TYPE_CHECKING:
    from mailer.contacts.audience.selection import Selection
    from mailer.contacts.choices import Choices
    from mailer.runs.planning.request import Request
    from mailer.settings import Relay

DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would happen; change nothing.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead.")]
NamedList = Annotated[
    str,
    typer.Argument(metavar="LIST", help="A name in lists/ (coast), or a path to a file.", autocompletion=complete_list),
]
Lists = Annotated[
    list[str], typer.Option("--to", metavar="LIST", help="A list. Can be repeated.", autocompletion=complete_list)
]
Except = Annotated[
    list[str],
    typer.Option("--except", metavar="LIST", help="A list of people to exclude.", autocompletion=complete_list),
]
Template = Annotated[str, typer.Option(metavar="FAMILY", help="Template family. Default: the release's, else release.")]
SenderName = Annotated[str, typer.Option(metavar="NAME", help="A sender from mailer.toml. Default: the release's.")]
UnderEmbargo = Annotated[
    bool, typer.Option("--under-embargo", help="Send before the embargo ends, to those who agreed to embargoes.")
]
NotAgreed = Annotated[
    str,
    typer.Option(
        "--not-agreed", metavar="WHY", help="Send before the embargo ends, also to those who have not agreed."
    ),
]
Changed = Annotated[str, typer.Option(metavar="WHY", help="Continue with a changed text.")]
NewMailing = Annotated[str, typer.Option(metavar="WHY", help="Send text that already went out under another name.")]
CheckDomains = Annotated[
    bool, typer.Option("--check-domains", help="Look up each domain in the DNS; exclude dead ones.")
]


ReadersLists = Annotated[
    list[str],
    typer.Option("--to", metavar="LIST", help="The list with the recipient.", autocompletion=complete_list),
]
As = Annotated[
    str,
    typer.Option(
        "--as", metavar="EMAIL", help="The recipient. Default: the first on the list.", autocompletion=complete_address
    ),
]


def _name_encoding(given: str) -> str:
    """Keep what a release is written in for whatever reads it, once it is known to be an encoding."""
    if given:
        check_codec(given)
        given_encoding.set(given)
    return given


# Taken by every command that reads a release: its text comes out of the workspace as UTF-8.
ReleaseEncoding = Annotated[
    str,
    typer.Option(
        "--encoding",
        metavar="NAME",
        help="The release is not UTF-8 but in this encoding: cp1250.",
        callback=_name_encoding,
        expose_value=False,
    ),
]

# Which people of the lists are meant (docs/audience.md).
Where = Annotated[
    str,
    typer.Option(
        "--where",
        metavar="EXPR",
        help="Only contacts who match: 'beat in (\"health\") and not text_only'.",
        autocompletion=complete_where,
    ),
]
Limit = Annotated[int | None, typer.Option("--limit", metavar="N", help="Only the first N contacts of the lists.")]
Sample = Annotated[int | None, typer.Option("--sample", metavar="N", help="Only N contacts, chosen at random.")]
Seed = Annotated[
    str,
    typer.Option(
        "--seed", metavar="TEXT", help="The seed of the random choice; the same seed chooses the same contacts."
    ),
]
DespiteRecent = Annotated[
    str, typer.Option("--despite-recent", metavar="WHY", help="Include contacts who received a release recently.")
]

# What a person says about a list's file, over what is recognised.
EncodingChoice = Annotated[str, typer.Option("--encoding", metavar="NAME", help="The file's encoding: cp1252.")]
DelimiterChoice = Annotated[
    str, typer.Option("--delimiter", metavar="SIGN", help="The delimiter between cells: ';' or tab.")
]
SheetChoice = Annotated[str, typer.Option("--sheet", metavar="NAME", help="The sheet to read.")]
HeaderRow = Annotated[
    int | None, typer.Option("--header-row", min=0, help="The row with the column headings; 0 if there is none.")
]
MapChoice = Annotated[
    list[str], typer.Option("--map", metavar="MEANING=COLUMN", help='What a column means: email="Kontakt E-Mail".')
]


# Options that go together are fields of one value: a command that takes it has them all, and hands it on whole.

Result = TypeVar("Result")


def grouped(command: Callable[..., Result]) -> Callable[..., Result]:
    """Let a command's parameter whose type is an `OptionGroup` stand for all options of the group."""
    signature = inspect.signature(command, eval_str=True)
    groups = {name: each.annotation for name, each in signature.parameters.items() if _is_group(each.annotation)}
    parameters: list[inspect.Parameter] = []
    for each in signature.parameters.values():
        found = _options_of(each.annotation) if each.name in groups else [each]
        parameters += (one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in found)

    @functools.wraps(command)
    def run(**given: Any) -> Result:  # noqa: ANN401 - what the options hold
        for name, of in groups.items():
            given[name] = of(**{each.name: given.pop(each.name) for each in fields(of)})
        return command(**given)

    run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    del run.__dict__["__wrapped__"]  # its signature is another
    return run


def _options_of(group: type[OptionGroup]) -> Iterator[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    for each in fields(group):
        default = each.default if each.default_factory is MISSING else each.default_factory()
        yield inspect.Parameter(each.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hints[each.name])


def _is_group(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, OptionGroup)


@dataclass(frozen=True)
class OptionGroup:
    """Options that go together."""


@dataclass(frozen=True)
class Filters(OptionGroup):
    """Which people of the lists are meant."""

    leave_out: Except = field(default_factory=list)
    where: Where = ""
    limit: Limit = None
    sample: Sample = None
    seed: Seed = ""

    @property
    def selection(self) -> Selection:
        """Return it as the audience takes it. Raises as `selection_of`."""
        return selection_of(self.where, self.limit, self.sample, self.seed)


@dataclass(frozen=True)
class Manner(OptionGroup):
    """How a mailing is made, and who else may get it."""

    template: Template = ""
    sender: SenderName = ""
    under_embargo: UnderEmbargo = False
    not_agreed: NotAgreed = ""
    despite_recent: DespiteRecent = ""


@dataclass(frozen=True)
class Again(OptionGroup):
    """What lets a mailing go on where it would be refused or would guess."""

    changed: Changed = ""
    new_mailing: NewMailing = ""
    check_domains: CheckDomains = False


@dataclass(frozen=True)
class Reader(OptionGroup):
    """Whose mail is looked at, and how it is made."""

    to: ReadersLists = field(default_factory=list)
    person: As = ""
    where: Where = ""
    template: Template = ""
    sender: SenderName = ""

    @property
    def selection(self) -> Selection:
        """Return it as the audience takes it. Raises as `selection_of`."""
        return selection_of(self.where)

    def request(self, release: str, relay: Relay, kind: str) -> Request:
        """Return a request for a mailing of that kind, over this relay, to nobody yet."""
        from mailer.events import MailingKind
        from mailer.runs.planning.request import Request

        return Request(release=release, relay=relay, kind=MailingKind(kind), sender=self.sender, family=self.template)


def request_of(
    release: str, relay: Relay, to: Sequence[str], filters: Filters, manner: Manner, again: Again | None = None
) -> Request:
    """Return what the options ask for, over this relay."""
    from mailer.runs.planning.request import Request

    return Request(
        release=release,
        relay=relay,
        lists=tuple(to),
        excepts=tuple(filters.leave_out),
        selection=filters.selection,
        sender=manner.sender,
        family=manner.template,
        under_embargo=manner.under_embargo,
        not_agreed=manner.not_agreed,
        despite_recent=manner.despite_recent,
        **(asdict(again) if again else {}),
    )


@dataclass(frozen=True)
class FileOptions(OptionGroup):
    """What a person says about a list's file, over what is recognised."""

    encoding: EncodingChoice = ""
    delimiter: DelimiterChoice = ""
    sheet: SheetChoice = ""
    header_row: HeaderRow = None

    def choices(self, columns: Sequence[str] = ()) -> Choices:
        """Return it, with what `MEANING=COLUMN` says of columns. Raises as `choices_of`."""
        return choices_of(self.encoding, self.delimiter, self.sheet, self.header_row, columns)


def selection_of(where: str, limit: int | None = None, sample: int | None = None, seed: str = "") -> Selection:
    """Return what was said about which people are meant.

    Raises:
        InputProblem: the expression is none (its hint shows the place), or the numbers cannot be meant.
    """
    from mailer.contacts.audience.selection import DEFAULT_SEED, Selection

    if seed and sample is None:
        raise InputProblem("--seed goes with --sample", hint="--sample 50 --seed spring")
    return Selection(where=where, limit=limit, sample=sample, seed=seed or DEFAULT_SEED)


def choices_of(encoding: str, delimiter: str, sheet: str, header_row: int | None, columns: Sequence[str]) -> Choices:
    """Return what was said about a list's file.

    Raises:
        InputProblem: it says nothing that a file could be read by.
    """
    from mailer.contacts.choices import Choices

    mapped: dict[str, str] = {}
    for each in columns:
        meaning, equals, column = each.partition("=")
        if not equals or not meaning.strip() or not column.strip():
            raise InputProblem(f'--map {each}: write it as meaning=column, --map email="Kontakt E-Mail"')
        mapped[meaning.strip().lower()] = column.strip()
    return Choices(encoding=encoding, delimiter=delimiter, sheet=sheet, header_row=header_row, columns=mapped)
