"""Texts: one table from the texts of servers to reasons, for live refusals and for bounces.

Owns the search for phrases; the table is `reply.toml` in `mailer.words`, loaded when it is first needed. A phrase is
plain words; ` * ` between two pieces matches up to 60 characters; a blank at an end marks the end of a word; `{box}`
stands for each word of `[classes]` in turn. Both phrase and text are folded first: small letters, no accents,
punctuation made one blank, apostrophes dropped, addresses replaced by `addr` and links dropped, so that a name in them
(`spam@…`, `/unknown`) can never decide; of a link only the name of a public block list is kept, and the codes by which
Gmail and i.ua give a reason. Only the regular expressions of `fold` are applied to untrusted text, and each of those is
bounded.

The first match wins, so the sections are ordered by exactness: phrases about us come before phrases about the address,
since one address that is wrongly called dead costs more than ten dead ones that are missed. The meaning of the words at
a server that is known by name (`[hosts]`) comes before everything else. Last, a sentence without any phrase is read by
the topics of its words (`[stems]`, `[pairs]`), in all languages at once, which gives no more than a hint. The rest is a
guess.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import chain
from typing import NamedTuple

from mailer import lazy_re as re
from mailer.frozen import dataclass
from mailer.reply.values import OURS, Reason
from mailer.words import Finder, finder, read_section

MAX_TEXT = 2_000  # characters of a text that are looked at
_GAP = 60
_MAX_PAIRED = 600
_WHOLE = 3  # a stem of so few letters is a whole word
_WEAK = frozenset({Reason.REJECTED, Reason.SYSTEMERROR})  # hints that any other beats
_UNSPACED = " \u0e00"  # from here on, scripts without blanks between words
_SENTENCE = re.compile(
    r"[.:!?;]\s|[。！？；：]|\n|\(in reply to [^()]{0,30}|\b(?:MAIL FROM|RCPT TO):\S{0,320}(?: SIZE=\d{1,12})?",
    re.IGNORECASE,
)

_APOSTROPHE = re.compile(r"['’‘`´]")
_ELISION = re.compile(r"\b([cdjlmnst]|qu|dell|nell|all|un)['’](?=[^\W\d_])")  # l'adresse, n'existe, dell'utente
_ADDRESS = re.compile(r"(?<![^\s@<>\"(),;])[^\s@<>\"(),;]{1,80}+@(?:\[[^\s\]]{1,60}\]|(?:\.?[^\s@<>\"(),;:.]){1,120})")
_LINK = re.compile(r"https?://(?:www\.)?([\w.-]{1,100})([^\s>)]{0,300})")
_LISTS = re.compile(r"spamhaus|openspf|spamcop|barracudacentral|sorbs|uceprotect|abuseat|senderbase")
_LINKED = re.compile(r"\b(p|err)[=/](\w{1,40})")
_CLASS = re.compile(r"\{(\w{1,20})\}")
_BORDER = re.compile("(?<=[A-Za-z0-9])(?=[\u3040-\u9fff])|(?<=[\u3040-\u9fff])(?=[A-Za-z0-9])")  # SPF验证
_EDGES = re.compile(r"[.-](?:(?<=\.)(?!\w)|(?<=-)(?![\w-]{0,60}\.[a-z]))")
_MARKS = re.compile(rf"[^\w.-]+|_|{_EDGES.pattern}")
_SPELLED = re.compile(r"([aou])e")
_OURS = re.compile(r"(?<=[\w:;] )(?:\d{1,3}\.){3}\d{1,3}\b")  # an address in a refusal is mostly ours
_HOST = re.compile(r" [a-z][\w-]{0,62}(?:\.[\w-]{1,63}){2,8}(?= )")
_BLANKS = {code: " " for code in range(128) if not (chr(code).isalnum() or chr(code) in ".-")}
_STROKES = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "ß": "ss", "đ": "d", "ı": "i", "æ": "ae", "Æ": "ae"})

_CODES = ("hosts", "vendors")  # one provider's meaning of its words and codes, wherever they are found
_EXACT = (
    *("vendors", "accounts", "identity", "messages", "blunt", "programs", "addresses", "systems"),
    *("european", "eastern"),
)
_LOCAL = ("european", "eastern")
# “Does not exist” of other languages, where the sentence says that it is a host or a sender, and names no mailbox
_OTHERS = frozenset({Reason.HOSTUNKNOWN, Reason.REJECTED})
# a letter that lists possible causes states nothing
_HEDGES = (" may ", " might ", " possib", " perhaps ", " maybe ", " probabl", " either ", " one of the following ")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table. `example` is a text of ours, modelled on servers' replies, that this row reads.

    `is_final`: in a reply to RCPT, with nothing against us beside it, it means that there is no such mailbox.
    """

    reason: Reason
    phrases: tuple[tuple[str, ...], ...]
    example: str
    is_final: bool = False
    section: str = ""
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase of the table: its first piece, and the pieces that follow, with gaps between."""

    first: str
    rest: tuple[str, ...]
    row: Row

    @property
    def is_hint(self) -> bool:
        """Return whether it is only a hint."""
        return self.row.section == "leanings"

    def __str__(self) -> str:
        """Return the phrase as it is written in the table."""
        return " * ".join((self.first.strip(), *self.rest))


class Table:
    """Rows in their order; the first one with a phrase in a text is the text's reading.

    Four thousand phrases are too many to search for one by one. One pass finds those that may be there, each by its
    rarest piece.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        """Build one automaton from the phrases of all rows."""
        self.rows = tuple(rows)
        self._phrases = [Phrase(phrase[0], phrase[1:], each) for each in self.rows for phrase in each.phrases]
        common = Counter(piece for each in self._phrases for piece in (each.first, *each.rest))
        rarest = (min((each.first, *each.rest), key=common.__getitem__) for each in self._phrases)
        self._perhaps = finder((piece, place) for place, piece in enumerate(rarest))

    def matches(self, folded: str) -> Iterator[Phrase]:
        """Yield the phrases in a folded text, in the order of the rows: the first one is its reading."""
        for place in sorted(self._perhaps(folded)):
            phrase = self._phrases[place]
            if _in_order(phrase.first, phrase.rest, folded):
                yield phrase


def read_patterns(section: str) -> Mapping[str, re.Pattern[str]]:
    """Return the regular expressions of a section by name; each list is of alternatives.

    They are for texts in lower case: such a search takes half as long as one that ignores case.
    """
    named = read_section("reply", section).items()
    return {name: re.compile("|".join(pieces)) for name, pieces in named}


@cache
def general_table() -> Table:
    """Return the rows that hold at any host: those that name a reason, then words that hint at one (“policy” alone)."""
    return Table(each for section in (*_EXACT, "leanings") for each in _rows(section))


@cache
def host_tables() -> Mapping[str, Table]:
    """Return the rows of each known server, by the end of its name."""
    rows = tuple(_rows("hosts"))
    names = dict.fromkeys(name for row in rows for name in row.hosts)
    return {name: Table(row for row in rows if name in row.hosts) for name in names}


@cache
def _known_hosts() -> re.Pattern[str]:
    return re.compile(rf"\.({'|'.join(map(re.escape, host_tables()))})")


def _rows(section: str) -> Iterator[Row]:
    for reason, example, phrases, *hosts in read_section("reply", section)["rows"]:
        name, _, final = reason.partition(", ")
        spelled = (one for each in phrases for one in _spelled(each))
        pieces = tuple(tuple(map(_fold_piece, each.split(" * "))) for each in spelled)
        known = hosts[0] if hosts else ()
        yield Row(Reason[name.upper()], pieces, example, is_final=final == "final", section=section, hosts=known)


def _spelled(phrase: str) -> Iterator[str]:
    """Yield a phrase once for each word that a `{class}` in it stands for."""
    found = _CLASS.search(phrase)
    if found is None:
        yield phrase
        return
    for word in read_section("reply", "classes")[found[1]]:
        yield from _spelled(phrase.replace(found[0], word, 1))


class Reading(NamedTuple):
    """The reading of a server's words: their reason, or None.

    `is_hint`: the reason is only a hint. `is_dead`: a whole statement that there is no such mailbox. `blames_us`:
    something in them is about us or our message, whatever the rest says (a hint counts). `is_code`: one provider's own
    code or sentence. `phrase` is the phrase of the table that decided.
    """

    reason: Reason | None = None
    is_hint: bool = False
    is_dead: bool = False
    blames_us: bool = False
    is_code: bool = False
    phrase: Phrase | None = None


def read_text(text: str, host: str = "") -> Reading:
    """Read a server's words; `host` is its name, if that is known."""
    folded = fold(text)
    hosts = host_tables()
    named = _known_hosts().findall(f".{host} {text[:MAX_TEXT]}".lower())
    known = (each for name in hosts if name in named for each in hosts[name].matches(folded)) if named else ()
    matches = general_table().matches(folded)
    first = found = next(iter(known), None) or next(matches, None)
    if (found is None or found.is_hint) and _SPELLED.search(folded):  # “Empfaenger” is “Empfänger”
        found = next(general_table().matches(_SPELLED.sub(r"\1", folded)), None)
    if found and found.row.section in _LOCAL and found.row.reason is Reason.USERUNKNOWN:
        sentence = next(
            (each for each in _SENTENCE.split(text[:MAX_TEXT]) if _in_order(found.first, found.rest, fold(each))), text
        )
        other = None if "box" in _stems()(_spaced(sentence)) else _paired(sentence)
        found = other if other and other.row.reason in _OTHERS else found
    if found is None or found.is_hint:
        hint = (_paired(text) or first) if first is None or first.row.reason in _WEAK else first
        if hint is None:
            return Reading()
        return Reading(hint.row.reason, is_hint=True, blames_us=hint.row.reason in OURS, phrase=hint)
    row = found.row
    all_matches = chain([first or found], matches)
    ours = row.reason in OURS or (row.is_final and any(each.row.reason in OURS for each in all_matches))
    sure = row.is_final and not any(word in folded for word in _HEDGES)
    return Reading(row.reason, is_dead=sure, blames_us=ours, is_code=row.section in _CODES, phrase=found)


@cache
def pairs() -> tuple[tuple[frozenset[str], Row], ...]:
    """Return each pair as the stems that a sentence must have, by name, with its row; in order."""
    return tuple((frozenset(one[0].split()), row) for row in _rows("pairs") for one in row.phrases)


@cache
def _stems() -> Finder[str]:
    """Return the finder of the topics of a folded text, by the stems of their words."""
    about = []
    for name, stems in read_section("reply", "stems").items():
        for stem in map(_spaced, stems):
            word = stem if len(stem) <= _WHOLE + 2 else stem[:-1]
            about.append((word.strip() if stem > _UNSPACED else word, name))
    return finder(about)


def _spaced(text: str) -> str:
    """Return a text folded, without host names, whose pieces are no words; “Empfaenger” is “Empfänger” here."""
    folded = _HOST.sub(" ", fold(_OURS.sub(" ip ", text)))
    return _SPELLED.sub(r"\1", folded.replace(".", " ").replace("-", " "))


def _paired(text: str) -> Phrase | None:
    """Return the first pair of stems, in the order of the rows, in the first sentence that has one."""
    for sentence in _SENTENCE.split(text[:_MAX_PAIRED]):
        topics = _stems()(_spaced(sentence))
        topics -= {"none", "refused"} if "deliver" in topics else set()
        for pair, row in pairs():
            if pair <= topics:
                return Phrase(" and ".join(sorted(pair)), (), row)
    return None


def guess(text: str) -> Reason:
    """Return the reason that the topics of a refusal hint at; else “no such user”, as in most permanent failures."""
    topics = _stems()(_spaced(text))
    alone = read_section("reply", "pairs")["alone"]
    return next((Reason[name.upper()] for name, stem in alone if stem in topics), Reason.USERUNKNOWN)


def blames_us(text: str) -> Reason | None:
    """Return the reason where words plainly blame us or our message, whatever else they say; else None."""
    matches = (each for each in general_table().matches(fold(text)) if each.row.reason in OURS and not each.is_hint)
    return next((each.row.reason for each in matches), None)


def fold(text: str) -> str:
    """Return a server's text in the form of the phrases (see the module's head), with a blank at both ends."""
    low = text[:MAX_TEXT]
    if not low.isascii():  # take the accents off, and make wide letters narrow
        # NFKD makes at most eighteen characters of one, and the text is bounded by now
        apart = unicodedata.normalize("NFKD", low.translate(_STROKES))
        low = _BORDER.sub(" ", "".join(each for each in apart if not unicodedata.combining(each)))
    low = low.lower()
    if "@" in low:
        low = _ADDRESS.sub(" addr ", low)
    if "://" in low:
        low = _LINK.sub(_shortened, low)
    if "'" in low or "`" in low or not low.isascii():
        low = _APOSTROPHE.sub("", _ELISION.sub(r"\1 ", low))
    words = (_EDGES.sub(" ", low.translate(_BLANKS)) if low.isascii() else _MARKS.sub(" ", low)).split()
    return f" {' '.join(words)} " if words else " "


def _shortened(link: re.Match[str]) -> str:
    code = _LINKED.search(link[2])  # Gmail's help links name the reason: ?p=NoSuchUser; i.ua's have /err/4
    listed = _LISTS.search(link[1])
    return f" {listed[0] if listed else ''} {f'{code[1]}.{code[2]}' if code else ''} "


def _fold_piece(piece: str) -> str:
    folded = fold(piece).strip()
    start = " " if piece.startswith(" ") else ""
    return f"{start}{folded}{' ' if piece.endswith(' ') else ''}"


def _in_order(first: str, rest: tuple[str, ...], folded: str) -> bool:
    """Return whether the pieces follow each other with small gaps; every place of the first one is tried.

    Where words are parted by blanks, dots or hyphens, the first begins with a word.
    """
    at = folded.find(first)
    while at >= 0:
        end = at + len(first)
        if first.isascii() and first[0] != " " and folded[at - 1].isalnum():
            at = folded.find(first, at + 1)
            continue
        for piece in rest:
            next_at = folded.find(piece, end, end + _GAP + len(piece))
            if next_at < 0:
                break
            end = next_at + len(piece)
        else:
            return True
        at = folded.find(first, at + 1)
    return False
