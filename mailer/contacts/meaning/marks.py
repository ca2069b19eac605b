"""Marks: how a list marks people who must not be mailed.

Owns the reading of columns such as "Unsubscribed", "Status", "Opt-in", of tags, and of wishes in any cell; the words
are `wishes.toml` of `mailer.words`. Never drops a row (`reading` does). In doubt a filled-in cell under "Opt-out" means
out: a person left out by mistake can be asked, but a mail sent by mistake cannot be recalled.

Theory of operation. A cell under any heading may contain a wish: "DO NOT EMAIL - asked to be removed 12/5". Each phrase
in a cell is weighed by the words beside it (`_weigh_phrase`), which may be about something else. A cell whose best
phrase weighs enough marks the row. A cell with phrases, none of which weighs enough, is *open*: the row stays, and is
shown for a decision, so that nothing is decided silently. The same applies to a note in words that no phrase covers: in
each of its clauses, words for refusal, ending, anger or consent, and for mail, us and asking, add up (`WEIGHTS`):
"angry about our mails", but not "angry about the trains". A note that plainly asks for no mail marks the row, unless
something suggests otherwise ("until May", "fixed since"). If all of this leaves a note unclear, it is weighed by all of
its words (`words.weights`), fitted on thousands of notes; this can also confirm a rule's doubt, or raise one beside an
"only". Decisions of staff about a cell (`Choices.wishes`) take precedence. In columns of names, outlets and addresses,
only a remark that is set apart counts: "Ada Brook (unsubscribed)".
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from enum import IntEnum, StrEnum, auto
from functools import cache, lru_cache
from itertools import dropwhile, islice, pairwise
from typing import Any, Final, TypeAlias

from mailer import lazy_re as re
from mailer.address import printable
from mailer.contacts.folding import fold
from mailer.contacts.meaning.answers import is_no, is_yes
from mailer.contacts.meaning.cells import live
from mailer.contacts.meaning.columns import (
    CAMEL,
    LONGEST,
    OLDER,
    PRIVATE_NOTES,
    TITLES,
    compact,
    filled,
    is_house,
    plain,
    tokens,
)
from mailer.contacts.values import MarkReason
from mailer.frozen import dataclass, field, replace
from mailer.words import SIGNS, Finder, beginnings, finder, holder, read_section
from mailer.words.weights import weigh

# Words are compared in the compact form (`compact`), phrases of sentences in the plain one (`plain`).

Table: TypeAlias = dict[str, MarkReason]
_Rows: TypeAlias = Iterable[tuple[str, tuple[str, ...]]]


def _table(rows: _Rows, form: Callable[[str], str] = compact) -> Table:
    return {form(word): MarkReason(reason) for reason, words in rows for word in words}


def _lists(section: Mapping[str, Any]) -> Mapping[str, frozenset[str]]:
    """Return the word lists of a section in the compact form, by name."""
    return {name: frozenset(map(compact, each)) for name, each in section.items() if isinstance(each[0], str)}


def _phrases(phrases: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(plain, phrases))


_COLUMNS, _WISHES, _BESIDE_WORDS, _CELLS = (
    read_section("wishes", name) for name in ("columns", "phrases", "beside", "cells")
)

HEADS, BESIDE, CELLS = map(_lists, (_COLUMNS, _BESIDE_WORDS, _CELLS))

# headings
FLAG_PARTS: Final = _table(_COLUMNS["flag_parts"], plain)
FLAG_HEADERS: Final = _table(_COLUMNS["flag_headers"])
COLOURS: Final = re.compile(rf"\b(?:{'|'.join(_COLUMNS['colours'])})\b|{'|'.join(_COLUMNS['colour_signs'])}")
LEGEND: Final = re.compile(rf"=|→|⇒|➔|\b(?:{'|'.join(_COLUMNS['legend'])})\b|{COLOURS.pattern}")
# the part of a heading that explains how to fill it in: "Remove? (Y/N)"
FILL_IN: Final = re.compile(
    r"[(\[（【][^)\]）】]{0,80}[)\]）】]|\b(y/n|yes/no|j/n|ja/nein|ja/nee|o/n|oui/non|s/n|s[íì]/no|sim/não|t/n|tak/nie)\b"
    r"|\bx ?= ?\w+",
    re.IGNORECASE,
)

# wishes in words
OUT_PHRASES: Final = _table(_WISHES["out_phrases"])
WHOLE, MAYBE, TOPICAL = (frozenset(_phrases(_WISHES[name])) for name in ("whole", "maybe", "topical"))
OUT_TYPED: Final = {**dict.fromkeys(MAYBE, MarkReason.DO_NOT_CONTACT), **_table(_WISHES["out_phrases"], plain)}
CAME_BACK: Final = re.compile("|".join(_WISHES["came_back"]))
# evidence for or against a wish in other words: beginnings of words, and whole words of up to three letters
_EVIDENCE = read_section("wishes", "evidence")


def _spelled_out(word: str) -> Iterator[str]:
    """Yield the spellings of a word with alternatives in brackets: "(his|her) name"."""
    if found := re.search(r"\(([^()?]*)\)", word):
        for each in found[1].split("|"):
            yield from _spelled_out(word[: found.start()] + each + word[found.end() :])
    else:
        yield word


EVIDENCE: Final[Mapping[str, tuple[str, ...]]] = {
    name: _phrases(each for word in words for each in _spelled_out(word)) for name, words in _EVIDENCE.items()
}


@cache
def evidence(kind: str) -> re.Pattern[str]:
    """Return the pattern for one kind of evidence in text of the plain form."""
    return beginnings(EVIDENCE[kind])


@cache
def _possible_evidence() -> Finder[str]:
    """Return a finder of the kinds of evidence that a text may have, in one pass: most texts have none."""
    pieces = []
    for kind, listed in EVIDENCE.items():
        for word in listed:
            if _IS_PATTERN.search(word):
                pieces.append((_literal(word), kind))
            elif word[0] >= SIGNS:
                pieces.append((word, kind))
            else:
                is_whole = len(word.split()[-1]) <= 3 and word[-1].isalnum()
                pieces.append((f" {_NO_WORD.sub(' ', word)}{' ' * is_whole}", kind))
    return finder(pieces)


def evidence_in(text: str, kinds: Collection[str]) -> set[str]:
    """Return the kinds of evidence in a text of the plain form."""
    possible = _possible_evidence()(f" {_NO_WORD.sub(' ', text)} ").intersection(kinds)
    return {kind for kind in possible if evidence(kind).search(text)}


def _literal(word: str) -> str:
    """Return the longest run of letters of a regular expression: every match contains it."""
    runs: list[str] = re.findall(r"[^\W\d_]+", _CLASS.sub(" ", word))
    return max(runs, key=len)


_NO_WORD: Final = re.compile(r"\W")
_IS_PATTERN: Final = re.compile(r"[\\\[*.]")
_CLASS: Final = re.compile(r"\\[wbs]")

# the words beside them
HOUR: Final = re.compile(
    r"(?:(?:die|de|las|les|le|alle|as|kl\.?|klo|um|at|den|the)\s+)?"
    r"(?:(?:[01]?\d|2[0-4])(?:[:.h]\d{2})?(?!\d|[./]\d|\s*(?:st|nd|rd|th|\.)?\s*(?:of\s)?"
    rf"(?:{'|'.join(_BESIDE_WORDS['months'])})|\s*(?:days|weeks|months))|(?:{'|'.join(_BESIDE_WORDS['hours'])})\b)"
)
DETAIL_SIGNS: Final = re.compile("|".join(_phrases(_BESIDE_WORDS["detail_signs"])))
GOES_ON: Final = re.compile(rf"(?:e?s)?(?:{'|'.join(_BESIDE_WORDS['goes_on'])})")
SAID_SO: Final = re.compile(rf"\b(?:{'|'.join(_BESIDE_WORDS['said_so'])})")
UNDONE_BESIDE: Final = re.compile("|".join(_BESIDE_WORDS["undone_beside"]))

# cells
OUT_STATES, OUT_WORDS, OUT_OF_USE, TAG_WORDS = (
    _table(_CELLS[name]) for name in ("out_states", "out_words", "out_of_use", "tag_words")
)
_GONE_PHRASES: Final = _phrases(_CELLS["gone"])
_GONE_FIRST: Final = sorted(map(re.escape, _GONE_PHRASES), key=len, reverse=True)
GONE: Final = re.compile("|".join(each + r"(?!\w)" * (each[0] < "\u1100") for each in _GONE_FIRST))
_MAY_BE_GONE: Final = holder(_GONE_PHRASES)  # in a tenth of the time that GONE takes
MOVED: Final = frozenset(_phrases(_CELLS["moved"]))  # a place follows: where they are now
REPLACED: Final = _phrases(_CELLS["replaced"])
REPLACES: Final = re.compile(rf"\W*(?:{'|'.join(_phrases(_CELLS['replaces']))})")  # the rest is about someone else
GONE_ALONE: Final = frozenset(_phrases(_CELLS["gone_alone"]))
_ALONE: Final = {word: why for word, why in OUT_WORDS.items() if word not in {"permanent", "hard", "transactional"}}
_AROUND_GONE: Final = HEADS["heading_words"] | BESIDE["said_by"] | CELLS["gone_from"]
_UNDONE: Final = BESIDE["undone_by"] | OLDER | {"plus", "more", "mehr", "meer"}  # "plus à la retraite"
BARE_WISHES: Final[Table] = {word: MarkReason(reason) for reason, each in _CELLS["bare_wishes"] for word in each}
# signs that mean no under "Newsletter", and those that mean nothing under "Opt-out"
CROSSES: Final = frozenset("✗✘✖❌☠🚫⛔☒")
NO_SIGNS: Final = frozenset("✗✘✖×❌🚫⛔☒☐□")
EMPTY_SIGNS: Final = frozenset("-–—−―☐□._/?…'\"[]{}()")


class MarkKind(IntEnum):  # whose members are hashed in C: each cell is looked up by one
    """How a column marks a row: a flag by being filled in, a status or tag by a word, prose by a wish, consent by a no.

    SUBSCRIPTION is a status about mail. STATES is one whose cells show which states are mailed: no other state is.
    SUBJECT has headlines, jobs and terms. ELSEWHERE is about another channel or list. CODED has signs that the list
    itself explains.
    """

    FLAG = auto()
    STATUS = auto()
    SUBSCRIPTION = auto()
    STATES = auto()
    TAG = auto()
    PROSE = auto()
    CONSENT = auto()
    CONFIRMED = auto()  # marks a row by being empty
    ATTRIBUTES = auto()
    SUBJECT = auto()
    OTHER = auto()
    WHO = auto()
    OUTLET = auto()
    ELSEWHERE = auto()
    CODED = auto()


@dataclass(frozen=True, slots=True)
class Mark:
    """A column that may say "do not mail": its position, its header, its kind, and what a flag in it means.

    `codes` are those that the list explains, each with whether it means "do not mail".
    """

    position: int
    header: str
    kind: MarkKind
    reason: MarkReason = MarkReason.DO_NOT_CONTACT
    codes: Mapping[str, bool] = field(default_factory=dict, repr=False)
    # its cells that were read and contain no wish
    silent: set[str] = field(default_factory=set, init=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Wish:
    """A cell's wish about mail; `shown` includes the heading. Without a reason it is open, and staff decide."""

    reason: MarkReason | None
    shown: str
    cell: str


Decided: TypeAlias = Mapping[str, bool]  # a cell's text, folded → whether it asks for no mail
UNDECIDED: Final[Decided] = {}
_WHO: Final = ("email", "name", "first_name", "last_name", "salutation", "other_emails")
_STATED: Final = frozenset({MarkKind.STATES, MarkKind.SUBSCRIPTION, MarkKind.STATUS})
_ANSWERED: Final = _STATED | {MarkKind.CONSENT}


def find_marks(
    header: Sequence[str], columns: Mapping[str, int], sample: Sequence[Sequence[str]] = ()
) -> tuple[Mark, ...]:
    """Find the columns that may say "do not mail" by their heading or meaning; `sample` holds the first data rows."""
    named = [_mark_of(position, cell[:LONGEST].strip(), columns, sample) for position, cell in enumerate(header)]
    is_paid = not HEADS["paid_beside"].isdisjoint(word for cell in header for word in tokens(cell[:LONGEST]))
    headings = [compact(cell[:LONGEST]) for cell in header]
    marked = {headings[mark.position] for mark in named if mark}
    answered = [mark for mark in named if mark and mark.kind in _ANSWERED]
    about_lists = [*answered, *(mark for mark in named if mark and ":" in mark.header)]
    has_press = any(names_press(mark.header) for mark in about_lists)

    def is_other(mark: Mark) -> bool:
        own = headings[mark.position]
        is_flag, is_of_press = mark.kind is MarkKind.FLAG, any(part in own for part in HEADS["press_parts"])
        if is_flag and not is_of_press and any(part in own for part in HEADS["events"]):
            return True  # "Opted out of: event invitations"
        is_beside = has_press and (mark in answered or (is_flag and not is_of_press and ":" in mark.header))
        is_only = names_press(mark.header) and sum(names_press(each.header) for each in answered) == 1
        if is_beside and not is_only and any(part in own for part in HEADS["beside_press"] | HEADS["events"]):
            return True  # "Newsletter" beside "Press releases"
        is_post = "email" not in own and own.replace("mail", "email") in marked - {own}  # beside "Do not email"
        return is_post or (is_paid and own in HEADS["paid"])

    kept = (mark for mark in named if mark and not is_other(mark))
    return tuple(replace(each, kind=_settled_kind(each, sample)) if each.kind in _STATED else each for each in kept)


def names_press(heading: str) -> bool:
    """Return whether a heading is about what the press gets: "Press releases", "PM"."""
    is_named = any(part in compact(heading) for part in HEADS["press_parts"])
    return is_named or not HEADS["press_headings"].isdisjoint(tokens(heading))


def _settled_kind(mark: Mark, sample: Sequence[Sequence[str]]) -> MarkKind:
    """Return STATES for a column of states if its cells show which ones are mailed: then an unknown one is not.

    They do where some states are in and most others are out, and where few rows have a state and most of these are out.
    """
    cells = filled(sample, mark.position)
    out = {cell for cell in cells if _judge_by_rules(cell, mark.kind, mark.reason)[0] is not None}
    unknown = [cell for cell in cells if cell not in out and not _is_in(cell)]
    mailed = (compact(cell) for cell in {*cells} - out)
    if not CELLS["subscription_words"].isdisjoint(mailed):
        has_rule = not unknown or (out and 2 * len(unknown) < len(cells))
    else:
        has_rule = len(out) > 1 and len(out) >= len({*unknown}) and 2 * len(cells) <= len(sample)
    return MarkKind.STATES if has_rule else mark.kind


def _is_in(value: str) -> bool:
    """Return whether a state means that someone is mailed, or is not about mail: "Active (since May)", "new"."""
    states = [compact(part) for part in re.split(r"[,;|/(]", value)]
    return any(each in _IN or each.startswith(_IN_LONG) for each in states) or any(
        evidence(kind).search(plain(value)) for kind in ("stays", "welcome", "other")
    )


def other_marks(
    header: Sequence[str], columns: Mapping[str, int], named: Sequence[Mark], width: int
) -> tuple[Mark, ...]:
    """Return the columns that no heading makes a mark: each of them may contain a wish."""
    taken = {mark.position for mark in named}
    meanings = {position: meaning for meaning, position in columns.items()}
    free = (position for position in range(max(len(header), width)) if position not in taken)
    found = []
    for position in free:
        heading = header[position].strip() if position < len(header) else ""
        meaning, words = meanings.get(position, ""), frozenset(tokens(heading))
        another = words & HEADS["another_way"] and _kind(compact(heading), 0.0, is_question=False)
        of_events = not meaning and len(words) < 3 and any(part in compact(heading) for part in HEADS["events"])
        # "SMS marketing status", "list_events", "Edit | Unsubscribe"
        if another or of_events or words & HEADS["menus"]:
            kind = MarkKind.ELSEWHERE
        elif meaning in _WHO or meaning == "outlet":
            kind = MarkKind.WHO if meaning in _WHO else MarkKind.OUTLET
        elif not heading or words & (PRIVATE_NOTES | {"note", "info", "misc", "other"}):
            kind = MarkKind.PROSE
        else:
            is_topic = words & HEADS["subjects"] or meaning == "embargo_agreed"  # "yes, but not for us"
            kind = MarkKind.SUBJECT if is_topic else MarkKind.OTHER
        found.append(Mark(position, heading, kind))
    return tuple(found)


def odd_headings(header: Sequence[str], marks: Sequence[Mark]) -> Iterator[tuple[int, bool]]:
    """Yield the headings that mention not mailing and are no mark: (position, whether it explains colours)."""
    for position, cell in enumerate(header):
        if _judge_phrases(cell, MarkKind.FLAG)[0] is not None and all(mark.position != position for mark in marks):
            yield position, COLOURS.search(plain(cell)) is not None


def read_wishes(
    cells: Sequence[str], marks: Sequence[Mark], others: Sequence[Mark], decided: Decided = UNDECIDED
) -> tuple[Wish | None, list[Wish]]:
    """Return the wish that keeps a row's contact from being mailed, or None, and then the open wishes.

    `marks` are the columns whose heading makes them a mark, `others` the rest: in most rows these contain no wish.
    """
    still_open: list[Wish] = []
    coded, cells = decode(cells, marks, decided)
    if coded is not None:
        return coded, []
    for mark in _relevant(cells, marks, others, decided):
        value = cells[mark.position] if mark.position < len(cells) else ""
        if value in mark.silent and not decided:
            continue
        kind = mark.kind
        if not value:
            if kind is MarkKind.CONFIRMED and any(cells):
                return Wish(mark.reason, printable(f"{mark.header}: (empty)"), value), []
            continue
        if kind in _NOT_JUDGED or (not decided and (silent := _SILENT.get(kind)) and silent.fullmatch(value)):
            continue
        bare = _without_names(value, cells, others) if kind in _OF_PEOPLE else value
        reason, is_sure = _judge(bare or value, kind, mark.reason)
        if decided and kind in _IN_WORDS and (is_wish := decided.get(fold(value))) is not None:
            if not is_wish:
                continue
            reason, is_sure = reason or MarkReason.DO_NOT_CONTACT, True
        if reason is None:
            if len(mark.silent) < _MOST_SILENT:
                mark.silent.add(value)
            continue
        if kind not in _BY_WORDS and _is_of_events(cells, (*marks, *others)):
            continue
        wish = Wish(reason, printable(f"{mark.header}: {value}" if mark.header else value), value)
        if is_sure or (kind is MarkKind.PROSE and _has_left(_in_force(value), _house(cells, others))):
            return wish, []
        still_open.append(Wish(None, wish.shown, value))
    return None, still_open


def decode(
    cells: Sequence[str], marks: Sequence[Mark], decided: Decided = UNDECIDED
) -> tuple[Wish | None, Sequence[str]]:
    """Return the wish in a row's signs, by the list's own legend, and the cells without signs that mean nothing."""
    for mark in marks:
        if mark.kind is not MarkKind.CODED:  # these come first, if there are any
            break
        value = cells[mark.position] if mark.position < len(cells) else ""
        sign, rest = code_of(value), ""
        if sign not in mark.codes:
            sign, rest = sign_beside(value)
        if sign not in mark.codes:
            sign = next((code for code in codes_among(value) if mark.codes.get(code)), "")
        if sign not in mark.codes:
            continue
        if decided.get(fold(value), decided.get(fold(sign), mark.codes[sign])):
            return Wish(mark.reason, printable(f"{mark.header}: {value}" if mark.header else value), value), cells
        cells = [rest if at == mark.position else cell for at, cell in enumerate(cells)]
    return None, cells


def codes_among(value: str) -> Sequence[str]:
    """Return the codes of a cell of several tags: "vip, nm"."""
    parts = re.split(r"[,;|/]", value) if len(value) < _SHORT else ()
    return [*map(code_of, parts)] if len(parts) > 1 else ()


def sign_beside(value: str) -> tuple[str, str]:
    """Return the sign that is beside a name: "*" of "Ada Brook*", "(x)" of "[x] Ada Brook"; and the name."""
    found = _SIGN_BESIDE.search(value)
    if found is None:
        return "", value
    sign = code_of(found[0])
    return f"({sign})" if is_word(sign) else sign, value.replace(found[0], "", 1).strip()


def is_word(code: str) -> bool:
    """Return whether a code is a letter, a number or a word, not a sign."""
    return code.isalpha() or (code.isascii() and code.isalnum())  # and no "²"


def code_of(text: str) -> str:
    """Return the form in which the codes of cells are compared: "(*)" and "*" are one."""
    return text.strip(" ()[].").casefold() or text.strip()


def _relevant(cells: Sequence[str], marks: Sequence[Mark], others: Sequence[Mark], decided: Decided) -> Iterable[Mark]:
    """Return the columns in which a row may have a wish: if no cell has a word of any phrase, not those of prose."""
    if not (decided or _may_have_wish(cells)):
        mute = {at for at, cell in enumerate(cells) if len(cell) > _SHORT and not CAMEL.search(cell)}
        return [mark for mark in marks if mark.kind is not MarkKind.PROSE or mark.position not in mute]
    named = [mark for mark in marks if mark.kind is not MarkKind.CODED]
    headed = len({mark.position for mark in named}) + len(others)  # a row may be longer than the header
    return (*named, *others, *(Mark(position, "", MarkKind.PROSE) for position in range(headed, len(cells))))


def _is_of_events(cells: Sequence[str], others: Sequence[Mark]) -> bool:
    """Return whether a row is about one of several lists, a list for events: "Events", with "Opt-out: yes"."""
    lists = (mark.position for mark in others if HEADS["list_names"].intersection(tokens(mark.header)))
    values = [compact(cells[at]) for at in lists if at < len(cells)]
    return any(part in each for each in values for part in HEADS["events"]) and not any(
        part in each for each in values for part in (*HEADS["press_parts"], "press", "news", "prensa", "stampa")
    )


def _without_names(text: str, cells: Sequence[str], others: Sequence[Mark]) -> str:
    """Return a note without the names of the row's own contact, also shortened: "Winnie died" is about Winifred."""
    own = [cells[mark.position] for mark in others if mark.kind is MarkKind.WHO and mark.position < len(cells)]
    whole, capitals = "\n".join(own).casefold(), [word for word in text.split() if word[0].isupper()]
    if text in own or not any(word[:3].casefold() in whole for word in capitals):
        return text
    names = {part.casefold() for cell in own if "@" not in cell for part in re.findall(r"\w{3,}", cell)}
    kept = list[str]()
    for word in text.split():
        bare = word.strip(".,;:()!").casefold()
        is_short = len(bare) > 2 and any(
            name.startswith(bare) or (name[:3] == bare[:3] and bare.endswith(_FAMILIAR)) for name in names
        )
        if not (word[0].isupper() and (bare in names or is_short)):
            kept.append(word)
        elif kept and compact(kept[-1]) in TITLES:
            kept.pop()  # "Mr Lund has left"
    return " ".join(kept)


_FAMILIAR: Final = ("ie", "y", "i", "o", "a")
_OF_PEOPLE: Final = frozenset({MarkKind.PROSE, MarkKind.OTHER})


def _house(cells: Sequence[str], others: Sequence[Mark]) -> str:
    """Return where a contact works: the outlet of the row and the domains of its addresses, compacted."""
    own = ((mark.kind, cells[mark.position]) for mark in others if mark.position < len(cells))
    kept = (cell.rpartition("@")[2] for kind, cell in own if kind is MarkKind.OUTLET or "@" in cell)
    return compact(" ".join(kept))


def asks_no_mail(text: str, *, surely: bool = False) -> bool:
    """Return whether a text asks not to be mailed, or (unless `surely`) may."""
    judge = _judge if surely else _judge_by_rules
    reason, is_sure = judge(text, MarkKind.PROSE, MarkReason.DO_NOT_CONTACT)
    return reason is not None and (is_sure or not surely)


def wants_mail(cells: Sequence[str], marks: Sequence[Mark]) -> bool:
    """Return whether a row states that its contact wants our mail: "subscribed"."""
    answers = [(mark.kind, cells[mark.position]) for mark in marks if mark.position < len(cells)]
    is_consent = any(kind is MarkKind.CONSENT and is_yes(cell) for kind, cell in answers)
    return is_consent or any(kind in _ANSWERED and compact(cell) in CELLS["still_in_values"] for kind, cell in answers)


def is_bare_wish(text: str) -> bool:
    """Return whether a cell is a wish and nothing else, so that it cannot be taken for anything else."""
    return text.lower().strip(_AROUND) in BARE_WISHES or compact(text) in TAG_WORDS


def text_wishes(cells: Sequence[str], marks: Sequence[Mark], others: Sequence[Mark]) -> Iterator[tuple[str, bool]]:
    """Yield the text cells that ask for no mail, or may, each with whether that is sure."""
    coded, cells = decode(cells, marks)
    if coded is not None:
        yield coded.cell, True
    for mark in _relevant(cells, marks, others, UNDECIDED):
        value = cells[mark.position] if mark.position < len(cells) else ""
        if value and (mark.kind in _BY_WORDS or (mark.kind is MarkKind.STATES and out_reason(value) is None)):
            reason, is_sure = _judge(value, mark.kind, mark.reason)
            if reason is not None:
                yield value, is_sure


_BY_WORDS: Final = frozenset(
    {MarkKind.PROSE, MarkKind.OTHER, MarkKind.SUBJECT, MarkKind.WHO, MarkKind.OUTLET, MarkKind.TAG}
)
_IN_WORDS: Final = _BY_WORDS | _STATED
_MOST_SILENT: Final = 8192
_NOT_JUDGED: Final = frozenset({MarkKind.CONFIRMED, MarkKind.ELSEWHERE, MarkKind.CODED})
# differs in every row and is no wish: a number, and an address, whatever words it is made of
_NUMBER: Final = re.compile(r"[\d\s+()/.-]+", re.ASCII)
_NUMBER_OR_ADDRESS: Final = re.compile(rf"{_NUMBER.pattern}|[a-z\d.+_-]+@[a-z\d.-]+", re.ASCII)
_SILENT: Final = {
    **dict.fromkeys((MarkKind.PROSE, MarkKind.OTHER, MarkKind.SUBJECT), _NUMBER),
    **dict.fromkeys((MarkKind.WHO, MarkKind.OUTLET), _NUMBER_OR_ADDRESS),
}


class Section:
    """The part of a list that a row belongs to: below a heading such as "Do not contact:" nobody is mailed.

    A heading that is the outlet of the address right below it ("Stop Press") is no such heading. The part ends at the
    next heading; in a text file, where that may be an outlet without an address, at a cell that ends in a colon. A line
    that explains colours is no heading. Above the header, only a title that is a wish and nothing else is one.
    """

    def __init__(
        self,
        decided: Decided = UNDECIDED,
        header: Sequence[str] = (),
        about: Callable[[str], bool] = lambda _: False,
        explained: Collection[str] = (),
    ) -> None:
        """Begin above the first heading, in a list with this header; `about`: does a text name someone on the list?

        `explained` are the rows that explain other rows: they are no headings.
        """
        self._about = about
        self._explained = explained
        self.reason: MarkReason | None = None
        self._known = frozenset(map(compact, header))
        self.heading = ""
        self._is_right_below = False
        self._decided = decided

    def see(self, row: int, cells: Sequence[str], *, is_above: bool = False) -> Heading | None:
        """Read the next row of the list (0 for a line that is no data); return what staff must know of it."""
        filled = [cell for cell in cells if cell]
        text = " ".join(filled)
        if not any(map(str.isalnum, text)) or text in self._explained:  # blank, or a line under the headings
            return None
        is_right_below, self._is_right_below = self._is_right_below, False
        if self.reason and is_right_below and any("@" in each and is_house(self.heading, each) for each in filled):
            self.reason = None
        is_header = self._known and not (row or is_above) and len(filled) > 2 and "@" not in text
        if is_header and not is_right_below:  # of another file below, not again under "Former contacts"
            flags = (mark for mark in find_marks(cells, {}) if compact(mark.header) not in self._known)
            flag = next((mark for mark in flags if mark.kind is MarkKind.FLAG), None)
            self.reason, self.heading = (flag.reason, flag.header) if flag else (None, "")
        # text alone in another column than the first is a cell like any other, unless it ends in a colon
        is_cell = self._known and not cells[0] and not text.rstrip().endswith((":", "："))
        if is_header or "@" in text or (row and (len(filled) > 1 or is_cell)):
            return None
        is_shaped = text.startswith("#") or text.endswith((":", "：")) or _IN_BRACKETS.sub("", text).isupper()
        text = text.strip(_DECORATION)
        reason = _heading_reason(text, CELLS["once"] if is_above else CELLS["once"] | CELLS["past"])
        is_sentence = not is_shaped and text.endswith((".", "。"))  # which is about someone, as notes are
        is_weighed = not (reason or is_above or is_sentence)
        is_weighed = is_weighed and _weight_of_words(text[:_NEARBY]) >= ENOUGH + (not is_shaped)
        reason = MarkReason.DO_NOT_CONTACT if is_weighed else reason  # "Please take these two off the list:"
        perhaps = reason or _judge_phrases(text, MarkKind.FLAG)[0]
        notice = None
        if (is_wish := self._decided.get(fold(text))) is not None:
            reason = (perhaps or MarkReason.DO_NOT_CONTACT) if is_wish else None
        elif perhaps is not None and (LEGEND.search(plain(text)) or _TAG.search(text) or "~~ " in text):
            return Heading.LEGEND
        elif len(filled) > 1:
            return None
        elif perhaps is not None and (reason is None or (is_above and not _is_title(text))):
            reason, notice = None, Heading.OPEN
        elif is_weighed or (is_above and reason is not None):
            notice = Heading.TITLE
        if reason is not None and len(text.split()) >= _WORDY and self._about(text):
            return None  # a note about them
        if len(filled) == 1 and (reason is not None or row == 0 or text.endswith(":")):
            self.reason, self.heading, self._is_right_below = reason, printable(text), True
        return notice


_IN_BRACKETS: Final = re.compile(r"\([^()]*\)")
_TAG: Final = re.compile(r"\[[^\[\]]{1,12}\]")


class Heading(StrEnum):
    """How a row above or between the contacts was read, for a problem that is shown to staff."""

    LEGEND = "legend"  # explains colours or signs, which are not read
    OPEN = "open"  # may ask that nobody below is mailed
    TITLE = "title"  # asks that nobody below is mailed: above the header, or in words that only add up to that


def _is_title(text: str) -> bool:
    """Return whether a heading is a wish and next to nothing else: "Unsubscribed contacts, May 2026"."""
    if len(text) > _NEARBY:
        return False
    plain_text = plain(text)
    hits = sorted(_hits(plain_text), key=lambda hit: -len(hit[2]))
    for at, phrase in [hit[1:] for hit in hits] or [(0, "")]:  # no phrase: a state, "Cleaned contacts"
        end = at + len(phrase)
        plain_text = (
            f"{plain_text[:at]}{' ' * len(phrase)}{_REST.sub(lambda rest: ' ' * len(rest[0]), plain_text[end:])}"
        )
    usual = HEADS["heading_words"] | CELLS["once"] | CELLS["past"]
    rest = [word for word in _WORD.findall(plain_text) if compact(word) not in usual]
    return all(word.isdecimal() for word in rest)


def is_out_heading(text: str, *, is_past: bool = False) -> bool:
    """Return whether a sheet's name means "do not mail", or (`is_past`) an older list: "Unsubscribed", "Archive"."""
    return _heading_reason(text, CELLS["once"] | CELLS["past"] if is_past else CELLS["once"]) is not None


def read_codes(text: str) -> Iterator[tuple[str, bool | None]]:
    """Yield the codes that a text explains, and whether each means "do not mail": W of "W = objected"."""
    found = [*_CODE.finditer(text)]
    for each, end in zip(found, begins(found), strict=True):
        yield from explained([code_of(each[1])], text[each.end() : end])


def explained(codes: Iterable[str], text: str) -> Iterator[tuple[str, bool | None]]:
    """Yield codes with whether their explanation means "do not mail"; None if it is a mere yes or no to the heading."""
    meaning = text.strip(" ,;|/·•.()")
    for code in codes if meaning else ():
        yield code, None if is_yes(meaning) or is_no(meaning) else means_out(meaning)


def begins(found: Sequence[re.Match[str]]) -> list[int | None]:
    """Return for each match where the next one begins; None for the last."""
    return [*(each.start() for each in found[1:]), *([None] if found else [])]


def means_out(text: str, *, is_past: bool = True) -> bool:
    """Return whether a legend or a title means that the contacts it is about are not mailed, as `is_out_heading` does.

    It is judged like a note, but counts in doubt, since the list has set these contacts apart.
    """
    if len(text.split()) <= _WORDY and (is_out_heading(text, is_past=is_past) or compact(text) in OUT_OF_USE):
        return compact(text) not in CELLS["no_values"]
    found = evidence_in(plain(text), _SPEAKS | {"mail", "asks"})
    return (
        asks_no_mail(text, surely=True)
        or (bool(found - {"no"}) and _weight_of_words(text) >= ENOUGH)  # not "never at ten"
        or (not found.isdisjoint(_SPEAKS) and weigh("notes", text) >= PERHAPS)
    )


def explains_out(text: str) -> bool:
    """Return whether a line that explains a list mentions contacts who are not mailed: "* = delivery suspended"."""
    return asks_no_mail(text) or any(word in OUT_WORDS for word in tokens(text))


_SIGN: Final = r"""(?:[^\w\s()\[\]{}.,;:/|\\&@%=<>→⇒➔'"“”„‘’«»`€$£·•–—−…_-]{1,3}|[¹²³⁴-⁹]{1,2})"""
_BRACKETED: Final = rf"[(\[](?:\w{{1,6}}\.?|{_SIGN})[)\]]"
_SIGN_BESIDE: Final = re.compile(
    rf"^(?:{_SIGN}|{_BRACKETED}|-\s)\s?(?=[^\W\d])|(?<=\S)\s?(?:{_SIGN}\)?|{_BRACKETED}|\s\d\)|\s[-–])$"
)
_CODE: Final = re.compile(r"(?:^|(?<=[\s,;(:|/*]))([A-Z0-9]{1,2}|[*+†#°])\s?(?:=|→|:\s|[-–—]\s)\s*")


def out_reason(text: str) -> MarkReason | None:
    """Return the reason in a status, None if it has none."""
    state = compact(text)
    if state in OUT_WORDS:
        return OUT_WORDS[state]
    words = [compact(word) for word in text.split()]
    rest = [*dropwhile((BESIDE["undone_by"] | {"do", "does", "pas"}).__contains__, words)]  # "Ne pas autoriser"
    is_denied = len(rest) < len(words) and "".join(rest) in CELLS["still_in_values"]
    if _REFUSED.match(text):
        return MarkReason.DEAD_ADDRESS
    if is_denied or state in CELLS["once"]:
        return MarkReason.DO_NOT_CONTACT  # "not active", "former"
    gone = MarkReason.DO_NOT_CONTACT if _has_left(text) is not None else None
    return _beginning(state, OUT_PHRASES) or _beginning(state, OUT_STATES) or gone or _sure_wish(text)


def _has_left(text: str, beside: str = "") -> bool | None:
    """Return whether a text states that someone left (or left the outlet `beside`); None: it does not say."""
    found = None
    text = _AFTER_OFFICE.sub(r"\1 \2", _DASH.sub(". ", text))
    for clause in _NOTE_CLAUSE.split(text)[:_MOST_HITS]:
        words = plain(clause[: 2 * _NEARBY]).strip(_AROUND).split()
        words = [
            word for word in words if word not in BESIDE["polite"] and (word.isalpha() or not _TIMES.fullmatch(word))
        ]
        plain_text = " ".join(words)
        since = next((at for at, word in enumerate(words) if word in BESIDE["since"]), len(words))  # "weg seit 3/25"
        if all(word in _AROUND_GONE or _COUNT.fullmatch(compact(word)) for word in words[since:]):
            plain_text = " ".join(words[:since]) if " ".join(words[:since]) in GONE_ALONE else plain_text
        if plain_text in GONE_ALONE or plain_text.startswith(REPLACED):
            return True
        gone = GONE.search(plain_text) if _MAY_BE_GONE(plain_text) else None
        before = [compact(word) for word in _WORD.findall(plain_text[: gone.start()])] if gone else []
        if gone and gone[0][0] >= "\u1100":
            gone = gone if len(plain_text) < _FEW_SIGNS else None
        elif any((word not in _AROUND_GONE and not _COUNT.fullmatch(word)) or word in _UNDONE for word in before):
            gone = None  # "in May she left", but not "her agent has left"
        rest = [compact(word) for word in _WORD.findall(plain_text[gone.end() :])] if gone else []
        if gone is None or not CELLS["not_gone"].isdisjoint(rest[:2]) or evidence("on_paper").search(plain_text):
            continue
        others = [word for word in rest if word not in _AROUND_GONE and not _COUNT.fullmatch(word)]
        is_theirs = any(len(word) > 3 and word in beside for word in others) and gone[0] not in MOVED
        if is_theirs or all(map(GONE.fullmatch, others)):
            return True
        found = False
    return found


def _heading_reason(text: str, once: frozenset[str] = CELLS["once"]) -> MarkReason | None:
    """Return the reason in a heading or a sheet's name: a state as in a status, or a wish that nothing reverses."""
    reason, is_sure = _judge_phrases(text, MarkKind.FLAG)
    if reason is not None:
        return reason if is_sure and not LEGEND.search(plain(text)) else None
    state = compact(re.sub(r"\d+", "", text))
    words = {compact(word) for word in tokens(_IN_BRACKETS.sub("", text))}
    if _has_left(text) or (
        words & once and all(each in once | HEADS["heading_words"] or each.isdecimal() for each in words)
    ):
        return MarkReason.DO_NOT_CONTACT
    return OUT_WORDS.get(state) or _beginning(state, OUT_PHRASES) or _beginning(state, OUT_STATES)


def _beginning(text: str, table: Table) -> MarkReason | None:
    return next((reason for part, reason in table.items() if text.startswith(part)), None)


def _mark_of(position: int, cell: str, columns: Mapping[str, int], sample: Sequence[Sequence[str]]) -> Mark | None:
    """Return the mark that a column is by its heading or its meaning, None if it is none."""
    name = compact(FILL_IN.sub(" ", cell)) or compact(cell)
    is_who = position in {columns.get(meaning) for meaning in (*_WHO, "outlet")}
    answers = filled(sample, position)
    ticked = [each for each in answers if not (is_no(each) or each in EMPTY_SIGNS)]
    is_ticked_only = all(is_yes(each) or each in CROSSES or sum(map(str.isdigit, each)) > 3 for each in ticked)
    is_about_them = not is_who and (HEADS["no_flag"] | HEADS["another_way"]).isdisjoint(tokens(cell))
    if 0 < len(ticked) < len(sample) and is_ticked_only and is_about_them:
        heading = FILL_IN.sub(" ", cell)
        barred = _heading_reason(heading, CELLS["once"] | CELLS["past"])
        if barred is None and evidence_in(plain(heading), {"no", "end"}) == {"end"}:
            weighs = _weight_of_words(heading) >= ENOUGH  # "Data wycofania zgody"
            barred = MarkReason.DO_NOT_CONTACT if weighs else None
        if barred:
            return Mark(position, cell, MarkKind.FLAG, barred)  # "Gone": x, "No longer at company": 0, 1
        if len(ticked) > len(answers) / 2 and _heading_reason(evidence("no").sub(" ", plain(heading))):
            return Mark(position, cell, MarkKind.CONSENT, MarkReason.NO_CONSENT)  # "Not opted out": true, false
    reason = None if is_who or name in HEADS["consent_headers"] else _flag_reason(cell, name)
    if is_who or (reason is not None and COLOURS.search(plain(cell))):
        return None
    if reason is not None and any(is_out is not None for _, is_out in read_codes(cell)):  # "Tier (Z = no mail)"
        return Mark(position, cell, MarkKind.PROSE)
    if reason is not None:
        return Mark(position, cell, MarkKind.FLAG, reason)
    if HEADS["another_way"].intersection(tokens(cell)):
        return None
    if name in HEADS["confirmed_on"] and sample:
        is_day = len(answers) >= 0.8 * len(sample) and all(sum(map(str.isdigit, each)) > 3 for each in answers)
        return Mark(position, cell, MarkKind.CONFIRMED, MarkReason.NO_CONSENT) if is_day else None
    if any(each.isdigit() and int(each[:9]) > 1 for each in answers):
        return None  # how many there were
    agreed, words = sum(map(is_yes, answers)), {*tokens(cell)}
    is_asking = agreed + sum(map(is_no, answers)) >= max(1, 0.6 * len(answers))
    is_denied = evidence("no").search(plain(FILL_IN.sub(" ", cell))) is not None  # "Not confirmed"
    rest = words - HEADS["about_them"] - HEADS["heading_words"] - HEADS["dates"] - BESIDE["ours"] - BESIDE["undone_by"]
    rest = {word for word in rest if not any(part in word for part in HEADS["press_parts"])}
    states = [_state_reason(word) for word in sorted(rest) if not evidence("house").match(word)]
    bare = " ".join(word for word in plain(cell).split() if compact(word) not in HEADS["dates"])
    if bare in GONE_ALONE or GONE.fullmatch(bare):  # "Nicht mehr", "uit dienst"
        states, is_denied = [MarkReason.DO_NOT_CONTACT], False
    affirmed = agreed + sum(sum(map(str.isdigit, each)) > 3 for each in answers)  # a yes, or a day
    is_answered = (is_asking or affirmed == len(answers)) and affirmed < len(sample)
    if states and states[0] and all(states) and not is_denied and is_answered:
        return Mark(position, cell, MarkKind.FLAG, states[0])  # "Is this user blocked?", "Outlet closed on"
    if is_asking and rest and rest <= _WANTED and not any(states):  # "Deliverable": yes, no
        return Mark(position, cell, MarkKind.FLAG if is_denied else MarkKind.CONSENT, MarkReason.NO_CONSENT)
    # how many of the different cells are states of a subscription; none if nobody is in
    cells = {compact(each) for each in answers if len(each) < 40}
    share = len(cells & _STATES) / len(cells) if cells & CELLS["subscription_words"] else 0.0
    kind = _kind(name, share, is_question=cell.endswith(("?", "？", ";")))
    is_willing = HEADS["sending"] & words or (words & HEADS["willing"] and HEADS["willing"] >= rest)
    if kind is None and is_asking and is_willing and agreed:  # "Envoi CP": oui, non
        return Mark(position, cell, MarkKind.FLAG if is_denied else MarkKind.CONSENT, MarkReason.NO_CONSENT)
    if kind is None and cells >= {"left", "right"}:
        kind = MarkKind.SUBJECT  # of politics
    if kind is None and position in {columns.get("tags"), columns.get("beat")}:
        kind = MarkKind.TAG
    if kind is None and (position == columns.get("note") or name in {"note", *PRIVATE_NOTES}):
        kind = MarkKind.PROSE
    if kind is None:
        return None
    return Mark(position, cell, kind, MarkReason.NO_CONSENT if kind is MarkKind.CONSENT else MarkReason.DO_NOT_CONTACT)


def _state_reason(word: str) -> MarkReason | None:
    """Return the reason where a word of a heading is a state in which nobody is mailed: "Retired", "Blockiert"."""
    gone = MarkReason.DO_NOT_CONTACT if GONE.fullmatch(word) or evidence("closes").match(word) else None
    return OUT_WORDS.get(word) or _beginning(word, OUT_PHRASES) or _beginning(word, OUT_STATES) or gone


def _kind(heading: str, states: float, *, is_question: bool) -> MarkKind | None:
    """Return the kind of a column by its heading, or by its cells where all are states of a subscription.

    `states`: the share of its different cells that are such states.
    """
    parts = HEADS["consent_parts"] | (HEADS["asked_parts"] if is_question else frozenset())
    is_status = any(part in heading for part in HEADS["status_parts"])
    is_consent = "bounc" not in heading and any(part in heading for part in parts) and not (is_status and states > 0)
    if heading in HEADS["consent_headers"] or is_consent:
        return MarkKind.CONSENT
    if is_status:
        about_mail = states > 0 or any(part in heading for part in HEADS["subscription_parts"])
        return MarkKind.SUBSCRIPTION if about_mail else MarkKind.STATUS
    if states == 1 or (states >= 0.5 and heading in HEADS["states"]):
        return MarkKind.SUBSCRIPTION
    return MarkKind.ATTRIBUTES if heading in {"attributes", "attribs", "properties", "custom"} else None


def _flag_reason(cell: str, name: str) -> MarkReason | None:
    if HEADS["no_flag"].intersection(tokens(cell)):
        return None
    bare = "".join(word for word in tokens(cell) if word not in HEADS["about_them"])
    if name in FLAG_HEADERS or bare in FLAG_HEADERS:
        return FLAG_HEADERS.get(name) or FLAG_HEADERS[bare]
    wish, is_sure = _judge_phrases(cell, MarkKind.FLAG)
    if wish is not None and not is_sure:  # "Do not email before", "Opt-out laws"
        return None
    plain_text = f" {plain(cell)}"
    for part, reason in FLAG_PARTS.items():
        may_be_within = not part.isascii() or (" " not in part and len(part) > 4)
        if f" {part}" in plain_text or (may_be_within and part in plain_text):
            return reason
    return wish


_STATES: Final = CELLS["subscription_words"] | set(OUT_WORDS) | set(OUT_OF_USE)
_WANTED: Final = (CELLS["subscription_words"] | CELLS["still_in_values"]) - {"soft"}
_IN: Final = _WANTED | CELLS["neutral_states"] | {"soft"}
_IN_LONG: Final = tuple(word for word in _IN if len(word) > 4 or not word.isascii())
_Judged: TypeAlias = tuple[MarkReason | None, bool]  # the reason, and whether that is sure


def _judge(value: str, kind: MarkKind, flag: MarkReason) -> _Judged:
    """Judge a cell by the rules, and a note by its weight, too: that can confirm them, raise a doubt, or suffice."""
    if kind is not MarkKind.PROSE:
        return _judge_by_rules(value, kind, flag)
    value = live(value)
    reason, is_sure = _judge_by_rules(value, kind, flag)
    heavy = weigh("notes", value)
    if is_sure and heavy < LIGHT:  # "unsubscribed from the members' magazine only"
        return reason, bool(_has_left(value)) or evidence_in(plain(value), {"welcome", "by_post"}) != {"welcome"}
    if is_sure or heavy < PERHAPS:
        return reason, is_sure
    text = plain(value)
    limits = evidence_in(text, {"welcome", "stays", "on_paper"})
    enough = SURE if limits or reason is None or _phrases_in(text) else AGREED  # limits may reverse it all
    return reason or MarkReason.DO_NOT_CONTACT, heavy >= enough and "on_paper" not in limits


@lru_cache(maxsize=8192)
def _judge_by_rules(value: str, kind: MarkKind, flag: MarkReason) -> _Judged:
    is_note = kind is MarkKind.PROSE or kind in _STATED
    is_cross = is_note and (value.strip("\ufe0f ") in CROSSES or _DIED.match(value))
    if is_cross or (kind is MarkKind.WHO and (_STRUCK.search(value) or _SET_ASIDE.match(value))):
        return MarkReason.DO_NOT_CONTACT, True
    if kind is MarkKind.FLAG:
        is_of_events = any(part in compact(value) for part in HEADS["events"])  # "Unsubscribed from: events"
        first, _, rest = value.partition(" ")
        rest = rest if is_yes(first.strip(",.;:")) else value  # "sí (correo de junio)"
        is_sure = len(rest.split()) < _WORDY or not evidence_in(plain(rest), _SPEAKS_FOR_MAIL)
        return (flag if _is_filled(value) and not is_of_events else None), is_sure  # not "in 2021, corrected since"
    if kind is MarkKind.CONSENT:
        return (flag if _is_refused(value) else out_reason(value)), True
    if kind is MarkKind.ATTRIBUTES:
        return _reason_in_attributes(value), True
    if kind in {MarkKind.WHO, MarkKind.OUTLET}:
        return _judge_name(value, kind)
    if kind is MarkKind.OTHER and (answer := _ANSWER.fullmatch(value)):  # "mailings: no"
        own = _mark_of(0, answer[1], {}, [[answer[2]], ["yes"]])
        if own and own.kind in {MarkKind.FLAG, MarkKind.CONSENT} and (is_yes(answer[2]) or is_no(answer[2])):
            return _judge_by_rules(answer[2], own.kind, own.reason)
    if kind in {MarkKind.PROSE, MarkKind.OTHER, MarkKind.SUBJECT}:
        reason, is_sure = _judge_words(value, kind)
        if reason is None or (in_force := _in_force(value)) == value:
            return reason, is_sure
        still, is_sure = _judge_words(in_force, kind)
        return (still if is_sure else reason), is_sure
    for part in filter(str.strip, re.split(r'[,;|"/\n]|:::', value)):
        state = compact(part)
        if kind is MarkKind.TAG:
            left = MarkReason.DO_NOT_CONTACT if _has_left(part) else None
            found = TAG_WORDS.get(state) or left or _sure_wish(part)
        elif kind in {MarkKind.SUBSCRIPTION, MarkKind.STATES} and state in OUT_OF_USE:
            found = OUT_OF_USE[state]
        elif kind in {MarkKind.SUBSCRIPTION, MarkKind.STATES} and state in CELLS["no_consent_values"]:
            found = MarkReason.NO_CONSENT
        elif state in CELLS["out_codes"]:
            found = MarkReason.DO_NOT_CONTACT
        else:
            found = out_reason(part)
        if found is not None:
            return found, True
    if kind is MarkKind.STATES and not _is_in(value):
        return MarkReason.DO_NOT_CONTACT, True
    return _judge_phrases(value, MarkKind.SUBJECT)


def _judge_words(value: str, kind: MarkKind) -> _Judged:
    """Judge a note, or another cell of words: by its phrases, by who left, and by the sum of its words."""
    parts = re.split(r"[;,|]", value)
    if len(parts) > 1 and max(len(part.split()) for part in parts) <= _FEW:  # "press; events (unsubscribed)"
        kept = [part for part in parts if not evidence("other").search(plain(part))]
        value = ";".join(kept) if 0 < len(kept) < len(parts) else value
    own = " ".join(each for each in _SENTENCES.split(value) if not REPLACES.match(plain(each)))
    judged = _judge_phrases(own, kind)
    if kind is MarkKind.PROSE and BESIDE["details"].isdisjoint(map(compact, value.split())):
        clauses = (compact(each) for each in _NOTE_CLAUSE.split(_DASH.sub(".", value)))
        if any(len(each) > 3 and TAG_WORDS.get(each) is MarkReason.OPTED_OUT for each in clauses):
            judged = MarkReason.OPTED_OUT, True  # "complained about us, remove"
    gone = _has_left(own) if kind is not MarkKind.SUBJECT and not judged[1] else None
    if kind is MarkKind.OTHER and (value.isalpha() and value.isascii()):
        gone = None  # "left", of a politician
    bare = (_ALONE.get(compact(part)) for part in value.split(";")) if kind is MarkKind.PROSE else ()
    if (found := next(filter(None, bare), None)) is not None:  # "out; asked for it in May"
        return found, True
    weight = 0
    if judged[0] is None and kind is not MarkKind.SUBJECT:
        weight = _weight_of_words(own, may_leave=True)
    if gone is None and weight < ENOUGH:
        return judged
    return MarkReason.DO_NOT_CONTACT, bool(gone) or weight > ENOUGH


@lru_cache(maxsize=256)
def _in_force(text: str) -> str:
    """Return the part of a note that still holds: all of it, or what follows "signed up again", "wants the releases".

    A mistake ("unsubscribed in error") and the title of a work (her column "Unsubscribed") are left out.
    """
    plain_text = plain(text)
    found = evidence_in(plain_text, {"mistaken", "wanted", "titled"})
    if "titled" in found:
        text = _TITLE.sub(" ", text)
    if not found & {"mistaken", "wanted"} and not CAME_BACK.search(plain_text):
        return text
    kept: list[str] = []
    for clause in _TURNS.split(text):
        plain_clause = plain(clause)
        found = evidence_in(plain_clause, {"mistaken", "mailed", "wanted", "releases", *_SPEAKS, "other", "by_post"})
        without, count = CAME_BACK.subn(" ", plain_clause)
        is_back = count > 0 and "no" not in evidence_in(without, {"no"})
        if is_back or (found >= {"wanted", "releases"} and found.isdisjoint({*_SPEAKS, "other", "by_post"})):
            kept.clear()
        elif "mistaken" not in found or "mailed" in found:  # "mailed by mistake"
            kept.append(clause)
    return text if len(kept) == len(_TURNS.split(text)) else ". ".join(kept)


_TITLE: Final = re.compile(r"[\"“„«»‘]\s?(?:\w+[ -]){0,2}\w+\s?[\"”“»«’]")
_TURNS: Final = re.compile(
    rf"[;!?(|:]|,(?!\d)|\.(?!\d)|\s[-–—]+\s|\b(?:{'|'.join(_BESIDE_WORDS['but'])})\b", re.IGNORECASE
)


def _is_refused(value: str) -> bool:
    answer = compact(value)
    if not answer:
        return bool(set(value) & NO_SIGNS)
    first = compact(re.split(r"[,.;:!–(]|\s-", value)[0])  # "Nein, danke"
    if not CELLS["no_values"].isdisjoint((first, answer)) or answer in CELLS["no_consent_values"] | CELLS["other_ways"]:
        return True
    return any(len(word) > 5 and answer.startswith(word) for word in CELLS["no_consent_values"])


def _is_filled(value: str) -> bool:
    """Return whether a cell under "Opt-out" or the like means yes."""
    answer = compact(value)
    if "; " in value:  # of several objects of JSON
        return any(map(_is_filled, value.split("; ")))
    if not any(map(str.isalnum, value)):
        return not set(value) - {" ", "\ufe0f"} <= EMPTY_SIGNS
    is_no_wish = value.startswith(("http://", "https://")) or answer.startswith("soft")  # a way out; it may get better
    return not is_no_wish and set(answer) != {"0"} and answer not in CELLS["no_values"] | CELLS["still_in_values"]


def _sure_wish(text: str) -> MarkReason | None:
    """Return the reason in prose that is surely a wish."""
    reason, is_sure = _judge_phrases(text, MarkKind.PROSE)
    return reason if is_sure else None


def _judge_phrases(text: str, kind: MarkKind) -> _Judged:
    """Judge the words of a cell, or (FLAG) of a heading: all phrases in them, each by the words around it."""
    if "@" in text or "/" in text:
        text = _without_links(text)
    if len(text) <= _SHORT:
        for part in (text, *text.split("; "), _DATED.sub("", text)) if kind is MarkKind.PROSE else (text,):
            if (reason := BARE_WISHES.get(part.lower().strip(_AROUND))) is not None:
                return reason, True
            if (reason := TAG_WORDS.get(compact(part))) is not None:
                return reason, kind in {MarkKind.PROSE, MarkKind.FLAG}  # "Baja" may be a place
    plain_text = plain(_DASH.sub(". ", text))
    all_hits = (hit for hit in _hits(plain_text) if kind is not MarkKind.FLAG or hit[2] not in MAYBE)
    hits = list(islice(all_hits, _MOST_HITS))
    if not hits:
        return None, False
    headed = kind is MarkKind.FLAG
    weighed = [(_weigh_phrase(plain_text, at, phrase, headed=headed), -number, phrase) for number, at, phrase in hits]
    weight, _, phrase = max(weighed)
    sure = [phrase for weight, _, phrase in weighed if weight >= _ENOUGH] or [phrase]
    if MAYBE.issuperset(phrase for *_, phrase in hits) and kind is not MarkKind.SUBJECT and not headed:
        return MarkReason.DO_NOT_CONTACT, _weight_of_words(text) > ENOUGH
    weight += text.isupper() + (len(sure) > 1)
    weight -= _AGAINST * bool(CAME_BACK.search(plain_text))
    weight -= 2 * (kind is MarkKind.SUBJECT and phrase in TOPICAL)
    return min(map(OUT_TYPED.__getitem__, sure), key=_STRONGEST.index), weight >= _ENOUGH


# a person's own word first
_STRONGEST: Final = (MarkReason.COMPLAINED, MarkReason.OPTED_OUT, MarkReason.DO_NOT_CONTACT)
_EVENTS: Final = HEADS["events"] | BESIDE["calendars"]
_ENOUGH: Final = 2  # a phrase with nothing against it
_AGAINST: Final = 3
_NEARBY: Final = 120  # characters before and after a phrase that are looked at
_BESIDE_SIGNS: Final = 24  # characters of a script without blanks
_MOST_HITS: Final = 50
_SHORT: Final = 60
# "BAJA 03/2025"
_DATED: Final = re.compile(r"(?<=\w)[ :(]{1,2}\d{1,4}(?:[./-]\d{1,4}){0,2}[.)]?$")
_AROUND: Final = " .!*()[]-–—"
_APART: Final = re.compile(r"[()\[\]{}|;:*!<>\n（）【】]|\s[-–—/]+\s|,\s|--+")
_CLAUSE: Final = re.compile(r"[.;,!?():|/–—]")


def _without_links(text: str) -> str:
    """Return a text without addresses and links: "…/unsubscribe" is a link to click, nobody's wish."""
    if not any(sign in text for sign in _LINKED):  # as in most notes
        return text
    return " ".join(_ADDRESS.sub(" ", word) for word in text.split(" ") if not _LINK.match(word))


_DASH: Final = re.compile(r"\s[-–—]+\s")  # ends a clause; `plain` would remove it
_LINKED: Final = ("@", "＠", "://", "www.")
_LINK: Final = re.compile(r"\W*(?:https?://|www\.)")
_ADDRESS: Final = re.compile(r"(?<![^\s()（）\[\]【】<>;,])[^\s()（）\[\]【】<>;,@＠]*+[@＠][^\s()（）\[\]【】<>;,]*+")


def _weigh_phrase(text: str, at: int, phrase: str, *, headed: bool) -> int:
    """Weigh a phrase by the words beside it: `_ENOUGH` if there are none; `headed`: it is in a heading."""
    end = at + len(phrase)
    ahead = text[max(0, at - _NEARBY) : at]
    *earlier, clause = _CLAUSE.split(ahead)
    before = clause.split()
    after = text[end : end + _NEARBY]
    rest = _WORD.match(after)
    behind = after[rest.end() :] if rest else after
    following = _CLAUSE.split(behind)[0].split()
    is_out = OUT_TYPED[phrase] is MarkReason.OPTED_OUT
    turned = bool(rest and GOES_ON.match(rest[0]))
    turned |= not {*following[:1], "".join(following[:2])}.isdisjoint(
        BESIDE["not_out_of"] if is_out else BESIDE["not_then"]
    )
    hour = HOUR.match(behind.strip().partition(" ")[2].lstrip())
    turned |= bool(following) and not is_out and following[0] in BESIDE["when_then"] and hour is not None
    if not is_out and BESIDE["ours"].isdisjoint(near := [compact(word) for word in following[:_NEAR]]):
        turned |= not BESIDE["details"].isdisjoint(near)  # "stop sending to her old address"
        turned |= evidence("other").search(" ".join(near)) is not None  # "ne veut pas être prise en photo"
    turned |= not phrase.isascii() and bool(UNDONE_BESIDE.search(text[max(0, at - 8) : end + 8]))
    if is_out and not headed:
        if not before and not following:  # "has a title, please delete", "to be deleted: the old fax"
            # or the words that a comma or a colon separates from the phrase
            beside = earlier[-1].split()[-1:] if earlier and ahead.rstrip()[-1:] in {",", ":"} else []
            if paused := re.match(r"\s*[,:]([^.;,!?():|/–—]+)", behind):
                beside += paused[1].split()[:_NEAR][-1:]
            turned |= any(compact(word) in BESIDE["details"] for word in beside)
        beside = f"{clause[-_BESIDE_SIGNS:]}{phrase}{_CLAUSE.split(after)[0][:_BESIDE_SIGNS]}"
        turned |= _is_of_something_else(phrase, before, following, beside)
    turned |= not headed and not BESIDE["of_another"].isdisjoint(before[-_NEAR:])
    if before and before[-1] in BESIDE["polite"]:
        before = []
    if before:
        turned |= before[-1] in BESIDE["undone_by"] or (
            is_out and not BESIDE["undone_from_afar"].isdisjoint(before[-4:])
        )
    return _ENOUGH + (not before) - _AGAINST * (turned + (phrase in MAYBE))


def _is_of_something_else(phrase: str, before: list[str], following: list[str], beside: str) -> bool:
    """Return whether only a detail of the row is to go, or someone leaves what is not ours ("removed from the jury").

    If the list itself is named, it is a wish, whatever else is named: "please remove her old address from the list".
    """
    ahead = before[-_NEAR:]
    named = [compact(word) for word in (*ahead, *phrase.split(), *following)]
    events = {at for at, word in enumerate(named) if any(part in word for part in _EVENTS)}
    if any(at - 1 not in events and named[at] in BESIDE["ours"] for at in range(len(ahead), len(named))):
        return False
    if events:  # "unsubscribed from the events newsletter"
        return True
    if not phrase.isascii() and phrase[0] >= "\u1100":
        return DETAIL_SIGNS.search(beside) is not None
    near = [compact(word) for word in ("", *before[-_NEAR:], *following[:_NEAR])]
    if any(word in BESIDE["details"] and last not in BESIDE["said_by"] for last, word in pairwise(near)):
        return True
    words = [word for each in (phrase.rsplit(" ", maxsplit=1)[-1], *following[:_NEAR]) if (word := compact(each))]
    left = next((words[i + 1 :] for i, word in enumerate(words[:3]) if word in BESIDE["left_by"]), [])
    return bool(left) and left[0] not in BESIDE["said_by"] and not any(map(str.isdigit, "".join(left)))


def _weight_of_words(text: str, *, may_leave: bool = False) -> int:
    """Return the sum of the words of a clause, whatever they are: "he was angry about our mails".

    `ENOUGH` may be a wish (with `may_leave`, also someone's leaving); more than that, with nothing against it, is one.
    """
    plain_text = SAID_SO.sub("", plain(_DASH.sub(". ", _without_links(text))))
    found = evidence_in(plain_text, _SPEAKS | _LEAVES if may_leave else _SPEAKS)
    weight = 0 if found.isdisjoint(_SPEAKS) else _weight_of_clauses(plain_text, WEIGHTS)
    return weight if found.isdisjoint(_LEAVES) else max(weight, _weight_of_clauses(plain_text, LEAVING))


def _weight_of_clauses(plain_text: str, weights: Mapping[str, int]) -> int:
    """Return the weight of the clause that weighs most, at most `ENOUGH` where any clause is against it.

    A clause that plainly asks for no mail weighs more than `ENOUGH`, unless something in the text asks for mail.
    """
    best, is_against, is_plain = 0, False, False
    kinds = weights if weights is WEIGHTS else {*weights, "side", "moves", "repaired", "on_paper"}
    is_quoted = plain_text[:1] in _OPENS and not evidence_in(plain_text, _SPEAKS_FOR_MAIL)  # their own words
    parts = _NOTE_CLAUSE.split(plain_text)[:_MOST_HITS]
    for at, clause in enumerate(parts):
        text = clause.strip()[: 2 * _NEARBY]
        found = evidence_in(text, kinds)
        found -= {kind for kind, others in _COUNTS_BESIDE.items() if weights is WEIGHTS and found.isdisjoint(others)}
        if "fed_up" in found and len(evidence("mail").findall(text)) > 1:
            found.add("ours")  # "of our mails", not of mails
        if "welcome" in found and not BESIDE["undone_by"].isdisjoint(_before("welcome", text)[-1:]):
            found.remove("welcome")  # "not happy"
        leaves = found & {"leaves", "returned"}
        if found >= {"side", "moves"} and not BESIDE["comes_from"].intersection(_before("side", text)):
            return ENOUGH + 1  # "now at a PR agency", but not "moved here from the press office"
        is_gone = leaves or any(each <= found for each in _GONE_TOGETHER)
        is_about = found & _SPEAKS if weights is WEIGHTS else is_gone
        if is_about and "other" not in found and len(_WORD.findall(text)) <= _FEW:
            found.add("short")
        found |= {"asks"} if is_quoted and is_about else set()
        weight = sum(weights.get(kind, 0) for kind in found) if is_about else 0
        is_plain |= weight - ("short" in found) >= ENOUGH and any(each <= found for each in _PLAIN_TOGETHER)
        best = max(best, weight)
        is_against |= bool(leaves and found & {"no", "again"}) or not found.isdisjoint(
            {"repaired", "on_paper"}
        )  # "no longer retired", "now fixed"
        is_against |= "end" in found and bool(BESIDE["undone_from_afar"].intersection(_before("end", text)))
        # as in "does no work there any more" and "struck off (phone call, 7/22)"
        is_beside = "works" in found if weights is LEAVING else not is_about and any(map(str.isdigit, text))
        beside = {"other"} if is_beside else set()
        # the manner of saying it is nothing against it: "on the phone: 'spare me'"
        is_how = "".join(parts[at + 1 : at + 2]).lstrip()[:1] in _OPENS and not BESIDE["how_said"].isdisjoint(
            _WORD.findall(text)
        )
        is_against |= not is_how and not (
            found.isdisjoint(_AGAINST_WISHES - beside) and BESIDE["details"].isdisjoint(map(compact, text.split()))
        )
    if is_against:
        return min(best, ENOUGH)
    return best + (is_plain and not evidence_in(plain_text, _SPEAKS_FOR_MAIL))


_COUNTS_BESIDE: Final = {"myself": {"end", "plainly"}, "address": {"again"}}  # "nothing more to this address"
_OPENS: Final = frozenset('"“„”«»‘『「')
_PLAIN_TOGETHER: Final = (
    {"fed_up", "ours"},
    {"end", "entry"},
    {"no", "mail", "asks"},
    {"no", "mail", "again"},
    {"end", "asks"},
    {"end", "mail"},
    {"no", "works"},
)
# evidence that may reverse a wish from another clause; without any, better to leave out one contact too many
_SPEAKS_FOR_MAIL: Final = frozenset({"welcome", "wanted", "mistaken", "by_post", "titled", "repaired", "until"})


def _before(kind: str, text: str) -> list[str]:
    """Return the two words before the first evidence of a kind: "consent not withdrawn"."""
    found = evidence(kind).search(text)
    return _WORD.findall(text[: found.start()])[-2:] if found else []


_GONE_TOGETHER: Final = (
    *({"no", "works"}, {"house", "closes"}, {"address", "void"}),
    *({"no", "address", "reads"}, {"no", "again", "house"}),
)
# the weight of each kind of evidence; without one of _SPEAKS there is no wish
WEIGHTS, LEAVING = (
    {kind: weight for weight, kinds in read_section("wishes", "weights")[name] for kind in kinds}
    for name in ("asking", "leaving")
)
ENOUGH: Final = 3
# on the scale of notes, for what no rule covers; `python -m tests.weights` prints what each limit finds
SURE: Final = 1.75
PERHAPS: Final = 1.0
AGREED: Final = 1.25  # enough where a rule finds a possible wish
LIGHT: Final = -0.5  # less than this casts doubt on what a rule is sure of, if words of the note do, too
_SPEAKS: Final = frozenset({"plainly", "no", "end", "upset", "fed_up", "threat", "consent"})
_LEAVES: Final = frozenset({"leaves", "returned", "works", "closes", "side", "void", "reads"})
_AGAINST_WISHES: Final = frozenset({"welcome", "other", "stays"})
_WORDY: Final = 4  # words of a line that may name someone
_FEW: Final = 3  # words of a clause with hardly anything else in it
_SENTENCES: Final = re.compile(r"(?<=[.!?])(?<!\b\w\.)(?<!\b\w\w\.)\s+|\n")  # but not behind "Mr."
_NOTE_CLAUSE: Final = re.compile(r"(?<!\b\d)(?<!\b\d\d)\.|[;,!?():|/–—。、，；！？（）]")  # but not in "3. Mai"
_NEAR: Final = 4  # words


def _hits(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the phrases in a text: (number in the table, position, phrase), at beginnings of words, if any."""
    if not _phrases_in(text):  # most notes have none
        return
    places = [(word.start(), _BY_BEGINNING) for word in _WORD.finditer(text)]
    if not text.isascii():
        places += [(at, _ANYWHERE) for at in range(len(text))]
    for at, table in places:
        for number, phrase in table.get(text[at : at + 2], ()):
            if text.startswith(phrase, at) and not (phrase in WHOLE and text[at + len(phrase) :][:1].isalpha()):
                yield number, at, phrase


def _may_have_wish(cells: Sequence[str]) -> bool:
    """Return quickly whether some cell may hold a phrase: most rows of a list of a million hold none."""
    text = "\n".join(cells)
    if "~~" in text:
        return True
    if not text.isascii():
        if not _SPEAKING.isdisjoint(text):
            return True
        text = plain(text)
        if not (_PAIRS.isdisjoint(map("".join, pairwise(text))) and _SINGLE.isdisjoint(text)):
            return True
    if text.isascii():
        return _stems_in(f" {text.encode().translate(_PARTED, _WITHIN_WORDS).decode()} ")
    words = text.lower().replace("'", "").replace("`", "").replace("_", " ")
    return _stems_in(f" {' '.join(_WORD.findall(words))} ")


_SHOUTED: Final = re.compile(r"\b[A-Z]{4,20}(?: [A-Z]{2,20}){0,4}\b")
_STRUCK: Final = re.compile(r"^\s*~~[^~]+~~\s*$|\u0336|†")  # crossed out, in Markdown and in Unicode; and dead
_ANSWER: Final = re.compile(r"([^:@]{2,40}):\s*([^:@]{1,20})")
_REFUSED: Final = re.compile(r"(?:[^\d]{0,20}\b)?(?:55[013]\b|5\.1\.\d)")  # a server's reply about an address: 550
_SET_ASIDE: Final = re.compile(r"[zx]{2,}[\W_]", re.IGNORECASE)  # as people sort a name to the end: "zz Ada Brook"
_DIED: Final = re.compile(r"\s*(?:[†✝]|\+\s?(?:\d{1,2}[./]\d|(?:[^\W\d_]{3,9}\.?\s)?(?:19|20)\d\d\b))")  # "+ Jan 2020"
_DECORATION: Final = " =-_~#—–"
_TIMES: Final = re.compile(r"\d+x|x\d+")  # "came back 3x"
_COUNT: Final = re.compile(r"x?\d+x?")
_AFTER_OFFICE: Final = re.compile(r"\b([ia])\. ?([RD])\.")  # "im Ruhestand", "außer Dienst"
_FEW_SIGNS: Final = 12  # of a clause in a script without blanks
_Index: TypeAlias = dict[str, list[tuple[int, str]]]
_WORD: Final = re.compile(r"\w+")
_REST: Final = re.compile(r"^\w+")
_BY_BEGINNING: Final[_Index] = {}
_ANYWHERE: Final[_Index] = {}  # of scripts that write without blanks
for _number, _phrase in enumerate(OUT_TYPED):
    (_BY_BEGINNING if _phrase[0] < "\u1100" else _ANYWHERE).setdefault(_phrase[:2], []).append((_number, _phrase))
_phrases_in = holder(OUT_TYPED)
_PHRASES: Final = [
    *(*OUT_TYPED, *TAG_WORDS),
    *(
        _literal(word) if _IS_PATTERN.search(word) else word
        for kind in (*_SPEAKS, "leaves", "returned", "closes", "side", "void")
        for word in EVIDENCE[kind]
    ),
    *map(plain, BARE_WISHES),
    *(*_GONE_PHRASES, *REPLACED, *(phrase for phrase in GONE_ALONE if len(phrase) > 3)),
]
# of each phrase the longest word that is not in every list and note
_USUAL: Final = BESIDE["ours"] | BESIDE["everyday"]
_KEYS: Final = frozenset(max(phrase.split(), key=lambda word: (word not in _USUAL, len(word))) for phrase in _PHRASES)
_SPEAKING: Final = frozenset("\u0336†✝") | CROSSES
_PARTED: Final = bytes(code if chr(code).isalnum() else ord(" ") for code in bytes(range(256)).lower())
_WITHIN_WORDS: Final = b"'`"
_stems_in = holder(f" {word}{' ' * (len(word) < 4)}" for word in _KEYS)  # the beginning of a word, or a short one
_PAIRS: Final = frozenset(phrase[:2] for phrase in _PHRASES if phrase[0] >= "\u1100")
_SINGLE: Final = frozenset(phrase for phrase in _PHRASES if len(phrase) == 1 and phrase >= "\u1100")


def _judge_name(value: str, kind: MarkKind) -> _Judged:
    """Judge a cell of a name, an outlet or an address: there a wish is set apart, in brackets or behind a dash."""
    bare = BARE_WISHES.get(value.lower().strip(_AROUND))
    if kind is MarkKind.WHO and bare is not None:  # nobody is called "unsubscribed"; an outlet may be
        return bare, True
    label, colon, _ = value.partition(":")
    if kind is MarkKind.WHO and colon and (labelled := _heading_reason(label)):
        return labelled, True  # "Gone: Ada Brook"
    parts = [part for part in _APART.split(_without_links(value), maxsplit=_MOST_HITS) if part.strip()]
    parts += [] if value.isupper() or kind is MarkKind.OUTLET else _SHOUTED.findall(value)  # "UNSUBSCRIBED Ada Brook"
    is_name = kind is MarkKind.OUTLET and len(parts) > 1 and not parts[0].isupper()  # "Do Not Disturb (hotel trade)"
    judged = [_judge_phrases(part, MarkKind.PROSE) for part in parts[is_name:]]
    found = next((each for each in judged if each[0] is not None and each[1]), None)
    if found is not None and (len(parts) > 1 or "@" in value or (value.isupper() and " " in value)):
        return found
    aside = parts[value[0].isalnum() :] if kind is MarkKind.WHO else []
    if any(_has_left(part) or OUT_OF_USE.get(compact(part)) is MarkReason.DO_NOT_CONTACT for part in aside):
        return MarkReason.DO_NOT_CONTACT, True  # "Ada Brook (left)", "(retired)"
    perhaps = next((reason for reason, _ in judged if reason is not None), None)
    weight = max(map(_weight_of_words, parts[1:]), default=0)
    return perhaps or (MarkReason.DO_NOT_CONTACT if weight >= ENOUGH else None), not perhaps and weight > ENOUGH


def _reason_in_attributes(value: str) -> MarkReason | None:
    """Return the reason in attributes that some systems export as JSON: each is a column of its own."""
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return None
    for name, content in found.items() if isinstance(found, dict) else ():
        mark = _mark_of(0, str(name), {}, ())
        text = str(content) if isinstance(content, str | int | float | bool) else ""
        if mark is not None and text and mark.kind is not MarkKind.ATTRIBUTES:
            reason, is_sure = _judge_by_rules(text, mark.kind, mark.reason)
            if reason is not None and is_sure:
                return reason
    return None
