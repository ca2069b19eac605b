"""Contact line: what a line of contact data holds, from left to right.

Owns telephone numbers and their labels, addresses (also “name [at] example.org”), and the words between them. Never
decides who they belong to (`media_contacts`) or where in a release the contacts stand (its `section`).

Gaps: numbers spelt with letters (0800 EXAMPLE) are words.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from mailer import lazy_re as re
from mailer.frozen import dataclass
from mailer.release.known_names import GIVEN_LIKE_PARTICLES
from mailer.release.people.names import names_role, part_client
from mailer.release.words import pattern, written

_SEPARATOR = r"(?:[ \u00a0]?\((?=\d{1,5}\))|\)[ \u00a0]?|(?<=\S)[–](?=\S)|[ \u00a0.\-‑/])"
_EXTENSION = written("people", "extension").pattern
_PHONE = rf"(?<![\w@])(?<!\d[./,])(?:\(?\+{{1,2}}\s?)?\(?\d(?:{_SEPARATOR}{{0,3}}\d){{5,21}}{_EXTENSION}(?![\w@])"
_GLUED = r"(?:(?<=[TtFf]el)|(?<=TEL)|(?<=電話)|(?<=代表)|(?<=直通)|(?<=携帯))0\d(?:[-()]{0,2}\d){7,10}(?!\w)"
_EMAIL = r"<?(?<![\w.+-])(?:mailto:)?(?P<email>[\w.+'-]{1,64}@[\w-]+(?:\.[\w-]+)+)>?"
_WEB = r"(?:https?://|www\.)[^\s,;|<>]+"
_ENTITY = re.compile(rf"(?P<web>{_WEB})|{_EMAIL}|(?P<phone>{_PHONE}|{_GLUED})", re.IGNORECASE)
_AT = re.compile(r"(?<=\w)\s?[\[({]\s?(?:at|@|ät|a|arobase|arroba|chiocciola)\s?[\])}]\s?(?=\w)", re.IGNORECASE)
_DOT = re.compile(r"(?<=\w)\s?[\[({]\s?(?:dot|punkt|point|punto|\.)\s?[\])}]\s?(?=\w)", re.IGNORECASE)
_DATE = re.compile(
    r"(?:19|20)\d\d([-./])\s?[01]?\d\1\s?[0-3]?\d(?!\d)|10\.\d{4,}/|^\d{1,4}/(?:19|20)\d\d$"
    r"|\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d{2}|(?:19|20)\d\d\s?[-–/]\s?(?:19|20)?\d\d"
)
_NO_NUMBER = written("people", "no_number")
_AMOUNT = re.compile(r"\s?(?:€|\$|£|%|euros?\b|dollars?\b|mio\b|million|people\b|円)", re.IGNORECASE)
_SPLIT = re.compile(
    r"(?!,\s(?:Inc|Ltd|LLC|LLP|PLC|Corp|GmbH|AG|S\.A|S\.L|Lda|Co)(?!\w))(\s*[,;|•·*\t、<>\[\]【】〈〉《》「」『』■●▼◆○□◇▶►☎✉℡\u2700-\u27bf\ufe0f\U0001f300-\U0001faff]\s*|\s[–—-]{1,2}\s|\s/\s|\s\(|\(|\)(?=\W|$)|:(?:\s|$)|:(?=[\u3040-\u9fff])|(?<=[\u3040-\u9fff]):|\s{3,}"
    r"|(?<=[^\W\d_A-ZÀ-Þ]{4})(?<!tellv)(?<!phil)(?<!abil)(?<!heol)\.\s+(?=[^\W\d_a-zß-ÿ]))"
)
_FRONT_LABEL = written("people", "front_label")
# “広報担当 金城”, “広報部 高橋・伊藤”: surnames, which only what is before them tells
_NAMED_BEHIND = written("people", "named_behind")
_EDGES = " \t.:–—-()<>\u00a0*_/&"
_LABEL_GLUE = " \t\u00a0:.()/-–—|&,+"
_MARK = re.compile(r"[,;|•·*\t/(\[–—-]\s*$|\s\s$")
SHORTENED = re.compile(r"(?:^|\s)(?:Inc|Ltd|Co|Corp|Jr|Sr|S\.p\.A|S\.r\.l|S\.A|S\.L|e\.\s?V|B\.V|N\.V)$")


@dataclass(frozen=True, slots=True)
class Part:
    """One thing in a line: a `phone`, an `email`, or a `word` (a run of words up to the next mark).

    `note` tells which telephone it is; `named` that a label says it is a name; `apart` that a colon follows.
    """

    kind: str
    text: str
    note: str = ""
    named: bool = False
    apart: bool = False


@dataclass(frozen=True, slots=True)
class ContactLine:
    """What a line of contact data holds, from left to right; `labelled` where a label of such data is in it."""

    parts: tuple[Part, ...] = ()
    labelled: bool = False

    @property
    def phones(self) -> tuple[str, ...]:
        """Return its telephone numbers."""
        return tuple(part.text for part in self.parts if part.kind == "phone")

    @property
    def emails(self) -> tuple[str, ...]:
        """Return its addresses."""
        return tuple(part.text for part in self.parts if part.kind == "email")

    @property
    def words(self) -> tuple[str, ...]:
        """Return what is neither a number nor an address."""
        return tuple(part.text for part in self.parts if part.kind == "word")

    @property
    def note(self) -> str:
        """Return which number is which."""
        return "; ".join(f"{part.note}: {part.text}" for part in self.parts if part.note)

    @property
    def reaches(self) -> bool:
        """Return whether somebody can be reached by it."""
        return any(part.kind != "word" for part in self.parts)


def find_phones(text: str) -> list[str]:
    """Return the telephone numbers in a text, as they stand: 7 to 17 digits, and no date."""
    return [
        match.group().strip()
        for match in re.finditer(_PHONE, text, re.IGNORECASE)
        if _is_phone(text, match.start(), match.end())
    ]


def _is_phone(text: str, start: int, stop: int) -> bool:
    """Return whether digits are a telephone number, and no date, amount or number of another kind."""
    digits, before = text[start:stop], text[max(0, start - 30) : start]
    if not 7 <= sum(map(str.isdigit, digits)) <= 22 or _DATE.search(digits):
        return False
    return _NO_NUMBER.search(before) is None and _AMOUNT.match(text[stop:]) is None


def parse_contact_line(text: str) -> ContactLine:
    """Read a line of contact data: its numbers, its addresses, and the words beside them."""
    shown = text.replace("\u2028", " ").replace("(at)", "[at]")
    # wide signs are narrow, but for those of “Mª José”, and a hidden address is one
    shown = re.sub(r"[^ªº]+", lambda match: unicodedata.normalize("NFKC", match.group()), shown)
    text = _AT.sub("@", shown)
    text = _DOT.sub(".", text) if text != shown else shown
    parts: list[Part] = []
    labelled = False
    at = 0
    for match in _ENTITY.finditer(text):
        number = match.group("phone")
        if number and not _is_phone(text, match.start(), match.end()):
            continue
        kind = "phone" if number else "email" if match.group("email") else "web"
        before, note, label = _without_label(text[at : match.start()], kind)
        labelled = labelled or label
        parts.extend(_words(before))
        at = match.end()
        if kind == "email":
            parts.append(Part("email", match.group("email")))
        elif kind == "phone":
            after = pattern(r"\s*\(({phone_kind}|{phone_place}|{phone}|{fax})\)").match(text, at)
            note = (after.group(1) if after else "") or note
            at = after.end() if after else at
            if not pattern(r"{fax}").fullmatch(note):
                # a slash parts two numbers; an area code before one parts nothing
                halves = re.split(r"\s*/\s*|\s-\s", number.strip())
                if not all(sum(map(str.isdigit, half)) >= 7 for half in halves):
                    halves = [number.strip()]
                if halves[0].count("(") != halves[0].count(")"):
                    halves = [half.strip("()") for half in halves]
                parts.extend(Part("phone", one, note if len(note) > 1 else "") for one in halves)
    alone = r"^\s*(?:{name_label}|{contacts}|{phone}|{email}|{web}|{phone_kind})\s*:\s*"
    whole = at == 0 and ":" in text and pattern(alone).match(text) is not None
    return ContactLine((*parts, *_words(text[at:])), labelled or whole)


def _without_label(before: str, kind: str) -> tuple[str, str, bool]:
    """Strip the labels from the end of what stands before a number or an address; return which telephone they say."""
    note = ""
    rest = before
    fields = {"phone": "{phone_kind}|{phone_place}|{phone}|{fax}", "email": "{email}", "web": "{web}"}[kind]
    label = pattern(
        rf"(?<!\w)(?:{fields})(?:\s(?:no|nr|n°|number|nummer|duty|officer|line|phone|cell|{{press}})(?!\w))*$"
    )
    found = False
    for _ in range(5):
        bare = re.sub(r"(?:\b(?:via|on|at|under|unter|over|and|or|und|oder)\s*)$", "", rest.rstrip(_LABEL_GLUE)).rstrip(
            _LABEL_GLUE
        )
        match = label.search(bare)
        if not match:
            break
        words, above = match.group(), bare[: match.start()]
        apart = not above.strip(" \t(") or _MARK.search(above) is not None
        if pattern(r"{phone_place}\s{press}").fullmatch(words) or (
            not apart and pattern(r"\w|{phone_place}").fullmatch(words) and not words.isupper()
        ):
            break  # “Press Office”, “ufficio stampa” are offices, and no telephones
        if kind == "phone" and pattern(r"(?:{phone_kind}|{phone_place}|{fax})(?:\s.*)?").fullmatch(words):
            note = words if not note or pattern("{fax}").fullmatch(note) else note
        rest = bare[: match.start()]
        found = True
    return (rest if found else before), note, found


def _words(text: str) -> Iterator[Part]:
    """Yield the runs of words between marks; what is only a label goes."""
    pieces = _SPLIT.split(text)
    named = skip = False
    marks = ["", *pieces[1::2], ""]
    for word, last, mark in zip(pieces[::2], map(str.strip, marks), marks[1:], strict=False):
        full, bare = word.strip(_EDGES), trim(word)
        front = _FRONT_LABEL.match(full)
        if front:  # “担当者 石井 健太”
            full = bare = full[front.end() :]
            named = pattern("{name_label}").fullmatch(front.group(1)) is not None
        behind = _NAMED_BEHIND.fullmatch(full)
        if behind:
            yield Part("word", trim(behind["before"]))
            full = bare = behind["name"]
            named = True
        colon = mark.lstrip().startswith(":")
        if skip and bare:
            skip = False
            continue
        if not any(map(str.isalpha, bare)):
            continue
        apart = colon or mark.strip(" ") == "\t"
        if _is_bare_label(full, colon=apart) or _is_bare_label(bare, colon=apart):
            named = pattern("{name_label}").fullmatch(full) is not None
            skip = colon and pattern("{web}|{fax}").fullmatch(bare) is not None
            continue
        label = pattern(r"(?<!\w)(?:{name_label})$").search(bare) if colon else None
        client = last == "(" and not part_client(full)[0]  # “Bell PR (for Example Foods)”
        bare = full if client else trim(bare[: label.start()]) if label else bare
        if bare:
            yield Part("word", bare, named=named, apart=colon)
        named = label is not None or (named and (mark.strip() in {"、", "・", "/"} or names_role(bare)))


def is_label(text: str) -> bool:
    """Return whether a line is only the label of what stands below it: “E-mail”."""
    return _is_bare_label(text.strip(_EDGES), colon=True)


def _is_bare_label(text: str, *, colon: bool) -> bool:
    bare = "{phone}|{phone_kind}|{email}|{web}|{fax}"
    more = "|{name_label}|{contacts}|{phone_place}|{field_label}" if colon else ""
    return (colon or len(text) > 1) and pattern(bare + more).fullmatch(text) is not None


def trim(part: str) -> str:
    """Strip small words and marks from both ends of a run of words: “or Ann Bell on”."""
    bare = part.strip(_EDGES)
    glue = pattern(r"^(?:{glue})(?=[\s:.])[\s:.]*|(?<=[\s:.])(?:{glue})[\s:.]*$|^(?:{glue})$")
    for _ in range(6):
        shorter = glue.sub("", bare).strip(_EDGES)
        if bare.partition(" ")[0].casefold() in GIVEN_LIKE_PARTICLES and shorter[:1].isupper():  # Al Bell
            break
        gone = bare.removeprefix(shorter) if bare.startswith(shorter) else ""
        if shorter == bare or gone != gone.lower() or (bare[:1].isupper() and not shorter[:1].isupper() and shorter):
            break
        bare = shorter
    return f"{bare}." if SHORTENED.search(bare) and f"{bare}." in part else bare
