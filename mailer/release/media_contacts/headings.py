"""Contact headings: the words that announce who to ring.

Owns telling how much of a line announces a contact (“For all media enquiries please contact”), and for whom: a line is
an announcement as far as its words are all such words, and one of them says “contact”. So no list of whole headings
is needed. Never looks at the lines around.
"""

from __future__ import annotations

from mailer import lazy_re as re
from mailer.frozen import dataclass
from mailer.release.words import pattern, written

_BETWEEN = r"(?:[\s/&,'’\-–()\u3000・*_#]|\(s\))*"
_FRAME = r"[\s\W_]*(?:\d{1,2}[.)]\s+)?"
# the word of an address, of 64 characters at most, is none
_BORDER = r"(?:(?<=['’])|(?!\w))(?![\w.+-]{0,64}(?:@|\s?[\[({](?:at|ät)[\])}]))"
_PRESS_CORE = written("contacts", "press_core").pattern
_COMPOUND = r"[a-zà-ÿ-]{3,20}kontakte?"  # “Agenturkontakt”
_BEGUN = re.compile(  # the last word begins a name: “Agence Exemple”, “de la Guardia Costera”
    r"\s(Agence|Agentur|Agencia|Agenzia|Agência|Studio|(?<=\sdes\s|\sder\s|\sthe\s|\sdel\s)[A-ZÀ-Þ]\w+|(?<=\sla\s)[A-ZÀ-Þ]\w+)$"
)
_STRONG = rf"{{core}}|{{contacts}}|{_COMPOUND}"
_OPT_OUT = written("contacts", "opt_out")
_ASKS = written("contacts", "asks")


@dataclass(frozen=True, slots=True)
class Announcement:
    """The words at the front of a line that announce a contact, empty where there are none, and what follows them.

    `strong` says that “contact” is among them, `press` that they are for the press; `closed` that a colon or a bracket
    ends them.
    """

    words: str = ""
    rest: str = ""
    strong: bool = False
    press: bool = False
    closed: bool = False

    @property
    def says(self) -> bool:
        """Return whether there is one."""
        return bool(self.words)

    @property
    def whole(self) -> bool:
        """Return whether it is all that is in the line."""
        return self.says and not self.rest


def read_announcement(text: str) -> Announcement:
    """Read the announcement at the front of a line."""
    word = rf"(?:{{core}}|{{contacts}}|{{ask}}|{{press}}|{{info}}|{{around}}|{{phone_kind}}|{_COMPOUND})"
    follows = pattern(rf"(?:\A{_FRAME}|(?!\A){_BETWEEN})(?P<word>(?<!\w){word}{_BORDER})")  # its words are many
    first = match = follows.match(text)
    if first is None:
        return Announcement()
    end = first.end()
    while match := follows.match(text, end):
        end = match.end()
    words, rest = text[first.start("word") : end], text[end:]
    mark = re.match(
        r"(?:\(s\))?\s*[:：\])】〉》＞>』」]+\s*|\s*\([^)]{1,40}\)\s*:\s*|\s*[.·|–—*_#-]+\s+|[\s\W_]+$", rest
    )
    closed = mark is not None and re.search(r"[:：\])】〉》＞>』」]", mark.group()) is not None
    rest = rest[mark.end() :] if mark else rest
    begun = _BEGUN.search(words)
    if begun and not closed and rest.lstrip()[:1].isupper():
        words, rest = words[: begun.start(1)], f"{begun.group(1)} {rest.strip()}"
    if not any(map(str.isalnum, rest)):
        rest = ""
    return Announcement(words.strip(), rest.strip(), _has(_STRONG, words), names_press(words), closed)


def is_public(text: str) -> bool:
    """Return whether a text is for the public (tickets, donations, witnesses) and not for the press, or an opt-out."""
    other = pattern(r"(?<!\w)(?:{other})(?!\w)").search(text) is not None
    return _OPT_OUT.search(text) is not None or (other and not names_press(text))


def names_press(text: str) -> bool:
    """Return whether a text has a word for the press."""
    return _has("{press}", text) or _has(_PRESS_CORE, text)


def asks_to_reach(text: str) -> bool:
    """Return whether a text has a word that asks to reach somebody."""
    return _has(f"{_STRONG}|{{ask}}|{{info}}", text)


def names_office(text: str) -> bool:
    """Return whether a short line names an office: “Example Trust Press Office”, “Gallery contact:”."""
    ends = pattern(rf"(?<!\w)(?:{_STRONG})\W*$").search(text) is not None
    return ends or (names_press(text) and asks_to_reach(text) and text[-1:] != ".")


def is_office(text: str) -> bool:
    """Return whether a text is an office or a field alone, which may say what somebody is: “Press Office”, “Prensa”."""
    announced = read_announcement(text)
    alone = announced.whole and announced.press and not announced.closed
    return alone and text[:1].isupper() and not _ASKS.search(text)


def asked_for(text: str, first: int) -> tuple[str, ...]:
    """Return what is behind each word that asks to reach somebody, up to a character, the last such word first."""
    matches = pattern(rf"(?<!\w)(?:{{core}}|{{contacts}}|{{ask}}){_BORDER}").finditer(text[:first])
    rests = [text[match.end() :] for match in matches]
    return tuple(rest for rest in reversed(rests) if rest.strip(" .,:;"))


def _has(fields: str, text: str) -> bool:
    return pattern(rf"(?<!\w)(?:{fields}){_BORDER}").search(text) is not None
