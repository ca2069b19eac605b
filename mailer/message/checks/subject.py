"""Subject: what people see first, and spam filters too.

Owns the rules of the subject (standards H11, F21), counted as people read it and not as it is encoded. Our own marks in
front (`[TEST]`, `[EMBARGO …]`) do not count as its length: nobody who writes a headline can shorten those.

How long a headline may be is M5's and the office's to say, and the check of the text warns of it. That less of a
subject is seen (H11) is no fault of such a headline: it is a note, and only what filters count is a warning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailer.errors import Severity
from mailer.message.checks.look import Look, Verdict, contrast, parse_colour, shortened, warning
from mailer.message.page import Element
from mailer.message.values import Check

SHOWN = 78
LONG_SUBJECT = 200
_MARKS = re.compile(r"(?:\[[^\]]*\]\s*)+")
_REPLY = re.compile(r"(?:re|fwd?|aw|wg|tr|sv|vs|antw|rif|res|enc)\s*(?:\[\d+\])?\s*:", re.IGNORECASE)
_SHOUTS = re.compile(r"!{2,}|\?{2,}|[!?]{3,}|！{2,}|\${2,}")
_WORD = re.compile(r"\w+")

THERE = Verdict("subject", "there is a subject", "Give the release a headline; the subject is made of it.")
LENGTH = warning(
    "subject-length",
    "the subject is short enough to be read whole",
    "Shorten the headline, or let the family's subject.txt say less.",
)
_SEEN_IN_PART = Verdict(
    LENGTH.code, LENGTH.good, "Look that the news is in its first words, or shorten the headline.", Severity.NOTE
)
CAPS = warning(
    "subject-caps",
    "the subject is not all in capitals",
    "Write the headline as a sentence; spam filters count capitals as shouting.",
)
SHOUTING = warning(
    "subject-shouting", "the subject does not shout", "One mark at the end is enough; filters count rows of them."
)
TITLE = warning(
    "subject-title",
    "the subject and the title of the page are about the same",
    "Let the template's <title> be the headline that the subject is made of; filters compare the two.",
)
REPLY = warning(
    "subject-reply",
    "the subject does not pretend to be an answer",
    "Take the Re: or Fwd: out: it goes with a real answer alone, and misleads people elsewhere.",
)


def check_subject(look: Look) -> Iterator[Check]:
    """Check the subject of any mail."""
    is_answer = bool(look.message.all("In-Reply-To"))
    return subject_checks(look.subject, None if look.is_plain else look.page.title, is_answer=is_answer)


def subject_checks(subject: str, title: str | None, *, is_answer: bool = False) -> Iterator[Check]:
    """Check a subject as people read it; `title` is that of the page, None where there is no page."""
    own = _MARKS.sub("", subject, count=1) if _MARKS.match(subject) else subject
    yield THERE.when("there is no subject", wrong=not subject.strip())
    yield _length(subject, own)
    words = [word for word in _WORD.findall(own) if word.upper() != word.lower()]
    shouted = len(words) > 2 and all(word.isupper() for word in words)
    yield CAPS.when("the subject is all in capitals", wrong=shouted)
    yield SHOUTING.when("the subject has rows of ! or ?", wrong=bool(_SHOUTS.search(own)))
    pretends = bool(_REPLY.match(own)) and not is_answer
    yield REPLY.when(f'the subject begins as an answer does ("{own[:4].strip()}"), and it is none', wrong=pretends)
    if title is not None:
        yield TITLE.when("the subject and the title of the page have few words in common", wrong=_differ(own, title))


def _length(subject: str, own: str) -> Check:
    if len(subject) > LONG_SUBJECT:
        message = f"the subject has {len(subject)} characters; filters count over {LONG_SUBJECT} as a sign of spam"
        return LENGTH.when(message, wrong=True)
    message = f"the subject has {len(own)} characters; mail programs show about {SHOWN}"
    return _SEEN_IN_PART.when(message, wrong=len(own) > SHOWN)


def _differ(subject: str, title: str) -> bool:
    """Return whether less than half of the shorter one's words stand in the other."""
    one, two = ({word.lower() for word in _WORD.findall(text)} for text in (subject, title))
    fewer = min(len(one), len(two))
    return fewer > 0 and len(one & two) * 2 < fewer


# Preheader: what nobody sees on the page, and mail programs show beside the subject.

_MOST = 200  # characters; what is shown are about a hundred
_TRICKS = {
    "font-size": r"0(?:\.0*)?(?:px|pt|em|%)?|1px",
    "font": r".*(?:^|\s)[01]px[\s/].*",
    "line-height": r"0(?:px)?",
    "opacity": r"0(?:\.0*)?",
    "visibility": r"hidden|collapse",
    "text-indent": r"-\d{3,}.*",
    "max-height": r"0(?:px)?",
    "height": r"0(?:px)?",
    "clip": r".+",
}
_GAPS = re.compile("[\u200b\u200c\u200d\u2007\u034f\u00ad\ufeff\u00a0\\s]+")

HIDDEN = warning(
    "preheader",
    "the preheader is hidden as filters expect it",
    'Write style="display: none; mso-hide: all;" on it and nothing else; other ways look like a spammer\'s.',
)
PREHEADER_LENGTH = warning(
    "preheader-length",
    "what is hidden is short",
    "One sentence is enough: about a hundred characters are shown, and filters count hidden text.",
)


def check_preheader(look: Look) -> Iterator[Check]:
    """Check what is hidden on a page, and how."""
    wrong = [f"{how}: “{shortened(text)}”" for element, text in _said(look) for how in _tricks(element)]
    outer = {id(_hider(element)): _hider(element) for element, text in look.page.hidden if _GAPS.sub("", text)}
    wrong += ["without mso-hide: all" for each in outer.values() if "all" not in each.style.get("mso-hide", "")]
    yield HIDDEN.of("text is hidden in a way that filters hold against it", wrong)
    length = sum(len(" ".join(text.split())) for _, text in look.page.hidden)
    yield PREHEADER_LENGTH.when(f"{length} characters are hidden", wrong=length > _MOST)


def _said(look: Look) -> Iterator[tuple[Element, str]]:
    yield from (each for each in look.page.texts if _GAPS.sub("", each[1]))
    yield from (each for each in look.page.hidden if _GAPS.sub("", each[1]))


def _hider(element: Element) -> Element:
    """Return the outermost element that hides a text."""
    return [each for each in element.upwards() if each.is_hidden][-1]


def _tricks(element: Element) -> Iterator[str]:
    for each in element.upwards():
        for name, pattern in _TRICKS.items():
            value = each.style.get(name, "")
            if value and re.fullmatch(pattern, value.lower()):
                yield f"by {name}: {value}"
        if each.is_hidden and _is_white_on_white(each):
            yield f"by color: {each.style['color']}"


def _is_white_on_white(element: Element) -> bool:
    """Return whether hidden text has the colour of a paper, which filters take for the way it is hidden."""
    ink = parse_colour(element.style.get("color", ""))
    return ink is not None and contrast(ink, (255, 255, 255)) < 1.5
