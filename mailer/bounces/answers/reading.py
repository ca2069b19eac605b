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
from collections.abc import Sequence
from dataclasses import dataclass

from mailer.bounces.answers.dates import Sent, find_return, parse_sent
from mailer.bounces.answers.guess import guess_languages
from mailer.bounces.answers.language import Language, first_with, pattern
from mailer.bounces.answers.optout import find_wish, is_wish, new_text
from mailer.bounces.answers.sentences import Sentence, fold, parse_sentences
from mailer.bounces.parts import Part
from mailer.bounces.values import Confidence, Kind, Notice
from mailer.bounces.wording import parse_addresses, parse_time
from mailer.words import read_section

# Moved: somebody does not work there any more, has a new address, or an address is not read any more.
#
# Gaps: an employer's name alone (“I have left Reuters”) is known by its capital letter, so not in Japanese or
# Chinese; which of two colleagues has left is not told where the notice is written by a third.

MAX_ADDRESSES = 10
_LEFT_NAME = re.compile(
    r"\b(?:have|has|'ve|’ve)\s+(?:now\s+|recently\s+|since\s+|just\s+)?left\s+(?:[Tt]he\s+)?(?!I\b"
    r"|Mon|Tue|Wed|Thu|Fri|Sat|Sun)[A-Z][\w&]+"
)
_FOLLOWS = re.compile(
    r"\b(?:contact|update|records?|remov\w+|successor|replac\w+|any ?more|instead|write|reach"
    r"|new (?:address|e-?mail|job|role)|best wishes|please)\b"
)
_SENTENCES = read_section("bounces", "sentences")
_ALSO = re.compile(rf"\b(?:{'|'.join(_SENTENCES['also'])})\b|も|也|添加|追加|加上")
_NEW = re.compile(
    r"\b(?:new|neue?\w?|nouve\w+|nuov\w|nuev\w|nov[oa]|nieuwe?|now[ya]|нов\w+|nya?|nye|nytt|uusi"
    r"|yeni|changed|replace|geandert|gewijzigd|veranderd|change|cambiado|cambiato|mudou|zmienil|изменил)\b|新"
)
_SIGNED = re.compile(r"^\W{0,3}(?:e|m|mail|e-?mail|tel|t|web|correo|courriel)\b ?[:.]")
_ABOUT_US = re.compile(
    r"\b(?:ceo|minister|president|chairman|spokes\w+|director|chief executive|link|website|site"
    r"|page|number|button|url|video|file|lift|machine|according to)\b"
)


@dataclass(frozen=True, slots=True)
class Move:
    """What a letter says about leaving: the sentence, whether the person has left, and the addresses it names."""

    sentence: Sentence
    has_left: bool
    stand_ins: tuple[str, ...]
    new_address: str


def find_move(
    sentences: Sequence[Sentence], languages: Sequence[Language], *, automatic: bool, known: frozenset[str]
) -> Move | None:
    """Find out whether a letter says that somebody has left or moved; `known` are addresses that are no news.

    `known` is in lower case. `automatic`: it is known already that a machine wrote it, so that fewer words are enough.
    """
    looked = sentences[:MAX_LOOKED_AT]
    left = _left(looked, languages, automatic=automatic)
    gone = first_with(looked, (each.gone for each in languages))
    stand_ins, own = find_addresses(looked, languages, known=known)
    moved = first_with(looked, (each.own for each in languages)) if own else None
    instead = _instead(looked, languages, automatic=automatic) if stand_ins else None
    if not automatic and not left and not gone and moved and not _NEW.search(moved.plain):
        moved = None
    sentence = left or gone or moved or instead
    if sentence is None or (not automatic and _asks(looked)):
        return None
    return Move(sentence, left is not None, stand_ins, own if left or gone or moved else "")


def find_addresses(
    sentences: Sequence[Sentence], languages: Sequence[Language], *, known: frozenset[str]
) -> tuple[tuple[str, ...], str]:
    """The addresses in a notice, without those in a signature: whom to write to instead, and their own new one."""
    mine = [pattern(each.own) for each in languages]
    others: list[str] = []
    own, before = "", ""
    for sentence in sentences[:MAX_LOOKED_AT]:
        named = [
            each.rstrip(".")
            for each in parse_addresses(sentence.words.replace("mailto:", " "))
            if each.rstrip(".").lower() not in known
        ]
        context = sentence.plain if len(sentence.plain.split()) > 2 else f"{before} {sentence.plain}"
        theirs = any(one.search(context) for one in mine)
        for address in named:
            if theirs and not own:
                own = address
            elif not _SIGNED.match(sentence.plain):
                others.append(address)
        before = sentence.plain
    return tuple(dict.fromkeys(each for each in others if each != own))[:MAX_ADDRESSES], own


def _left(sentences: Sequence[Sentence], languages: Sequence[Language], *, automatic: bool) -> Sentence | None:
    found = first_with(sentences, (each.left for each in languages))
    if found is None and any(_FOLLOWS.search(each.plain) or "@" in each.plain for each in sentences):
        found = next((each for each in sentences if _LEFT_NAME.search(each.words)), None)
    return None if found and not automatic and _ABOUT_US.search(found.plain) else found


def _instead(sentences: Sequence[Sentence], languages: Sequence[Language], *, automatic: bool) -> Sentence | None:
    found = first_with(sentences, (each.instead for each in languages))
    return None if found and not automatic and any(_ALSO.search(each.plain) for each in sentences) else found


def _asks(sentences: Sequence[Sentence]) -> bool:
    return any("?" in each.plain or "？" in each.plain for each in sentences)


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


# Absence: a notice that somebody is away, or a machine's “we have received your mail”.

MAX_LOOKED_AT = 25  # sentences
ENOUGH = 3
_DAY = re.compile(
    r"\d{1,2} ?(?:[./月]|st|nd|rd|th|\.? [^\W\d]{3,})|\b(?:monday|tuesday|wednesday|thursday|friday"
    "|montag|dienstag|mittwoch|donnerstag|freitag|lundi|mardi|mercredi|jeudi|vendredi|lunes|martes"
    "|miercoles|jueves|viernes|lunedi|martedi|mercoledi|giovedi|venerdi|maandag|dinsdag|woensdag"
    r"|donderdag|vrijdag|next week|nachste woche|[^\W\d]{3,} \d{1,2})\b"
)
_LETTER = re.compile(
    r"[?？]|\b(?:but (?:happy|could|would|can|please|i'd|let|i'm|i am|i can|keen)|let's|love to"
    "|happy to|your (?:release|story|study|report|findings|exhibition|event)|interview"
    "|the (?:photos|pictures|images|photographs|embargo)"
    "|send (?:me|us|it|the|them|over)|quote|call me|deadline for|my piece|ihre meldung"
    r"|interview\w*|schicken sie mir|die fotos|konnten sie|pourriez-vous|podria\w* (?:enviar"
    r"|mandar)|potrebbe|poderia)\b"
)
_TICKET = re.compile(
    (
        r"\[[^\]]{0,20}(?:#|ticket|case|request|ref)[^\]]{0,20}\d{3,}[^\]]{0,10}\]|\b(?:ticket|case"
        r"|request|ref)\W{0,3}\w{0,4}\d{3,}"
    ),
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"\b(?:thank(?:s| you)(?: very much| so much)? for (?:your|the|contacting|getting in touch"
    "|writing|e-?mailing|reaching)|(?:vielen |herzlichen )?dank fur ihre|merci (?:de|pour) votre"
    r"|gracias por (?:su|tu|contactar)|grazie per (?:la|il|aver)|obrigad\w p(?:or|elo|ela)"
    r"|(?:be)?dankt? voor (?:uw|je)|dziekuj\w+ za|спасибо за|tack for|tak for|takk for|kiitos)"
    "|ありがとうございます|感谢您|感謝您|谢谢您的"
)


@dataclass(frozen=True, slots=True)
class Absence:
    """A notice: the sentence that says so, whether a machine calls itself one, and how much speaks for it."""

    sentence: Sentence
    by_machine: bool
    away: bool
    weight: int


def find_absence(sentences: Sequence[Sentence], languages: Sequence[Language], subject: str = "") -> Absence | None:
    """Find a notice of absence or an acknowledgement, whatever weight it has; None where there is none."""
    looked = sentences[:MAX_LOOKED_AT]
    away = first_with(looked, (each.absent for each in languages))
    machine = first_with(looked, (each.automatic for each in languages))
    sentence = away or machine
    if sentence is None:
        return None
    whole = " ".join(each.plain for each in looked)
    by_machine = _machine_weight(looked, languages) if machine else 0
    signs = first_with(looked, (each.signs for each in languages))
    weight = 2 * bool(away) + by_machine + 2 * bool(signs) + bool(_THANKS.search(whole)) + bool(_DAY.search(whole))
    if _LETTER.search(whole) and (by_machine < ENOUGH or "?" in whole):
        weight -= 3
    weight += ("@" in whole) + 2 * bool(machine and _TICKET.search(subject))
    return Absence(sentence, bool(machine), bool(away), weight)


def _machine_weight(sentences: Sequence[Sentence], languages: Sequence[Language]) -> int:
    """“This is an automatic reply” (the first row of each table) is enough by itself; of the rest it takes two."""
    hits = {
        (each.code, place)
        for each in languages
        for place, row in enumerate(each.automatic)
        if first_with(sentences, ((row,),))
    }
    if not hits:
        return 0
    return ENOUGH if any(not place for _, place in hits) else min(ENOUGH, 1 + len(hits))


# Challenge: a program that keeps a mail back until its sender proves to be a person.

_SENDERS = re.compile(
    (
        r"@(?:[\w-]+\.)*(?:spamarrest|boxbe|cleanmymailbox|mailblocks|sendio|bluebottle|choicemail\w*"
        r"|0spam|everymail|vanquish|knowspam|mailinblack|qurb)\.\w+|spamblocker-challenge"
    ),
    re.IGNORECASE,
)
_HEADERS = frozenset(
    {
        "x-tmda-fingerprint",
        "x-tmda-confirm",
        "x-boxbe",
        "x-spamarrest",
        "x-challenge-response",
        "x-mailinblack",
        "x-asks",
        "x-sendio",
    }
)
_ASKS = re.compile("|".join(_SENTENCES["asks"]))
_SUBJECT = re.compile(
    r"\b(?:(?:please )?(?:confirm|verify) (?:your |you are |you're |that ).{0,30}(?:message|e-?mail"
    "|mail|sender|human)|sender (?:verification|confirmation)|verification required"
    r"|message (?:held|awaiting)|action required.{0,20}boxbe|\(verification\)|spam ?blocker"
    "|challenge"
    r"|(?:absender|mail)bestatigung erforderlich|authentification (?:requise|demandee))\b"
    r"|\(verification\)"
)
_SHORT = 400
_OTHER = re.compile(
    r"\b(?:subscription|subscribe|newsletter|moderator|registration|account|abonnement|anmeldung"
    r"|inscription|order|booking|interview|accreditation|quote|attendance|rsvp)\b"
)


def find_challenge(
    sender: str, headers: Sequence[tuple[str, str]], subject: str, sentences: Sequence[Sentence]
) -> Sentence | None:
    """Find the sentence by which a program asks for proof; `sender` is the From field, `subject` in plain form."""
    if _SENDERS.search(sender) or any(name in _HEADERS for name, _ in headers):
        return sentences[0] if sentences else Sentence(subject, subject)
    whole = " ".join(each.plain for each in sentences[:25])
    found = next((each for each in sentences[:25] if _ASKS.search(each.plain)), None)
    short = len(whole) < _SHORT and "http" in whole
    if found is None and (short or _SUBJECT.search(subject)) and _ASKS.search(whole):
        found = sentences[0]
    if found is None or _OTHER.search(found.plain) or (_OTHER.search(whole) and not _SUBJECT.search(subject)):
        return None
    says_where = re.search(
        r"https?:|<http|\b(?:click|repl|link|klick|antwort|cliqu|lien|enlace|link)\w*|クリック|点击|點擊", whole
    )
    return found if says_where and "?" not in found.plain.split("http")[0] else None
