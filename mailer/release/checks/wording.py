"""Wording: checks of the words of a release: headline and subhead, leftovers, quotes, dates.

Owns length, capitals, full stops and exclamation marks of a headline, and which parts a newsroom would miss (standards
M5). Owns finding placeholders, marks of comments and tracked changes, draft marks and forbidden words; the words and
patterns of eight languages are data (`leftovers.toml` in `mailer.words`). Never checks the end mark (XXX is one). Owns
whether dates are possible, and whether the embargo fits the time of sending: a date without a year is the one nearest
to the release's own, and `times` finds them. Never reads a date into a field. Does not read quotes or find their marks
(`quoting` does both), but reports what they leave open. In a quote of several paragraphs, each is opened and only the
last is closed; that is correct. Single marks are also apostrophes, and are not counted. Never judges the news.

Gaps: a name that ends in an exclamation mark (a shop's, a musical's) has to be waived. An office's own marks for
placeholders (“@@@”, colours), and a remark in a sentence of its own (“Ada, is this right?”), are not recognised.
Quotation marks in code, and inches that do not follow a figure, are taken for quotes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise

from mailer import lazy_re as re
from mailer.errors import Problem, Severity
from mailer.release.checks.case import Case, Passage, excerpt, flag, shortened
from mailer.release.document import block_text, inlines
from mailer.release.head.embargo import find_later_holds, find_unset_holds
from mailer.release.head.headlines import as_sentence, is_all_capitals
from mailer.release.head.holds import NONE
from mailer.release.pieces import BREAK
from mailer.release.quotes.quoting import find_quotes, find_stretches
from mailer.release.quotes.statements import parse_dash
from mailer.release.times import WEEKDAYS, days_near, find_days, parse_embargo
from mailer.release.values import Paragraph, Quote, block_inlines, plain
from mailer.release.words import pattern
from mailer.words import read_patterns, read_section

_WIDE = frozenset({"ja", "zh", "ko"})
# abbreviations that end in a full stop: U.S., Inc., e. V., p.m., St., z. B.
_ABBREVIATED = re.compile(
    r"(?:(?:^|[\s.(])[^\W\d_]\.|\b(?:Inc|Ltd|Co|Corp|Bros|Jr|Sr|etc|Cie|Dr|St|No|Nr|bzw|usw|vs)\.)$"
)
_STOPPED = re.compile(r"[^.。．…][.。．]$")
_LEAD_WORDS = 60
_HOURS = re.compile("|".join(read_section("checks", "words")["hours"]), re.IGNORECASE)


def check_headline(case: Case) -> Iterator[Problem]:
    """Check the headline."""
    headline = case.release.headline
    bare = headline.strip()
    line = case.lines.of(headline)
    if not bare:
        yield flag("no-headline", "there is no headline", line=case.lines.first)
        return
    invisible = [c for c in headline if unicodedata.category(c) in {"Cc", "Zl", "Zp", "Cs"}]
    if invisible:
        message = f"the headline has an invisible character (U+{ord(invisible[0]):04X})"
        yield flag("headline-control", message, line=line)
    longest = case.house.headline // (2 if case.release.language[:2].lower() in _WIDE else 1)
    if len(headline) > longest:
        message = f"the headline has {len(headline)} characters; up to {longest} are read in full"
        yield flag("headline-long", message, line=line)
    # abbreviations in a script without capitals are not shouting
    is_cased = sum(c.upper() != c.lower() for c in bare) * 2 > sum(map(str.isalpha, bare))
    if is_cased and (is_all_capitals(bare) or (bare.isupper() and len(bare.split()) > 2)):
        story = "\n".join(passage.text for passage in case.passages() if passage.part == "body")
        hint = f"Write it as a sentence, perhaps so: “{as_sentence(bare, story)}”."
        yield flag("headline-caps", "the headline is all in capitals, which spam filters dislike", line=line, hint=hint)
    if _STOPPED.search(bare) and not _ABBREVIATED.search(bare):
        yield flag("headline-stop", "the headline ends in a full stop", line=line)
    if re.search(r"[!！¡]", bare):
        yield flag("headline-exclamation", "the headline has an exclamation mark, like an advertisement", line=line)


def check_subhead(case: Case) -> Iterator[Problem]:
    """Check that the subhead adds something."""
    subhead = case.release.subhead
    headline_words, words = (re.findall(r"\w+", text.casefold()) for text in (case.release.headline, subhead))
    if words and words == headline_words:
        line = case.lines.of_exactly("subhead:") or case.lines.of(subhead)
        yield flag("subhead-repeats", "the subhead says the same as the headline", line=line)


def check_structure(case: Case) -> Iterator[Problem]:
    """Yield a finding for each missing part."""
    release = case.release
    if not any(block_text(block).strip() for block in release.body):
        yield flag("no-body", "the release has no text", line=case.lines.first)
        return
    if not release.end_mark:
        yield flag("no-end-mark", "nothing marks the end of the text")
    if not release.boilerplate:
        yield flag("no-boilerplate", "the organisation is not described")
    if release.dateline is None:
        yield flag("no-dateline", "the text has no dateline")
    lead = next((plain(block.inline) for block in release.body if isinstance(block, Paragraph)), "")
    if len(lead.split()) > _LEAD_WORDS:
        message = f"the first paragraph has {len(lead.split())} words; the news should be in its first sentences"
        yield flag("lead-long", message, line=case.lines.of(lead))


def check_hours(case: Case) -> Iterator[Problem]:
    """Yield a finding if no contact is named for evenings and weekends."""
    contacts = case.release.contacts
    texts = (f"{one.name} {one.role} {one.organisation} {one.note} {' '.join(one.phones)}" for one in contacts)
    if contacts and not any(map(_HOURS.search, texts)):
        yield flag("contact-hours", "no contact is named for evenings and weekends")


# Leftovers: gaps to fill in, and remarks that were to be removed.

_GAPS, _REMARKS = read_patterns("leftovers", "gaps"), read_patterns("leftovers", "remarks")
_LOOKED_FOR = (*(_GAPS[name] for name in ("capitals", "field", "signs", "filler", "bracketed")), _REMARKS["remark"])
# placeholders that `mailer release new` writes
STARTER = frozenset({"What it means, in one sentence", "CITY", "Name of the press officer", "+00 00 0000 0000"})
_AROUND = 20
_FOOT_WORDS = 8
_PARTS = {"body": "text", "call": "text", "letterhead": "line above the headline"}


def check_leftovers(case: Case) -> Iterator[Problem]:
    """Find gaps and the remains of comments and tracked changes in every passage; report each once."""
    reported: set[tuple[str, str]] = set()
    language = case.release.language[:2].lower()
    for passage in case.passages():
        found = [("leftover", match) for match in _gaps(passage.text, language)]
        found += [("review-marks", match) for match in _GAPS["review"].finditer(passage.text)]
        for code, match in found:
            word, around = match.group().strip(), _around(passage.text, match)
            if (code, word.casefold()) in reported:
                continue
            reported.add((code, word.casefold()))
            message, severity = f'"{word}" is left of a comment or a tracked change: {around}', None
            if code == "leftover":
                message = f'"{word}" looks like a gap still to be filled' + (f": {around}" if around != word else "")
                # a placeholder of a starter is never meant; other leftovers may be
                is_certain = _GAPS["insert"].match(word) or word in STARTER or _GAPS["field"].fullmatch(word)
                severity = Severity.ERROR if is_certain else None
            line = case.lines.of(passage.text, match.start())
            yield flag(code, message, line=line, about=word, severity=severity)


def _gaps(text: str, language: str) -> Iterator[re.Match[str]]:
    if text.strip() in STARTER:
        yield from re.finditer(r"\S.*\S", text)
        return
    taken = -1
    matches = (match for expression in _LOOKED_FOR for match in expression.finditer(text))
    for found in sorted(matches, key=lambda match: (match.start(), -match.end())):
        if found.start() >= taken and not _is_ordinary(text, found, language):
            taken = found.end()
            yield found


def _is_ordinary(text: str, found: re.Match[str], language: str) -> bool:
    """Return whether a word that looks like a gap is an ordinary word here."""
    word, after = found.group(), text[found.end() :]
    if word == "TK":  # a German health insurer, and two firms
        return language == "de" or re.match(r"\s+(?:Maxx|Elevator)\b", after) is not None
    if word == "TODO":
        return language in {"es", "pt", "it"} and not after.startswith(":")
    if word == "TBC":
        return re.search(r"tub[eé]rculo|tubercol", text, re.IGNORECASE) is not None
    if word.casefold() in {"john doe", "jane doe"}:
        return re.search(r"\bv\.|\b(?:court|lawsuit|plaintiffs?|defendants?)\b", text, re.IGNORECASE) is not None
    return word in {"XX", "XXX"} and _GAPS["numerals"].search(f"{text[: found.start()]}\0{after}") is not None


def check_draft_marks(case: Case) -> Iterator[Problem]:
    """Find the marks of a draft or of confidentiality: in the head, at the foot, or set apart anywhere."""
    passages = [*case.passages()]
    body = [passage for passage in passages if passage.part == "body"]
    above = [Passage(kept.text, "letterhead") for kept in case.release.kept if kept.field in {"letterhead", "label"}]
    heads = [*above, *(passage for passage in passages if passage.part in {"label", "headline", "subhead"})]
    foot = [passage for passage in body[1:][-1:] if len(passage.text.split()) <= _FOOT_WORDS]
    for passage in (*above, *passages):
        at_start = _REMARKS["begins"].match(passage.text) if passage in (*heads, *body[:1], *foot) else None
        at_end = _REMARKS["ends"].search(passage.text) if passage in heads else None
        found = at_start or at_end or _REMARKS["within"].search(passage.text)
        if found:
            mark = next(filter(None, found.groups())).strip()
            where = "last line" if passage in foot else _PARTS.get(passage.part, passage.part)
            how = "begins with" if at_start else "ends in" if at_end else "has"
            line = case.lines.of(passage.text, found.start(found.lastindex or 0))
            yield flag("draft-mark", f'the {where} {how} "{mark}"', line=line, about=mark)


def check_forbidden(case: Case) -> Iterator[Problem]:
    """Find words that mailer.toml forbids; the organisation may use its own name."""
    urls = [span.url for inline in inlines(case.release) for span in inline if span.url]
    linked = [(url, re.sub(r"[-_+]|%20", " ", url)) for url in urls]
    for word in case.house.forbidden:
        if _folded(word) in _folded(case.house.organisation):
            continue
        words = r"\s+".join(map(re.escape, _folded(word).split()))
        forbidden = re.compile(rf"(?<!\w){words}(?!\w)")
        text = next((passage.text for passage in case.passages() if forbidden.search(_folded(passage.text))), "")
        url = next((url for url, shown in linked if forbidden.search(_folded(f"{url} {shown}"))), "")
        if found := forbidden.search(_folded(text)):
            # the original text, if folding moved no letter
            shown = text if len(_folded(text)) == len(text) else _folded(text)
            message = f'"{word}" is forbidden by mailer.toml: {_around(shown, found)}'
            yield flag("forbidden", message, line=case.lines.of(text, found.start()), about=word)
        elif url:
            message = f'"{word}" is in a link, and mailer.toml forbids it: {url}'
            yield flag("forbidden", message, line=case.lines.of_exactly(url), about=word)


def _around(text: str, found: re.Match[str]) -> str:
    return excerpt(text, found.start() - _AROUND, found.end() + _AROUND)


def _folded(text: str) -> str:
    """Fold case, width and blanks; the length hardly changes, so the line can still be found."""
    return re.sub(r"\s", " ", unicodedata.normalize("NFC", text)).casefold()


# Quotes: their speakers, and whether every mark has its other half.

_OPENERS = ("“", "„", "«", "»", '"', "「", "『", "‹", "›", "‘")
_STRAY = re.compile(r"[“”„«»‹›「」『』]|(?<!\d)\"")
_SINGLE = "‘‚'`´"
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]{2}")
_WORD = re.compile(r"[^\W\d_]{2,}")
_SHOWN = 40
_DEEPEST = 3
_QUOTE_WORDS = 4  # fewer are a term


def check_speakers(case: Case) -> Iterator[Problem]:
    """Check that each quote has a speaker.

    Words beside a quote are taken to name someone, in any language. A quote on its own is reported, unless the line
    above leads to it, the line below signs it, or it follows another quote or a paragraph about an earlier speaker.
    """
    blocks = case.release.body
    for quote in find_quotes(blocks, case.release.language, (case.release.headline, case.release.subhead)):
        if quote.is_sure and quote.speaker.name:
            continue
        block = blocks[quote.block]
        texts = [plain(inline) for inline in block_inlines(block)]
        text = beside = " ".join(texts)
        for stretch in reversed(find_stretches(text)):
            beside = f"{beside[: stretch.start]} {beside[stretch.end :]}"
        is_named = beside != text and (len(_WORD.findall(beside)) > 1 or _CJK.search(beside) is not None)
        before, after = (blocks[at] if 0 <= at < len(blocks) else None for at in (quote.block - 1, quote.block + 1))
        is_signed = isinstance(after, Quote) and bool(after.speaker)
        is_signed = is_signed or (isinstance(after, Paragraph) and parse_dash(plain(after.inline)) is not None)
        # a missing mark is reported elsewhere, and the quote cannot be delimited without it
        is_torn = any(unbalanced(each, goes_on=True)[0] for each in texts)
        # the block above names the speaker; a block quote is shown without the quotes before it
        above = "" if before is None else " ".join(plain(inline) for inline in block_inlines(before)).rstrip()
        is_block, family = isinstance(block, Quote), quote.speaker.name.rpartition(" ")[2]
        follows_quote = any(len(stretch.text.split()) >= _QUOTE_WORDS for stretch in find_stretches(above))
        leads = above.endswith((":", "：")) or follows_quote or (not is_block and family != "" and family in above)
        leads = not is_block if isinstance(before, Quote) else leads
        if not (is_named or is_signed or is_torn or leads):
            beginning = quote.text if len(quote.text) <= _SHOWN else f"{quote.text[:_SHOWN].rstrip()}…"
            line = case.lines.of(quote.text if isinstance(block, Quote) else text)
            message = f'a quote has no speaker: "{beginning}"'
            yield flag("quote-speaker", message, line=line, about=quote.text[:_SHOWN])


def check_marks(case: Case) -> Iterator[Problem]:
    """Check that quotation marks come in pairs, paragraph by paragraph."""
    release = case.release
    runs: list[Sequence[str]] = [[release.headline], [release.subhead]]
    runs += [
        [plain(inline) for block in blocks for inline in block_inlines(block)]
        for blocks in (release.body, release.notes_to_editors)
    ]
    runs += [[plain(inline) for inline in one.paragraphs] for one in release.boilerplate]
    for texts in runs:
        for text, below in pairwise([*texts, ""]):
            mark, at = unbalanced(text, goes_on=below.lstrip().startswith(_OPENERS))
            if mark:
                around = excerpt(text, at - 15, at + 25)
                message = f"a quotation mark {mark} has no other half: {around}"
                yield flag("quote-marks", message, line=case.lines.of(text, at), about=around.strip("… "))


def unbalanced(text: str, *, goes_on: bool = False, depth: int = 0) -> tuple[str, int]:
    """Return the first quotation mark without its other half, and its position; empty if all are paired.

    `goes_on` says that the next paragraph opens with a mark: this one's last quote may then stay open. Quotes within
    quotes are checked as well; `depth` counts the levels, of which no reader follows more than `_DEEPEST`.
    """
    is_nordic = "”" in text and not any(mark in text for mark in "“„")  # ”så”
    bare = text.replace("”", '"') if is_nordic else text
    if bare.count('"') % 2:  # a 12" pipe
        bare = re.sub(r"(?<=\d)\"", " ", bare)
    at = 0
    for one in find_stretches(bare):
        if stray := _STRAY.search(bare, at, one.start):
            return text[stray.start()], stray.start()
        at = one.start  # what was checked is not checked again
        if one.mark in _SINGLE or bare[one.start] != one.mark:  # as it was typed: <<so>>
            continue
        if one.is_open:
            before = text[: one.start].rstrip()
            begins_to_speak = not before or before[-1] in '.,:;!?…—–-”“»«)"：。、' or _CJK.search(before)
            is_torn = not (goes_on and begins_to_speak)
        else:
            # a mark that opens each line of a quote of several lines has its other half at the end of the last
            inside = re.sub(rf"(?<=[\n{BREAK}])\s*[“„«\"]", " ", one.text)
            is_torn = depth < _DEEPEST and unbalanced(inside, depth=depth + 1)[0] != ""
        if is_torn:
            return text[one.start], one.start
        at = one.end
    stray = _STRAY.search(bare, at)
    return (text[stray.start()], stray.start()) if stray else ("", 0)


# Days.

_FAR_DAYS = 300
_SHOWN_HOLD = 60  # characters of a hold
# reading an embargo reports what is unclear as a warning; the checks make it an error that stops the release
STOPS = frozenset({"embargo-no-zone", "embargo-unclear", "embargo-in-words"})


def check_days(case: Case) -> Iterator[Problem]:
    """Check every date of the text against the calendar; report each once."""
    near = case.release.date or case.now.date()
    reported: set[str] = set()
    for passage in case.passages():
        for one in find_days(passage.text):
            shown = " ".join(passage.text[one.start : one.end].split())
            day = next(iter(days_near(one, near)), None)
            if shown in reported or (day and one.weekday in {None, day.weekday()}):
                continue
            reported.add(shown)
            line = case.lines.of(passage.text, one.start)
            if day is None:
                yield flag("date-impossible", f'there is no day "{shown}"', line=line, about=shown)
            else:
                message = f'"{shown}" does not fit: {day.day} {day:%B} {day.year} is a {WEEKDAYS[day.weekday()]}'
                yield flag("date-weekday", message, line=line, about=shown)


def check_event(case: Case) -> Iterator[Problem]:
    """Check that the event is still to come when the release goes out."""
    event = case.release.extras.event
    ends = event.ends or event.starts if event else None
    if ends is not None and ends < case.starts:
        message = f"the event is over: it was on {_time_text(ends)}"
        yield flag("event-past", message, line=case.lines.of_exactly("starts:"))


def check_own_date(case: Case) -> Iterator[Problem]:
    """Check that the release has a date, that it is near, and that the dateline has the same date."""
    release = case.release
    if release.date is None:
        yield flag("no-date", "the release has no date", line=case.lines.first)
        return
    dated = release.date.isoformat()
    away = (release.date - case.starts.date()).days
    if abs(away) > _FAR_DAYS:
        years = round(abs(away) / 365.25)
        far = f"{years} years" if years > 1 else f"{abs(away)} days"
        message = f"the release is dated {dated}, {far} {'ahead' if away > 0 else 'ago'}"
        yield flag("date-far", message, line=case.lines.of_exactly(dated))
    text = release.dateline.text if release.dateline else ""
    for one in find_days(text):
        if next(iter(days_near(one, release.date)), release.date) != release.date:
            message = f'the dateline says "{text[one.start : one.end].strip()}", and the release is dated {dated}'
            yield flag("date-dateline", message, line=case.lines.of(text, one.start))


def check_embargo(case: Case) -> Iterator[Problem]:
    """Check that the embargo has a date, time and zone, that it is still ahead, and that the schedule respects it.

    `runs.planning.rules.apply_embargo` refuses to send under the same codes, and explains how to send anyway.
    """
    release, embargo = case.release, case.release.embargo
    if embargo is None:
        for hold in find_unset_holds(release, now=case.now):
            shown = shortened(hold.text, _SHOWN_HOLD)
            message = f'"{shown}" reads like an embargo, and none is set ({hold.why})'
            yield flag("embargo-in-words", message, line=case.lines.of(shown.rstrip("…")), about=shown)
        return
    line = case.lines.of(embargo.text)
    # words of the head that allow immediate use
    head = (kept.text for kept in release.kept if kept.field in {"label", "date", "embargo"})
    immediate = pattern(r"(?<!\w){immediate}(?!\w)").search
    found = (immediate(text) for text in (release.label, *head, embargo.text) if not NONE.search(text))
    if now := next((match.group() for match in found if match), ""):
        message = f'the release says both "{now}" and "{shortened(embargo.text, _SHOWN_HOLD)}"'
        yield flag("embargo-and-immediate", message, line=case.lines.of(now))
    if not embargo.has_zone or embargo.until is None:
        if not any(one.code in STOPS for one in release.problems):
            reason = parse_embargo(embargo.text)[1] or "it is not a date and time with a zone"
            yield flag("embargo-no-zone" if embargo.until else "embargo-unclear", f"embargo: {reason}", line=line)
        return
    ends = _time_text(embargo.until)
    for hold in find_later_holds(release):
        shown = shortened(hold.text, _SHOWN_HOLD)
        message = f'"{shown}" is after the embargo, which ends on {ends}'
        yield flag("embargo-later", message, line=case.lines.of(shown.rstrip("…")), about=shown)
    if embargo.until <= case.now:
        yield flag("embargo-past", f"the embargo is over: it ended on {ends}", line=line)
    elif case.at is not None and case.at < embargo.until:
        message = f"it would go out on {_time_text(case.at)}, but its embargo ends on {ends}"
        yield flag("under-embargo", message, line=line)
    elif case.at is not None:
        message = f"it would go out on {_time_text(case.at)} with its embargo line, and the embargo ends on {ends}"
        yield flag("embargo-ended", message, line=line)


def _time_text(at: datetime) -> str:
    return f"{at:%Y-%m-%d at %H:%M %Z}"
