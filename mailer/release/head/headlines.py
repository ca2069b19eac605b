"""Headlines: finds the headline of a source that does not mark it, and the subheads right below it.

A source with headings marks it. Otherwise the lines of the head are weighed, and the heaviest is the headline:
`WEIGHTS` has the evidence against a line (an address, a menu, the letterhead, a kicker, a name that the story repeats)
and for it (its length, its formatting, being the subject of the mail). Called after labels, embargo, dates and contacts
have been removed. Lines above the headline are kept as letterhead.

A headline in capitals stays as its author wrote it; a note suggests sentence case (`as_sentence`), with names and
abbreviations as in the rest of the release.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from mailer import lazy_re as re
from mailer.frozen import dataclass
from mailer.release.head.labels import read_label_line
from mailer.release.people import is_surely_name, looks_like_name, names_role, parse_contact_line
from mailer.release.pieces import Draft, Line, Piece, report_lost_links, text_of
from mailer.release.top import count_length, head_length, is_all, is_prose, opens_story
from mailer.release.values import Heading, Image, ListBlock, Paragraph, block_inlines, plain
from mailer.release.words import CHROME, KICKER_NAME, LEAD_NAME, MENU, PAGE_LINE, SUBHEAD_NAME, TRAIL, pattern, written
from mailer.words import read_section

# The weights of the evidence for and against a line of the head.
WEIGHTS: Mapping[str, float] = dict(read_section("heads", "weights")["headline"])
_HEADLINE_WORDS = 45
_NAME_WORDS = 7  # an organisation's name has no more
_LINES = 6
_LONG = 28  # words: a headline of that length is a sentence of the story
_ADDRESS = written("titles", "address")
_JAPANESE_NAME = written("titles", "japanese_name")
_QUOTED = re.compile(r"[“\"„«»「『].*[”\"“»«」』]\W*")
_TOPICS = re.compile(r"(?:[^|•·.!?]{2,25}\s[|•·]\s){1,3}[^|•·.!?]{2,25}")  # Sport | Eastport
_SUBJECT = written("titles", "subject")
_WEAK = -2.0  # below this weight, the subject of the mail is the better headline
_SUBJECT_WORDS = 3  # a longer subject describes the release
_PASSED_ON = re.compile(r"(?:(?:re|fwd?|wg|aw|tr|rv|enc|i|doorst)\s*:\s*)+", re.IGNORECASE)
_MAIL_WORDS, _INVITED = read_section("page_furniture", "mail"), read_section("page_furniture", "invitation")
GREETING = re.compile(rf"(?:{'|'.join(_MAIL_WORDS['greetings'])})(?:\s[^.!?]{{2,60}})?[,:!]", re.IGNORECASE)
_FIELD = re.compile(rf"(?:(?P<what>{'|'.join(_INVITED['what'])})|{'|'.join(_INVITED['other'])})\s?:\s*", re.IGNORECASE)
TITLE_MARKS = written("titles", "title_marks")
_TAGS = ("en", "de", "fr", "es", "it", "nl", "pt")
# words that never end a headline, but may end one of its lines
_SMALL = frozenset(word for tag in _TAGS for word in read_section(tag, "headlines")["small"])
_JOINED = (",", "-", "–", "&")
_STUB = 0.5
_ELIDED = re.compile(r"[^\W\d_]{1,4}['’][A-ZÀ-Þ]")  # d'Italia
_MOST_LINES = 60  # candidates: each is compared with all others, and the headline is never further down
_FROM = written("titles", "from")


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Lines of one piece that may be the headline."""

    index: int
    lines: tuple[Line, ...]
    piece: Piece

    @property
    def text(self) -> str:
        return " ".join(line.text for line in self.lines)


def recognise_headline(draft: Draft) -> None:
    """Extract the headline, then the subheads that are right under it."""
    if not draft.wants("headline"):
        if draft.guess and draft.headline:
            _remove_repeated(draft)
        return
    chosen = _choose_headline(draft)
    if chosen is None:
        return
    first = chosen.lines[0].number
    draft.headline = text = _without_label(draft, chosen)
    level = f"a heading of level {chosen.piece.block.level}" if isinstance(chosen.piece.block, Heading) else ""
    draft.note("headline", text, first, level or "the heaviest line of the head")
    for line in chosen.lines[1:]:
        draft.explain("headline", line, "continues the line above")
    report_lost_links(draft, "headline", text, chosen.piece.inline, first)
    if not chosen.piece.is_heading and chosen.index > 0:
        draft.report("unsure-headline", f'"{text}" was taken as the headline', first)
    above = [line for line in chosen.piece.lines() if line.number < first]
    for line in above:
        draft.keep("letterhead", line)
    before = len(draft.pieces)
    draft.take_lines(chosen.index, [*above, *chosen.lines])
    same_piece = len(draft.pieces) == before
    at = _keep_letterhead(draft, chosen.index)
    same_piece = not _keep_names_below(draft, at) and same_piece
    _recognise_subhead(draft, at, same_piece=same_piece)
    _keep_names_below(draft, at)


def _remove_repeated(draft: Draft) -> None:
    """Remove headline and subhead from the text if the fields at the top have them too."""
    for i, piece in enumerate(draft.pieces[: head_length(draft)]):
        if piece.inline and piece.text.casefold() == draft.headline.casefold():
            for name, words in (("headline", draft.headline), ("subhead", draft.subhead)):
                if draft.pieces[i:] and words and draft.pieces[i].text.casefold() == words.casefold():
                    draft.keep(name, Line(draft.pieces[i].line, draft.pieces[i].text))
                    del draft.pieces[i]
            _recognise_subhead(draft, _keep_letterhead(draft, i), same_piece=False)
            return
    if draft.pieces and (draft.pieces[0].is_heading or _is_set_apart(draft.pieces[0], draft.pieces[1:2])):
        _recognise_subhead(draft, 0, same_piece=False)


def _keep_letterhead(draft: Draft, at: int) -> int:
    """Keep the lines above the headline as letterhead; return the index of the rest."""
    kept: list[Line] = []
    rest: list[Piece] = []
    for piece in draft.pieces[:at]:
        if isinstance(piece.block, Image) or (is_prose(piece) and draft.guess):
            rest.append(piece)
        else:
            inner = (" ".join(plain(inline).split()) for inline in block_inlines(piece.block))
            kept += piece.lines() or [Line(piece.line, text) for text in inner if text]
    for line in kept:
        draft.keep("letterhead", line, "above the headline, and nothing else")
    if kept:
        lines_text = f'"{kept[0].text}", a line' if len(kept) == 1 else f"{len(kept)} lines"
        draft.report("unsure-letterhead", f"taken as letterhead: {lines_text} above the headline", kept[-1].number)
    draft.pieces[:at] = rest
    return len(rest)


def _keep_names_below(draft: Draft, at: int) -> bool:
    """Keep the issuer's name as letterhead if it is between headline and story."""
    before = len(draft.pieces)
    while any(map(is_prose, draft.pieces[at + 1 : at + 4])):
        piece = draft.pieces[at]
        short = 0 < count_length(piece.text) <= _NAME_WORDS and not piece.text.endswith((".", ":", "!", "?", "”", "。"))
        if not short or is_prose(piece) or not (_names_office(piece.text) or _FROM.fullmatch(piece.text)):
            break
        for line in piece.lines():
            draft.keep("letterhead", line, "between headline and story, and names an office or who issued it")
            draft.report("unsure-letterhead", f'"{line.text}" under the headline was taken as letterhead', line.number)
        del draft.pieces[at]
    return len(draft.pieces) < before


def _choose_headline(draft: Draft) -> _Candidate | None:
    """Choose the heaviest of the headings of the head, the first one of a page, or else of its lines."""
    stop = head_length(draft)
    heads = [
        (piece.block.level, i)
        for i, piece in enumerate(draft.pieces)
        if isinstance(piece.block, Heading) and _can_be_headline(piece.text) and not KICKER_NAME.search(piece.name)
    ]
    tops = [one for one in heads if one[0] == 1 or one[1] < stop]
    if not tops:
        return _choose_line(draft, stop)
    level, index = min(tops)
    last = max((at for _, at in tops if at < stop), default=index)
    # also those under the first top heading, which may be the name of the page's owner
    found = [i for one, i in heads if i == index or (index < i <= last and one <= level + 1)]
    candidates = [_Candidate(i, draft.pieces[i].lines(), draft.pieces[i]) for i in found]
    best, weight = _heaviest(draft, candidates, stop, "", level)
    return best if weight >= _WEAK else _choose_line(draft, stop)  # a heading may be an address or an office


def _without_label(draft: Draft, chosen: _Candidate) -> str:
    """Return a headline without “Press release:” before it; these words are kept."""
    text, number = chosen.text, chosen.lines[0].number
    if agency := TITLE_MARKS.match(text):  # “Utl.: … =”, the form of news agencies
        draft.keep("label", Line(number, agency.group("mark").strip()))
        return agency.group("text")
    if (field := _FIELD.match(text)) and field["what"]:
        draft.keep("label", Line(number, field.group().strip()))
        return text[field.end() :]
    match = pattern(r"\W*(?P<label>{immediate}|{genre})\s*(?:[:：|】\]]|\s[–—-]\s)\s*(?=\S)").match(text)
    if not match or count_length(text[match.end() :]) < 3:
        return text
    if not draft.label and draft.wants("label"):
        draft.label = match.group("label")
    draft.keep("label", Line(number, match.group().strip()))
    return text[match.end() :]


def _choose_line(draft: Draft, stop: int) -> _Candidate | None:
    """Choose one of the lines of the head, or the subject of its mail; None if there is neither."""
    found = [one for i in range(stop) for one in _groups_of(draft.pieces[i], i, last=i == stop - 1)]
    held = [one.text for one in draft.findings if one.field == "embargo"]
    found = [one for one in found if count_length(one.text) <= _HEADLINE_WORDS and not one.text.endswith(tuple(held))]
    found = found[:_MOST_LINES]
    labels = [kept.line for kept in draft.kept if kept.field in {"label", "reference"}]
    labels += [one.line for one in draft.findings if one.field in {"label", "embargo"}]
    candidates: list[_Candidate] = []
    for i, one in enumerate(found):
        if reason := _letterhead(one, found[i + 1 :], labels):
            draft.explain("no headline", one.lines[0], reason)
        else:
            candidates.append(one)
    headers = [one for one in draft.kept if one.field == "mail-header" and _SUBJECT.fullmatch(one.text)][-1:]
    subject = "".join(_PASSED_ON.sub("", _SUBJECT.sub(r"\g<text>", one.text)) for one in headers)
    best, weight = _heaviest(draft, candidates, stop, subject)
    # with a subject, a sentence that is the only candidate opens the story
    read, lone = read_label_line(subject), len(candidates) == 1 and bool(_SENTENCE.search(candidates[0].text))
    if read.rest and (weight < _WEAK or (lone and not read.label and count_length(subject) > _SUBJECT_WORDS)):
        draft.report(
            "unsure-headline", f'the subject of the mail was taken as the headline: "{subject}"', headers[0].line
        )
        best = _Candidate(stop, (Line(headers[0].line, subject),), Piece(Paragraph(text_of(subject)), headers[0].line))
        draft.pieces.insert(stop, best.piece)
    return best or next(reversed(found), None)


def _heaviest(
    draft: Draft, good: list[_Candidate], stop: int, subject: str, level: int = 0
) -> tuple[_Candidate | None, float]:
    """Return the heaviest of some candidates, and its weight; `level` is that of the highest heading."""
    story = " ".join(piece.text for piece in draft.pieces[stop:]).casefold()
    dates = [one.line for one in draft.findings if one.field in {"date", "dateline"}]
    # offices and persons, and lines right above one
    paper = {i for i, one in enumerate(good) if _names_office(one.text) or _is_person(one.text)}
    for i in reversed(range(len(good) - 1)):
        paper |= {i} if i + 1 in paper and good[i + 1].lines[0].number == good[i].lines[-1].number + 1 else set()
    best: tuple[_Candidate | None, float] = (None, _WEAK - 1)
    for one in good:
        signs = Counter(_signs(one, good, story, subject, dates, paper))
        block = one.piece.block
        signs["a lower heading"] = block.level - level if level and isinstance(block, Heading) else 0
        weight = sum(WEIGHTS[sign] * times for sign, times in signs.items())
        weighted = (f"{WEIGHTS[sign] * times:+.2f} {sign}" for sign, times in signs.items() if times)
        draft.explain(f"weighed as the headline: {weight:.2f}", one.lines[0], *weighted)
        if best[0] is None or weight > best[1]:
            best = (one, weight)
    return best


def _signs(
    one: _Candidate, others: list[_Candidate], story: str, subject: str, dates: list[int], paper: set[int]
) -> Iterator[str]:
    """Yield the evidence for and against a line."""
    text, words = one.text, count_length(one.text)
    named = _is_named(text)
    at = others.index(one)
    yield from ["a candidate above it"] * (at - len([i for i in paper if i < at]))
    short = (named or words < 3) and not one.piece.is_heading
    few = "a word too few, and written as a name" if short else "a word too few"
    yield from [few] * (5 - words)
    is_repeated = words <= _NAME_WORDS and len(text) > 5 and named and text.casefold() in story
    below = any(one.lines[-1].number < number < others[-1].lines[0].number for number in dates)
    beside = at > 0 and at - 1 in paper and one.lines[0].number == others[at - 1].lines[-1].number + 1
    strong = is_all(one.piece, "strong") and not all(is_all(other.piece, "strong") for other in others)
    bare, title = (re.sub(r"\W+", "", each).casefold() for each in (text, subject))
    is_title = subject != "" and (bare == title or (len(bare) > 12 and title.endswith(bare)))
    signs = {
        "named as the headline": TITLE_MARKS.fullmatch(text) is not None or is_title,
        "in capitals, unlike others": text.isupper() and words > 3 and not all(each.text.isupper() for each in others),
        "bold, unlike others": strong,
        "ends in a full stop": text.endswith((".", "。")),
        "longer than headlines are": words > _LONG,
        # reported of a headline, but never decides against it
        "ends in an exclamation mark": text.endswith("!"),
        "a quotation": _QUOTED.fullmatch(text) is not None,
        "ends in a colon": text.endswith(":"),
        "a name that the story repeats": is_repeated,
        "names an office": _names_office(text) or (is_repeated and _BODY.search(text) is not None),
        "topics beside each other": _TOPICS.fullmatch(text) is not None,
        "a field of an invitation": _FIELD.match(text) is not None,
        "a greeting": GREETING.fullmatch(text) is not None,
        "an address": _ADDRESS.search(text) is not None,
        "a person, and what they are": _is_person(text),
        "in one block with an office or a person below it": at in paper
        and not (_names_office(text) or _is_person(text)),
        "a name above the date": below
        and ((named and (words <= _NAME_WORDS or text.isupper() or ":" in text)) or (beside and words <= _NAME_WORDS)),
    }
    yield from (sign for sign, holds in signs.items() if holds)


def _groups_of(piece: Piece, index: int, *, last: bool = False) -> list[_Candidate]:
    """Return the lines of a piece as candidates; a line that continues in the next one is joined with it.

    Right above the story (`last`) two lines of a title that get shorter are one, if none of them is a name.
    """
    groups: list[list[Line]] = []
    lines = [line.text for line in piece.lines()]
    if last and len(lines) == 2 and len(lines[0]) >= len(lines[1]) and not lines[0].endswith((".", "!", "?", ":")):
        titles = all(_is_named(text) and len(text.split()) >= 3 for text in lines)
        if titles and not any(_names_office(text) or _is_person(text) or _ADDRESS.search(text) for text in lines):
            return [_Candidate(index, piece.lines(), piece)]
    for line in piece.lines():
        if groups and len(groups[-1]) < _LINES and _continues(groups[-1][-1].text, line.text, below=index > 0):
            groups[-1].append(line)
        else:
            groups.append([line])
    return [_Candidate(index, tuple(group), piece) for group in groups]


def _letterhead(one: _Candidate, later: list[_Candidate], labels: list[int]) -> str:
    """Return why lines are letterhead, a menu or a kicker, if a better candidate follows; else ""."""
    text, words = one.text, count_length(one.text)
    if parse_contact_line(text).reaches or _is_furniture(text) or _FROM.fullmatch(text):
        return "a contact detail, the issuer's name, or part of a page's menu"
    better = [
        other
        for other in later
        if count_length(other.text) >= 3 and not (_ADDRESS.search(other.text) or other.text.endswith((".", "”", "。")))
    ]
    if not better:
        return ""
    # it begins with its genre, or ends with it behind a name: `Example Trust - Press release`
    genre = pattern(r"\W*(?:{genre}|{immediate})(?!\w)|.*\s[-–—|/]\s(?:{genre})\W*$").match(text)
    if _ADDRESS.search(text) or (genre and words <= _NAME_WORDS + 2):
        return "an address, or what kind of text it is, above a line that may be the headline"
    above = any(one.lines[-1].number < number < better[-1].lines[0].number for number in labels)
    under = one.lines[-1].number  # lines without a blank one between are one block
    for other in later if above else ():
        if other.lines[0].number != under + 1:
            break
        if _ADDRESS.search(other.text) or parse_contact_line(other.text).reaches:
            return f'in one block with the address "{other.text}", above a label'
        under = other.lines[-1].number
    if words <= _NAME_WORDS and (above or _is_organisation(text)) and not text.endswith((".", "!", "?")):
        return "short, and the name of a body or above a label"
    # a word or two in capitals, bold or with a colon, above a whole headline
    loud = text.isupper() and not better[0].text.isupper()
    bolder = is_all(better[0].piece, "strong") and not is_all(one.piece, "strong")
    kicker = words <= 3 and count_length(better[0].text) >= 5 and (loud or text.endswith(":") or bolder)
    return "a kicker: a word or two, set otherwise than the headline below" if kicker else ""


def _is_person(text: str) -> bool:
    """Return whether a line is a person's name, perhaps with a role: “Sheriff Ann Bell”."""
    front, *behind = text.split(", ")
    bare = pattern(r"^(?:the\s)?(?:(?:{title}|{role}|{post}|{honorific})\.?\s+){0,3}").sub("", front)
    name = re.sub(r"\s(?:MP|MLA|MSP|MEP|MdB|MdL)$|\s(?:[A-Z]\.\s)?", " ", bare).split()
    named = len(name) == 2 and (is_surely_name(" ".join(name)) or (bare != front and looks_like_name(" ".join(name))))
    return named and all(map(names_role, behind))


def _is_furniture(text: str) -> bool:
    return any(search.fullmatch(text) for search in (CHROME, PAGE_LINE, MENU)) or TRAIL.search(text) is not None


def _is_named(text: str) -> bool:
    """Return whether every word has a capital as in a name, except for small words."""
    words = [word.strip('(),.«»"“”') for word in text.split()]
    return len(words) <= _NAME_WORDS + 5 and all(
        not word[:1].isalpha() or word[:1].isupper() or len(word) <= 3 or _ELIDED.match(word) for word in words
    )


def _names_office(text: str) -> bool:
    """Return whether a line names an office or one of its parts: the word for one ends the line, or “of” follows it."""
    words = text.split()
    if _is_organisation(text) or not words or not _is_named(text) or _is_long(text):
        return _is_organisation(text)
    begins = _BODY.search(words[0]) and (len(words) <= 3 or words[1].casefold().rstrip("’'") in _OF.split("|"))
    return (begins is not None and bool(begins)) or _BODY.search(words[-1]) is not None


def _is_organisation(text: str) -> bool:
    """Return whether a line is only the name of a body of people."""
    if _JAPANESE_NAME.fullmatch(re.sub(r"\s", "", text)):
        return True
    named = r"(?:.*(?<!\w)){organisation}(?:\W*|\s(?:{of})(?!\w).*)|{organisation}\s\S+(?:\s\S+)?".replace("{of}", _OF)
    return pattern(named).fullmatch(text) is not None and _is_named(text) and not _is_long(text)


def _is_long(text: str) -> bool:
    """Return whether a line is too long for the name of a body, even with a word for one in it."""
    return len(text.split()) > _NAME_WORDS + 2 * (not text.isupper())


def _continues(first: str, second: str, *, below: bool) -> bool:
    """Return whether a line continues in the next one; `below` says that the letterhead is a separate block above."""
    if first.endswith((".", "!", "?")) or first.isupper() != second.isupper():
        return False
    if first.endswith(":"):
        return count_length(first) >= 5  # fewer are a kicker
    if 0 < count_length(first.rpartition(": ")[2]) <= 2 < count_length(first.rpartition(": ")[0]):
        return True  # “Wildnis vor der Haustür: Land stellt”
    if second[:1].isupper() and len(first) < _STUB * len(second):
        return False  # “Museum lädt ein”: a headline is not broken so early
    titles = all(_is_named(text) and not text.isupper() and len(text.split()) >= 5 for text in (first, second))
    paper = _names_office(second) or _is_person(second) if below else _is_organisation(first) or _BODY.search(first)
    return (
        first.rpartition(" ")[2].casefold() in _SMALL
        or re.match(r"(?:and|or|of|for|in|to|by|with|und|et|y|e|en|zu|de|à)\s", second, re.IGNORECASE) is not None
        or (titles and len(first) >= len(second))
        or first.endswith(_JOINED)
        or second[:1].islower()
        or (first.isupper() and len(first) > 0.7 * len(second) and not paper)
    )


# Subheads: the lines between a headline and the story.

_WORDS, _FEWEST = 50, 4  # words of a subhead; the least, if nothing sets it apart
_MOST = 3
_ITEMS, _ITEM_WORDS = 5, 30
_DECK_WORDS = 16
_LEAD_WORDS = 35
_TWO_SENTENCES = re.compile(r"[^\W\d_]{3}[.!?]\s+[^\W\d_a-z]|。.")  # sentences
_BULLET = re.compile(r"[•◦▪●○■□◆◇►▶‣⁃∙·➢✓*–—-]\s+")
_SECTION = re.compile(r"[【■◆●▼□◇]|[〔［]")  # a Japanese heading of a section
_SPAN = re.compile(  # the dates of an exhibition, below its subhead
    r"(?<!\d)\d{1,2}\.?(?:\s[^\W\d_]+)?(?:\s\d{4})?(?:\s?[–-]\s?|\s(?:to|until|bis|au|al|a|tot|t/m)\s)\d{1,2}\.?\s[^\W\d_]"
)
_SENTENCE = re.compile(r"[.?。]$|[.!?,。][”\"»]$|^[“\"«„].*[”\"»“]$")  # “… a “quiet crisis”” is not one
_SENTENCE_WORDS = 7
_DATA = re.compile(r"[^:.!?]{2,24}:\s")  # a field of a page: “Issued: …”, “Area: …”


def _recognise_subhead(draft: Draft, at: int, *, same_piece: bool) -> None:
    """Read the lines between the headline and the story."""
    if not draft.wants("subhead"):
        return
    subheads: list[str] = []
    named = False
    at += _is_picture_between(draft, at)
    while len(subheads) < _MOST and at < len(draft.pieces):
        piece, block = draft.pieces[at], draft.pieces[at].block
        if named and not SUBHEAD_NAME.search(piece.name):
            break  # the page itself marks the subhead
        named = SUBHEAD_NAME.search(piece.name) is not None
        if isinstance(block, ListBlock):  # a list that sums up the story, right above it
            items = [" ".join(plain(item).split()) for item in block.items]
            short = len(items) <= _ITEMS and all(count_length(item) <= _ITEM_WORDS for item in items)
            if short and not block.ordered and any(map(is_prose, draft.pieces[at + 1 : at + 2])):
                subheads += [item if item.endswith((".", "!", "?", ";")) else f"{item};" for item in items]
                subheads[-1] = subheads[-1].removesuffix(";")
                draft.note("subhead", items[0], piece.line)
                del draft.pieces[at]
            break
        close = same_piece and not subheads
        if not piece.lines() or not _can_be_subhead(piece, draft.pieces[at + 1 :], first=not subheads, close=close):
            break
        lines = piece.lines()
        if close:
            lines = _groups_of(piece, at)[0].lines
        texts = [_BULLET.sub("", line.text) for line in lines]  # with bullets, each is a sentence
        listed = len(lines) > 1 and all(line.text != text for line, text in zip(lines, texts, strict=True))
        text = "; ".join(texts) if listed else " ".join(line.text for line in lines)
        looks = [f"all {one}" for one in ("strong", "emphasis") if is_all(piece, one)]
        looks += ["a heading"] * piece.is_heading + [f"its page calls it {piece.name}"] * bool(piece.name)
        draft.note("subhead", text, lines[0].number, "between the headline and the story", *looks)
        report_lost_links(draft, "subhead", text, piece.inline, lines[0].number)
        subheads.append(text)
        draft.take_lines(at, lines)
    draft.subhead = " ".join(subheads)


def _is_picture_between(draft: Draft, at: int) -> bool:
    """Return whether a picture with its caption is between the headline and the subhead set apart below it.

    Text set apart below a picture without a caption may be its caption, unless a dateline follows or it is marked.
    """
    if len(draft.pieces) < at + 3 or not isinstance(picture := draft.pieces[at].block, Image):
        return False
    deck, story = draft.pieces[at + 1 : at + 3]
    named = deck.is_heading or SUBHEAD_NAME.search(deck.name) is not None
    return named or (_is_set_apart(deck, [story]) and (bool(picture.caption) or opens_story(story)))


def _can_be_subhead(piece: Piece, follows: list[Piece], *, first: bool, close: bool) -> bool:
    """Return whether a piece can be a subhead by its length, its words, its format and the next pieces.

    `first` says that none is above it, `close` that the headline is right above it, in one block.
    """
    text, words = piece.text, count_length(piece.text)
    several = _TWO_SENTENCES.search(text) is not None
    # sentences that the page marks as the lead open the story, in any format
    apart = _is_set_apart(piece, follows[:1]) and not (several and LEAD_NAME.search(piece.name))
    # a lead marked by the page is one sentence above a story of several paragraphs
    lead = first and LEAD_NAME.search(piece.name) is not None and words <= _LEAD_WORDS and not several
    lead = lead and not opens_story(piece) and sum(count_length(one.text) > _DECK_WORDS for one in follows) > 1
    named = SUBHEAD_NAME.search(piece.name) is not None or lead
    # text set apart may be the first paragraph of the story: long, with more than one sentence
    long = words > _LEAD_WORDS and several and not piece.is_heading
    least = 2 if first and (piece.is_heading or apart or (close and not _is_person(text))) else _FEWEST
    if (is_prose(piece) and not (named or (apart and not long))) or not least <= words <= _WORDS:
        return False
    if not first and _SPAN.search(text):
        return False
    read = read_label_line(text)
    marks = (GREETING.fullmatch(text), *(one.match(text) for one in (_FIELD, _SECTION, pattern(r"{statement}\s"))))
    is_data = _is_organisation(text) or parse_contact_line(text).reaches or (read.dated and read.date is not None)
    fields = len(piece.lines()) > 1 and all(_DATA.match(line.text) for line in piece.lines())
    is_other = is_data or any(marks) or fields or _ADDRESS.search(text)
    if is_other or text.endswith((":", "：")) or not _can_be_headline(text):
        return False
    if named or piece.is_heading:
        return named or _heading_is_subhead(piece, follows, first=first)
    if _SENTENCE.search(text) and not apart:
        # one short sentence above a much longer paragraph: few stories open like this
        short = first and words <= _DECK_WORDS and not re.search(r"[.!?]\s", text)
        longer = any(is_prose(one) and count_length(one.text) > _DECK_WORDS + 4 for one in follows[:1])
        return (short and longer) or any(map(opens_story, follows[:1]))
    sentence = any(not one.is_heading and one.text.endswith((".", "”", '"', "?", "。", "»")) for one in follows[:1])
    opens = first and sentence and count_length(follows[0].text) >= max(words, _DECK_WORDS - 4)  # in short paragraphs
    return (apart and first and sentence) or opens or any(is_prose(one) or not one.lines() for one in follows[:3])


def _is_set_apart(piece: Piece, follows: list[Piece]) -> bool:
    """Return whether a paragraph is all bold or all italic, and the next one is not."""
    looks = [look for look in ("strong", "emphasis") if is_all(piece, look)]
    return bool(looks) and bool(follows) and not any(is_all(follows[0], look) for look in looks)


def _heading_is_subhead(piece: Piece, follows: list[Piece], *, first: bool) -> bool:
    """Return whether a heading under the headline is its subhead, and does not open a section of the story.

    If the story has other headings of that level, it is one of them, unless it is a sentence and much longer.
    """
    if not follows or follows[0].is_heading:
        return bool(follows) and first
    level = piece.block.level if isinstance(piece.block, Heading) else 0
    section = pattern(r"\W*(?:{notes}|{contacts}|{about}|{about_alone}|{end})(?!\w).*")
    same = (one.text for one in follows if isinstance(one.block, Heading) and one.block.level == level)
    others = [count_length(text) for text in same if _can_be_headline(text) and not section.fullmatch(text)]
    words = count_length(piece.text)
    longer = words > 1.6 * max(others, default=0) or (len(others) == 1 and words >= _SENTENCE_WORDS)
    return not others or (first and words >= 5 and longer)


def _can_be_headline(text: str) -> bool:
    """Return whether a text can be a headline: not a label, date, page furniture or section heading."""
    if not read_label_line(text).rest or _is_furniture(text):
        return False
    return pattern(r"\W*(?:{notes}|{contacts}|{about_alone})\W*").fullmatch(text) is None


# Bodies: the names of organisations, offices and departments in a letterhead.

_OF = r"of|for|in|de|des|du|di|del|della|dell|der|für|van|voor|da|do|e\.?\s?V"
_BODIES = {word for tag in _TAGS for word in read_section(tag, "headlines")["bodies"]}
_COUNCIL = written("titles", "council").pattern  # “rat” also ends names: Murat, Serrat
_BODY = re.compile(
    rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(_BODIES)))}"
    rf"|{_COUNCIL}|\w*(?:{'|'.join(read_section('de', 'headlines')['body_ends'])}))(?!\w)",
    re.IGNORECASE,
)


# A headline in capitals, as a sentence.

_CAPITALS = 12  # letters at least
_WORD = re.compile(r"[^\W\d_][\w'’]*")
_ROMAN = re.compile(r"(?=[IVXLCDM]{2,})M{0,3}(?:C[MD]|D?C{0,3})(?:X[CL]|L?X{0,3})(?:I[XV]|V?I{0,3})")


def is_all_capitals(text: str) -> bool:
    """Return whether a headline is in capitals: with hardly any small letter, and longer than an abbreviation."""
    letters = [c for c in text if c.upper() != c.lower()]
    return len(letters) >= _CAPITALS and sum(c.islower() for c in letters) * 20 < len(letters)


def as_sentence(headline: str, story: str) -> str:
    """Return a headline in sentence case; names are written as inside the sentences of `story`."""
    counts: dict[str, Counter[str]] = {}
    for match in _WORD.finditer(story):
        begins = re.search(r"(?:^|[.?!:\n“\"«„]\s*)$", story[max(0, match.start() - 4) : match.start()])
        if not begins or not match.group()[1:].islower():
            counts.setdefault(match.group().casefold(), Counter())[match.group()] += 1
    parts: list[str] = []
    at = 0
    for match in _WORD.finditer(headline):
        before, word = headline[at : match.start()], match.group()
        base = re.sub(r"['’]s$", "", word, flags=re.IGNORECASE)
        known = next((one.casefold() for one in (word, base) if one.casefold() in counts), "")
        found = counts[known].most_common(1)[0][0] if known else ""
        if found:
            word = found if len(found) == len(word) else found + word[len(base) :].lower()
        elif not _ROMAN.fullmatch(word):
            word = word.lower()
        if not at or re.search(r"[:.?!–—]\s*[“\"«„]?$", before):
            word = word[:1].upper() + word[1:]
        parts += [before, word]
        at = match.end()
    return "".join([*parts, headline[at:]])


def report_capitals(draft: Draft) -> None:
    """Suggest sentence case for a headline in capitals, in a note."""
    if is_all_capitals(draft.headline):
        sentence = as_sentence(draft.headline, "\n".join(plain(piece.inline) for piece in draft.pieces))
        line = next((found.line for found in draft.findings if found.field == "headline"), None)
        message = f'the headline is in capitals and was not changed. As a sentence: "{sentence}"'
        draft.report("headline-capitals", message, line)
