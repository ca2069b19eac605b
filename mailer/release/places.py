"""Places: what can be the name of a place, and a place read into city and region.

Owns the form of such names and the table look-up for cities. Never finds one in a text (`dateline_text`, `label_line`).
"""

from __future__ import annotations

import re

from mailer.release.known_names import is_city
from mailer.release.values import Dateline
from mailer.release.words import months, pattern, weekdays

_WORD = r"(?:(?:St|Ste|Mt|Ft|Sta|Sto|ST|STE|MT|FT|STA|STO)\.|(?:[A-Z]\.){2,3}|[^\W\d_a-zß-öø-ÿ][\w'’]*(?:-[\w'’]+)*)"
_PARTICLE = (
    r"(?:am|an|der|de|la|le|les|du|des|sur|upon|of|im|in|bei|den|del|el|los|las|y|do|da|dos|d['’]|and|und|et|zu|aan|di"
    r"|alla|alle|allo|al|ai|sul|sulla|nel|nella|auf|ob|vor|op|ten|ter|zum|zur|lès|lez|en|a|sous)"
)
NAME = rf"{_WORD}(?:(?:[ ]?[/&][ ]?|[ ]|[ ](?:{_PARTICLE}[ ]){{1,2}}){_WORD}){{0,4}}"
_PLACE = re.compile(rf"{NAME}(?:,\s*{NAME}){{0,2}}")
# Words of bodies that are in the names of towns as well: Port Ardan, Harbour Grace, Old Harbour, College Station.
_OF_TOWNS = frozenset({"port", "harbour", "harbor", "college", "council", "school"})
_BY_THE_SEA = re.compile(r"\b(?:del|de|la|do|al|di)\s+mar\b|\bmar\s+(?=(?:del|de|do)\b)", re.IGNORECASE)  # no March
_MAX_WORDS = 6


def is_place(text: str) -> bool:
    """Return whether a text can be the name of a place: a few capitalised words, and no organisation or label."""
    if not text or len(text.split()) > _MAX_WORDS:
        return False
    if is_city(text.partition(",")[0]):
        return True
    names = {*months(), *weekdays()}
    if any(word.lower().strip(".,") in names for word in _BY_THE_SEA.sub(" ", text).split()):
        return False
    if pattern(r"(?<!\w)(?:{genre}|{immediate}|{notes}|{embargo})(?!\w)").search(text):
        return False
    # a word of a body is in its name, and in those of some towns: “Port of Ardan” is an office, “Port Ardan” a town
    words = [word.strip(".,()") for word in text.split()]
    bodies = {word.lower() for word in words if "," not in text and pattern("{organisation}").fullmatch(word)}
    town = bodies <= _OF_TOWNS and len(bodies) < len(words) and "of" not in map(str.lower, words)
    if bodies and not town:
        return False
    return _PLACE.fullmatch(text) is not None and len(text.split(",", maxsplit=1)[0]) > 2


def parse_place(text: str) -> Dateline:
    """Read `CITY`, `CITY, REGION` or `House, CITY, REGION`; a date behind it is not part of the place."""
    names = {*months(), *weekdays()}
    parts = [part.strip(" \t\n()[]【】（）") for part in re.split(r"[,、，]", text.partition(" (")[0])]
    places = [part for part in parts if part and not any(word.lower().strip(".") in names for word in part.split())]
    places = [part for part in places if not part[:1].isdigit()]
    if not places:
        return Dateline(text=text)
    if len(places) > 2:
        return Dateline(city=places[-2], region=places[-1], text=text)
    return Dateline(city=places[0], region=places[1] if len(places) > 1 else "", text=text)
