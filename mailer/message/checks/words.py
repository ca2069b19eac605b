"""Words: both parts say the same, and nothing was left unfilled.

Owns the overlap of the two parts (standards H7) and the leftovers of merging (H9): fields of this and of other
programs, `None`, a greeting without a name. What a writer left unfinished in the text is `release`'s business.
Gaps: in the text part, a cell that says None and stands alone on its line is taken for a gap.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mailer.message.checks.look import Look, Verdict, warning
from mailer.message.page import Element, Page
from mailer.message.values import Check
from mailer.release.checks.leftovers import FIELD

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

SAME = Verdict(
    "same-words",
    "both parts say the same",
    "Let email.txt print all that email.html prints: a text part that says less is a sign of spam.",
)
LEFTOVERS = Verdict(
    "leftovers",
    "no field was left unfilled",
    "Fill the field in the list, or write the template so that it does without: {% if contact.first_name %} … .",
)
PLAIN_TEXT = warning(
    "plain-text",
    "the text part has no HTML in it",
    "Take it out of the release or the person's note, if it was typed there; "
    "else print plain fields in email.txt, not those that end in _html.",
)
SAME_LINKS = warning(
    "same-links",
    "every link of the page stands in the text part too",
    "Print the addresses of links in email.txt: readers of plain text have no others.",
)


def check_words(look: Look) -> Iterator[Check]:
    """Check what both parts say."""
    text, page = look.text, look.page
    if not look.is_plain:
        yield same_words_check(word_overlap(text, page.words))
        yield SAME_LINKS.of("links of the page are missing in the text part", _missing_links(look))
    found = unfilled(text) or _unfilled_on(page) or unfilled(look.subject)
    yield LEFTOVERS.of("a field was left unfilled", [found] if found else [])
    entities = _ENTITIES.search(text)
    yield PLAIN_TEXT.of("the text part has HTML in it", [entities[0]] if entities else [])


def unfilled(text: str) -> str:
    """Return the first that was left unfilled in a text; empty where nothing was."""
    found = LEFT_OVER.search(text) or _BARE.search(text)
    return found[0].strip() if found else ""


def _unfilled_on(page: Page) -> str:
    """Return the first that was left unfilled on a page; a cell of a table may well say "None"."""
    found = LEFT_OVER.search(page.words)
    if found:
        return found[0].strip()
    bare = _BARE.findall(page.words)
    cells = sum(
        bool(_BARE.fullmatch(text)) for element, text in page.texts if element.tag == "td" and _is_data(element)
    )
    return str(bare[0]) if len(bare) > cells else ""


def _is_data(element: Element) -> bool:
    """Return whether an element is a cell of a table that is no layout."""
    table = next((each for each in element.upwards() if each.tag == "table"), None)
    return element.tag == "td" and table is not None and table.attributes.get("role") != "presentation"


def _missing_links(look: Look) -> Iterator[str]:
    """Yield the links that only the page has; the way out is asked for elsewhere."""
    known = re.sub(r"\s+", "", look.text)
    for url, _ in look.page.links:
        if not url.lower().startswith(("http://", "https://")) or url in look.optouts:
            continue
        if url.rstrip("/") not in known and not _stands_bare(url, look.text):
            yield url


def _stands_bare(url: str, text: str) -> bool:
    """Return whether an address stands in a text as people write it: without https://, or in other letters."""
    bare = re.sub(r"^https?://(?:www\.)?", "", url, flags=re.IGNORECASE).rstrip("/")
    return re.search(rf"(?<![\w@.-])(?:www\.)?{re.escape(bare)}(?![\w-]|/\w)", text, re.IGNORECASE) is not None


def same_words_check(share: float) -> Check:
    """Check the share of words that both parts have in common."""
    return SAME.when(f"the two parts have only {share:.0%} of their words in common", wrong=share < SAME_WORDS)


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
