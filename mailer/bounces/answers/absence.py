"""Absence: a notice that somebody is away, or a machine's «we have received your mail».

Owns how such a notice is told from a person who writes about a journey: words of absence, and at least one thing more
that stands in notices (a day, whom to turn to, that the mail will be answered later), less what stands in letters (a
question, an interest in the release). A machine that says it is one needs nothing else. RFC 3834 marks are read in
`marks`; this is for the many that carry none. Never raises.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mailer.bounces.answers.language import Language, first_with
from mailer.bounces.answers.sentences import Sentence

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
    """«This is an automatic reply» (the first row of each table) is enough by itself; of the rest it takes two."""
    hits = {
        (each.code, place)
        for each in languages
        for place, row in enumerate(each.automatic)
        if first_with(sentences, ((row,),))
    }
    if not hits:
        return 0
    return ENOUGH if any(not place for _, place in hits) else min(ENOUGH, 1 + len(hits))
