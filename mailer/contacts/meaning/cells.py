"""Cells: what a cell may contain, and the addresses in it.

Owns the refusal of control characters (rejected with row and column, never stripped), and what an address
cell may contain besides an address: `mailto:`, angle brackets, a display name, a comment, quotation marks, invisible
characters, full-width letters, a trailing dot, further addresses. What is removed is reported. Anything else makes the
cell invalid: a wrong guess is a mail to a stranger. `mailer.address` judges the address.
Raises `InvalidAddress`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple, TypeAlias

from mailer import lazy_re as re
from mailer.address import Address, InvalidAddress, parse_address, printable
from mailer.contacts.meaning.columns import MADE_UP, NO_ADDRESS, TRAPS, compact
from mailer.words import read_section

# in some texts a line break is the writer's; in all others it would break a header or a table
_NEVER: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
_NEVER_IN_ONE_LINE: Final = re.compile(r"[\t\n\r]")
ONE_LINE: Final = ("name", "first_name", "last_name", "outlet")

_INVISIBLE: Final = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u00ad]")
_BLANKS: Final = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
_FULL_WIDTH: Final = re.compile("[\uff01-\uff5e。｡]")
_ODD: Final = re.compile("|".join(each.pattern for each in (_INVISIBLE, _BLANKS, _FULL_WIDTH)))
# an address that was broken in two lines, or typed with blanks around its sign
_BROKEN: Final = re.compile(r"(?<=@)\s+(?=[\w-]+\.)|\s*\n\s*(?=@)|(?<=[\w])[ ](?=@[\w-]+\.)|(?<=\w[.-])\s*\n\s*(?=\w)")
_TO_ASCII: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_FORMULA: Final = re.compile(r'=\s*HYPERLINK\s*\(\s*"(?:mailto:)?([^"]+)".*', re.IGNORECASE | re.DOTALL)

_TRAPS: Final = re.compile("|".join(map(re.escape, TRAPS)))
_ACCESS: Final = re.compile(r"([^#]*)#(?:mailto:)?([^#]*)#[^#]*")  # a link as Access exports it

_SIGNS: Final = r"\s,;/|&+、；，:"
_ADDRESS: Final = re.compile(r'[^\s,;<>()\[\]|、；，"“”„«»]+@[^\s,;<>()\[\]|、；，"“”„«»]+')
_QUOTES: Final = "\"'“”„«»‚‘’`´"
# what may come before an address: signs, a conjunction, a display name with its bracket, a label, `mailto:`.
_LEAD: Final = re.compile(
    rf"(?:[-*•·–]\s+)?[{_SIGNS}]*(?:(?:or|oder|ou|o|und|and|et|y|e|of|lub|eller|b?cc)\s+)?"
    rf"(?:(?P<name>[^<>@;|\r\n\t]*?)\s*[<\[]\s*)?[{_QUOTES}(]*"
    r"(?:(?:e-?mail|mail|smtp|courriel|e|m|work|home|private|office|direct|dienstlich|privat|büro|pro|perso|bureau)\s*:\s*)?"
    rf"(?:mailto:)?[{_QUOTES}(]*",
    re.IGNORECASE,
)
# what may come after one: its bracket, a comment
_TAIL: Final = re.compile(
    rf"[{_QUOTES}]*\s*[>\]]?\s*\)?(?:\((?P<comment>[^()@]*)\))?[{_SIGNS}.{_QUOTES}]*(?:\s(?:#|//|[-–—]{{1,2}})\s[^@]*)?"
)
COMMA: Final = re.compile(r"(?<=\w),([a-z]{2,6})(?![\w@.-])")  # "ada@quay.example,com"
DOMAINS: Final = frozenset(read_section("contacts", "rows")["domains"])
_MOST, _MOST_BETWEEN = 2000, 120  # characters: a search in a cell of other text must not take long
_AT_IN_WORDS: Final = re.compile(r"[(\[{]\s*(?:at|ät|arobase|arroba|chiocciola|a)\s*[)\]}]|\s+at\s+", re.IGNORECASE)
# signs in words, as pages write them against robots: "ada (at) example [dot] org", "ada AT example DOT org"
_WRITTEN: Final = (
    (re.compile(r"\s?[(\[{]\s?(?:at|ät|arobase|arroba|chiocciola|a|@)\s?[)\]}]\s?", re.IGNORECASE), "@"),
    (re.compile(r"\s?[(\[{]\s?(?:dot|punkt|point|punto|ponto|punt|\.)\s?[)\]}]\s?", re.IGNORECASE), "."),
    (re.compile(r"\sAT\s(?=[\w-]{1,63}(?:\sDOT\s|\.))"), "@"),
    (re.compile(r"\sDOT\s"), "."),
    (re.compile(r"&#64;|&commat;|(?<=\w)\s@\s(?=[\w-]{1,63}\.)"), "@"),
)
# … with nothing else on the line: "ada at example.org"
_AT_ALONE: Final = re.compile(r"^(\W{0,9}[\w.+-]{1,64}) at ([\w-]{1,63}(?:\.[\w-]{1,63}){1,5}\W{0,9})$")


class Found(NamedTuple):
    """The content of an address cell: the address, its display name, further valid addresses, and what was removed."""

    address: Address
    name: str = ""
    others: tuple[Address, ...] = ()
    names: tuple[str, ...] = ()  # the display name of each of several, if each has one
    cleaned: tuple[str, ...] = ()


_Pieces: TypeAlias = list[tuple[str, str]]  # possible addresses, each with its display name


def find_control(cells: Sequence[str], one_line: frozenset[int]) -> tuple[int, str] | None:
    """Return a character that no merge field, or (`one_line`) no field of one line, may have: (position, its name)."""
    whole = "".join(cells)
    if whole.isprintable():
        return None
    for position, cell in enumerate(cells):
        found = _NEVER.search(cell) or (_NEVER_IN_ONE_LINE.search(cell) if position in one_line else None)
        if found:
            sign = found[0]
            if sign in "\n\r\u2028\u2029":
                return position, "a line break"
            code = sign.encode("unicode_escape").decode("ascii")
            return position, "a tab" if sign == "\t" else f"the control character {code}"
    return None


def parse_cell(text: str) -> Address:
    """Return the address in a cell: the first valid one of several."""
    return read_cell(text).address


def read_cell(text: str) -> Found:
    """Return the addresses in a cell; the first valid one is the contact's."""
    if says_none(text):
        raise InvalidAddress(f'"{printable(text)}" is not an e-mail address; it says that there is none')
    made_up = text.count("@") == 1 and text.partition("@")[0].strip().lower() in MADE_UP
    if made_up or _TRAPS.search(text.lower()):
        raise InvalidAddress(f'"{printable(text)}" is a placeholder or a machine, not a person')
    if not text.startswith(("'", "*")) and (text.isascii() or not _ODD.search(text)):
        try:
            return Found(parse_address(text))
        except InvalidAddress as error:
            reason = error
    else:
        reason = InvalidAddress(f'"{printable(text)}" is not an e-mail address')
    if (end := COMMA.search(text)) and end[1] in DOMAINS:
        raise InvalidAddress(f'"{printable(text)}" is not an e-mail address: it has a comma for a dot')
    bare, cleaned = _cleaned(text)
    pieces = _pieces(bare)
    if not pieces and len(bare) <= _MOST:  # single words beside the addresses, each separate: "n/a; ada@example.org"
        parts = [part.strip() for part in re.split(r"[;|,]", bare) if part.strip()]
        found = [_pieces(part) for part in parts]
        if len(parts) > 1 and all(read or len(part.split()) == 1 for read, part in zip(found, parts, strict=True)):
            pieces = [piece for read in found for piece in read]
    good: list[tuple[Address, str]] = []
    for raw, name in pieces:
        tidy = raw.strip(_QUOTES).rstrip(".:/-–…!?&*~").lstrip("*•·-–/:~")
        if tidy.partition("@")[0].lower() in MADE_UP:
            reason = InvalidAddress(f'"{printable(tidy)}" is a placeholder or a machine, not a person')
            continue
        try:
            good.append((parse_address(tidy), name))
        except InvalidAddress as error:
            reason = error if len(pieces) == 1 else reason
            continue
        cleaned += ["signs at its ends"] if tidy != raw else []
    if not good:
        raise _better(text, reason)
    if len(pieces) == 1 and bare != pieces[0][0]:
        cleaned.append("the text around it")
    address, name = good[0]
    others = {each.key: each for each, _ in good[1:] if each.key != address.key}
    names = tuple(shown for _, shown in good) if len({shown for _, shown in good if shown}) == len(others) + 1 else ()
    return Found(address, name, tuple(others.values()), names, tuple(dict.fromkeys(cleaned)))


def find_addresses(text: str) -> tuple[Address, ...]:
    """Return the valid addresses of a cell."""
    if "@" not in text and "＠" not in text and "@" not in with_signs(text[:_MOST]):
        return ()
    try:
        found = read_cell(text)
    except InvalidAddress:
        return ()
    return (found.address, *found.others)


def with_signs(text: str) -> str:
    """Return a text with the signs of addresses instead of words for them in brackets or capitals."""
    if not ({"(", "[", "{"} & {*text} or "&" in text or " AT " in text or " @ " in text):
        return text
    for pattern, sign in _WRITTEN:
        text = pattern.sub(sign, text)
    return text


def with_at(line: str) -> str:
    """Return a line with the sign @, if it is an address with a word for the sign and nothing else."""
    return _AT_ALONE.sub(r"\1@\2", line) if " at " in line else line


def says_none(text: str) -> bool:
    """Return whether a cell says that there is no address: "n/a", "keine", "-"."""
    return "@" not in text and (not compact(text) or compact(text) in NO_ADDRESS)


def live(cell: str) -> str:
    """Return a cell without crossed-out text, if there is other text in it."""
    rest = STRIKE.sub(" ", cell) if "~~" in cell else cell
    return " ".join(rest.split()) if rest != cell and any(map(str.isalnum, rest)) else cell


STRIKE: Final = re.compile(r"~~[^~]{1,500}~~")


def _cleaned(text: str) -> tuple[str, list[str]]:
    """Return a cell without invisible and unintended parts, and the names of these parts."""
    removed: list[str] = []
    formula = _FORMULA.fullmatch(text.strip().removeprefix("'"))
    if formula:
        text, removed = formula[1], ["a formula"]
    if linked := _ACCESS.fullmatch(text):
        text, removed = linked[1].strip() or linked[2], ["a link"]
    if text.startswith("'") and not text.endswith("'"):
        text, removed = text[1:], [*removed, "a spreadsheet's sign for text"]
    for pattern, with_, what in ((_INVISIBLE, "", "invisible characters"), (_BLANKS, " ", "hard blanks")):
        if pattern.search(text):
            text = pattern.sub(with_, text)
            removed.append(what)
    if _FULL_WIDTH.search(text):
        text = text.translate(_TO_ASCII).replace("。", ".").replace("｡", ".")
        removed.append("full-width letters")
    if "\n" not in text and (signed := with_signs(text[:_MOST])).count("@") == 1 and signed != text:
        text, removed = signed, [*removed, "signs in words"]
    if text.count("@") == 1 and (joined := _BROKEN.sub("", text.strip())) != text.strip():
        text, removed = joined, [*removed, "a break in it"]
    return re.sub(r"\s*:::\s*", "; ", text.strip()), removed


def _pieces(text: str) -> _Pieces:
    """Return the addresses of a cell with their names; nothing if there is other text between them."""
    if len(text) > _MOST:
        return []
    text = re.sub(r"(mailto:[^\s?<>]+)\?[^\s<>;]*", r"\1", text, flags=re.IGNORECASE)
    text = re.sub(r'"([^"@<>]*)"(?=\s*<)', lambda quoted: quoted[1], text)
    pieces: _Pieces = []
    end = 0

    def named(comment: str | None) -> None:
        """Use a comment after the last address as its name, if it has none."""
        if pieces and not pieces[-1][1] and comment:
            pieces[-1] = pieces[-1][0], comment.strip()

    for match in _ADDRESS.finditer(text):
        gap = text[end : match.start()]
        behind_last = _TAIL.match(gap) if pieces else None
        before = gap[behind_last.end() :] if behind_last else gap
        lead = _LEAD.fullmatch(before) if len(before) <= _MOST_BETWEEN else None
        if lead is None:
            return []
        name = (lead["name"] or "").strip(f"{_QUOTES} ,:-–")
        comment = re.match(r"[^(]*\(([^()@]*)\)", gap)
        named(comment[1] if comment else None)
        bare = re.sub(r"^(?:mailto|e-?mail|mail|smtp):", "", match[0], flags=re.IGNORECASE)
        several = bare.count("@") > 1  # without a blank between them: `a@x.org/b@x.org`
        pieces += [(each, name) for each in (re.split(r"[/&+:]", bare) if several else [bare]) if each]
        end = match.end()
    tail = _TAIL.fullmatch(text[end:])
    if not pieces or tail is None:
        return []
    named(tail["comment"])
    return pieces


def _better(text: str, reason: InvalidAddress) -> InvalidAddress:
    """Return the error in words that help with the text of the cell."""
    shown = printable(text)
    if any(sign in text for sign in "\n\r\t"):
        return InvalidAddress(f'"{shown}" is not an e-mail address: it contains a line break or a tab')
    if "@" not in text and _AT_IN_WORDS.search(text[:_MOST]):
        return InvalidAddress(f'"{shown}" is not an e-mail address: if a word in it means @, type the sign')
    if len(_ADDRESS.findall(text[:_MOST])) > 1:
        return InvalidAddress(f'"{shown}" contains several addresses and other text; keep one address in the cell')
    return reason
