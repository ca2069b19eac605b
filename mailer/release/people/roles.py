"""Roles: what somebody who speaks is, and for whom.

Owns telling a role from an organisation among the words behind a name, and the attribution of a quote. `names` judges a
few words. Where nothing tells, the order does: name, role, organisation.
"""

from __future__ import annotations

import re

from mailer.release.people.names import is_agency, is_japanese, names_organisation, names_role
from mailer.release.values import Quote


def sort_words(parts: tuple[str, ...]) -> tuple[str, str]:
    """Return role and organisation from the parts that follow a name, each perhaps empty."""
    roles = [part for part in parts if _is_role(part) or (part[:1].islower() and len(parts) > 1)]
    rest = [part for part in parts if part not in roles]
    if not roles and len(rest) > 1 and _DEPARTMENT.search(rest[-1]) and not _DEPARTMENT.search(rest[0]):
        return ", ".join(rest[1:]), rest[0]
    if not roles and len(rest) > 1:
        return ", ".join(rest[:-1]), rest[-1]
    if not roles and len(rest) == 1 and not rest[0][:1].isupper() and not is_japanese(rest[0]):
        return rest[0], ""
    return ", ".join(roles), ", ".join(rest)


_ON_BEHALF = re.compile(
    r"(?<!\w)(?:on behalf of|im auftrag|im namen|pour le compte d|au nom d|por cuenta de|en nombre de|per conto d"
    r"|a nome d|in opdracht van|namens|em nome d|por conta d)",
    re.IGNORECASE,
)
_DEPARTMENT = re.compile(  # a part of a body: it stands for the role
    r"(?<!\w)(?:department|dept|unit|press office|newsroom|presse(?:stelle|abteilung|büro|referat)|medienstelle"
    r"|stabsstelle|abteilung|referat|dezernat|fachbereich|service|direction|département"
    r"|pôle|departamento|dirección|servicio|área|direzione|settore|servizio|dipartimento|afdeling|departement)(?!\w)",
    re.IGNORECASE,
)
_AT = re.compile(r"\s(?:at|bei|beim|chez|presso|bij|en)\s(?=[^\W\d_a-zß-ÿ])")
_FOR = re.compile(r"(?<!\w)(?:for|für|pour|para|per|voor)\s(?=[^\W\d_a-zß-ÿ])")


def _is_role(part: str) -> bool:
    return names_role(part) and not is_agency(part)


def part_client(part: str) -> tuple[str, str]:
    """Part an agency from the words that say for whom it speaks: “Bell PR on behalf of Example Foods”."""
    told = _ON_BEHALF.search(part)
    if told is None:
        told = next((match for match in _FOR.finditer(part) if is_agency(part[: match.start()].rstrip())), None)
    told = told or _FOR.match(part)
    if told is None:
        return part, ""
    return part[: told.start()].strip(" ,–-("), part[told.start() :].strip()


def part_place(part: str) -> tuple[str, ...]:
    """Part a role from the body it is held at: “consultant at Bell PR”."""
    for match in _AT.finditer(part):
        role, body = part[: match.start()], part[match.end() :]
        if names_role(role) and (is_agency(body) or names_organisation(body)) and not names_role(body.split()[0]):
            return role, body
    return (part,)


def parse_attribution(text: str) -> Quote:
    """Read who speaks: `Name, role, organisation` in any order after the name, or `Name | role | organisation`.

    Return a quote without paragraphs. The form with bars means exactly what it says; an empty part stays empty.
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
