"""Top: where the head of a release ends and its story begins, and the dateline that opens the story.

Owns the start and the end of the head, what counts as running text, and the length of a text in a language without
blanks.

Also owns the beginning of a paragraph, read as place, day and agency:
`EASTPORT, Maine, June 25, 2027 /Example Wire/ -- `, `Paris, le 3 mars 2027 – `, `(Berlin)`, `【東京、3月3日】`,
`Madrid, 3 de marzo.- `, a day before the place, a day alone, a time after the day (`, 17 h 45 –`); what can be the name
of a place (`is_place`), and splitting a place into city and region (`parse_place`).
Never takes anything out of a draft.

A sentence that merely has a dash in it is left alone: a place without a day is in capitals, is a known city, or is set
apart by its source.
"""

from __future__ import annotations

from functools import lru_cache

from mailer import lazy_re as re
from mailer.frozen import dataclass, field
from mailer.release.people import CITIES, REGIONS
from mailer.release.pieces import BREAK, Draft, Piece
from mailer.release.times import find_date, find_day, find_month, narrow
from mailer.release.values import Dateline, Heading, Image, ListBlock, Paragraph, Table, plain
from mailer.release.words import JAPANESE, WIRE, guess_language, months, pattern, phrases, weekdays

HEAD_PIECES = 15  # pieces further down are the story, even if its paragraphs are short
HEAD_LINES = 20  # a letterhead has no more lines in one block
_PROSE_WORDS = 25
_SENTENCE_END = re.compile(r"[.!?。](?:[”\"»」』).）]|\[\d+\])*$|[”\"]$")
_STORY_WORDS = 8  # with fewer words behind a dateline, it is a line of the letterhead
_SIGNS_A_WORD = 2.2
_LATER_SHARE = 0.1  # share of a text that was added after it was formatted


def count_length(text: str) -> int:
    """Count words; in a language without blanks, about two characters make one."""
    signs = len(JAPANESE.findall(text))
    if not signs:
        return len(text.split())
    return round(signs / _SIGNS_A_WORD) + len(JAPANESE.sub(" ", text).split())


def language_of(draft: Draft) -> str:
    """Return the language of a draft: the one its source names, else a guess from its words."""
    return draft.language or guess_language(" ".join(piece.text for piece in draft.pieces))


def is_prose(piece: Piece) -> bool:
    """Return whether a piece is running text: too long for a line of the letterhead, or with a dateline."""
    if piece.is_heading:
        return False
    if opens_story(piece):
        return True
    longest = max((count_length(line.text) for line in piece.lines()), default=0)
    words = count_length(piece.text)
    ended = _SENTENCE_END.search(piece.text) is not None
    return longest >= _PROSE_WORDS + 10 or (words >= _PROSE_WORDS and longest >= 9 and ended)


def opens_story(piece: Piece) -> bool:
    """Return whether a dateline with a sentence behind it opens a paragraph."""
    found = read_dateline_text(plain(piece.inline)) if isinstance(piece.block, Paragraph) else None
    words = count_length(plain(piece.inline)[found.end :]) if found else 0
    return words >= _PROSE_WORDS or (words >= _STORY_WORDS and _SENTENCE_END.search(piece.text) is not None)


def head_length(draft: Draft) -> int:
    """Return the number of pieces before the first prose, list, table or quote under the main heading."""
    tops = [i for i, piece in enumerate(draft.pieces) if isinstance(piece.block, Heading) and piece.block.level == 1]
    for i in range(tops[0] if tops else 0, len(draft.pieces)):
        piece = draft.pieces[i]
        if i >= HEAD_PIECES or is_prose(piece) or _is_long(piece):
            return i
    return len(draft.pieces)


def _is_long(piece: Piece) -> bool:
    """Return whether a list, table or quote belongs to the story; a menu of single words does not."""
    block = piece.block
    if isinstance(block, Paragraph | Heading | Image):
        return False
    if isinstance(block, ListBlock):
        return any(count_length(plain(item)) > 6 for item in block.items)
    if isinstance(block, Table):
        return any(count_length(plain(cell)) > 12 for row in (block.head, *block.rows) for cell in row)
    return True


def is_all(piece: Piece, style: str) -> bool:
    """Return whether a piece is all `strong` or `emphasis` (`style`); a word added later may lack it."""
    spans = [span for span in piece.inline if span.text.strip()]
    bare = sum(len(span.text) for span in spans if not getattr(span, style))
    return bool(spans) and bare <= _LATER_SHARE * sum(len(span.text) for span in spans)


# Datelines.

_WORD = r"(?:(?:St|Ste|Mt|Ft|Sta|Sto|ST|STE|MT|FT|STA|STO)\.|(?:[A-Z]\.){2,3}|[^\W\d_a-zß-öø-ÿ][\w'’]*(?:-[\w'’]+)*)"
_PARTICLE = (
    r"(?:am|an|der|de|la|le|les|du|des|sur|upon|of|im|in|bei|den|del|el|los|las|y|do|da|dos|d['’]|and|und|et|zu|aan|di"
    r"|alla|alle|allo|al|ai|sul|sulla|nel|nella|auf|ob|vor|op|ten|ter|zum|zur|lès|lez|en|a|sous|nad|pod)"
)
NAME = rf"{_WORD}(?:(?:[ ]?[/&][ ]?|[ ]|[ ](?:{_PARTICLE}[ ]){{1,2}}){_WORD}){{0,4}}"
_PLACE = re.compile(rf"{NAME}(?:,\s*{NAME}){{0,2}}")
# Words of bodies that are also in the names of towns: Port Ardan, Harbour Grace, Old Harbour, College Station.
_TOWN_WORDS = frozenset({"port", "harbour", "harbor", "college", "council", "school"})
_PLACE_WORDS = 6
_PLACE_LETTERS = 120


def is_city(name: str) -> bool:
    """Return whether a text is the name of a city in the table; “Berlin/Bonn” names two."""
    parts = [" ".join(part.split()).casefold() for part in name.replace(" und ", "/").replace(" and ", "/").split("/")]
    return all(part in CITIES for part in parts) and bool(parts)


def is_place(text: str) -> bool:
    """Return whether a text can be the name of a place: a few capitalised words, not an organisation or label."""
    words = text.split()
    if not 0 < len(words) <= _PLACE_WORDS or len(text) > _PLACE_LETTERS:
        return False
    if any(word[0] > "\u0250" and word[0].islower() for word in words):  # “Выставка продлится до”
        return False
    if is_city(text.partition(",")[0]):
        return True
    names = {*months(), *weekdays()}
    if any(word.lower().strip(".,") in names for word in words) or WIRE.search(text):
        return False
    if pattern(r"(?<!\w)(?:{genre}|{immediate}|{notes}|{embargo})(?!\w)").search(text):
        return False
    first = text.split(",", maxsplit=1)[0]
    if pattern(r"{stop}|(?:{title}|{role})\s.+").fullmatch(first):  # “From”, “Councillor Ann Bell”
        return False
    if "," not in text:  # a name with a word of a body in it: “Port Ardan” is a town, “Port of Ardan” its office
        words = [word.strip(".,()") for word in words]
        bodies = {word.lower() for word in words if pattern("{organisation}").fullmatch(word)}
        is_town = bodies <= _TOWN_WORDS and len(bodies) < len(words) and "of" not in map(str.lower, words)
        if bodies and not is_town:
            return False
    return _PLACE.fullmatch(text) is not None and (len(first) > 2 or JAPANESE.search(first) is not None)


def parse_place(text: str) -> Dateline:
    """Parse `CITY`, `CITY, REGION` or `House, CITY, REGION`; a date behind it is not part of the place."""
    names = {*months(), *weekdays()}
    parts = [part.strip(" \t\n()[]【】（）") for part in re.split(r"[,、，]", text.partition(" (")[0])]
    places = [part for part in parts if part and not any(word.lower().strip(".") in names for word in part.split())]
    places = [part for part in places if not part[:1].isdigit()]
    city, region, *_ = [*places[-2:], "", ""]
    return Dateline(city, region, text)


# The beginning of a paragraph.

_WINDOW = 140  # longest dateline, in characters
_NAME = re.compile(NAME)
_JAPANESE_NAME = re.compile(r"[\u3400-\u9fff々ヶ\u30a1-\u30ff・]{2,20}?(?=発|[、,，\s　]|[】）)\]］]|[-–—]|\d|[令平])")
_REGION = re.compile(r"(?:[A-Z]\.\s?){2,3}(?!\w)(?<=\.)|[A-Z][a-z]{1,5}\.(?=\s*[,(/–—-])|" + NAME.replace("/&", "&"))
_LONE = re.compile(NAME.replace("/&", "&") + r"(?=\s/\s[^/\n]{2,40}\s/\s)")  # `EASTPORT / EXAMPLE WIRE / May 3`
_AFTER_NAME = re.compile(r"\s*(?:[,、，(（/–—)）】\].:\n\u2028]|-|発|$)")
_AGENCY = re.compile(
    r"\s*(?:[–—]|-{1,2})?\s*(?:\((?P<dated>[^()\d]{2,30}\s[-–—]\s*)?(?(dated)[^()\n]{4,30}|\s*[^()\d]{2,40})\)"
    r"|/\s?[A-Z\d][^/\n]{2,40}/|\[[^\[\]]{2,30}\])"
)
_DASH = re.compile(r"\s*(?:[–—―‒]+|-{2,}|\s-(?=\s)|-(?=\s))\s*")
_STOP = re.compile(r"\s*(?:\.\s?[–—-]+|[.:/|](?=\s))\s*")
_ZONE = r"(?:[A-Z]{2,4}|(?:UTC|GMT)\s?[+−-]\d{1,2}|Ortszeit|local time|hora local|heure locale|ora locale)"
_TIME = re.compile(  # a time with its zone; then the dateline ends, or an agency follows
    r"\s*[,(/|]?\s*(?:(?:um|at|à|alle|ore|om|a las?|às|kl\.?)\s+)*\d{1,2}(?:\s?[:.h]\s?\d\d)?"
    r"(?:\s?(?:Uhr|uur|h|hrs|[ap]\.?m\.?))?"
    rf"(?:\s*{_ZONE}|\s*\({_ZONE}\))?(?=\s*(?:[–—―‒\n\u2028)）】\]]|-{{1,2}}\s|[.:|,](?=\s)|\.-)|\s[/(]|$)",
    re.IGNORECASE,
)
_MISSOURI = re.compile(r"\s*,\s*Mo\.,?\s+[A-Z][a-z]+\.?\s+\d")  # Missouri, not Monday
_LINE_END = re.compile(r"[ .:]*[\n\u2028]\s*")
_OPEN, _CLOSE = "([（【［〔", ")]）】］〕"
_MAX_PLACE = 60
_AGENCY_MARK = 4  # letters


@dataclass(frozen=True, slots=True)
class DatelineText:
    """The dateline of a paragraph: its place, its whole text, and where the story continues."""

    names: tuple[str, ...]
    text: str
    end: int
    has_day: bool = False


@dataclass(slots=True)
class _Reader:
    """Reads the beginning of a text part by part: places, day and agency in any order, with marks between them."""

    raw: str
    at: int = 0
    apart: int = 0
    names: list[str] = field(default_factory=list)
    has_day: bool = False
    timed: bool = False
    agency: bool = False

    def rest(self) -> str:
        return self.raw[self.at :]

    def read_day(self) -> bool:
        """Read a day here, with small words before it (“le”, “den”)."""
        end = 0 if self.has_day or _MISSOURI.match(self.rest()) else _day_length(self.rest())
        self.at += end
        self.has_day = self.has_day or end > 0
        return end > 0

    def read_time(self) -> bool:
        """Read a time right behind the day, with its zone, which stock exchanges ask for (`, 17:45 Uhr –`)."""
        match = _TIME.match(self.rest()) if self.has_day and not self.timed else None
        self.at += match.end() if match else 0
        self.timed = self.timed or match is not None
        return match is not None

    def read_agency(self) -> bool:
        match = _AGENCY.match(self.rest())
        dated = match is not None and match["dated"] is not None  # `(Example Wire - Mar 4, 2010)`
        if not match or self.agency or (dated and (self.has_day or not find_date(match.group()))):
            return False
        self.has_day = self.has_day or dated
        self.at += match.end()
        self.agency = True
        return True

    def read_name(self) -> bool:
        """Read the next name: the city, or behind a comma its region."""
        count = len(self.names)
        gap = re.match(r"\s*[,、，]\s*" if count else r"\s*(?:[,–—|(:]|--?)?\s*", self.rest())
        if count > 2 or (count and not gap):
            return False
        skip = gap.end() if gap and (count or self.has_day) else 0
        text = self.rest()[skip:]
        if self.apart > self.at + skip:
            text = self.raw[self.at + skip : self.apart]
        match = _REGION.match(text) if count else _JAPANESE_NAME.match(text) or _LONE.match(text) or _NAME.match(text)
        if not match or (not count and not is_place(match.group())):
            return False
        end = skip + match.end()
        after = self.rest()[end:]
        ends_apart = self.apart and abs(self.at + end - self.apart) <= 1
        if not (_AFTER_NAME.match(after) or ends_apart or _day_length(after)):
            return False
        if after.startswith((":", "\n", BREAK)) and _day_length(after) and not is_city(match.group()):
            return False  # `WHEN: Monday, 14 May`
        self.at += end
        opened = gap is not None and "(" in gap.group() and skip > 0
        self.at += self.rest()[:1] == "発" or (opened and self.rest()[:1] == ")")
        self.names.append(match.group())
        return True

    def close(self, *, opened: bool) -> str:
        """Read the mark that ends a dateline, and return its kind; empty if there is none."""
        rest = self.rest()
        if opened:
            if not rest or rest[0] not in _CLOSE:
                return ""
            self.at += 1
            dash = _DASH.match(self.rest())
            end = dash or _STOP.match(self.rest())
            self.at += end.end() if end else len(self.rest()) - len(self.rest().lstrip())
            return "bracket-dash" if dash else "bracket"
        for kind, search in (("line", _LINE_END), ("dash", _DASH), ("stop", _STOP)):
            match = search.match(rest)
            if match and match.end():
                self.at += match.end()
                return "colon" if match.group().strip() == ":" else kind
        return "apart" if self.apart and abs(self.at - self.apart) <= 2 else ""


def read_dateline_text(raw: str, *, apart: int = 0) -> DatelineText | None:
    """Read the dateline that opens a text; `apart` is the number of characters set apart (bold, italic)."""
    return _read(raw[: 2 * _WINDOW], apart)


@lru_cache(maxsize=512)
def _read(raw: str, apart: int) -> DatelineText | None:
    start = len(raw) - len(raw.lstrip(" \t\n\u2028\u3000\u00a0"))
    reader = _Reader(narrow(raw[: start + _WINDOW]).replace("\u00a0", " "), start, apart)
    opened = bool(reader.rest()) and reader.rest()[0] in _OPEN
    reader.at += opened
    wire = WIRE.match(reader.rest())  # “Example Newswire - March 4, 2010 -”
    if wire and (dash := _DASH.match(reader.rest(), wire.end())):
        reader.at, reader.agency = reader.at + dash.end(), True
    while reader.read_day() or reader.read_time() or (reader.names and reader.read_agency()) or reader.read_name():
        pass
    end_mark = reader.close(opened=opened)
    if not end_mark or not _is_sure(reader, raw[reader.at :], end_mark):
        return None
    shown = " ".join(raw[start : reader.at].strip(" \t\n\u2028–—―-:/").split())
    return DatelineText(tuple(reader.names), shown.rstrip(".") if reader.has_day else shown, reader.at, reader.has_day)


def _day_length(text: str) -> int:
    """Return the length of the day that begins a text, with its closing bracket; 0 if there is none."""
    gap = re.match(r"[\s,、，(/–—:|-]*", text)
    skip = gap.end() if gap else 0
    rest = text[skip : skip + 70]
    lead = re.match(rf"(?:(?:{phrases('date_lead')}|{phrases('date_label')})\s+){{0,2}}", rest, re.IGNORECASE)
    begin = lead.end() if lead else 0
    spans = [(found.start, found.end) for found in (find_date(rest, day_first=True), find_day(rest)) if found]
    for start, end in (*spans, *filter(None, [find_month(rest)])):
        if start <= begin:
            closing = re.match(r"\s*\)", rest[end:]) if gap and "(" in gap.group() else None
            return skip + end + (closing.end() if closing else 0)
    return 0


def _is_sure(reader: _Reader, story: str, end_mark: str) -> bool:
    """Return whether the parts are a dateline, and not the beginning of a sentence."""
    names, apart = reader.names, reader.apart
    if sum(map(len, names)) > _MAX_PLACE or not story.strip():
        return False
    starts_lower = story.lstrip()[:1].islower()
    if not names:
        return reader.has_day and (end_mark.startswith(("dash", "bracket")) or bool(apart)) and not starts_lower
    city = names[0]
    if reader.has_day or reader.agency:
        return not starts_lower or city.isupper() or is_city(city)
    if end_mark == "line" or (starts_lower and not apart):
        return False
    # a place without a day counts by the tables, its capitals or its format; a region is like `MA`, `Ill.`, `D.C.`
    region = names[-1] if len(names) > 1 else ""
    is_region = re.fullmatch(r"[A-Z]{2,3}|[A-Z][a-z]{1,5}\.|(?:[A-Z]\.){2,3}", region) is not None
    if any(map(is_city, re.split(r"\s?/\s?", city))) or is_region or " ".join(region.split()).casefold() in REGIONS:
        return True
    if end_mark.startswith("bracket"):  # “(abc) –” is the mark of an agency
        return len(names) > 1 or (end_mark == "bracket-dash" and len(city) > _AGENCY_MARK)
    if end_mark in {"colon", "apart"}:
        return end_mark == "apart" and city.isupper()
    capitals = [word for word in re.split(r"[\s/]+", city) if len(word) > 3 or word.isupper()]  # SWINDON and DERBY
    loud = all(map(str.isupper, capitals)) and (len(city) > 5 or len(names) > 1)
    return loud or (end_mark == "dash" and bool(apart) and apart >= len(city))
