"""Shape: which words of a language the recognisers look for.

Owns one frozen value; each language is a file beside this one. Phrases are plain words: blanks match any blanks, case
does not matter, nothing is a regular expression.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of one language; an empty tuple where a language has no word for it."""

    months: tuple[tuple[str, ...], ...]
    weekdays: tuple[tuple[str, ...], ...]
    immediate: tuple[str, ...]  # a line that says «use it now»
    genre: tuple[str, ...]  # a line that says what kind of text this is
    date_label: tuple[str, ...] = ()
    date_updated: tuple[str, ...] = ()  # of the labels of a date: a page was changed on it
    date_posted: tuple[str, ...] = ()  # and a page was put up on it
    date_lead: tuple[str, ...] = ()  # small words before a date that are part of it
    embargo: tuple[str, ...] = ()
    hold_not: tuple[str, ...] = ()  # with a use and an until: a release may not be used yet
    hold_use: tuple[str, ...] = ()
    hold_until: tuple[str, ...] = ()
    hold_free: tuple[str, ...] = ()  # with a from: when it may be used
    hold_from: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    about: tuple[str, ...] = ()  # a heading begins with it, and a name follows
    about_home: tuple[str, ...] = ()  # the same, but a common word elsewhere: only in a release of this language
    about_alone: tuple[str, ...] = ()  # the whole heading
    about_behind: tuple[str, ...] = ()  # a heading ends with it, and a name comes first
    end: tuple[str, ...] = ()
    phone: tuple[str, ...] = ()
    phone_kind: tuple[str, ...] = ()  # which telephone it is; worth telling a journalist
    phone_place: tuple[str, ...] = ()  # the same, but also an ordinary word: only where it stands apart
    email: tuple[str, ...] = ()
    web: tuple[str, ...] = ()
    name_label: tuple[str, ...] = ()
    role: tuple[str, ...] = ()
    organisation: tuple[str, ...] = ()
    statement: tuple[str, ...] = ()
    said: tuple[str, ...] = ()  # verbs in the forms in which a quote is told
    according: tuple[str, ...] = ()  # who says it follows at once
    pronoun: tuple[str, ...] = ()  # stands for whoever was named before
    title: tuple[str, ...] = ()  # what somebody is who is quoted; a person's name may follow it
    myself: tuple[str, ...] = ()  # whoever speaks, in their own mouth
    titled: tuple[str, ...] = ()  # before the title of a work, a motto, a law, the words of a sign
    body: tuple[str, ...] = ()  # in the name of a body, a place or a thing, never in that of a person
    call_to_action: tuple[str, ...] = ()  # says by itself what the reader is asked to do
    call_verb: tuple[str, ...] = ()  # the same, where the sentence that begins so has a link
    call_invite: tuple[str, ...] = ()  # and anywhere in a paragraph with a link
    caption_label: tuple[str, ...] = ()
    caption_start: tuple[str, ...] = ()
    caption_verb: tuple[str, ...] = ()
    stop: tuple[str, ...] = ()  # small words that tell the language
