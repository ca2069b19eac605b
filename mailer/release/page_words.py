"""Page words: what the furniture of a page is called, in the languages that releases come in.

Owns the patterns by which a menu, a share button, a cookie notice or a list of other news is told from a release; their
words are data, with what each list means beside it: `pages.toml` in `mailer.words`. Never decides what goes
(`page_furniture` does).
"""

from __future__ import annotations

from mailer import lazy_re as re
from mailer.words import read_section

_NAMES, _LINES = (
    {name: "|".join(words) for name, words in read_section("pages", section).items()} for section in ("names", "lines")
)


def _name(name: str) -> re.Pattern[str]:
    """Compile what stands in an `id` or a `class`, which parts words by other signs than a text does."""
    return re.compile(rf"(?<![a-z])(?:{_NAMES[name]})(?![a-z])", re.IGNORECASE)


def _line(name: str) -> re.Pattern[str]:
    return re.compile(rf"\W*(?:{_LINES[name]})\W*", re.IGNORECASE)


FURNITURE_NAME, BESIDE_NAME = _name("furniture"), _name("beside")
CONTENT_NAME = _name("content")
CONTENT_ID = re.compile(_NAMES["content_id"])
SUBHEAD_NAME, LEAD_NAME, KICKER_NAME = _name("subhead"), _name("lead"), _name("kicker")
CARD_NAME, BOILERPLATE_NAME = _name("card"), _name("boilerplate")
OTHER_NEWS = _line("other_news")
PAGE_LINE = _line("page")
CHROME = _line("chrome")
MENU = re.compile(r"(?:[^|›»>·]{1,30}\s[|›»>·]\s){2,}[^|›»>·]{1,40}")
TRAIL = re.compile(r"(?:[>›/|]|^[^«]*»)\s*$|^\W*(?:home|accueil|startseite|inicio|início|ホーム)\b", re.IGNORECASE)
MAILING = re.compile(rf"(?<!\w)(?:{_LINES['mailing']})(?!\w)|{_LINES['mailing_japanese']}", re.IGNORECASE)
SHARE_ROW = re.compile(
    rf"\W*(?:(?:{_LINES['share']})(?![a-z])(?:[^:：]{{0,30}}[:：])?\s*|(?:seite|artikel|beitrag|meldung) teilen\W+)?"
    rf"(?:(?:\w[\w ]{{0,20}}:\s)?(?:{_LINES['shared']})(?!\w)[\s|·•,/]*){{2,}}\W*",
    re.IGNORECASE,
)
COPYRIGHT = re.compile(r"\W{0,2}(?:©|\(c\)|copyright\b|&copy;).{0,160}", re.IGNORECASE)
BREADCRUMB = re.compile(rf"\W*(?:{_LINES['trail']})\s*[»›>/|→].*", re.IGNORECASE)
PRESS_CONTACT = re.compile(_LINES["press_contact"], re.IGNORECASE)
WIRE = re.compile(_LINES["wire"], re.IGNORECASE)
