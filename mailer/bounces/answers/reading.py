"""Reading: the order of the questions that are put to an answer.

Owns which reading wins. A machine that marks itself is never a person who opts out, whatever its footer says: a
challenge, else a notice that somebody has left, else an automatic reply. Mail to an address with a token of ours is an
opt-out whatever its words: such mail is mostly written by mailbox providers (RFC 2369, RFC 8058) and may carry
`Auto-Submitted`, and an opt-out that is overlooked is worse than one to be undone; unless it is plainly a notice or a
challenge: those go to the bounce address, which has a token too, and never to the one for opting out. A list's own
mail is no answer at all. In a person's letter the wish for no more mail goes before the news that they have left.
Never raises.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mailer.bounces.answers.absence import ENOUGH, Absence, find_absence
from mailer.bounces.answers.challenge import find_challenge
from mailer.bounces.answers.dates import Sent, find_return, parse_sent
from mailer.bounces.answers.guess import guess_languages
from mailer.bounces.answers.language import Language
from mailer.bounces.answers.moved import Move, find_addresses, find_move
from mailer.bounces.answers.optout import find_wish, is_wish
from mailer.bounces.answers.quoted import new_text
from mailer.bounces.answers.sentences import Sentence, fold, parse_sentences
from mailer.bounces.parts import Part
from mailer.bounces.values import Confidence, Kind, Notice
from mailer.bounces.wording import parse_addresses, parse_time

_LIST_FIELDS = ("list-id", "list-unsubscribe", "list-post", "feedback-id", "x-campaign-id", "x-mailer-lid")
MAX_WORDS = 500
# a server's report in no form that is known: better for people to read than taken for somebody's holiday
_DELIVERY = re.compile(
    r"\bdelivery status notification\b|\b(?:could not|cannot|can't|couldn't|was not|unable to"
    r"|not be) (?:be )?(?:deliver\w*|undeliverable)|\bundeliverable\b|\bmail delivery\b"
    r"|\breturned mail\b|\bdelivery (?:has )?fail\w*|\bhas reached our local address\b"
    r"|\bnicht zugestellt\b|\bunzustellbar\w*|\bpermanent (?:fatal )?error"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an answer is, by which rule, how sure; the notice, the sentence, and other addresses that a wish names."""

    kind: Kind
    rule: str
    confidence: Confidence
    notice: Notice | None = None
    words: str = ""
    named: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Letter:
    root: Part
    subject: str
    mark: str
    token_place: str
    known: frozenset[str]
    text: str
    sentences: list[Sentence]
    languages: tuple[Language, ...]


def read_answer(root: Part, subject: str, *, mark: str, token_place: str, known: tuple[str, ...]) -> Answer | None:
    """Read a message that is no report: an automatic reply, a move, a challenge, an opt-out, or None.

    `mark` names what marks it as automatic (`marks.automatic_reply`) or is empty, `token_place` is where something like
    an opt-out token stands (`address`, `subject`) or empty, `known` are the addresses in its head.
    """
    text = new_text(root)
    sentences = parse_sentences(text)
    languages = guess_languages(" ".join(each.plain for each in sentences) or fold(subject))
    letter = _Letter(
        root=root,
        subject=subject,
        mark=mark,
        token_place=token_place,
        known=frozenset(each.lower() for each in known),
        text=text,
        sentences=sentences,
        languages=languages,
    )
    if not mark and not token_place and _is_list_mail(root):
        return None
    if challenge := _challenge(letter):
        return challenge
    if mark in {"", "auto-submitted"} and any(_DELIVERY.search(each.plain) for each in sentences[:10]):
        return None
    return _by_token(letter) or (_automatic(letter) if mark else _unmarked(letter))


def _challenge(letter: _Letter) -> Answer | None:
    sender = letter.root.header("from")
    found = find_challenge(sender, letter.root.headers, fold(letter.subject), letter.sentences)
    if not found:
        return None
    return Answer(kind=Kind.CHALLENGE, rule="challenge", confidence=Confidence.LIKELY, words=found.words[:MAX_WORDS])


def _by_token(letter: _Letter) -> Answer | None:
    """Mail with a token is an opt-out, but for a notice that was sent to the bounce address."""
    if not letter.token_place:
        return None
    wish = find_wish(letter.text, letter.subject, letter.languages)
    plainly = letter.mark not in {"", "auto-submitted"} or _notice(letter) is not None
    in_so_many_words = bool(wish) or is_wish(letter.subject)
    if plainly and not (in_so_many_words and letter.mark in {"", "auto-submitted"}):
        return None
    words = wish.words[:MAX_WORDS] if wish else ""
    return Answer(kind=Kind.OPTOUT, rule=f"opt-out {letter.token_place}", confidence=Confidence.CERTAIN, words=words)


def _notice(letter: _Letter) -> Absence | Move | None:
    absence = find_absence(letter.sentences, letter.languages)
    if absence and absence.weight >= ENOUGH:
        return absence
    return find_move(letter.sentences, letter.languages, automatic=False, known=letter.known)


def _automatic(letter: _Letter) -> Answer:
    """Read a reply that marks itself: who has left goes before who is away, unless they say when they are back."""
    absence = find_absence(letter.sentences, letter.languages)
    move = find_move(letter.sentences, letter.languages, automatic=True, known=letter.known)
    back_on = find_return((each.plain for each in letter.sentences[:25]), _sent(letter))
    rule = f"automatic reply: {letter.mark}"
    sure = Confidence.LIKELY if letter.mark == "subject" else Confidence.CERTAIN
    if move and (move.has_left or not (absence and absence.away)) and not (back_on and absence and absence.away):
        return _moved(move, rule, sure)
    words = absence.sentence.words[:MAX_WORDS] if absence else ""
    return Answer(kind=Kind.AUTOREPLY, rule=rule, confidence=sure, notice=_away(letter), words=words)


def _unmarked(letter: _Letter) -> Answer | None:
    """Read what nothing in the head marks: a wish, a move, a notice, or a letter for people."""
    absence = find_absence(letter.sentences, letter.languages, letter.subject)
    notice = absence if absence and absence.weight >= ENOUGH else None
    machine = notice is not None and notice.by_machine
    wish = None if machine else find_wish(letter.text, letter.subject, letter.languages)
    move = find_move(letter.sentences, letter.languages, automatic=machine, known=letter.known)
    if wish:
        return _wish(letter, wish, move)
    if move and not (notice and notice.away and not move.has_left):
        return _moved(move, "words: moved", Confidence.GUESS)
    if notice:
        words = notice.sentence.words[:MAX_WORDS]
        rule = "words: automatic reply" if notice.by_machine else "words: out of office"
        return Answer(kind=Kind.AUTOREPLY, rule=rule, confidence=Confidence.GUESS, notice=_away(letter), words=words)
    return None


def _wish(letter: _Letter, wish: Sentence, move: Move | None) -> Answer:
    named = tuple(each for each in parse_addresses(wish.words) if each.lower().rstrip(".") not in letter.known)
    notice = Notice(has_left=move.has_left, stand_ins=move.stand_ins) if move and move.has_left and not named else None
    return Answer(
        kind=Kind.OPTOUT,
        rule="opt-out words",
        confidence=Confidence.GUESS,
        notice=notice,
        words=wish.words[:MAX_WORDS],
        named=tuple(each.rstrip(".") for each in named),
    )


def _moved(move: Move, rule: str, sure: Confidence) -> Answer:
    notice = Notice(has_left=move.has_left, stand_ins=move.stand_ins, new_address=move.new_address)
    return Answer(kind=Kind.MOVED, rule=rule, confidence=sure, notice=notice, words=move.sentence.words[:MAX_WORDS])


def _away(letter: _Letter) -> Notice | None:
    back_on = find_return((each.plain for each in letter.sentences[:25]), _sent(letter))
    stand_ins, own = find_addresses(letter.sentences, letter.languages, known=letter.known)
    stand_ins = (*stand_ins, own) if own else stand_ins
    return Notice(back_on=back_on, stand_ins=stand_ins) if back_on or stand_ins else None


def _sent(letter: _Letter) -> Sent:
    english = bool(letter.languages) and letter.languages[0].code == "en"
    header = letter.root.header("date")
    return parse_sent(header, parse_time(header), english=english)


def _is_list_mail(root: Part) -> bool:
    """Return whether a list or a newsletter sent it, unasked: no answer to anything.

    A press office's own address may be a list (Google Groups), and then people's answers bear its fields.
    """
    if root.header("in-reply-to") or root.header("references"):
        return False
    bulk = root.header("precedence").strip().lower() in {"bulk", "list", "junk"}
    return bulk or any(root.header(name) for name in _LIST_FIELDS)
