"""Sections: the parts that follow the story of a release.

Recognises the end mark, notes to editors and boilerplates (“About …”), whether their heading is a heading, a line of
its own, or the first words of a paragraph; and a boilerplate whose heading is only the name with which it begins, or
that has none; a caption whose picture came only as words, and a call to action (“Sign up for …”, or a link alone) near
the end of a release. If that is a guess from words and position, it is reported. `media_contacts` finds contacts.

A section “About” that is followed by much of the story is part of the story (about an exhibition, say) and stays there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import pairwise, takewhile

from mailer import lazy_re as re
from mailer.errors import Severity
from mailer.release.people import OPENERS
from mailer.release.pieces import (
    BREAK,
    Draft,
    Line,
    Piece,
    cut,
    find_links,
    join_lines,
    settle_piece,
    split_lines,
    text_of,
)
from mailer.release.top import count_length, is_all, is_prose, language_of
from mailer.release.values import Boilerplate, Heading, Image, Inline, ListBlock, Paragraph, Quote, Table, plain
from mailer.release.words import BOILERPLATE_NAME, LANGUAGES, MAILING, pattern, primary, written
from mailer.words import read_section

_PATTERNS = {name: "|".join(parts) for name, parts in read_section("sections", "patterns").items()}
_SIGNS = re.compile(_PATTERNS["signs"])
_SEPARATORS = re.compile(r"[^#\w]*|[-–—\s]*[0oO]{1,3}[-–—\s]*")  # separates parts of a text as often as it ends one
_GLUED_MARK = re.compile(_PATTERNS["glued_mark"])
_HEADING_WORDS, _SHORT = 11, 4  # words: a heading longer than short has a name right behind its first words
_FRAME = " \t\u3000¿*_#■□◆◇●○▼▽▲△【】［］〔〕<>＜＞《》〈〉[]()（）=~-–—–:：|・"
_NOTES = (  # a phrase, or words of one: “Information for all news editors”
    rf"{{notes}}|(?:{_PATTERNS['notes_what']})\s(?:\S{{1,9}}\s){{0,3}}?(?:\w{{1,4}}['’])?"
    rf"(?:{_PATTERNS['notes_whom']})(?!\w)"
)
_WEAK_NOTES = frozenset(_PATTERNS["weak_notes"].split("|"))
_JAPANESE_BODY = re.compile(_PATTERNS["japanese_body"])
_ORDINARY_ABOUT = re.compile(r"(?:お申し?込み|参加|今後|本件|取材|開催|掲載|内容|背景|使用|利用|ご|お)")
_COMMON_ABOUT = re.compile(r"(?:sobre|over|über|su)\s", re.IGNORECASE)  # these words also open ordinary sentences
_NAMED = re.compile(_PATTERNS["named"], re.IGNORECASE)


def is_end_mark(text: str) -> bool:
    """Return whether a line is a mark that the release ends here: ###, -30-, ENDS, 以上."""
    bare = re.sub(r"(?<!\w)(\w) (?=\w(?!\w))", r"\1", text.strip().replace("\\", ""))  # E N D S
    if _SIGNS.fullmatch(bare):
        return True
    match = pattern(r"[\s\-–—*#=_+~/.…<>(（【＜〈―ー\[]*{end}[\s\-–—*#=_+~/.…<>)）】＞〉―ー\]]*").fullmatch(bare)
    if match is None:
        return False
    letters = "".join(filter(str.isalpha, bare))
    return bare[:1].isupper() or letters != bare or len(bare) > 3 or not letters.isascii()


def is_notes_heading(text: str) -> bool:
    """Return whether a line is the heading of the notes to editors."""
    bare = text.strip(_FRAME)
    match = pattern(rf"(?P<words>{_NOTES})(?P<rest>\s*[(（/,–-].{{0,50}}|\s*\d*)").fullmatch(bare)
    if match is None:
        return False
    weak = match.group("words").casefold() in _WEAK_NOTES
    return not match.group("rest").strip() or not weak


def is_about_heading(text: str, language: str = "") -> bool:
    """Return whether a line is the heading of a boilerplate: `About Example Trust`, `Über uns`, 会社概要.

    `language` is that of the release: some words for it are too common elsewhere.
    """
    bare = text.strip(_FRAME)
    if not bare or count_length(bare) > _HEADING_WORDS:
        return False
    if pattern(r"(?:{about_alone})\W*").fullmatch(bare):
        return True
    shortened = re.search(r"(?i)(?:[.\s]\w|co|inc|ltd|corp)\.$", bare) is not None  # “Example Ltd.”, “Badeverein e. V.”
    if bare.endswith(("?", "!", ",", "。", "、", ";")) or (bare.endswith(".") and not shortened):
        return False
    if pattern(r"\S.*{about_behind}").fullmatch(bare):
        return _JAPANESE_BODY.search(bare) is not None and not _ORDINARY_ABOUT.match(bare)
    named = pattern(r"{about}\s+(?!\d)\S.*|[àa]\s+propos\s+d['’]\S.*|(?:关于|關於)\S.*").match(bare)
    if named is None:
        named = pattern(r"{about_home}\s+(?!\d)\S.*", language).match(bare)
    return (
        named is not None
        and not bare[:1].islower()
        and not (_COMMON_ABOUT.match(bare) and len(bare.split()) > _SHORT and not _NAMED.match(bare))
    )


def is_contact_heading(text: str) -> bool:
    """Return whether a line is the heading of contacts, regardless of the lines under it."""
    bare = text.strip(_FRAME)
    return count_length(bare) <= _HEADING_WORDS and pattern(r"{contacts}(?!\w).{0,40}").fullmatch(bare) is not None


_OF_NAME = re.compile(r"(?:[ÀAàa] propos|\S+) (?:\w{1,3} ){0,2}[^\W\d_a-zß-öø-ÿ]")  # “About the Example Trust”

# Taking the sections out of a draft.

# a heading with its text right behind it
_HEAD = rf"(?:(?:{_NOTES})(?:\s*\([^)]{{2,40}}\))?|{{about}}\s[^.:：]{{2,60}}|{{about_alone}})"
_HEAD += r"\s*(?:[:：]|\s[–—-]\s)\s*(?=\S)"
_HEAD_ENDS, _NO_WORD = re.compile(r"[:：]|\s[–—-]\s"), re.compile(r"\A\W*")
_SENTENCE_ENDS = re.compile(r"(?<=[.!?”\"»。)])\s+")
_REPRINT = re.compile(rf"\W*(?:{_PATTERNS['reprint']})(?!\w).*", re.IGNORECASE | re.DOTALL)
_NAME_WORDS = 8
_ARTICLE = re.compile(r"^(?:the|der|die|das|le|la|les|el|los|las|il|lo|gli|i|de|het|o|a|os|as)\s|^l['’]", re.IGNORECASE)
_BEGINNING = 150  # characters, since a full stop may also belong to “e. V.”
_TERMS_WITHIN, _TERMS_WORDS = 4, 30  # pieces from the end that may have terms of reprinting
OPT_OUT = written("contacts", "opt_out")
# the initials of secretaries (VR/TRB/SK), and the number of the text
_TYPED = re.compile(
    r"[A-Z]{2,4}(?:/[A-Za-z]{2,4}){1,4}|\W*(?i:release|ref|reference|id|no)\b[^.!?\d]{0,12}\d[\w/-]*\W*"
)
_SHOWN = 50  # characters by which a person can find a paragraph
_MOST = 12  # hardly any release has more partners, or such marks; each is compared with all the text behind it
_STORY_SHARE = 0.25  # with this share of the story behind it, a section is part of the story


def recognise_end_mark(draft: Draft) -> None:
    """Read the last end mark, and flag every piece behind it (`after_end`)."""
    if not draft.wants("end_mark") or draft.end_mark:
        return
    marks = 0
    for i in range(len(draft.pieces) - 1, -1, -1):
        piece, lines = draft.pieces[i], draft.pieces[i].lines()
        for at, line in enumerate(lines):
            if is_end_mark(line.text) and i + at > 0:
                before = piece.without(one.number for one in lines[at:])
                after = piece.without(one.number for one in lines[: at + 1])
                weak = _SEPARATORS.fullmatch(line.text) is not None
                marks += weak
                if weak and (marks > _MOST or _has_story_behind(draft, i, before, after)):
                    continue
                _end_story(draft, i, line.text, line.number, before, after)
                return
    for i, piece in enumerate(draft.pieces):  # an end mark glued to the end of a paragraph
        match = _GLUED_MARK.search(plain(piece.inline)) if isinstance(piece.block, Paragraph) else None
        if match and (i or draft.headline):
            before = piece.with_inline(cut(piece.inline, 0, match.start("mark")))
            _end_story(draft, i, match.group("mark"), piece.line, before, None)
            return


def _has_story_behind(draft: Draft, at: int, before: Piece | None, after: Piece | None) -> bool:
    """Return whether much of the story, up to the next section heading, is behind a mark."""
    sections = (i for i in range(at + 1, len(draft.pieces)) if _heading_at(draft, i, "")[0])
    behind = [*filter(None, [after]), *draft.pieces[at + 1 : next(sections, None)]]
    return 2 * _length(behind) > _length([*draft.pieces[:at], *filter(None, [before])])


def _end_story(draft: Draft, at: int, mark: str, line: int, before: Piece | None, after: Piece | None) -> None:
    draft.end_mark = mark
    draft.note("end mark", mark, line)
    behind = [replace(one, after_end=True) for one in (after, *draft.pieces[at + 1 :]) if one]
    draft.pieces[at:] = [*([before] if before else []), *behind]


def recognise_sections(draft: Draft) -> None:
    """Read notes to editors and boilerplates, from their heading to the next one."""
    language = language_of(draft)
    for piece in draft.pieces[-_TERMS_WITHIN:] if draft.guess else ():
        terms = isinstance(piece.block, Paragraph) and count_length(piece.text) <= _TERMS_WORDS
        if terms and _REPRINT.fullmatch(piece.text):  # terms of reprinting are not the issuer's words
            draft.keep("reprint", Line(piece.line, piece.text))
            message = f'kept beside the release, since it is addressed to editors: "{piece.text}"'
            draft.report("reprint-terms", message, piece.line)
            draft.pieces = [one for one in draft.pieces if one is not piece]
    draft.pieces = [part for piece in draft.pieces for part in _split(piece, language)]
    index = 1 if draft.pieces and not draft.headline else 0
    abouts = 0
    while index < len(draft.pieces) and abouts < _MOST:
        kind, heading, first = _heading_at(draft, index, language)
        abouts += kind == "boilerplate"
        is_named = any(BOILERPLATE_NAME.search(piece.name) for piece in draft.pieces[index : index + 2])
        is_story = kind == "boilerplate" and not is_named and _story_goes_on(draft, index, language)
        if kind not in {"notes_to_editors", "boilerplate"} or not draft.wants(kind) or is_story:
            index += 1
            continue
        stop = _end_of_section(draft, index, language)
        # “Note to editors”, and under it “Not for publication: …”
        again = kind == "notes_to_editors" and stop == index + 1 < len(draft.pieces) and not first
        stop += again and _heading_at(draft, stop, language)[0] == kind
        content = [*([first] if first else []), *draft.pieces[index + 1 : stop]]
        if not content:
            index += 1
            continue
        line = Line(draft.pieces[index].line, heading)
        draft.note(kind.replace("_", " "), heading, line.number)
        if kind == "notes_to_editors":
            draft.keep(kind, line)
            draft.notes.extend(content)
        else:
            draft.boilerplate.append(Boilerplate(paragraphs_of(content), heading))
        del draft.pieces[index:stop]
    if not draft.boilerplate and draft.wants("boilerplate") and draft.guess:
        _recognise_unheaded(draft)
    _place_rest(draft)


def _heading_at(draft: Draft, index: int, language: str) -> tuple[str, str, Piece | None]:
    """Return the kind of section that begins with a piece, its heading, and the rest of the piece."""
    piece = draft.pieces[index]
    lines = piece.lines()
    if not lines:
        return "", "", None
    first = lines[0].text
    rest = piece.without([lines[0].number])
    kind = _section_kind(first, language) or ("contacts" if is_contact_heading(first) else "")
    if kind:
        return kind, first, rest
    raw = plain(piece.inline)
    strong_spans = takewhile(lambda span: span.strong or not span.text.strip(), piece.inline)
    bold = sum(len(span.text) for span in strong_spans)
    # the first words of a paragraph, before a colon or a dash, or set bold
    mark = _find_head(raw, (blank.end() for blank in _NO_WORD.finditer(raw)))
    ends = [mark.end() if mark else 0, bold if bold < len(raw.rstrip()) else 0]
    for end in ends if isinstance(piece.block, Paragraph) else ():
        heading = " ".join(raw[:end].split()).rstrip(" :：–—")
        kind = _section_kind(heading.rstrip("."), language) if heading and heading in first else ""
        if kind:
            return kind, heading, piece.with_inline(cut(piece.inline, end))
    below = draft.pieces[index + 1] if piece.is_heading and index + 1 < len(draft.pieces) else piece
    called = BOILERPLATE_NAME.search(below.name) and count_length(below.text) >= _WORDS[0]  # by its page
    if called and index >= len(draft.pieces) // 2:
        return ("boilerplate", first, None) if piece.is_heading else ("boilerplate", "", piece)
    return ("boilerplate", first, rest) if _names_itself(draft, index, first, rest) else ("", "", None)


def _find_head(raw: str, starts: Iterable[int]) -> re.Match[str] | None:
    """Return the first heading that begins with a word at one of these positions and has its text right behind it."""
    if not _HEAD_ENDS.search(raw):
        return None
    return next(filter(None, (pattern(_HEAD).match(raw, at) for at in starts)), None)


def _section_kind(heading: str, language: str) -> str:
    if is_notes_heading(heading):
        return "notes_to_editors"
    return "boilerplate" if is_about_heading(heading, language) else ""


def _names_itself(draft: Draft, index: int, first: str, rest: Piece | None) -> bool:
    """Return whether a short line, late in a release, names the body that the paragraph under it describes."""
    follows = rest or next(iter(draft.pieces[index + 1 : index + 2]), None)
    if index < len(draft.pieces) // 2 or follows is None or not isinstance(follows.block, Paragraph):
        return False
    name = first.rstrip(":：").strip()
    if count_length(name) > _NAME_WORDS or len(name) < 4 or name[:1].islower() or name.endswith((".", "!", "?")):
        return False
    piece = draft.pieces[index]
    first_line = piece.with_inline(split_lines(piece.inline)[0])
    apart = piece.is_heading or first.isupper() or is_all(first_line, "strong")
    bare, opening = (_ARTICLE.sub("", text) for text in (name, follows.text[:_BEGINNING]))
    evidence = {
        "under its name": opening.casefold().startswith(bare.casefold()),
        "under the letters of its name": bare.isupper() and "".join(_CAPITAL.findall(opening)).startswith(bare),
        "under a name of its first words": bare.casefold() in opening.casefold() and _is_known(draft, bare, piece),
        "under a line set apart, since when it is": piece.after_end and apart and _FOUNDED.search(opening) is not None,
        "under the name of a body": not bare.isascii()
        and _JAPANESE_BODY.search(bare) is not None
        and _is_known(draft, bare, piece),
    }
    signs = [sign for sign, holds in evidence.items() if holds]
    return bool(signs) and _describes_itself(draft, follows, *signs)


def _story_goes_on(draft: Draft, index: int, language: str) -> bool:
    """Return whether ordinary headings with much of the story under them, or nearly the whole release, follow."""
    if index == 0:
        return True
    ordinary = []
    for i in range(index + 1, len(draft.pieces)):
        piece, text = draft.pieces[i], draft.pieces[i].text
        # a short line above a paragraph counts as a heading
        short = len(piece.lines()) == 1 and 0 < count_length(text) <= _NAME_WORDS and text[:1].isalpha()
        short = short and not text.endswith((".", "!", "?", ":", ",", ")", "”", '"', "。"))
        heads = short and isinstance(piece.block, Paragraph) and any(map(is_prose, draft.pieces[i + 1 : i + 2]))
        if (piece.is_heading or heads) and not _heading_at(draft, i, language)[0]:
            ordinary.append(i)
    if not ordinary:
        return _length(draft.pieces[index + 1 :]) > 3 * max(_length(draft.pieces[:index]), 60)
    behind = sum(_length(draft.pieces[i : _end_of_section(draft, i, language)]) for i in ordinary)
    return behind > _STORY_SHARE * _length(draft.pieces[:index])


def _length(pieces: list[Piece]) -> int:
    return sum(count_length(plain(inline)) for piece in pieces for inline in paragraphs_of([piece]))


def _end_of_section(draft: Draft, index: int, language: str) -> int:
    start = draft.pieces[index]
    for i in range(index + 1, len(draft.pieces)):
        piece = draft.pieces[i]
        if _heading_at(draft, i, language)[0] or piece.after_end != start.after_end:
            return i
        above = start.block.level if isinstance(start.block, Heading) else 9
        if isinstance(piece.block, Heading) and piece.block.level <= above:
            return i
    return len(draft.pieces)


def paragraphs_of(pieces: list[Piece]) -> tuple[Inline, ...]:
    """Return pieces as paragraphs: one for each item of a list, and for each row of a table."""
    found: list[Inline] = []
    for piece in pieces:
        block = piece.block
        if isinstance(block, ListBlock):
            found.extend(block.items)
        elif isinstance(block, Table):
            found.extend(join_lines(row, " · ") for row in (block.head, *block.rows) if row)
        elif isinstance(block, Quote):
            found.extend(block.paragraphs)
        elif isinstance(block, Image):
            found.append(text_of(" ".join(filter(None, (block.alt, block.caption, block.credit)))))
        else:
            found.append(settle_piece(piece))
    return tuple(inline for inline in found if plain(inline).strip())


def _place_rest(draft: Draft) -> None:
    """Add pieces behind the end mark without a heading to the boilerplate or, without one, to the notes.

    Lines about the text or its page are left out.
    """
    rest: list[Piece] = []
    for piece in (one for one in draft.pieces if one.after_end):
        if is_notes_heading(piece.text):  # its text was moved elsewhere: mostly to the contacts
            draft.keep("notes_to_editors", Line(piece.line, piece.text))
        elif draft.guess and _is_about_text(piece):
            for line in piece.lines() or [Line(piece.line, " ".join(map(plain, paragraphs_of([piece]))))]:
                draft.keep("page-foot", line)
                note = f'left out after the end mark, as it is about the text or its page: "{line.text}"'
                draft.report("left-out", note, line.number)
        else:
            rest.append(piece)
    draft.pieces = [piece for piece in draft.pieces if not piece.after_end]
    if draft.boilerplate and draft.wants("boilerplate"):
        last = draft.boilerplate[-1]
        draft.boilerplate[-1] = Boilerplate((*last.paragraphs, *paragraphs_of(rest)), last.heading)
    else:
        draft.notes.extend(rest)
    if rest:
        texts = (" ".join(map(plain, paragraphs_of([piece]))) for piece in rest)
        words = ", ".join(f'"{text}"' if len(text) <= _SHOWN else f'"{text[:_SHOWN].rstrip()}…"' for text in texts)
        message = f"is after the end mark without a heading, and was taken as a note: {words}"
        draft.report("unsure-after-end", message, rest[0].line)


def _is_about_text(piece: Piece) -> bool:
    """Return whether a piece is about a text or its page: an opt-out, a reference, a typist's initials, a counter."""
    if isinstance(piece.block, Image):
        return not piece.block.caption
    if piece.linked > 0.3 or MAILING.search(piece.text) or OPT_OUT.search(piece.text):
        return True
    updated = pattern(r"(?<!\w){date_updated}(?!\w)").search(piece.text) is not None
    typed = all(_TYPED.fullmatch(line.text) for line in piece.lines())
    return bool(piece.lines()) and (typed or (updated and count_length(piece.text) <= _CALL_WORDS))


def _split(piece: Piece, language: str) -> list[Piece]:
    """Cut a paragraph where a section begins: on a line of its own, or behind a full stop with a colon."""
    if isinstance(piece.block, Paragraph):
        raw = plain(piece.inline)
        glued = _find_head(raw, (blank.end() for blank in _SENTENCE_ENDS.finditer(raw)))
        head = glued.group().rstrip(" :：–—-\n\u2028") if glued else ""
        sure = _OF_NAME.match(head) or (is_notes_heading(head) and head.casefold() not in _WEAK_NOTES)
        if glued and sure and head[:1].isupper() and _section_kind(head, language):
            at = glued.start()
            line = piece.line + len(re.findall(rf"[\n{BREAK}]", raw[:at]))
            before = piece.with_inline(cut(piece.inline, 0, at))
            return [*_split(before, language), *_split(replace(piece.after(at), line=line), language)]
    lines = split_lines(piece.inline) if isinstance(piece.block, Paragraph) else []
    texts = [" ".join(plain(line).split()) for line in lines]
    starts = [0]
    for i, text in enumerate(texts[1:], 1):
        # the line above ends a sentence, and the one below begins one
        above = next((one for one in reversed(texts[:i]) if one), "")
        below = next((one for one in texts[i + 1 :] if one), "")
        ended = above.endswith((".", "!", "?", ":", "”", '"', "。", "»", ")")) or len(above) < len(text)
        if ended and below and not below[:1].islower() and (is_notes_heading(text) or is_about_heading(text, language)):
            starts.append(i)
    if len(starts) == 1:
        return [piece]
    parts = [(at, join_lines(lines[at:stop])) for at, stop in pairwise([*starts, len(lines)])]
    return [replace(piece.with_inline(part), line=piece.line + at) for at, part in parts if part]


# Boilerplates without a heading: a last paragraph that describes an organisation.
#
# Recognised by its place (after the story, before or behind the end mark), its first words (a name that the release
# has mentioned) and the words behind it (“is a”, “was founded”, “ist eine”). A guess, so it is reported.

# The weights of the evidence for a boilerplate; the threshold is `_ENOUGH`.
WEIGHTS: Mapping[str, int] = read_section("sections", "weights")
_ENOUGH = 4
_CAPITAL = re.compile(r"(?<!\w)[^\W\d_a-zß-ÿ](?=\w)")
_IS = re.compile(
    rf"(?:\s*\([^()]{{2,40}}\))?(?:,[^,.]{{2,60}},)?(?:\s(?:\w+\s)?(?:{_PATTERNS['is']})(?!\w)|:\s(?:an?|the)\s)",
    re.IGNORECASE,
)
_DOES = re.compile(rf"\s(?:{_PATTERNS['does']})(?!\w)")  # verbs that stories also have
_COUNTED = re.compile(rf"\d\s(?:[^\W\d_]+\s){{0,2}}(?:{_PATTERNS['counted']})(?!\w)", re.IGNORECASE)
_NAME, _NAMES = re.compile(_PATTERNS["name"]), re.compile(_PATTERNS["names"])
_FIRST_SENTENCE = re.compile(r".{20,}?[.!?](?=\s|$)")
_FOUNDED = re.compile(
    rf"(?<!\w)(?:{_PATTERNS['founded']})(?!\w).{{0,14}}?\b(?:1[6-9]|20)\d\d\b"
    rf"|(?:1[6-9]|20)\d\d年.{{0,6}}?(?:{_PATTERNS['founded_signs']})|(?:{_PATTERNS['founded_signs']})于?(?:1[6-9]|20)\d\d年",
    re.IGNORECASE,
)
_SPEECH = re.compile(r"[“”\"„«»「」]")
_LEGAL_FORMS = frozenset(read_section("checks", "words")["legal_forms"])
_ENDING = 2  # letters of a name's ending, which may change in a language without a table
_OPENING, _TAIL = 4, 3  # pieces at the beginning that name the issuer, and pieces at the end
_WORDS = (10, 220)


def _recognise_unheaded(draft: Draft) -> None:
    """Read boilerplates that have no heading: behind the end mark, else at the end of the draft or of the notes."""
    behind = [i for i, piece in enumerate(draft.pieces) if piece.after_end]
    over = behind[0] if behind else len(draft.pieces)
    notes = range(max(1, len(draft.notes) - _TAIL), len(draft.notes))
    places = ((draft.pieces, behind[:_TAIL]), (draft.notes, notes), (draft.pieces, range(max(2, over - 2), over)))
    for pieces, near in places:
        found: list[int] = []
        for at in reversed(near):  # a boilerplate above another is also at the end
            if isinstance(pieces[at].block, Paragraph) and _describes_itself(draft, pieces[at], ends=at + 1 in found):
                found.insert(0, at)
        for at in found:
            piece = pieces[at]
            draft.boilerplate.append(Boilerplate(paragraphs_of([piece])))
            draft.note("boilerplate", piece.text[:100], piece.line)
            draft.report("unsure-boilerplate", "taken as a boilerplate, though no heading says so", piece.line)
        if found:
            pieces[:] = [piece for at, piece in enumerate(pieces) if at not in found]
            return


def _describes_itself(draft: Draft, piece: Piece, *signs: str, ends: bool = False) -> bool:
    """Weigh a paragraph: its format, its place, its heading (`signs`), and its words about a known name."""
    text = piece.text.strip("*_ ")
    if not signs and (not _WORDS[0] <= count_length(text) <= _WORDS[1] or _SPEECH.search(text)):
        return False
    first = _FIRST_SENTENCE.match(text)
    sentence = first.group() if first else text
    match = _NAME.match(text)
    name, end = (match["name"], match.end()) if match else ("", 0)
    opens = bool(name) and _is_known(draft, name.split(",")[0], piece)
    is_unknown = primary(language_of(draft)) not in LANGUAGES and piece.after_end  # few of its words are known
    evidence = {
        "a name that the release has spoken of": opens
        or any(_is_known(draft, one, piece) for one in _NAMES.findall(sentence)),
        "what it is": opens and _IS.match(text, end) is not None,
        "what it does": opens and _DOES.match(text, end) is not None,
        "how many it has": opens and _COUNTED.search(sentence) is not None,
        "since when it is": _FOUNDED.search(sentence) is not None,
        "all bold or italic": is_all(piece, "emphasis") or is_all(piece, "strong"),
        "at the end": ends or piece in (*draft.pieces[-1:], *draft.notes[-1:]) or piece.after_end,
        "a name behind the end mark, in a language without a table": is_unknown and (opens or " " in name),
    }
    found = [*signs, *(sign for sign, holds in evidence.items() if holds)]
    weight = sum(WEIGHTS[sign] for sign in found)
    draft.explain(f"weighed as a boilerplate: {weight}", Line(piece.line, piece.text), *found)
    return weight >= _ENOUGH


def _is_known(draft: Draft, name: str, here: Piece | None = None) -> bool:
    """Return whether a release mentions a name elsewhere, in its head or at the beginning of the story."""
    name = re.sub(r"['’]s?$", "", name.strip(" .'’"))
    before_last, _, last = name.rpartition(" ")
    name = before_last if last.replace(".", "").casefold() in _LEGAL_FORMS else name  # “Example Foods S.A.”
    if pattern(r"(?:{stop})").fullmatch(name) or name.casefold() in OPENERS or len(name) < 3:
        return False
    before = [piece.text for piece in draft.pieces[:_OPENING] if piece is not here]
    bodies = [contact.organisation for contact in draft.contacts]
    if primary(language_of(draft)) not in LANGUAGES and len(name) > _ENDING + 3:
        name = name[:-_ENDING]  # “Lesní univerzita”, “z Lesní univerzity”
    known = " ".join([draft.headline, draft.subhead, *(kept.text for kept in draft.kept), *bodies, *before])
    return name.casefold() in known.casefold()


# Tails: pictures that came only as words, and calls to action.

_CAPTION_WORDS = _CALL_WORDS = 30
_BUTTON_WORDS = (2, 9)
_CREDIT = re.compile(r"[\s(]((?:(?:Photo|Picture|Image|Photograph|Foto|Bild|Credit)(?:\s+credit)?\s*:|©|\(c\)).*?$)")
_CREDIT_LABEL = re.compile(rf"\W?(?:[^\s:]+\s+)?(?:{_PATTERNS['credit']})[^:：]{{0,30}}[:：]", re.IGNORECASE)
_NEAR_END = 4  # pieces from the end that may have a call to action
_MODAL = re.compile(rf"(?<!\w)(?:{_PATTERNS['modal']})(?!\w)", re.IGNORECASE)  # never describes a picture


def recognise_call_to_action(draft: Draft) -> None:
    """Extract the call to action from the last pieces; one in the middle of the story stays there."""
    if not draft.wants("call_to_action"):
        return
    language = language_of(draft)
    over = next((i for i, piece in enumerate(draft.pieces) if piece.after_end), len(draft.pieces))
    ends = (len(draft.pieces), over)
    near = [at for end in ends for at in range(end - 1, end - _NEAR_END - 1, -1)]
    for i in (one for one in near if one > 0):
        piece = draft.pieces[i]
        if not isinstance(piece.block, Paragraph) or len(piece.text.split()) > _CALL_WORDS:
            continue
        if _is_call_to_action(piece, language):
            draft.call_to_action = settle_piece(piece)
            draft.note("call to action", piece.text, piece.line)
            del draft.pieces[i]
            return


def _is_call_to_action(piece: Piece, language: str) -> bool:
    """Return whether a paragraph asks its reader to do something: explicitly, with a link for it, or as a button.

    With a link it has to begin with the request, or to invite someone; a sentence of the story that only has a link
    does neither. A button is only a link, with words of its own that are not a sentence.
    """
    if pattern(r"(?:please\s+)?{call_to_action}(?!\w)").match(piece.text):
        return True
    spans = [span for span in piece.inline if re.search(r"\w", span.text)]
    if len({span.url for span in spans}) == 1 and spans[0].url.startswith("http"):
        text = "".join(span.text for span in spans)
        address = re.search(r"[\w-]\.\w{2,}|@", text)  # an address only says where
        if _BUTTON_WORDS[0] <= len(text.split()) <= _BUTTON_WORDS[1] and address is None and text[-1:] not in ".:":
            return True
    if not any(span.url for span in settle_piece(piece)) or re.search(r"[“„«「]", piece.text):
        return False
    request = pattern(r"\W*(?:(?:please|bitte|por favor)\s+)?{call_verb}(?!\w)", language).match(piece.text)
    return request is not None or pattern(r"(?<!\w){call_invite}(?!\w)", language).search(piece.text) is not None


def recognise_captions(draft: Draft) -> None:
    """Add captions to the pictures beside them, and turn a caption without a picture into one."""
    taken: set[int] = set()
    label = pattern(r"\W?{caption_label}\s*:\s+(?=\S)")
    for i, piece in enumerate(draft.pieces):
        if i == 0 or not isinstance(piece.block, Paragraph) or not _is_caption(draft, i, piece):
            continue
        text, match = piece.text, label.match(piece.text)
        if match:  # `Photo:`, whose words are kept beside the picture
            draft.keep("picture", Line(piece.line, match.group().strip()))
            text = text[match.end() :]
        image, is_credit = caption_image(text), _CREDIT_LABEL.match(piece.text) is not None
        above = max((at for at in range(i) if at not in taken), default=-1)
        for at in (above, i + 1):
            block = draft.pieces[at].block if 0 <= at < len(draft.pieces) else None
            # a picture from the source without these words
            if isinstance(block, Image) and block.src and not (block.credit if is_credit else block.caption):
                credit = piece.text if is_credit else image.credit or block.credit
                words = replace(block, credit=credit)
                if not is_credit:
                    words = replace(words, caption=image.caption, alt=block.alt or image.alt)
                draft.pieces[at] = replace(draft.pieces[at], block=words)
                taken.add(i)
                break
        else:
            draft.pieces[i] = Piece(image, piece.line, piece.gap, after_end=False)
            draft.note("picture", piece.text, piece.line)
            if not _is_labelled(piece):
                note = f'"{piece.text}" reads like the caption of a picture that is not here; it goes out as a sentence'
                draft.report("unsure-caption", note, piece.line, Severity.WARNING)
    for i in sorted(taken, reverse=True):
        del draft.pieces[i]


def _is_labelled(piece: Piece) -> bool:
    return pattern(r"\W?{caption_label}\s*(?:\([^)]*\))?\s*[:–—]\s+\S").match(piece.text) is not None


def _is_caption(draft: Draft, index: int, piece: Piece) -> bool:
    text, later = piece.text, draft.pieces[index + 1 : index + 2]
    is_long = len(text.split()) > _CAPTION_WORDS or len(piece.lines()) > 2
    if is_long or any(span.url for span in find_links(piece.inline)):  # it says where to get pictures
        return False
    if _is_labelled(piece):
        return True
    is_apart = piece.gap > 1 or not later or later[0].gap > 1
    several = re.search(r"[.!?]\s+[A-Z]|\d{3}", text)
    described = pattern(r"{caption_start}\s+(?:\w+\s+){1,6}?{caption_verb}(?!\w)").match(text)
    return is_apart and not several and described is not None and not _MODAL.search(described.group())


def caption_image(text: str, *, src: str = "", alt: str = "") -> Image:
    """Build a picture from a caption; a credit at its end is split off."""
    caption, credit = split_credit(text)
    return Image(src=src, alt=alt or caption or credit, caption=caption, credit=credit)


def split_credit(text: str) -> tuple[str, str]:
    """Return a caption and the credit after it: after a bar, or from `Photo:` or © on."""
    if text.lstrip().startswith("|"):
        return "", text.strip(" |")
    if " |" in text:
        caption, _, credit = text.rpartition(" |")
        return caption.strip(), credit.strip()
    found = [match for match in _CREDIT.finditer(text) if match.start()]
    if not found:
        return text.strip(), ""
    return text[: found[-1].start()].strip(), found[-1].group(1).strip().rstrip(")")
