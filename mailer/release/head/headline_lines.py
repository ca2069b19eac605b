"""Headline lines: which lines of a head are the headline, where no heading says so.

Owns what counts against a line (an address, a menu, whose paper it is, a kicker, a name that the story repeats) and
for it (its length, its look, that a mail has it as its subject). Never takes anything out of a draft.

Gaps: a headline over four or more lines is cut after the third.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailer.release.page_words import CHROME, MENU, PAGE_LINE, TRAIL
from mailer.release.people.contact_line import parse_contact_line
from mailer.release.pieces import Draft, Line, Piece
from mailer.release.sections.headings import is_abbreviated
from mailer.release.top import count_length, head_range, is_all, is_prose
from mailer.release.values import Heading, Paragraph
from mailer.release.words import pattern
from mailer.words import read_section

HEADLINE_WORDS = 45
NAME_WORDS = 7  # an organisation's name has no more
_LINES = 3
_LONG = 28  # words: a headline of that length is a sentence of the story
_ADDRESS = re.compile(
    r"https?://|www\.|@|\b\d{5}(?:-\d{4})?\b|\b\d{4}\s?[A-Z]{2}\b|\b[A-Z]{1,2}\d{1,2}[A-Z]?\s?\d[A-Z]{2}\b|〒"
    r"|(?m:^)(?=.*\d).*\b(?:Street|Avenue|Road|Suite|P\.?O\.?\s?Box|Postfach|rue|calle|Piazza|straße|strasse|straat|plein|laan)\b"
    r"|^\W*\d+[\s,]+[A-Z]\w+(?:\s[A-Z]\w+){0,3}\s?,",
    re.IGNORECASE,
)
_OF = "of|for|in|de|des|du|di|del|della|dell|der|für|van|voor|da|do|e\\.?\\s?V"
_OF_WORDS = frozenset(
    ("of", "for", "de", "des", "du", "di", "del", "della", "der", "für", "van", "voor", "da", "do", "d", "dell")
)
_SHORT_NAME = 3
_JAPANESE_NAME = re.compile(
    r"(?:(?:株式|有限|合同)会社|(?:公益|一般)?(?:財団|社団)法人|NPO法人|特定非営利活動法人|学校法人|国立大学法人)[^をがはにで、。]{1,25}"
    r"|[^をがはにで、。\s]{1,20}(?:株式会社|財団|大学|協会|研究所|市|県|区役所|市役所|委員会|機構|組合|連盟|事務局|[課部室局庁省署]|センター|学校|高校|病院)"
    r"|[^をがはにで、。]{1,20}(?:[課部室局社会学院館市区町村校園]長|知事|理事長|代表取締役)[^をがはにで、。]{2,10}"
)
_SEASON = re.compile(r"\W*[^\W\d_]+\s+(?:19|20)?\d\d(?:\s?[/–-]\s?\d{2,4})?\W*")
_QUOTED = re.compile(r"[“\"„«»「『].*[”\"“»«」』]\W*")
_ASIDE = re.compile(r"[(\[].*[)\]]|(?:by|von|par|por|di|door)\s+[A-Z]\w+(?:\s[A-Z]\w+){1,3}")
_TOPICS = re.compile(r"(?:[^|•·.!?]{2,25}\s[|•·]\s){1,3}[^|•·.!?]{2,25}")  # Sport | Eastport
_SUBJECT = re.compile(r"(?:subject|betreff|objet|asunto|oggetto|onderwerp|assunto|件名):\s*(?P<text>.*)", re.IGNORECASE)
_PASSED_ON = re.compile(r"(?:(?:re|fwd?|wg|aw|tr|rv|enc|i|doorst)\s*:\s*)+", re.IGNORECASE)
TITLE_MARKS = re.compile(
    r"(?P<mark>(?:Utl|Titel|Betreff|Thema|Headline|Title|Subject|Re|Überschrift|Schlagzeile|Titre|Objet|Título|Titular"
    r"|Asunto|Titolo|Oggetto|Onderwerp|Kop|Assunto|Concerne|件名|タイトル)\.?\s?[:：]\s*)(?P<text>\S.*?)\s*=?$",
    re.IGNORECASE,
)
_TAGS = ("en", "de", "fr", "es", "it", "nl", "pt")
# words that never end a line of a headline, but in the middle of it
_SMALL = frozenset(word for tag in _TAGS for word in read_section(tag, "headlines")["small"])
_JOINED = (",", "-", "–", "&")
_STUB = 0.5
_ELIDED = re.compile(r"[^\W\d_]{1,4}['’][A-ZÀ-Þ]")  # d'Italia
_BODIES = re.compile(r"\s[-–—|/&+·]\s")  # between the names of two
_TITLE = 5  # words of a line that is written as a title
_OUT_OF_PLACE = -9.0
_MOST_LINES = 60  # that may be the headline: each is weighed against the others, and none stands so far down


@dataclass(frozen=True, slots=True)
class Candidate:
    """Lines of one piece that may be the headline."""

    index: int
    lines: tuple[Line, ...]
    piece: Piece

    @property
    def text(self) -> str:
        """Return the words on one line."""
        return " ".join(line.text for line in self.lines)


def choose_line(draft: Draft) -> Candidate | None:
    """Choose among the lines of the head; None where it has none."""
    start, stop = head_range(draft)
    width = width_of(draft)
    found = [one for i in range(start, stop) for one in groups_of(draft.pieces[i], i, width)]
    found = [one for one in found if count_length(one.text) <= HEADLINE_WORDS][:_MOST_LINES]
    if not found:
        return None
    labels = [kept.line for kept in draft.kept if kept.field in {"label", "reference"}]
    labels += [one.line for one in draft.findings if one.field in {"label", "embargo"}]
    dates = [one.line for one in draft.findings if one.field in {"date", "dateline"}]
    good = [one for i, one in enumerate(found) if not _is_letterhead(one, found[i + 1 :], labels)]
    if not good:
        return found[-1]
    story = " ".join(piece.text for piece in draft.pieces[stop:]).casefold()
    subject = subject_of(draft)
    weighed = [(_weigh(one, good, story, subject) - _over(one, good, dates) - i, -i) for i, one in enumerate(good)]
    return _over_two_lines(draft, good[-max(weighed)[1]], good)


def _over_two_lines(draft: Draft, one: Candidate, others: list[Candidate]) -> Candidate:
    """Return a headline with its second line: both written like titles, and the subhead, which is not, stands apart."""
    lines = one.piece.lines()
    other = next((other for other in others if other.piece is one.piece and other.lines == lines[1:]), None)
    below = [piece.text for piece in draft.pieces[one.index + 1 : one.index + 2] if not is_prose(piece)]
    if other is None or one.lines != lines[:1] or len(one.text) < len(other.text):
        return one
    titles = all(count_length(text) >= _TITLE and _is_title_case(text) for text in (one.text, other.text))
    apart = bool(below) and count_length(below[0]) >= _TITLE and not _is_title_case(below[0])
    return Candidate(one.index, lines, one.piece) if titles and apart else one


def _is_title_case(text: str) -> bool:
    return is_named(text) and not text.isupper()


def subject_of(draft: Draft) -> str:
    """Return the subject of the mail in which a release came, without the marks of who passed it on."""
    kept = (_SUBJECT.fullmatch(one.text) for one in draft.kept if one.field == "mail-header")
    subjects = [_PASSED_ON.sub("", match.group("text")) for match in kept if match]
    return subjects[-1] if subjects else ""


def _weigh(one: Candidate, others: list[Candidate], story: str, subject: str) -> float:
    """Return how much speaks for a line; its place among the others is weighed by the caller."""
    text = one.text
    words = count_length(text)
    weight = 0.0 if words > 4 else (words - 5) * (0.7 if is_named(text) or words < _SHORT_NAME else 0.35)
    weight += 9.0 * (TITLE_MARKS.fullmatch(text) is not None or (bool(subject) and _same(text, subject)))
    loud = text.isupper() and words > 3 and any(not other.text.isupper() for other in others)
    strong = is_all(one.piece, "strong") and not all(is_all(other.piece, "strong") for other in others)
    weight += 1.6 * loud + 1.0 * strong
    ended = text.endswith((".", "。")) and not is_abbreviated(text)
    # a mark of exclamation is told of a headline, and costs it no place to what stands below it
    weight -= 1.5 * (ended + (words > _LONG)) + 0.9 * text.endswith("!") + 1.0 * (_QUOTED.fullmatch(text) is not None)
    weight -= 3.0 * (text.endswith(":") + (_ASIDE.fullmatch(text) is not None))
    again = words <= NAME_WORDS and len(text) > 5 and is_named(text) and text.casefold() in story
    weight -= 2.5 * again
    weight -= 3.0 * (is_body_name(text) or (again and names_body(text)) or _TOPICS.fullmatch(text) is not None)
    return weight + (_OUT_OF_PLACE if _SEASON.fullmatch(text) else 0.0)


def _over(one: Candidate, others: list[Candidate], dates: list[int]) -> float:
    """Return how much it speaks against a name that the date stands between it and what follows."""
    last = max(other.lines[0].number for other in others)
    return 1.5 * (is_named(one.text) and any(one.lines[-1].number < number < last for number in dates))


def _same(one: str, other: str) -> bool:
    bare = [re.sub(r"\W+", "", text).casefold() for text in (one, other)]
    return bare[0] == bare[1] or (len(bare[0]) > 12 and bare[1].endswith(bare[0]))


def groups_of(piece: Piece, index: int, width: int) -> list[Candidate]:
    """Return the lines of a piece, those together that go on in the next one; `width` is that of the wrapped text."""
    lines = piece.lines()
    if not isinstance(piece.block, Paragraph | Heading) or not lines:
        return []
    if piece.is_heading:
        return [Candidate(index, lines, piece)]
    groups: list[list[Line]] = []
    for line in lines:
        goes_on = groups and len(groups[-1]) < _LINES and _goes_on(groups[-1][-1].text, line.text, width)
        if goes_on:
            groups[-1].append(line)
        else:
            groups.append([line])
    return [Candidate(index, tuple(group), piece) for group in groups]


def width_of(draft: Draft) -> int:
    """Return the width at which an editor wrapped a text: that of its longest line, 0 where nothing is wrapped."""
    wrapped = [piece for piece in draft.pieces if len(piece.lines()) > 2 and is_prose(piece) and not piece.hard]
    return max((len(line.text) for piece in wrapped for line in piece.lines()), default=0)


def _is_letterhead(one: Candidate, later: list[Candidate], labels: list[int]) -> bool:
    """Return whether lines are an address, a menu, whose paper it is or a kicker, and something better follows."""
    text = one.text
    words = count_length(text)
    if parse_contact_line(text).reaches or is_furniture(text):
        return True
    if any(re.match(rf"{re.escape(other.text)}\s+[-–—|]\s", text) for other in later):
        return True  # the title of a page: the headline, and whose page it is
    better = [other for other in later if count_length(other.text) >= 3 and not _is_address(other.text)]
    if not better:
        return False
    address = _is_address(text) and words <= 15
    if address or (_is_genre_line(text) and words <= NAME_WORDS + 2):
        return True
    return _stands_above(one, better, labels)


def _stands_above(one: Candidate, better: list[Candidate], labels: list[int]) -> bool:
    """Return whether lines are a name above the labels, or a kicker above a whole headline."""
    text = one.text
    words = count_length(text)
    last = max(other.lines[0].number for other in better)
    above = any(one.lines[-1].number < number < last for number in labels)
    ended = text.endswith((".", "!", "?")) and not is_abbreviated(text)
    if words <= NAME_WORDS and (above or is_organisation(text)) and not ended:
        return better[0].piece is not one.piece or above or is_organisation(text)
    return words <= 3 and _is_kicker(one, better[0])


def is_furniture(text: str) -> bool:
    """Return whether a line is a piece of a page's menu or path."""
    return any(search.fullmatch(text) for search in (CHROME, PAGE_LINE, MENU)) or TRAIL.search(text) is not None


def _is_kicker(one: Candidate, better: Candidate) -> bool:
    """Return whether a word or two in capitals, or with a colon, stand above a whole headline."""
    loud = one.text.isupper() and not better.text.isupper()
    longer = count_length(better.text) >= 5
    looks = is_all(better.piece, "strong") and not is_all(one.piece, "strong")
    return longer and (loud or one.text.endswith(":") or looks)


def is_named(text: str) -> bool:
    """Return whether every word is written as in a name: with a capital, but for the small ones."""
    words = [word.strip('(),.«»"“”') for word in text.split()]
    return len(words) <= NAME_WORDS + 5 and all(
        not word[:1].isalpha() or word[:1].isupper() or len(word) <= 3 or _ELIDED.match(word) for word in words
    )


def is_body_name(text: str) -> bool:
    """Return whether a line names an office or one of its parts: the word for it ends the name, or “of” follows it."""
    names = _BODIES.split(text)
    if is_organisation(text) or (len(names) > 1 and all(map(_has_body, names))):
        return True
    words = text.split()
    if not words or not is_named(text):
        return False
    begins = names_body(words[0]) and (len(words) <= _SHORT_NAME or words[1].casefold().rstrip("’'") in _OF_WORDS)
    return begins or names_body(words[-1])


def _has_body(name: str) -> bool:
    return is_named(name) and any(map(names_body, name.split()))


def is_organisation(text: str) -> bool:
    """Return whether a line is the name of a body of people, and nothing else."""
    if _JAPANESE_NAME.fullmatch(re.sub(r"\s", "", text)):
        return True
    named = pattern(
        r"(?:.*(?<!\w)){organisation}(?:\W*|\s(?:{of})(?!\w).*)|{organisation}\s\S+(?:\s\S+)?".replace("{of}", _OF)
    )
    return named.fullmatch(text) is not None and is_named(text)


def _is_genre_line(text: str) -> bool:
    """Return whether a line begins with what it is, or ends with it behind a name: `Example Trust - Press release`."""
    search = pattern(r"\W*(?:{genre}|{immediate})(?!\w)|.*\s[-–—|/]\s(?:{genre})\W*$")
    return search.match(text) is not None


def is_genre_of(text: str) -> bool:
    """Whether a line is what the text is and who issues it, and nothing else: “Statement of the Example Trust”."""
    said = pattern(r"\W*(?:{genre})\s(?:{of})\s(?P<whose>.+)".replace("{of}", _OF)).fullmatch(text)
    return said is not None and is_named(said.group("whose")) and count_length(text) <= NAME_WORDS


def _is_address(text: str) -> bool:
    return _ADDRESS.search(text) is not None


def _is_body(text: str) -> bool:
    return is_organisation(text) or (names_body(text) and len(text.split()) <= NAME_WORDS)


def _goes_on(first: str, second: str, width: int) -> bool:
    """Return whether a headline goes on in the next line; `width` is that of the wrapped text, 0 where none is."""
    if first.endswith((".", "!", "?", ":")) or first.isupper() != second.isupper():
        return False
    if second[:1].isupper() and len(first) < _STUB * len(second) and not first.endswith(_JOINED):
        return False  # “Museum lädt ein”: nobody breaks a headline so early
    if width and len(first) >= 40 and len(first) + 1 + len(second.split(maxsplit=1)[0]) > width:
        return True
    return (
        first.rpartition(" ")[2].casefold() in _SMALL
        or first.endswith(_JOINED)
        or second[:1].islower()
        or re.match(r"(?:and|or|of|for|in|with|und|et|y|e|en)\s", second, re.IGNORECASE) is not None
        or (first.isupper() and second.isupper() and len(first) > 0.7 * len(second) and not _is_body(first))
    )


# Bodies: what organisations, offices and their departments are called on the paper they write on.

_WORDS = {word for tag in _TAGS for word in read_section(tag, "headlines")["bodies"]}
_GERMAN: tuple[str, ...] = read_section("de", "headlines")["body_ends"]
_COUNCIL = (  # “rat” ends names too: Murat, Serrat
    r"(?:stadt|gemeinde|land|kreis|bezirks|orts|bundes|staats|regierungs|verwaltungs|aufsichts|betriebs|personal|bei"
    r"|presse|fach|stiftungs|hochschul|wissenschafts|forschungs|ethik|kirchen|kantons|national|stände|rundfunk|jugend"
    r"|senioren|eltern|schul|europa|welt|sicherheits|wirtschafts|kultur|sozial|umwelt|verkehrs|tarif)?rat"
)
_BODY = re.compile(
    rf"(?<!\w)(?:{'|'.join(re.escape(word) for word in sorted(_WORDS))}"
    rf"|{_COUNCIL}|\w*(?:{'|'.join(_GERMAN)}))(?!\w)",
    re.IGNORECASE,
)


def names_body(text: str) -> bool:
    """Return whether one of the words for a body of people, or a part of one, is in a text."""
    return _BODY.search(text) is not None
