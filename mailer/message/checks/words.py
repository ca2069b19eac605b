"""Words: the subject, both parts saying the same, nothing left unfilled, and what the law asks to be said.

Owns the rules of the subject (standards H11, F21), the overlap of the two parts (H7), the leftovers of merging (H9:
fields of this and of other programs, `None`, a greeting without a name), the postal address and the way off the list
(L1, L3). What a writer left unfinished in the text is `release`'s business.

A subject is counted as people read it and not as it is encoded; our own marks in front (`[TEST]`, `[EMBARGO …]`) do not
count: nobody who writes a headline can shorten those. How long a headline may be is M5's and the office's to say, and
the check of the text warns of it. That less of a subject is seen is a note; only what filters count is a warning.
Gaps: in the text part, a cell that says None and stands alone on its line is taken for a gap.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import unescape

from mailer.errors import Severity
from mailer.message.checks.look import Look, judged, listed
from mailer.message.page import Page
from mailer.message.values import Check
from mailer.release.checks.leftovers import FIELD

# Subject: what people see first, and spam filters too.

SHOWN = 78
LONG_SUBJECT = 200
_MARKS = re.compile(r"(?:\[[^\]]*\]\s*)+")
_REPLY = re.compile(r"(?:re|fwd?|aw|wg|tr|sv|vs|antw|rif|res|enc)\s*(?:\[\d+\])?\s*:", re.IGNORECASE)
_SHOUTS = re.compile(r"!{2,}|\?{2,}|[!?]{3,}|！{2,}|\${2,}")


def check_subject(look: Look) -> Iterator[Check]:
    """Check the subject of any mail."""
    is_answer = bool(look.message.all("In-Reply-To"))
    return subject_checks(look.subject, None if look.is_plain else look.page.title, is_answer=is_answer)


def subject_checks(subject: str, title: str | None, *, is_answer: bool = False) -> Iterator[Check]:
    """Check a subject as people read it; `title` is that of the page, None where there is no page."""
    own = _MARKS.sub("", subject, count=1) if _MARKS.match(subject) else subject
    yield judged("subject", "there is no subject", wrong=not subject.strip())
    if len(subject) > LONG_SUBJECT:
        message = f"the subject has {len(subject)} characters; filters count over {LONG_SUBJECT} as a sign of spam"
        yield judged("subject-length", message, wrong=True)
    else:
        message = f"the subject has {len(own)} characters; mail programs show about {SHOWN}"
        hint = "Look that the news is in its first words, or shorten the headline."
        yield judged("subject-length", message, wrong=len(own) > SHOWN, severity=Severity.NOTE, hint=hint)
    words = re.findall(r"\w+", own)
    cased = [word for word in words if word.upper() != word.lower()]
    shouted = len(cased) > 2 and all(word.isupper() for word in cased)
    yield judged("subject-caps", "the subject is all in capitals", wrong=shouted)
    yield judged("subject-shouting", "the subject has rows of ! or ?", wrong=bool(_SHOUTS.search(own)))
    message = f'the subject begins as an answer does ("{own[:4].strip()}"), and it is none'
    yield judged("subject-reply", message, wrong=bool(_REPLY.match(own)) and not is_answer)
    if title is not None:
        one, two = ({word.lower() for word in each} for each in (words, re.findall(r"\w+", title)))
        fewer = min(len(one), len(two))
        few = fewer > 0 and len(one & two) * 2 < fewer
        yield judged("subject-title", "the subject and the title of the page have few words in common", wrong=few)


# Words: what both parts say.

SAME_WORDS = 0.9
_GREETINGS = (
    "Dear|Hi|Hello|Good (?:morning|afternoon|evening)|Hallo|Guten Tag|Liebe[rs]?|Sehr geehrter?(?: Frau| Herr)?"
    "|Estimad[oa]|Querid[oa]|Hola|Gentile|Car[oa]|Buongiorno|Beste|Geachte"
    "|Prezad[oa]|Olá|Kære|Kära|Hej|Szanown[ya]|Drog[ia]"
)
_FRENCH = "Cher|Chère|Bonjour|Madame|Monsieur"  # which sets a blank before ! and : where nothing is missing
_NOTHING = r"(?:None|nan|null|undefined)\b"
_BLANKS = "[ \t\u00a0\u202f]"
LEFT_OVER = re.compile(
    rf"{FIELD.pattern}"
    r"|\{(?:organisation|name)\}"  # the places in a language's own phrases
    rf"|^[^\w\n]*Dear,|^[^\w\n]*(?:{_GREETINGS}){_BLANKS}+(?:[,!:]|{_NOTHING})"
    rf"|^[^\w\n]*(?:{_FRENCH}){_BLANKS}+(?:,|{_NOTHING})"
    rf"|^[^\w\n]*(?:{_GREETINGS}|{_FRENCH})[ \t]+\S+@\S+"
    r"|^様",
    re.MULTILINE,
)
_BARE = re.compile(r"^[ \t]*(None|nan|null|undefined|N/A)[ \t]*$", re.MULTILINE)
_URL = re.compile(r"<?(?:https?://|mailto:)\S+|(?<!\S)\S+@\S+", re.IGNORECASE)
# where words have no blanks between them, lines end anywhere: each sign is counted by itself
_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_IDEOGRAPHS}]|[^\W{_IDEOGRAPHS}]+")
_ENTITIES = re.compile(r"&(?:amp|lt|gt|quot|nbsp|#\d+);|</?(?:p|div|a|td|tr|br|span|b|i|strong|em|li|ul)\b[^>\n]*>")


def check_words(look: Look) -> Iterator[Check]:
    """Check what both parts say."""
    text, page = look.text, look.page
    if not look.is_plain:
        yield same_words_check(word_overlap(text, page.words))
        yield listed("same-links", "links of the page are missing in the text part", _missing_links(look))
    found = unfilled(text) or _unfilled_on(page) or unfilled(look.subject)
    yield listed("leftovers", "a field was left unfilled", [found] if found else [])
    entities = _ENTITIES.search(text)
    yield listed("plain-text", "the text part has HTML in it", [entities[0]] if entities else [])


def unfilled(text: str) -> str:
    """Return the first that was left unfilled in a text; empty where nothing was."""
    found = LEFT_OVER.search(text) or _BARE.search(text)
    return found[0].strip() if found else ""


def _unfilled_on(page: Page) -> str:
    """Return the first that was left unfilled on a page; a cell of a table of data may well say "None"."""
    found = LEFT_OVER.search(page.words)
    if found:
        return found[0].strip()
    bare = _BARE.findall(page.words)
    cells = 0
    for element, text in page.texts:
        if element.tag == "td" and _BARE.fullmatch(text):
            table = next((each for each in element.upwards() if each.tag == "table"), None)
            cells += table is not None and table.attributes.get("role") != "presentation"
    return str(bare[0]) if len(bare) > cells else ""


def _missing_links(look: Look) -> Iterator[str]:
    """Yield the links that only the page has; the way out is asked for elsewhere.

    An address may stand in the text as people write it: without https://, or in other letters.
    """
    known = re.sub(r"\s+", "", look.text)
    for url, _ in look.page.links:
        if not url.lower().startswith(("http://", "https://")) or url in look.optouts or url.rstrip("/") in known:
            continue
        bare = re.escape(re.sub(r"^https?://(?:www\.)?", "", url, flags=re.IGNORECASE).rstrip("/"))
        if not re.search(rf"(?<![\w@.-])(?:www\.)?{bare}(?![\w-]|/\w)", look.text, re.IGNORECASE):
            yield url


def same_words_check(share: float) -> Check:
    """Check the share of words that both parts have in common."""
    return judged(
        "same-words", f"the two parts have only {share:.0%} of their words in common", wrong=share < SAME_WORDS
    )


def word_overlap(text: str, said: str) -> float:
    """Return the share of words that two texts have in common, addresses of all kinds not counted (0 to 1).

    Each word counts once: the text part says the heads of a wide table again in every row, which is no difference.
    """
    one, two = set(words_in(text)), set(words_in(said))
    longer = max(len(one), len(two))
    return len(one & two) / longer if longer else 1.0


def words_in(text: str) -> list[str]:
    """Return the words of a text in lower case, addresses of the web and of mail left out."""
    return _WORD.findall(_URL.sub(" ", text).lower())


# Law: who sends this, and the way off the list, in both parts.


def check_law(look: Look) -> Iterator[Check]:
    """Check what the law asks of every mail."""
    page = None if look.is_plain else look.page
    if look.postal_address:
        yield postal_check(look.postal_address, look.text, page.words if page else None)
    uris = list(look.optouts) or re.findall(r"<([^<>]+)>", look.message.first("List-Unsubscribe"))
    if not uris:
        answer = look.message.first("Reply-To") or look.message.first("From")
        said = "there is no way off the list, not even an answer address"
        hint = "Set [optout] base_url or mailto in mailer.toml, or reply_to of the sender."
        check = judged("opt-out", said, wrong=not answer, severity=Severity.WARNING, hint=hint)
        yield replace(check, message="there is an answer address, the only way off the list") if answer else check
        return
    in_page = page is None or any(unescape(uri) == url for uri in uris for url, _ in page.links)
    yield way_out_check(uris, look.text, in_page=in_page)


def postal_check(postal_address: str, text: str, words: str | None) -> Check:
    """Check that the postal address stands in the text and in the page's words (None: there is no page)."""
    parts = {"in the text": text} if words is None else {"in the text": text, "in the page": words}
    missing = [name for name, part in parts.items() if squeezed(postal_address) not in squeezed(part)]
    return listed("postal-address", "the postal address is missing", missing)


def way_out_check(uris: Sequence[str], text: str, *, in_page: bool) -> Check:
    """Check that a way off the list stands in the text: the address itself, a mailto without scheme and subject."""
    in_text = any(re.sub(r"^mailto:([^?]*).*", r"\1", uri) in text for uri in uris)
    missing = [name for name, there in (("in the text", in_text), ("in the page", in_page)) if not there]
    return listed("opt-out", "the way off the list is missing", missing)


def squeezed(text: str) -> str:
    """Return a text with its blanks and line ends made one blank each."""
    return " ".join(text.split())
