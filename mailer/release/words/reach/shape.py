"""Shape: which words of a language tell that somebody can be reached, and who that is.

Owns one frozen value; each language is a file beside this one. As in the tables of `words`, phrases are plain words,
and case does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachWords:
    """The words of one language around a contact."""

    core: tuple[str, ...]  # announces a contact: a noun of a heading, or the verb of a sentence
    ask: tuple[str, ...]  # asks to ring or to write, but is also a label before a number
    press: tuple[str, ...]  # for whom it is; in a heading it may stand alone
    info: tuple[str, ...]  # what is asked for: «for further information»; with a person behind it, an announcement too
    around: tuple[str, ...]  # what else stands in such headings and sentences
    glue: tuple[str, ...]  # small words between a name and its number
    phone: tuple[str, ...]
    phone_kind: tuple[str, ...] = ()
    phone_place: tuple[str, ...] = ()
    email: tuple[str, ...] = ()
    web: tuple[str, ...] = ()
    fax: tuple[str, ...] = ()  # a number that nobody rings
    name_label: tuple[str, ...] = ()
    field_label: tuple[str, ...] = ()  # before a role, a body or an address: «Position: …»
    post: tuple[str, ...] = ()  # what somebody does
    post_end: tuple[str, ...] = ()  # the end of a compound that says it
    firm: tuple[str, ...] = ()  # a word of the name of a body of people
    firm_end: tuple[str, ...] = ()
    honorific: tuple[str, ...] = ()  # stands before a name
    street: tuple[str, ...] = ()  # a word of a postal address, or the country under it
    other: tuple[str, ...] = ()  # numbers for the public, not for the press
