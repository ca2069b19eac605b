"""Lists: the staff's lists, opened for reading, with the remembered choices for files of their layout.

All list files are opened here, so that a column that staff explained once means the same to every command. The choices
are kept in `lists/.columns.toml`, beside the lists, since they belong to the staff and move with the lists;
`config.list_columns` defines that file. A list is recognised by the header that is found without any options, or by its
name if it has no header. The list itself is never written here. Raises `InputProblem`.

changes.py       the files of one change, all or none; and undo
editing.py       contacts added, corrected, removed, moved, also by proposals from replies
import_list.py   a file imported as a list or into one, with the record of earlier imports
tidy_lists.py    lists merged, split, freed of duplicates, and exported for other tools
looking.py       searching and counting; finding the one contact whose mail is shown
follow.py        suppressions that follow a row to another list, and a person to their next address
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from mailer.address import printable
from mailer.config.list_columns import Remembered, parse_layouts, render_layouts
from mailer.contacts.files import Choices
from mailer.contacts.files.table import DataRow, ListData, open_table
from mailer.contacts.folding import fold
from mailer.contacts.meaning.columns import compact
from mailer.contacts.meaning.marks import is_bare_wish
from mailer.contacts.reading import ListFile, WishText, parse_list
from mailer.contacts.rows import Layout
from mailer.contacts.values import Contact, Entry
from mailer.errors import InputProblem, MailerError, Problem, Severity, gather
from mailer.frozen import asdict, dataclass, replace
from mailer.runs.untrusted.lists import Watch, open_file, unpack
from mailer.settings import Dns
from mailer.workspace import Workspace, read_bytes, write_atomically

if TYPE_CHECKING:
    from mailer.runs.office import Office

AS_REMEMBERED: Final = Choices()
_FILE: Final = ".columns.toml"
_MAX_BYTES: Final = 1_000_000


class ReadList(Protocol):
    """A list that can be searched: its open file, or what was kept in memory since it was read."""

    layout: Layout
    choices: Choices

    @property
    def barred(self) -> tuple[str, ...]:
        """Return the addresses on a sheet of people not to be mailed."""

    def rows(self) -> Iterator[DataRow]:
        """Return data rows: all of them, or those that may match a search."""

    def entries(self) -> Iterator[Entry]:
        """Return the entries made from these rows."""


Opening: TypeAlias = Callable[[Path], AbstractContextManager[ReadList]]


def as_file(data: bytes, watch: Watch | None = None, *, name: str) -> ListData:
    """Return bytes as list data to parse; `watch` is called with the progress."""
    return unpack(io.BytesIO(data), name=name, watch=watch)


@contextmanager
def open_list(
    workspace: Workspace,
    path: Path,
    choices: Choices = AS_REMEMBERED,
    *,
    may_be_empty: bool = False,
    watch: Watch | None = None,
) -> Iterator[ListFile]:
    """Open a list for reading; its file is closed at the end of the block. Entries carry the file's name.

    The remembered choices for its layout apply where `choices` has none, and are added as a problem. `may_be_empty`:
    the list may have only a header, since contacts are added to it. `watch` is called with the progress; a list is
    read more than once.
    """
    with open_file(path, workspace.show(path)) as data:
        yield read_list(workspace, unpack(data, name=path.name, watch=watch), choices, path.name, empty=may_be_empty)


def read_list(workspace: Workspace, data: ListData, choices: Choices, name: str, *, empty: bool = False) -> ListFile:
    """Read a list whose file is open, as `open_list` does; the result has the `choices` that were applied."""
    before = remembered_choices(workspace, data, name=name)
    found = parse_list(data, name=name, choices=choices.over(before), may_be_empty=empty)
    if found.choices != choices:
        columns = ", ".join(f'{meaning}="{printable(column)}"' for meaning, column in before.columns.items())
        decided = f"{len(before.wishes)} decided about words" if before.wishes else ""
        details = ", ".join(filter(None, (columns, decided)))
        message = f"is read as decided earlier{f': {details}' if details else ''} (lists/{_FILE})"
        found.add_problem(Problem("remembered-columns", message, Severity.NOTE))
    return found


@contextmanager
def opened_lists(office: Office, names: Iterable[str]) -> Iterator[tuple[list[ListFile], list[Problem]]]:
    """Open lists, by name or path; those that cannot be used become problems."""
    with ExitStack() as stack:
        lists: list[ListFile] = []
        problems: list[Problem] = []
        for name in names:
            try:
                path = office.workspace.list_path(name)
                lists.append(stack.enter_context(open_list(office.workspace, path)))
            except MailerError as error:
                problems += gather(error)
        yield lists, problems


@contextmanager
def usable_lists(office: Office, names: Iterable[str]) -> Iterator[list[ListFile]]:
    """Open lists, by name or path, all of which are needed: raise InputProblem if any cannot be used."""
    with opened_lists(office, names) as (lists, problems):
        if problems:
            raise InputProblem(str(problems[0]), problems=problems[1:])
        yield lists


def contacts_of(list_file: ListFile) -> Iterator[Contact]:
    """Yield the contacts of a list that can be mailed, once each."""
    return (entry for entry in list_file.entries() if isinstance(entry, Contact))


def remembered_choices(workspace: Workspace, data: ListData, *, name: str) -> Choices:
    """Return the remembered choices for files with this layout, and for this file."""
    known = _read_remembered(workspace)
    return _joined(_sort_remembered(known, data, name)[1]) if known else Choices()


def _read_remembered(workspace: Workspace) -> tuple[Remembered, ...]:
    path = workspace.root / "lists" / _FILE
    if not path.is_file():
        return ()
    shown = workspace.show(path)
    try:
        return parse_layouts(read_bytes(path, limit=_MAX_BYTES).decode("utf-8-sig"), source=shown)
    except UnicodeDecodeError:
        raise InputProblem("is not UTF-8 text", source=shown) from None


def _sort_remembered(
    known: Sequence[Remembered], data: ListData, name: str
) -> tuple[tuple[str, ...], list[Remembered], list[Remembered]]:
    """Return the header found without any choices, what is remembered for such files, and all the rest."""
    header: tuple[str, ...] = ()
    with suppress(InputProblem):
        header = open_table(data, name=name, choices=Choices(), may_be_empty=True).header
    words = tuple(map(compact, header))
    ours = [each for each in known if (tuple(map(compact, each.header)) == words if each.header else each.list == name)]
    return header, ours, [each for each in known if each not in ours]


def _joined(found: Sequence[Remembered]) -> Choices:
    """Join choices; those for the file itself come before those for its layout."""
    choices = Choices()
    for each in sorted(found, key=lambda each: not each.header):
        choices = each.choices.over(choices)
    return choices


def remember(workspace: Workspace, data: ListData, choices: Choices, *, name: str) -> str:
    """Add choices to those that are remembered for a list's file; without any, forget all. Return where they are kept.

    Returns an empty text if there was nothing to forget.

    The meaning of columns and of words in cells is kept for all files with that header. Encoding, delimiter, sheet and
    header row are kept for the file of that name only: another export with a header as common as `email,name` may
    differ.
    """
    known = _read_remembered(workspace)
    header, matching, kept = _sort_remembered(known, data, name)
    if choices != Choices():
        joined = choices.over(_joined(matching))
        of_file = replace(joined, columns={}, wishes={}) if header else joined
        of_layout = Choices(columns=joined.columns, wishes=joined.wishes)
        for key, each in ((header, of_layout if header else Choices()), ((), of_file)):
            kept += [Remembered(list=name, header=key, **asdict(each))] if each != Choices() else []
    path = workspace.root / "lists" / _FILE
    if choices == Choices() and len(kept) == len(known):
        return ""
    write_atomically(path, render_layouts(kept).encode(), makes_folder=True)
    return workspace.show(path)


def keep_choices(workspace: Workspace, name: str, choices: Choices) -> str:
    """Keep choices for a list's file if it can be read with them; return where, as `remember` does."""
    path = workspace.list_path(name)
    if choices != Choices():
        with open_list(workspace, path, choices) as list_file:
            next(iter(list_file.entries()), None)
    with path.open("rb") as file:
        return remember(workspace, unpack(file, name=path.name), choices, name=path.name)


# The meaning of words on a list, as staff decide it. Which words may ask for no mail: `contacts.meaning.marks`.


@dataclass(frozen=True, slots=True)
class Words:
    """Words on a list that may ask for no mail, and, if staff have just decided on them, where that is kept."""

    list: str
    decided: bool
    words: tuple[WishText, ...]
    kept_in: str
    has_header: bool


def decide_words(workspace: Workspace, name: str, which: Sequence[str], *, no_mail: bool) -> Words:
    """Decide whether words of a list ask for no mail; without any, return what is open and what was decided.

    `which` has line numbers of the list, or parts of the words. Raises InputProblem if there is no such list, nothing
    on it matches, or words that can only ask for no mail would be ignored.
    """
    path = workspace.list_path(name)
    with open_list(workspace, path) as list_file:
        texts, layout = [*list_file.wish_texts()], list_file.layout
    chosen: list[WishText] = []
    for part in which:
        if part.isdecimal():
            where, matching = f"line {part}", [each for each in texts if str(each.line) == part and not each.sheet]
        else:
            where, matching = f'"{printable(part)}"', [each for each in texts if fold(part) in fold(each.text)]
        if not matching:
            hint = "mailer lists decide LIST   shows all of them; mailer optouts add EMAIL   suppresses one person"
            raise InputProblem(f"no words that may ask not to be mailed: {where}", hint=hint)
        chosen += matching
    for each in chosen:
        if not no_mail and is_bare_wish(each.text) and each.is_cell:
            message = f'"{printable(each.text)}" in line {each.line} asks for no mail and nothing else'
            raise InputProblem(message, hint="If the person may be mailed, empty that cell in the list.")
    kept_in = ""
    if chosen:
        wishes = {fold(each.text): no_mail for each in chosen}
        kept_in = keep_choices(workspace, name, Choices(wishes=wishes))
        with open_list(workspace, path) as list_file:
            texts = [each for each in list_file.wish_texts() if fold(each.text) in wishes]
    return Words(path.stem, bool(chosen), tuple(texts), kept_in, has_header=layout.header_row is not None)


def find_dead_domains(lists: Iterable[ListFile], dns: Dns) -> tuple[dict[str, str], str]:
    """Return the domains of lists that accept no mail, with reasons; and a sentence on those without an answer."""
    from mailer.lookup import fetch_domains  # noqa: PLC0415 - dnspython is loaded where the DNS is asked

    domains = {contact.address.ascii_domain for each in lists for contact in contacts_of(each)}
    answers = fetch_domains(domains, nameserver=dns.address, timeout_s=dns.timeout_s)
    some = ", ".join(answers.silent[:3]) + (" …" if len(answers.silent) > 3 else "")
    silence = f"The DNS gave no answer about {len(answers.silent)} of {len(domains)} domains ({some}); try again later."
    return dict(answers.dead), silence if answers.silent else ""
