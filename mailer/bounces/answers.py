"""Answers: replies from people and their programs, read from the text above the quoted mail.

Owns which reading wins. A message that is marked as automatic is never a person's opt-out, whatever its footer says: it
is a challenge, or else a notice that someone has left, or else an automatic reply. Mail to an address with one of our
tokens is an opt-out, whatever it says: such mail is mostly written by mailbox providers (RFC 2369, RFC 8058) and may
have `Auto-Submitted`, and missing an opt-out is worse than having to undo one. Plain notices and challenges are the
exception: they go to the bounce address, which has a token too, and never to the opt-out address. Mail from a mailing
list is not an answer. In a person's letter, the wish for no more mail takes precedence over the news that they have
left. Notices are weighed by the evidence for and against (`_absence`). If no table has an answer, the text is weighed
by all its words (`words.weights`, `weigh_answer`). Never raises, reads only the first sentences, never decides on
consequences. The words are those of each language, and `[notice]`, `[sentences]` and `[wish]` of `bounces.toml`.

Gaps: irony, dialect, and a wish in a few words of a long letter about something else; an employer's name alone (“I have
left Reuters”) is recognised by its capital letter, so not in Japanese or Chinese; in a notice by a third person, it is
not recognised which of two colleagues has left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from enum import IntEnum
from typing import Final

from mailer import lazy_re as re
from mailer.bounces.language import (
    LANGUAGES,
    Language,
    Sentence,
    alternatives,
    first_with,
    fold,
    guess_languages,
    parse_sentences,
    pattern,
)
from mailer.bounces.parts import Part, parse_addresses, parse_time
from mailer.bounces.prose import FIELDS, is_digest, markup_text
from mailer.bounces.values import Confidence, Kind, Notice, Report, ReportedRecipient
from mailer.frozen import dataclass, replace
from mailer.words import any_of, finder, read_patterns, read_section
from mailer.words.weights import weigh, weigh_kinds

MAX_LOOKED_AT = 25  # sentences
MAX_ADDRESSES = 10
MAX_WORDS = 500
ENOUGH = 3  # that a notice is one
_SHORT = 400
_BULK = frozenset({"bulk", "junk"})
_LIST_FIELDS = ("list-id", "list-unsubscribe", "list-post", "feedback-id", "x-campaign-id", "x-mailer-lid")
_SENTENCES = {name: "|".join(words) for name, words in read_section("bounces", "sentences").items()}
_MARKS = read_patterns("bounces", "notice")
# the weight, on the scale of notices, that is enough for a letter without a mark, and for one that a program sent
_NOTICES = {"challenge": Kind.CHALLENGE, "left": Kind.MOVED, "away": Kind.AUTOREPLY}
_ENOUGH = {"challenge": 3.5, "left": 0.75, "away": 0.5}
_ENOUGH_MARKED = {"challenge": 2.0, "left": 0.0, "away": -1.0}
_DOUBT = 1.5
_WEIGHED = 800  # characters: a longer letter is no notice, or one that a table knows
_ALSO = re.compile(rf"\b(?:{_SENTENCES['also']})\b|も|也|添加|追加|加上")
_ASKS = re.compile(any_of(read_section("bounces", "sentences")["asks"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A message that is no report: its own sentences, the languages they may be in, and the addresses known already.

    `mark` is the name of its mark as automatic (`report.automatic_reply`), or empty; `place` is where it has something
    like an opt-out token (`address`, `subject`), or empty.
    `sentences` are the first of `all_sentences`: a wish may come late, a notice begins as one.
    """

    root: Part
    subject: str
    mark: str
    place: str
    known: frozenset[str]
    text: str
    all_sentences: Sequence[Sentence]
    sentences: Sequence[Sentence]
    languages: Sequence[Language]

    @property
    def names_a_mail(self) -> bool:
        """Return whether its header names the mail that it answers: then staff see it, whatever it is read as."""
        return bool(self.root.header("in-reply-to") or self.root.header("references"))

    def first(self, *names: str) -> Sentence | None:
        """Return the first sentence with a row of the languages' tables of these names."""
        return first_with(self.sentences, [pattern(each, name) for each in self.languages for name in names])


@dataclass(frozen=True, slots=True)
class _Absence:
    """A notice: the sentence that makes it one, whether a machine says it is one, and the weight of the evidence."""

    sentence: Sentence
    by_machine: bool
    away: bool
    weight: int


def parse_answer(root: Part, subject: str, *, mark: str, place: str, known: Iterable[str]) -> Answer | None:
    """Return a message as it is read, None for a mailing list's; `known` are the addresses in its header."""
    # a press office's own address may be a list (Google Groups), and then people's answers have its fields
    if not (mark or place or root.header("in-reply-to") or root.header("references")):
        # automatic replies have `bulk` alone, too (RFC 3834 is younger than they are)
        precedence, generated = root.header("precedence").strip().lower(), root.header("auto-submitted").lower()
        is_mass = precedence == "list" or (precedence in _BULK and generated.startswith("auto-generated"))
        if is_mass or any(root.header(name) for name in _LIST_FIELDS):
            return None
    text = new_text(root)
    sentences = parse_sentences(text)
    return Answer(
        root=root,
        subject=subject,
        mark=mark,
        place=place,
        known=frozenset(each.lower() for each in known),
        text=text,
        all_sentences=sentences,
        sentences=sentences[:MAX_LOOKED_AT],
        languages=guess_languages(" ".join(each.plain for each in sentences) or fold(subject)),
    )


def read_answer(letter: Answer) -> Report | None:
    """Read an automatic reply, a move, a challenge or an opt-out by the words of the tables; None if it is none."""
    sentences, text, subject, mark = letter.all_sentences, letter.text, letter.subject, letter.mark
    if challenge := _challenge(letter):
        return _report(Kind.CHALLENGE, "challenge", Confidence.LIKELY, challenge)
    stated = "\n".join(each.plain for each in sentences[:10] if not CONDITION.match(each.plain))
    if mark in {"", "auto-submitted"} and _MARKS["delivery"].search(stated):
        return None
    if letter.place:
        # mail with a token is an opt-out, except for a notice that was sent to the bounce address
        wish = find_wish(text, sentences, subject, letter.languages)
        absence = _absence(letter)
        is_notice = (absence and absence.weight >= ENOUGH) or _move(letter, automatic=False)
        plainly = mark not in {"", "auto-submitted"} or is_notice
        if not plainly or ((wish or find_wish("", (), subject, letter.languages)) and mark in {"", "auto-submitted"}):
            return _report(Kind.OPTOUT, f"opt-out {letter.place}", Confidence.CERTAIN, wish)
    return _automatic(letter) if mark else _unmarked(letter)


def _report(kind: Kind, rule: str, sure: Confidence, sentence: Sentence | None, notice: Notice | None = None) -> Report:
    words = sentence.words[:MAX_WORDS] if sentence else ""
    return Report(kind=kind, rule=rule, confidence=sure, notice=notice, words=words)


def _automatic(letter: Answer) -> Report:
    """Read a reply with a mark: having left takes precedence over being away, unless it has a day of return."""
    # the button of a mail program (Apple Mail) sends only this, with the mark
    if letter.mark == "auto-submitted" and (wish := find_wish("", (), letter.subject, letter.languages)):
        return _report(Kind.OPTOUT, "opt-out by a program", Confidence.LIKELY, wish)
    absence, move = _absence(letter), _move(letter, automatic=True)
    rule = f"automatic reply: {letter.mark}"
    sure = Confidence.LIKELY if letter.mark == "subject" else Confidence.CERTAIN
    is_away = absence is not None and absence.away
    away = _away(letter, is_away=is_away)
    is_back = is_away and away is not None and away.back_on is not None
    if move and (move[1].has_left or not is_away) and not is_back:
        return _report(Kind.MOVED, rule, sure, *move)
    if absence is None and away is None and (weighed := weigh_answer(letter, _ENOUGH_MARKED)):
        return weighed if weighed.kind is not Kind.AUTOREPLY else replace(weighed, rule=rule, confidence=sure)
    return _report(Kind.AUTOREPLY, rule, sure, absence.sentence if absence else None, away)


def _unmarked(letter: Answer) -> Report | None:
    """Read a message without a mark in its header: a wish, a move, a notice, or a letter for people."""
    absence = _absence(letter)
    notice = absence if absence and absence.weight >= ENOUGH else None
    machine = (notice is not None and notice.by_machine) or bool(_MARKS["robots"].search(letter.root.header("from")))
    machine = machine or letter.root.header("precedence").strip().lower() in _BULK
    text, sentences = ("", ()) if machine else (letter.text, letter.all_sentences)  # a button writes it in the subject
    wish, rule = find_wish(text, sentences, letter.subject, letter.languages), "opt-out words"
    move = _move(letter, automatic=machine)
    if wish and letter.names_a_mail and is_denied(text, wish):
        wish = None
    elif not (wish or move or notice) and (letter.names_a_mail or PREFIX.match(fold(letter.subject))):
        wish, rule = weigh_wish(text, sentences, enough=SURE), "opt-out weight"
        if wish and weigh("letters", text) - SURE < weigh_kinds("notices", text)["left"] - _ENOUGH["left"]:
            wish = None  # it is more of a farewell
    if wish:
        addresses = (each.rstrip(".") for each in parse_addresses(wish.words))
        named = tuple(ReportedRecipient(address=each) for each in addresses if each.lower() not in letter.known)
        left = Notice(has_left=True, stand_ins=move[1].stand_ins) if move and move[1].has_left else None
        found = _report(Kind.OPTOUT, rule, Confidence.GUESS, wish, None if named else left)
        return replace(found, recipients=named)
    if move and not (notice and notice.away and not move[1].has_left):
        return _report(Kind.MOVED, "words: moved", Confidence.GUESS, *move)
    if notice:
        rule = "words: automatic reply" if notice.by_machine else "words: out of office"
        return _report(Kind.AUTOREPLY, rule, Confidence.GUESS, notice.sentence, _away(letter, is_away=notice.away))
    return None


def weigh_answer(letter: Answer, enough: Mapping[str, float] = _ENOUGH) -> Report | None:
    """Read a letter that no table knows as the notice whose limit it exceeds most."""
    if len(letter.text) > _WEIGHED or not letter.sentences:
        return None
    if is_digest(f"{letter.root.header('from')} {letter.subject} {letter.text}".lower()):
        return None
    above = {name: each - enough[name] for name, each in weigh_kinds("notices", letter.text).items()}
    name = max(above, key=above.__getitem__)
    # an answer to one of our mails is mostly a person's, and would be lost among machines' notices
    least = _DOUBT if letter.names_a_mail and not letter.mark else 0
    if above[name] < least or (least and name != "left"):
        return None
    strongest = max(letter.sentences, key=lambda each: weigh_kinds("notices", each.plain)[name])
    stand_ins, own = _addresses(letter)
    moved = Notice(has_left=not own, stand_ins=stand_ins, new_address=own)
    notice = {"left": moved, "away": _away(letter, is_away=False)}.get(name)
    return _report(_NOTICES[name], f"{name} weight", Confidence.GUESS, strongest, notice)


def _away(letter: Answer, *, is_away: bool) -> Notice | None:
    """Return whether the writer is away, when they are back, and the address to use meanwhile."""
    header = letter.root.header("date")
    english = bool(letter.languages) and letter.languages[0].code == "en"
    sent = parse_sent(header, parse_time(header), english=english)
    back_on = find_return((each.plain for each in letter.sentences), sent)
    stand_ins, own = _addresses(letter)
    stand_ins = (*stand_ins, own) if own else stand_ins
    notice = Notice(back_on=back_on, stand_ins=stand_ins, is_away=is_away or back_on is not None)
    return notice if notice != Notice() else None


def _addresses(letter: Answer) -> tuple[tuple[str, ...], str]:
    """Return the addresses in a notice: those to use instead, and the writer's new one."""
    mine = [pattern(each, "own") for each in letter.languages]
    others: list[str] = []
    own, before = "", ""
    for sentence in letter.sentences:
        named = [each.rstrip(".") for each in parse_addresses(sentence.words.replace("mailto:", " "))]
        context = sentence.plain if len(sentence.plain.split()) > 2 else f"{before} {sentence.plain}"
        is_own = any(one.search(context) for one in mine)
        for address in named:
            if address.lower() in letter.known:
                continue
            if is_own and not own:
                own = address
            else:
                others.append(address)
        before = sentence.plain
    return tuple(dict.fromkeys(each for each in others if each != own))[:MAX_ADDRESSES], own


def _move(letter: Answer, *, automatic: bool) -> tuple[Sentence, Notice] | None:
    """Return the sentence that says that someone has left or has a new address, and the notice; None if there is none.

    `automatic`: a machine is known to have written it, so fewer words are enough.
    """
    plains = [each.plain for each in letter.sentences]
    left = letter.first("left")
    if left is None and any(_MARKS["follows"].search(plain) or "@" in plain for plain in plains):
        left = next((each for each in letter.sentences if _MARKS["left_name"].search(each.words)), None)
    if left and not automatic and _MARKS["about_others"].search(left.plain):
        left = None
    gone = letter.first("gone")
    stand_ins, own = _addresses(letter)
    moved = letter.first("own") if own else None
    if moved and not (automatic or left or gone or _MARKS["new"].search(moved.plain)):
        moved = None
    instead = letter.first("instead") if stand_ins else None
    if instead and not automatic and any(map(_ALSO.search, plains)):
        instead = None
    sentence = left or gone or moved or instead
    if sentence is None or (not automatic and any("?" in plain or "？" in plain for plain in plains)):
        return None
    new_address = own if left or gone or moved else ""
    return sentence, Notice(has_left=left is not None, stand_ins=stand_ins, new_address=new_address)


def _absence(letter: Answer) -> _Absence | None:
    """Find a notice that someone is away, or a machine's “we have received your mail”, and weigh it."""
    away, machine = letter.first("absent"), letter.first("automatic")
    sentence = away or machine
    if sentence is None:
        return None
    whole = " ".join(each.plain for each in letter.sentences)
    by_machine = _machine_weight(letter) if machine else 0
    signs = letter.first("signs")
    weight = 2 * bool(away) + by_machine + 2 * bool(signs)
    weight += bool(_MARKS["thanks"].search(whole)) + bool(_MARKS["day"].search(whole))
    if _MARKS["letter"].search(whole) and (by_machine < ENOUGH or "?" in whole):
        weight -= 3
    return _Absence(sentence, bool(machine), bool(away), weight + ("@" in whole))


def _machine_weight(letter: Answer) -> int:
    """Return the weight of a machine's words: “This is an automatic reply” (a first row) is enough, else two."""
    hits = [
        place
        for each in letter.languages
        for place, row in enumerate(each.automatic)
        if first_with(letter.sentences, [alternatives((row,))])
    ]
    return ENOUGH if 0 in hits else min(ENOUGH, 1 + len(hits)) if hits else 0


def _challenge(letter: Answer) -> Sentence | None:
    """Return the sentence with which a program that holds a mail back asks its sender to prove to be a person."""
    subject, sentences = fold(letter.subject), letter.sentences
    if _MARKS["challengers"].search(letter.root.header("from")) or not FIELDS["challenge"].isdisjoint(
        letter.root.first
    ):
        return sentences[0] if sentences else Sentence(subject, subject)
    whole = " ".join(each.plain for each in sentences)
    if not (_MARKS["says_where"].search(whole) and _ASKS.search(whole)):
        return None
    found = next((each for each in sentences if _ASKS.search(each.plain)), None)
    by_subject = _MARKS["challenge"].search(subject)
    if found is None and (by_subject or (len(whole) < _SHORT and "http" in whole)):
        found = sentences[0]
    subscribes = _MARKS["subscribing"].search
    if found is None or subscribes(found.plain) or (subscribes(whole) and not by_subject):
        return None
    return found if "?" not in found.plain.split("http")[0] else None


# Dates: the day on which someone is back, from the sentences of their notice.
#
# How people write days (“14 March”, “14.3.”, “le 14 mars”, “3月14日”, “next Monday”, “from 3 to 17 May”) and which of
# them means the return: a day named as that of the return; else the day after the last one of an absence (“through”, a
# range, “bis einschließlich”); else the day after “until”, which is taken as the return itself. The year is the one
# that brings the day nearest after the mail's own date. `4/3` is read by the language and the zone of the sender; if
# neither shows the order, the later reading holds a follow-up back rather than send it into an empty office. The words
# are `[days]`, `[months]` and `[weekdays]` of `bounces.toml`.
#
# Gaps: calendar weeks (“KW 33”), a month alone (“back in September”), feasts (“after Easter”) give no day.

_DAYS = {name: "|".join(words) for name, words in read_section("bounces", "days").items()}
_MONTHS = {name: i for i, names in enumerate(read_section("bounces", "months").values(), start=1) for name in names}
_WEEKDAYS = {name: i for i, names in enumerate(read_section("bounces", "weekdays").values()) for name in names}
_NUMBERS = ("segunda", "terca", "quarta", "quinta", "sexta")  # “second” to “sixth”, and Portuguese weekdays
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_WEEKDAY = (
    rf"(?:{'|'.join(sorted(_WEEKDAYS.keys() - set(_NUMBERS), key=lambda name: (-len(name), name)))}"
    rf"|(?:{'|'.join(_NUMBERS)})(?=[ ,.]|$))"
)
_LONGEST = timedelta(days=750)
_EARLIEST = timedelta(days=45)  # a notice is often left on; a day further back is next year's
_BEFORE, _BEHIND = 60, 40

_ORDINAL = r"(?:st|nd|rd|th|er|ste|de|eme|\.|o|a|º|°|-go|-го|-е)?"
_DATE = re.compile(
    r"(?P<iso_year>20\d\d)[-/.](?P<iso_month>\d{1,2})[-/.](?P<iso_day>\d{1,2})(?!\d)"
    r"|(?:(?P<cjk_year>20\d\d) ?年 ?)?(?P<cjk_month>\d{1,2}) ?月 ?(?P<cjk_day>\d{1,2}) ?[日号號]"
    rf"|(?<![\d.])(?P<eu_day>\d{{1,2}}){_ORDINAL},? ?(?:of |de |den |d')?(?P<eu_month>{_MONTH})(?![^\W\d])\.?,?"
    r"(?: (?:de |del )?(?P<eu_year>20\d\d))?"
    rf"|(?<![^\W\d])(?P<us_month>{_MONTH})\.? (?:the )?(?P<us_day>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:])"
    r"(?:,? (?P<us_year>20\d\d))?"
    r"|(?<![\d/+])(?<!\d[.-])(?P<first>\d{1,2})(?P<sign>[./])(?P<second>\d{1,2})(?![\d:])"
    r"(?:(?P=sign)(?P<short>20\d\d|\d\d(?!\d))?)?(?!\d)"
    rf"|(?<![^\W\d])(?P<weekday>{_WEEKDAY})(?![^\W\d])|(?P<week>{_DAYS['next_week']})"
    f"|(?P<tomorrow>{_DAYS['tomorrow']})"
)
_WHEN = read_patterns("bounces", "days")
_RANGE = re.compile(
    r"\d{1,2}(?:st|nd|rd|th|er|\.|日|号)?(?:\d{1,2}\.?)?(?:20\d\d)?(?: ?/ ?\d\d?)?(?: [^\W\d]+\.?)?(?: 20\d\d)? ?"
    r"(?:\([^)]{1,12}\))? ?(?:-|to|bis(?: zum)?|and|und|et|au|al|a|ao|y|e|tot|do|по|until|till|through|til|i"
    r"|til og med|aan|~|〜|から|至|到|ate|hasta|--)"
    rf" ?(?:el |il |le |al |the |den |dem |dia |o |{_WEEKDAY},? ?(?:the |den |dem )?)?$"
)


class Role(IntEnum):
    """The meaning of a day in a notice; a higher one takes precedence."""

    NOTHING = 0
    UNTIL = 1
    LAST = 2
    BACK = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The day on which a mail was sent, and whether its sender writes the month first.

    `month_first`: True in North American English, False in Europe, None if unknown.
    """

    on: date | None = None
    month_first: bool | None = None


def parse_sent(header: str, at: datetime | None, *, english: bool) -> Sent:
    """Read a Date header for its day and its zone; `english`: the notice is written in English.

    Exchange writes every out-of-office reply in UTC, so a zone of zero shows nothing.
    """
    zone = re.search(r"([+-])(\d\d)\d\d\b", header[-60:])
    hours = int(zone[2]) * (-1 if zone[1] == "-" else 1) if zone else 0
    month_first = None if english and not hours else english and -10 <= hours <= -4
    return Sent(on=at.date() if at else None, month_first=month_first)


def find_return(sentences: Iterable[str], sent: Sent) -> date | None:
    """Return the day of the return that the sentences (in plain form) name, or None."""
    found: list[tuple[Role, date]] = []
    for plain in sentences:
        if any(sign.isdigit() for sign in plain) or sent.on:
            found += _roles(plain, sent)
    role = max((role for role, _ in found), default=Role.NOTHING)
    days = [day for each, day in found if each is role]
    if not role:
        return None
    day = days[0] if role is Role.BACK else max(days) + timedelta(days=role is Role.LAST)
    return day if sent.on is None or sent.on - _EARLIEST <= day <= sent.on + _LONGEST else None


def _roles(plain: str, sent: Sent) -> Iterator[tuple[Role, date]]:
    matches = list(_DATE.finditer(plain))
    for place, found in enumerate(matches):
        following = matches[place + 1] if place + 1 < len(matches) else None
        if found["weekday"] and following and following.start() - found.end() < 8 and not following["weekday"]:
            continue  # “Monday, 14 March” is one day
        day = _day(found, sent)
        if day is None:
            continue
        yield _role(plain, found, matches[place - 1] if place else None), day


def _role(plain: str, found: re.Match[str], previous: re.Match[str] | None) -> Role:
    start = previous.end() if previous and not previous["weekday"] else 0
    before = plain[max(start, found.start() - _BEFORE) : found.start()]
    behind = plain[found.end() : found.end() + _BEHIND]
    wide = plain[max(0, found.start() - _BEFORE) : found.start()]
    if _WHEN["is_back"].search(before) and not _WHEN["until"].search(before):
        return Role.BACK
    if _WHEN["inclusive"].search(before) or _WHEN["inclusive_behind"].search(behind) or _RANGE.search(wide):
        return Role.LAST
    if _WHEN["until"].search(before) or _WHEN["until_behind"].search(behind):
        return Role.UNTIL
    return Role.BACK if _WHEN["back_behind"].search(behind) and not _WHEN["not_back"].search(behind) else Role.NOTHING


def _day(found: re.Match[str], sent: Sent) -> date | None:
    group = found.groupdict()
    for kind in ("iso", "cjk", "eu", "us"):
        if day := group[f"{kind}_day"]:
            month = group[f"{kind}_month"]
            return _nearest(int(group[f"{kind}_year"] or 0), _MONTHS.get(month) or int(month), int(day), sent)
    if group["first"]:
        return _numeric(group, sent)
    if sent.on is None:
        return None
    if found["tomorrow"]:
        return sent.on + timedelta(days=1)
    if found["week"]:
        return sent.on + timedelta(days=7 - sent.on.weekday())
    ahead = (_WEEKDAYS[found["weekday"]] - sent.on.weekday()) % 7
    return sent.on + timedelta(days=ahead or 7)


def _numeric(group: dict[str, str | None], sent: Sent) -> date | None:
    first, second, short = int(group["first"] or 0), int(group["second"] or 0), group["short"] or "0"
    year = int(short) + (2000 if 0 < int(short) < 100 else 0)
    european, american = (_nearest(year, second, first, sent), _nearest(year, first, second, sent))
    if group["sign"] == "." or sent.month_first is False:
        return european or (american if group["sign"] == "/" else None)
    if sent.month_first:
        return american or european
    return max(filter(None, (european, american)), default=None)


def _nearest(year: int, month: int, day: int, sent: Sent) -> date | None:
    """Return the day, in the year that was named or the one nearest after the mail's own date."""
    on = sent.on
    for each in [year] if year else [on.year + step for step in (-1, 0, 1)] if on else []:
        with suppress(ValueError):
            found = date(each, month, day)
            if year or on is None or found >= on - _EARLIEST:
                return found
    return None


# New text: a person's own words, above and between their quotations.
#
# Finds where a quotation begins and ends, in plain text and in the HTML of the usual mail programs; signatures and the
# lines that programs add are removed, too. Gaps: a quotation without any mark at all is taken for the person's words.

MAX_TEXT = 20_000
MAX_NEW = 4_000
MAX_LINES = 400
_ATTRIBUTION_LINES = 3
_LONG_LINE = 55  # a quoted line that was wrapped without its mark follows one at least this long

_LINE = read_patterns("bounces", "quoted")


def new_text(root: Part) -> str:
    """Return the new text of a message, without quotations, at most `MAX_NEW` characters of it."""
    bodies: dict[str, Part] = {}
    for part in root.all_parts:
        if not part.parts and not part.header("content-disposition").strip().lower().startswith("attachment"):
            bodies.setdefault(part.content_type, part)
    plain, markup = bodies.get("text/plain"), bodies.get("text/html")
    text = cut_quotation(plain.text) if plain else ""
    return text or (cut_quotation(markup_text(markup.text)) if markup else "")


def cut_quotation(text: str) -> str:
    """Return a body without quotations, the signature, and the lines that a mail program adds."""
    lines = text[:MAX_TEXT].replace("\u00a0", " ").split("\n")[:MAX_LINES]
    kept: list[str] = []
    at = 0
    while at < len(lines):
        if _ends(lines, at):
            break
        span = _attribution(lines, at)
        if span and not _LINE["quoted"].match(next(filter(str.strip, lines[at + span :]), "")):
            break
        if not span:
            line = lines[at]
            # a quoted line that was wrapped without its mark, between two with one
            is_torn = 0 < at < len(lines) - 1 and len(lines[at - 1]) >= _LONG_LINE and line.strip() != ""
            is_torn = is_torn and all(_LINE["quoted"].match(lines[beside]) for beside in (at - 1, at + 1))
            if not (is_torn or _LINE["quoted"].match(line) or _LINE["mobile"].match(line)):
                kept.append(line.rstrip())
        at += span or 1
    return "\n".join(kept).strip()[:MAX_NEW]


def _ends(lines: list[str], at: int) -> bool:
    """Return whether everything from this line on is old: a head of the quoted mail, a rule, a signature."""
    line = lines[at]
    if _LINE["signature"].match(line) or (_LINE["rule"].match(line) and any(map(str.isalpha, line))):
        return True
    return bool(_LINE["from"].match(line)) and any(_LINE["head_field"].match(each) for each in lines[at + 1 : at + 5])


def _attribution(lines: list[str], at: int) -> int:
    """Return how many lines “On … wrote:” takes up from here, or 0."""
    joined = ""
    for span, line in enumerate(lines[at : at + _ATTRIBUTION_LINES], start=1):
        if not line.strip():
            return 0
        joined = f"{joined} {line.strip()}"[:500]
        if joined.rstrip().endswith((":", "：")):
            return span if _LINE["verb"].search(joined) and _LINE["evidence"].search(joined) else 0
        if len(joined) > 400 or joined.endswith((".", "!", "?")):
            return 0
    return 0


# Wishes: a person who asks, in their own words, to get no more mail (GDPR Art. 21: such a reply is a valid objection).
#
# A wish is distinguished from talk about wishes by sentence: what only looks like a wish is cut out first, a sentence
# that is a footer, a guest list or about a photograph is none, and words in quotation marks are someone else's. A word
# like “unsubscribe” alone, with nothing but politeness beside it, is a wish, too. If the tables find none, a letter is
# weighed by its words (`words.weights`): from `SURE` on it is a wish, from `PERHAPS` on staff look at it (`letter`), as
# they do if a table finds a wish and the words deny it.

MAX_ALONE: Final = 25
_EARLY: Final = 3  # a lone “unsubscribe” further down a long mail is the link in someone's footer
_SHORT_WISH: Final = 300
_CURT: Final = 120
SURE: Final = 2.75  # on the scale of letters; `python -m tests.weights` prints what each weight finds
PERHAPS: Final = 1.0
_DENIED: Final = -0.5
_WEIGHED_WISH: Final = 1000  # characters: in a longer letter a wish is one thing among others
_WISH: Final = read_patterns("bounces", "wish")
CONDITION: Final = _WISH["condition"]
PREFIX: Final = _WISH["prefix"]  # of the subject of an answer
_WHOLE, _STOP, _DELETE, _THIS = (
    frozenset(read_section("bounces", "wish")[name]) for name in ("whole", "stop", "delete", "this")
)
_ALONE: Final = frozenset(word for each in LANGUAGES for word in each.alone)
_FILLER: Final = frozenset(word for each in LANGUAGES for word in each.filler)
_languages: Final = finder((stem, each) for each in LANGUAGES for stem in each.stems)
_PIECES: Final = sorted((word for word in _ALONE | _FILLER if _WISH["cjk"].search(word)), key=len, reverse=True)


def find_wish(text: str, sentences: Sequence[Sentence], subject: str, languages: Sequence[Language]) -> Sentence | None:
    """Return the sentence that asks for no more mail, in a person's new text or in their subject.

    `text` has no quotations (`new_text`), `sentences` are all of its sentences. A subject counts if a person wrote it,
    and if the text is not about something else.
    """
    if _WISH["newsletter"].search(" ".join(each.plain for each in sentences)):
        return None
    return _wish_among(text, sentences, languages) or _subject_wish(text, sentences, subject)


def weigh_wish(text: str, sentences: Sequence[Sentence], *, enough: float) -> Sentence | None:
    """Return the sentence that weighs most, if the letter weighs enough.

    A sentence that only looks like a wish is left out, and a letter that refuses one (“keep me on”) has none.
    """
    if len(text) > _WEIGHED_WISH:
        return None
    whole = "\n".join(each.plain for each in sentences)
    for table in find_tables(whole, guess_languages(whole)):
        if pattern(table, "refusals").search(whole):
            return None
        sentences = [each for each in sentences if not pattern(table, "harmless").search(each.plain)]
    is_one = weigh("letters", " ".join(each.plain for each in sentences)) >= enough
    return max(sentences, key=lambda each: weigh("letters", each.plain)) if is_one else None


def is_denied(text: str, wish: Sentence) -> bool:
    """Return whether neither the sentence that a table found nor the whole letter weighs enough for a wish."""
    return max(weigh("letters", wish.plain), weigh("letters", text)) < _DENIED


def find_tables(plain: str, languages: Sequence[Language]) -> list[Language]:
    """Return the languages, of those guessed, else of all, in which the text has a stem that every wish has."""
    found = _languages(plain)
    guessed = [each for each in languages if each in found]
    return guessed or ([each for each in LANGUAGES if each in found] if len(plain) < _SHORT_WISH else [])


def _wish_among(text: str, sentences: Sequence[Sentence], languages: Sequence[Language]) -> Sentence | None:
    corrected = correct_spelling("\n".join([each.plain for each in sentences]))
    plains = corrected.split("\n") if sentences else []
    tables = find_tables(corrected, languages)
    one_word = len(text) <= _CURT and "?" not in text
    for place, (sentence, plain) in enumerate(zip(sentences, plains, strict=True)):
        first = (
            _WISH["dash"].split(plain)[0] if one_word else plain
        )  # the “unsubscribe” of “Unsubscribe - wrong department”
        alone = first if len(first.split()) <= 2 else plain
        if (place < _EARLY or len(text) <= _SHORT_WISH) and _stands_alone(alone):
            return sentence
        if _is_wish(plain, tables):
            return sentence
    whole = " ".join(plains)
    if len(whole) > _SHORT_WISH:
        return None
    if curt := [each for each, plain in zip(sentences, plains, strict=True) if _is_curt(plain, whole)]:
        return curt[0]
    if len(sentences) > 1 and _is_wish(whole, tables):
        return Sentence(" ".join(each.words for each in sentences), whole)  # lines of a few words, broken anywhere
    words = set(_WISH["word"].findall(whole))  # a letter that is one sentence: “Remove.”, “Raus bitte” and nothing more
    is_whole = len(sentences) == 1 and bool(words & _WHOLE) and words <= _WHOLE | _FILLER
    return sentences[0] if is_whole else None


def _is_curt(plain: str, whole: str) -> bool:
    """Return whether a sentence is only “Please stop.”, or “Please delete.” in a letter about the address."""
    words = set(_WISH["word"].findall(plain))
    if words & _STOP and "?" not in whole:
        return words <= _STOP | _FILLER | _THIS
    if CONDITION.match(plain) or not _WISH["context"].search(whole) or _WISH["things"].search(whole):
        return False
    clauses = (set(_WISH["word"].findall(clause)) for clause in _WISH["clause"].split(plain))
    return any(clause & _DELETE and clause <= _DELETE | _FILLER | _THIS for clause in clauses)


def _is_wish(plain: str, tables: Sequence[Language]) -> bool:
    """Return whether a sentence is a wish in one of the languages, and no refusal of one in any of them."""
    open_words = _WISH["quote"].sub(" ", plain) if plain.count('"') >= 2 else plain
    if open_words.rstrip(' ")').endswith("?") and not _WISH["request"].search(open_words):
        return False
    found = _languages(open_words) if tables else ()
    used = [table for table in tables if table in found]
    for table in tables if used else ():
        if pattern(table, "refusals").search(open_words):
            return False
        open_words = pattern(table, "harmless").sub(" # ", open_words)
    return any(pattern(table, "wishes").search(open_words) for table in used)


def _subject_wish(text: str, sentences: Sequence[Sentence], subject: str) -> Sentence | None:
    plain = correct_spelling(fold(subject))
    bare = PREFIX.sub("", plain)
    answer = bare != plain
    talks = "?" in text or "？" in text or len(text) > 250
    if not bare or talks or (answer and sentences):
        return None
    is_wish = _stands_alone(bare) or (not answer and _is_wish(bare, find_tables(bare, guess_languages(bare))))
    return Sentence(subject, bare) if is_wish else None


def _stands_alone(plain: str) -> bool:
    """Return whether a text is a word like “unsubscribe” with nothing but politeness beside it."""
    bare = _WISH["address"].sub(" ", plain) if "@" in plain else plain
    words = _WISH["word"].findall(bare)
    if not bare.isascii() and _WISH["cjk"].search(bare):  # no blanks: nothing is left without the known pieces
        rest = "".join(words)
        if not any(word in rest for word in _ALONE if _WISH["cjk"].search(word)):
            return False
        for piece in _PIECES:
            rest = rest.replace(piece, "")
        return len(rest) <= 2
    known = all(word in _FILLER or word in _ALONE for word in words)
    return known and len(words) <= MAX_ALONE and any(word in _ALONE for word in words) and not _WISH["no"].match(bare)


def correct_spelling(plain: str) -> str:
    """Return a text with the spelling of the most important words corrected: `unsuscribe`, `un-subscribe`, `remvoe`."""

    def corrected(found: re.Match[str]) -> str:
        word = found[0]
        if word.startswith("unsubscri"):
            return word
        if "subscri" in word and word.startswith(("un-", "un ", "de", "dis", "di")):
            return "unsubscribe"
        if not _WISH["close"].match(word):
            return word
        return next(iter(get_close_matches(word, ("unsubscribe", "unsubscribed"), 1, cutoff=0.8)), word)

    return _WISH["remove"].sub("remove", _WISH["unsubscribe"].sub(corrected, plain))


# Answers to an embargo: whether a reply agrees to an embargo that was offered. Only the first sentences count, each for
# itself, and a question is no answer: “Could we agree on Monday?”.

AGREED, DECLINED = "accepted", "declined"  # as the ledger stores them
_FIRST_SENTENCES: Final = 6
_LONGEST_YES: Final = 160  # staff read a sentence that says more than yes or no


def read_embargo_answer(sentences: Sequence[Sentence]) -> tuple[str, str]:
    """Return `AGREED`, `DECLINED` or nothing, and the sentence with the answer."""
    phrases = read_section("embargo_answers", "says")
    for verdict in (DECLINED, AGREED):
        found = alternatives(phrases[verdict])
        for each in sentences[:_FIRST_SENTENCES]:
            is_question = each.plain.rstrip().endswith(("?", "？"))
            if len(each.plain) <= _LONGEST_YES and not is_question and found.search(each.plain):
                return verdict, each.words
    return "", ""
