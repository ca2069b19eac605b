"""Answers: what people and their programs write back, out of the text above what they quote.

Owns which reading wins. A machine that marks itself is never a person who opts out, whatever its footer says: a
challenge, else a notice that somebody has left, else an automatic reply. Mail to an address with a token of ours is an
opt-out whatever its words: such mail is mostly written by mailbox providers (RFC 2369, RFC 8058) and may carry
`Auto-Submitted`, and an opt-out that is overlooked is worse than one to be undone; unless it is plainly a notice or a
challenge: those go to the bounce address, which has a token too, and never to the one for opting out. A list's own
mail is no answer at all. In a person's letter the wish for no more mail goes before the news that they have left.
Notices are weighed: what speaks for one and against it adds up (`_absence`).
Never raises, reads no more than the first sentences. The words are those of each language, and `[notice]` and
`[sentences]` of `bounces.toml`.

Gaps: an employer's name alone (“I have left Reuters”) is known by its capital letter, so not in Japanese or
Chinese; which of two colleagues has left is not told where the notice is written by a third.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mailer.bounces.dates import find_return, parse_sent
from mailer.bounces.language import Language, Sentence, first_with, fold, guess_languages, parse_sentences, pattern
from mailer.bounces.parts import Part, parse_addresses, parse_time
from mailer.bounces.values import Confidence, Kind, Notice, Report, ReportedRecipient
from mailer.bounces.wishes import find_wish, is_wish
from mailer.bounces.written import new_text
from mailer.words import read_section

MAX_LOOKED_AT = 25  # sentences
MAX_ADDRESSES = 10
MAX_WORDS = 500
ENOUGH = 3  # that a notice is one
_SHORT = 400
_LIST_FIELDS = ("list-id", "list-unsubscribe", "list-post", "feedback-id", "x-campaign-id", "x-mailer-lid")
_CHALLENGE_FIELDS = frozenset(
    {
        *("x-tmda-fingerprint", "x-tmda-confirm", "x-boxbe", "x-spamarrest", "x-challenge-response"),
        *("x-mailinblack", "x-asks", "x-sendio"),
    }
)
_NOTICE = {name: "|".join(words) for name, words in read_section("bounces", "notice").items()}
_SENTENCES = {name: "|".join(words) for name, words in read_section("bounces", "sentences").items()}
_DELIVERY = re.compile(_NOTICE["delivery"])
_LEFT_NAME = re.compile(
    r"\b(?:have|has|'ve|’ve)\s+(?:now\s+|recently\s+|since\s+|just\s+)?left\s+(?:[Tt]he\s+)?"
    r"(?!I\b|Mon|Tue|Wed|Thu|Fri|Sat|Sun)[A-Z][\w&]+"
)
_FOLLOWS = re.compile(rf"\b(?:{_NOTICE['follows']})\b")
_ALSO = re.compile(rf"\b(?:{_SENTENCES['also']})\b|も|也|添加|追加|加上")
_NEW = re.compile(rf"\b(?:{_NOTICE['new']})\b|新")
_ABOUT_OTHERS = re.compile(rf"\b(?:{_NOTICE['about_others']})\b")
_DAY = re.compile(rf"\d{{1,2}} ?(?:[./月]|st|nd|rd|th|\.? [^\W\d]{{3,}})|\b(?:{_NOTICE['day']})\b")
_LETTER = re.compile(rf"[?？]|\b(?:{_NOTICE['letter']})\b")
_THANKS = re.compile(rf"\b(?:{_NOTICE['thanks']})|ありがとうございます|感谢您|感謝您|谢谢您的")
_CHALLENGERS = re.compile(
    rf"@(?:[\w-]+\.)*(?:{_NOTICE['challenge_senders']})\.\w+|spamblocker-challenge", re.IGNORECASE
)
_ASKS = re.compile(_SENTENCES["asks"])
_CHALLENGE = re.compile(rf"\b(?:{_NOTICE['challenge_subjects']})\b|\(verification\)")
_SUBSCRIBING = re.compile(rf"\b(?:{_NOTICE['subscribing']})\b")
_SAYS_WHERE = re.compile(
    r"https?:|<http|\b(?:click|repl|link|klick|antwort|cliqu|lien|enlace|link)\w*|クリック|点击|點擊"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Letter:
    """What is read: the message, its own sentences, the languages they may be in, and addresses that are no news."""

    root: Part
    subject: str
    mark: str
    known: frozenset[str]
    text: str
    sentences: Sequence[Sentence]
    languages: Sequence[Language]

    def first(self, *names: str) -> Sentence | None:
        """Return the first sentence in which a row of the languages' tables of these names is found."""
        return first_with(self.sentences, (getattr(each, name) for each in self.languages for name in names))


@dataclass(frozen=True, slots=True)
class _Absence:
    """A notice: the sentence that says so, whether a machine calls itself one, and how much speaks for it."""

    sentence: Sentence
    by_machine: bool
    away: bool
    weight: int


@dataclass(frozen=True, slots=True)
class _Move:
    """The sentence that says that somebody has left or moved, and what follows from it."""

    sentence: Sentence
    notice: Notice


def read_answer(root: Part, subject: str, *, mark: str, token_place: str, known: tuple[str, ...]) -> Report | None:
    """Read a message that is no report: an automatic reply, a move, a challenge, an opt-out, or None.

    `mark` names what marks it as automatic (`report.automatic_reply`) or is empty, `token_place` is where something
    like an opt-out token stands (`address`, `subject`) or empty, `known` are the addresses in its head.
    """
    # a press office's own address may be a list (Google Groups), and then people's answers bear its fields
    if not (mark or token_place or root.header("in-reply-to") or root.header("references")):
        bulk = root.header("precedence").strip().lower() in {"bulk", "list", "junk"}
        if bulk or any(root.header(name) for name in _LIST_FIELDS):
            return None
    text = new_text(root)
    sentences = parse_sentences(text)
    letter = _Letter(
        root=root,
        subject=subject,
        mark=mark,
        known=frozenset(each.lower() for each in known),
        text=text,
        sentences=sentences[:MAX_LOOKED_AT],
        languages=guess_languages(" ".join(each.plain for each in sentences) or fold(subject)),
    )
    if challenge := _challenge(letter):
        return _report(Kind.CHALLENGE, "challenge", Confidence.LIKELY, challenge)
    if mark in {"", "auto-submitted"} and any(_DELIVERY.search(each.plain) for each in sentences[:10]):
        return None
    if token_place:
        # mail with a token is an opt-out, but for a notice that was sent to the bounce address
        wish = find_wish(text, subject, letter.languages)
        absence = _absence(letter)
        is_notice = (absence and absence.weight >= ENOUGH) or _move(letter, automatic=False)
        plainly = mark not in {"", "auto-submitted"} or is_notice
        if not plainly or ((wish or is_wish(subject)) and mark in {"", "auto-submitted"}):
            return _report(Kind.OPTOUT, f"opt-out {token_place}", Confidence.CERTAIN, wish)
    return _automatic(letter) if mark else _unmarked(letter)


def _report(kind: Kind, rule: str, sure: Confidence, sentence: Sentence | None, notice: Notice | None = None) -> Report:
    words = sentence.words[:MAX_WORDS] if sentence else ""
    return Report(kind=kind, rule=rule, confidence=sure, notice=notice, words=words)


def _automatic(letter: _Letter) -> Report:
    """Read a reply that marks itself: who has left goes before who is away, unless they say when they are back."""
    absence, move, away = _absence(letter), _move(letter, automatic=True), _away(letter)
    rule = f"automatic reply: {letter.mark}"
    sure = Confidence.LIKELY if letter.mark == "subject" else Confidence.CERTAIN
    is_away = absence is not None and absence.away
    is_back = is_away and away is not None and away.back_on is not None
    if move and (move.notice.has_left or not is_away) and not is_back:
        return _report(Kind.MOVED, rule, sure, move.sentence, move.notice)
    return _report(Kind.AUTOREPLY, rule, sure, absence.sentence if absence else None, away)


def _unmarked(letter: _Letter) -> Report | None:
    """Read what nothing in the head marks: a wish, a move, a notice, or a letter for people."""
    absence = _absence(letter)
    notice = absence if absence and absence.weight >= ENOUGH else None
    machine = notice is not None and notice.by_machine
    wish = None if machine else find_wish(letter.text, letter.subject, letter.languages)
    move = _move(letter, automatic=machine)
    if wish:
        found = (each.rstrip(".") for each in parse_addresses(wish.words))
        named = tuple(ReportedRecipient(address=each) for each in found if each.lower() not in letter.known)
        left = Notice(has_left=True, stand_ins=move.notice.stand_ins) if move and move.notice.has_left else None
        return Report(
            kind=Kind.OPTOUT,
            rule="opt-out words",
            confidence=Confidence.GUESS,
            notice=None if named else left,
            words=wish.words[:MAX_WORDS],
            recipients=named,
        )
    if move and not (notice and notice.away and not move.notice.has_left):
        return _report(Kind.MOVED, "words: moved", Confidence.GUESS, move.sentence, move.notice)
    if notice:
        rule = "words: automatic reply" if notice.by_machine else "words: out of office"
        return _report(Kind.AUTOREPLY, rule, Confidence.GUESS, notice.sentence, _away(letter))
    return None


def _away(letter: _Letter) -> Notice | None:
    """Return when somebody is back, and whom to write to meanwhile."""
    header = letter.root.header("date")
    english = bool(letter.languages) and letter.languages[0].code == "en"
    sent = parse_sent(header, parse_time(header), english=english)
    back_on = find_return((each.plain for each in letter.sentences), sent)
    stand_ins, own = _addresses(letter)
    stand_ins = (*stand_ins, own) if own else stand_ins
    return Notice(back_on=back_on, stand_ins=stand_ins) if back_on or stand_ins else None


def _addresses(letter: _Letter) -> tuple[tuple[str, ...], str]:
    """Return the addresses in a notice: whom to write to instead, and their own new one."""
    mine = [pattern(each.own) for each in letter.languages]
    others: list[str] = []
    own, before = "", ""
    for sentence in letter.sentences:
        named = [each.rstrip(".") for each in parse_addresses(sentence.words.replace("mailto:", " "))]
        context = sentence.plain if len(sentence.plain.split()) > 2 else f"{before} {sentence.plain}"
        theirs = any(one.search(context) for one in mine)
        for address in named:
            if address.lower() in letter.known:
                continue
            if theirs and not own:
                own = address
            else:
                others.append(address)
        before = sentence.plain
    return tuple(dict.fromkeys(each for each in others if each != own))[:MAX_ADDRESSES], own


def _move(letter: _Letter, *, automatic: bool) -> _Move | None:
    """Find out whether a letter says that somebody does not work there any more, or has a new address.

    `automatic`: it is known already that a machine wrote it, so that fewer words are enough.
    """
    plains = [each.plain for each in letter.sentences]
    left = letter.first("left")
    if left is None and any(_FOLLOWS.search(plain) or "@" in plain for plain in plains):
        left = next((each for each in letter.sentences if _LEFT_NAME.search(each.words)), None)
    if left and not automatic and _ABOUT_OTHERS.search(left.plain):
        left = None
    gone = letter.first("gone")
    stand_ins, own = _addresses(letter)
    moved = letter.first("own") if own else None
    if moved and not (automatic or left or gone or _NEW.search(moved.plain)):
        moved = None
    instead = letter.first("instead") if stand_ins else None
    if instead and not automatic and any(map(_ALSO.search, plains)):
        instead = None
    sentence = left or gone or moved or instead
    if sentence is None or (not automatic and any("?" in plain or "？" in plain for plain in plains)):
        return None
    new_address = own if left or gone or moved else ""
    return _Move(sentence, Notice(has_left=left is not None, stand_ins=stand_ins, new_address=new_address))


def _absence(letter: _Letter) -> _Absence | None:
    """Find a notice that somebody is away, or a machine's “we have received your mail”, and weigh it."""
    away, machine = letter.first("absent"), letter.first("automatic")
    sentence = away or machine
    if sentence is None:
        return None
    whole = " ".join(each.plain for each in letter.sentences)
    by_machine = _machine_weight(letter) if machine else 0
    signs = letter.first("signs")
    weight = 2 * bool(away) + by_machine + 2 * bool(signs) + bool(_THANKS.search(whole)) + bool(_DAY.search(whole))
    if _LETTER.search(whole) and (by_machine < ENOUGH or "?" in whole):
        weight -= 3
    return _Absence(sentence, bool(machine), bool(away), weight + ("@" in whole))


def _machine_weight(letter: _Letter) -> int:
    """“This is an automatic reply” (the first row of each table) is enough by itself; of the rest it takes two."""
    hits = [
        place
        for each in letter.languages
        for place, row in enumerate(each.automatic)
        if first_with(letter.sentences, ((row,),))
    ]
    return ENOUGH if 0 in hits else min(ENOUGH, 1 + len(hits)) if hits else 0


def _challenge(letter: _Letter) -> Sentence | None:
    """Find the sentence by which a program that keeps a mail back asks its sender to prove to be a person."""
    subject, sentences = fold(letter.subject), letter.sentences
    if _CHALLENGERS.search(letter.root.header("from")) or any(n in _CHALLENGE_FIELDS for n, _ in letter.root.headers):
        return sentences[0] if sentences else Sentence(subject, subject)
    whole = " ".join(each.plain for each in sentences)
    found = next((each for each in sentences if _ASKS.search(each.plain)), None)
    by_subject = _CHALLENGE.search(subject)
    if found is None and (by_subject or (len(whole) < _SHORT and "http" in whole)) and _ASKS.search(whole):
        found = sentences[0]
    if found is None or _SUBSCRIBING.search(found.plain) or (_SUBSCRIBING.search(whole) and not by_subject):
        return None
    return found if _SAYS_WHERE.search(whole) and "?" not in found.plain.split("http")[0] else None
