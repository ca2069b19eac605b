"""Roles: what somebody who speaks is, and for whom.

Owns telling a role from an organisation among the words behind a name, and the attribution of a quote. `names` judges a
few words. Where nothing tells, the order does: name, role, organisation.
"""

from __future__ import annotations

import re

from mailer.release.people.names import is_japanese, names_role
from mailer.release.values import Quote


def sort_words(parts: tuple[str, ...]) -> tuple[str, str]:
    """Tell role from organisation among the parts that follow a name; gives both, each perhaps empty."""
    roles = [part for part in parts if _is_role(part) or (part[:1].islower() and len(parts) > 1)]
    rest = [part for part in parts if part not in roles]
    if not roles and len(rest) > 1:
        return ", ".join(rest[:-1]), rest[-1]
    if not roles and len(rest) == 1 and not rest[0][:1].isupper() and not is_japanese(rest[0]):
        return rest[0], ""
    return ", ".join(roles), ", ".join(rest)


_TRADE = re.compile(  # what agencies put behind the name of whoever founded them
    r"(?:communications?|comunicaci[oó]n|comunicazione|comunica[cç][aã]o|kommunikation|p\.?r\.?|r\.?p\.?"
    r"|public relations|relations presse|relaciones públicas|media|consulting|consultants)$",
    re.IGNORECASE,
)
_FIELD = re.compile(  # before those words, it is a field of work, and no name
    r"corporate|intern\w*|extern\w*|global\w*|digital\w*|strategic|strategisch\w*|head|lead|chief|senior|junior|group"
    r"|brand|product|science|investor|marketing|regional|national\w*|public|business|social|online|trade|consumer"
    r"|\w*event\w*|press\w*|prensa|stampa|media|medien|ufficio|oficina|area|área|unternehmens\w*|direcci[oó]n|direzione"
    r"|direction|service|dpt\w*|dep\w*|abteilung|team|director\w*|manager|officer|vp|office|und|and|y|e|et|&"
    r"|communication\w*|comunica\w*|kommunikation",
    re.IGNORECASE,
)


def _is_role(part: str) -> bool:
    """Say whether words are a role: «Corporate Communications» is, the agency «Bell Communications» is not."""
    if not names_role(part):
        return False
    trade = _TRADE.search(part)
    before = part[: trade.start()].split() if trade else []
    named = all(word[:1].isupper() and not _FIELD.fullmatch(word) and not names_role(word) for word in before)
    return not (before and named)


def parse_attribution(text: str) -> Quote:
    """Read who speaks: `Name, role, organisation` in any order after the name, or `Name | role | organisation`.

    Gives a quote without paragraphs. The form with bars means exactly what it says; an empty part stays empty.
    """
    if "|" in text:
        name, role, organisation, *_ = [*(part.strip() for part in text.split("|", 2)), "", ""]
        return Quote((), name, role, organisation)
    name, *rest = [part.strip() for part in text.strip().rstrip(":").split(",")]
    role, organisation = sort_words(tuple(part for part in rest if part))
    return Quote((), name, role, organisation)


def render_attribution(quote: Quote) -> str:
    """Write who speaks so that `parse_attribution` reads the same again."""
    natural = ", ".join(filter(None, (quote.speaker, quote.role, quote.organisation)))
    read = parse_attribution(natural)
    if (read.speaker, read.role, read.organisation) == (quote.speaker, quote.role, quote.organisation):
        return natural
    return " | ".join(part.replace("|", "/") for part in (quote.speaker, quote.role, quote.organisation))
