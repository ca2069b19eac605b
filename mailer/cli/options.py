"""Options: what several commands ask for in the same words.

Owns no command; each alias is one option with its name, its place-holder and its help.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from mailer.cli.completing import complete_list, complete_where
from mailer.cli.context import given_encoding
from mailer.errors import InputProblem
from mailer.text.encodings import check_codec

if TYPE_CHECKING:
    from mailer.contacts.audience.selection import Selection
    from mailer.contacts.choices import Choices

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
