"""Context: what a template may say, as plain dicts, lists and strings.

Owns the names that templates use: `release`, `sender`, `mailing`, `words`, `look`, made once a mailing; `contact`,
`greeting`, `notice`, `optout_url`, `optout_mailto`, made for each person. Templates get no object of ours, whose
methods they could call.
What does not depend on the person (the body as HTML and as text) is rendered here, once.
Raises `InputProblem` for a picture that cannot be shown.
Standards M4 (an embargo names its zone), M10 (no guess at gender), H9 (no "Dear ,").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from markupsafe import Markup

from mailer.message.dress import look_context, page_direction
from mailer.message.embargo_line import embargo_context
from mailer.message.greeting import greeting
from mailer.message.markup import attribution, quoted, render_blocks, render_inline
from mailer.message.merge_fields import fill_fields
from mailer.message.occasion import event_context, own_time
from mailer.message.prose import render_text_blocks, text_of
from mailer.message.script import script_of
from mailer.message.statement import portrait_context, statement_context
from mailer.message.telephone import tel_href
from mailer.message.text import wrap
from mailer.message.values import InlineImage, Styling
from mailer.message.words import date_in_words, direction_of, phrases_of, side_of
from mailer.release.values import (
    Block,
    Boilerplate,
    Inline,
    MediaContact,
    Paragraph,
    Release,
    Span,
    plain,
)
from mailer.settings import Privacy, Sender, Tongue

Context: TypeAlias = Mapping[str, Any]  # the values are what Jinja walks through: dicts, lists, strings, booleans
_NO_IMAGES: Mapping[str, InlineImage] = {}
_PREHEADER = 110


def mailing_context(
    release: Release,
    *,
    sender: Sender,
    mailing: str,
    styling: Styling,
    is_test: bool = False,
    images: Mapping[str, InlineImage] = _NO_IMAGES,
    language: str = "",
    zone: str = "",
) -> dict[str, Any]:
    """Make what all mails of a mailing share; `mailing` is its name (`slug/kind-N`), `styling` the family's.

    `images` holds, by `Image.src`, the pictures that travel inside the mail; those on the web need no entry. `language`
    is that of what stands around the release (its phrases, dates, the greeting); by default the release's own. `zone`
    is the cell with the readers' time zone, in which an embargo is told too.

    Raises:
        InputProblem: a picture is neither on the web nor in `images`.
    """
    around = language or release.language
    tongue = styling.tongues.of(around)
    return {
        "language": around,
        **_around(around, release.language, page_direction(styling.look, release.language)),
        "look": look_context(styling.look, release.language, logo=styling.logo),
        "release": release_context(release, styling=styling, images=images, language=language, zone=zone),
        "sender": {
            "name": sender.name,
            "address": sender.address,
            "reply_to": sender.reply_to or sender.address,
            "organisation": sender.organisation,
            "postal_address": sender.postal_address,
            "list_reason": sender.list_reason,
        },
        "mailing": {
            "name": mailing,
            "kind": mailing.rpartition("/")[2].rpartition("-")[0] or mailing,
            "is_test": is_test,
        },
        "words": {**phrases_of(tongue), "letter": _named(tongue, "letter", sender)},
        "reason": sender.list_reason or _named(tongue, "reason", sender),
    }


def _named(tongue: Tongue, phrase: str, sender: Sender) -> str:
    """Return a phrase with our name in it; one that words of an older version do not have is empty, as it was then."""
    return tongue.phrases.get(phrase, "").replace("{organisation}", sender.organisation)


def _around(language: str, of_release: str, direction: str) -> dict[str, Markup]:
    """Return the attributes of an element whose words are in another language than the release, or nothing (H4).

    `around` says the language and its direction of writing: the element stands where the page begins its lines, and
    only its words turn. `side` moves what stands apart from the release, the letter and the foot, to their own side.
    """
    own = direction_of(language)
    turns = own != direction
    named = Markup(' lang="{}"').format(language) if language != of_release else Markup("")
    return {
        "around": named + Markup(' dir="{}"').format(own) if turns and named else named,
        "side": Markup(' style="text-align: {}"').format(side_of(own)) if turns and named else Markup(""),
    }


def person_context(
    shared: Mapping[str, Any],
    contact: Mapping[str, str],
    *,
    styling: Styling,
    optout_url: str = "",
    optout_mailto: str = "",
    privacy: Privacy | None = None,
    zone: str = "",
) -> dict[str, Any]:
    """Add one person to what `mailing_context` made: the merge fields, a greeting, and their own way out.

    `optout_url` is an https URI, `optout_mailto` a mailto URI, each empty where there is none. `privacy` is the notice
    that a first mail carries. `zone` is the cell with their time zone, for moments that the mail tells.
    """
    address, _, query = optout_mailto.removeprefix("mailto:").partition("?")
    tongue, event = styling.tongues.of(shared["language"]), shared["release"]["event"]
    letter = contact.get("note", "").strip() or fill_fields(shared["release"]["pitch"], contact)
    return {
        **shared,
        "contact": dict(contact),
        "greeting": greeting(contact, tongue, styling.tongues, letter),
        "letter": letter,
        "own_time": own_time(event["starts"], zone, tongue) if event else "",
        "notice": (privacy.notice or shared["words"]["notice"]) if privacy else "",
        "notice_url": privacy.url if privacy else "",
        "notice_source": contact.get("source", "") if privacy else "",
        "optout_url": optout_url,
        "optout_mailto": optout_mailto,
        "optout_address": address,
        "optout_subject": query.removeprefix("subject=") if query.startswith("subject=") else "",
    }


def release_context(
    release: Release,
    *,
    styling: Styling,
    images: Mapping[str, InlineImage] = _NO_IMAGES,
    language: str = "",
    zone: str = "",
) -> dict[str, Any]:
    """Make the value of `release` in templates: every text of the release, as HTML and as plain text.

    `language` is that of what stands above it (date, release line); the release itself stays in its own. `zone` is the
    cell with the reader's time zone.

    Raises:
        InputProblem: a picture is neither on the web nor in `images`.
    """
    above, own = styling.tongues.of(language or release.language), styling.tongues.of(release.language)
    body = _with_dateline(release)
    blocks = _blocks(body, own, images)
    notes = _blocks(release.notes_to_editors, own, images)
    return {
        "slug": release.slug,
        "language": release.language,
        "dir": page_direction(styling.look, release.language),
        "headline": release.headline,
        "subhead": release.subhead,
        "label": release.label,
        "dateline": dateline_of(release),
        "date": date_in_words(release.date, above) if release.date else "",
        "date_iso": release.date.isoformat() if release.date else "",
        **embargo_context(release, above, zone=zone),
        "preheader": _preheader(release),
        "body": blocks,
        "body_html": _joined_html(blocks),
        "body_text": _joined_text(blocks),
        "quotes": [
            {
                "text": "\n\n".join(quoted(q, own)),
                "by": attribution(q, own),
            }
            for q in release.quotes()
        ],
        "images": [{"src": i.src, "alt": i.alt, "caption": i.caption, "credit": i.credit} for i in release.images()],
        "contacts": [
            _media_contact(contact, script_of(release.language).comma, page_direction(styling.look, release.language))
            for contact in release.contacts
        ],
        "boilerplate": [_boilerplate(part) for part in release.boilerplate],
        "notes": notes,
        "notes_html": _joined_html(notes),
        "notes_text": _joined_text(notes),
        **statement_context(body, blocks, own, release.extras.portrait),
        **_extras(release, above, own, images),
        "end_mark": release.end_mark,
        "call_to_action": _inline(release.call_to_action),
    }


def _extras(release: Release, above: Tongue, own: Tongue, images: Mapping[str, InlineImage]) -> dict[str, Any]:
    extras = release.extras
    return {
        "event": event_context(extras.event, above) if extras.event else {},
        "portrait": portrait_context(extras.portrait, own, images) if extras.portrait else {},
        "pitch": extras.pitch,
        "press_kit": extras.press_kit,
    }


def _blocks(blocks: tuple[Block, ...], tongue: Tongue, images: Mapping[str, InlineImage]) -> list[dict[str, str]]:
    pairs = zip(
        blocks,
        render_blocks(blocks, tongue=tongue, images=images),
        render_text_blocks(blocks, tongue=tongue),
        strict=True,
    )
    return [{"kind": block.kind, "html": html, "text": text} for block, html, text in pairs]


def _joined_html(blocks: Iterable[Mapping[str, str]]) -> Markup:
    return Markup("\n").join(block["html"] for block in blocks)


def _joined_text(blocks: Iterable[Mapping[str, str]]) -> str:
    return "\n\n".join(block["text"] for block in blocks)


def _inline(inline: Inline) -> dict[str, str]:
    return {"html": render_inline(inline), "text": wrap(text_of(inline)) if inline else ""}


def dateline_of(release: Release) -> str:
    """Return the dateline without the dash behind it: `EASTPORT, 24 November`, or nothing."""
    line = release.dateline
    if line is None:
        return ""
    text = line.text or ", ".join(part for part in (line.city, line.region) if part)
    return text.strip().rstrip("-–—: ")


def _with_dateline(release: Release) -> tuple[Block, ...]:
    """Set the dateline before the first paragraph, unless the paragraph has it already."""
    line = dateline_of(release)
    if not line:
        return release.body
    lead = (Span(line, strong=True), Span(" – "))
    for number, block in enumerate(release.body):
        if isinstance(block, Paragraph):
            if plain(block.inline).lstrip().startswith(line):
                return release.body
            opened = replace(block, inline=(*lead, *block.inline))
            return (*release.body[:number], opened, *release.body[number + 1 :])
    return (Paragraph(lead[:1]), *release.body)


def _preheader(release: Release) -> str:
    """Return what mail programs show beside the subject: the subhead, or the beginning of the text."""
    first = next((plain(block.inline) for block in release.body if isinstance(block, Paragraph)), "")
    text = " ".join((release.subhead or first).split())
    return text if len(text) <= _PREHEADER else f"{text[:_PREHEADER].rpartition(' ')[0] or text[:_PREHEADER]} …"


def _media_contact(contact: MediaContact, comma: str, direction: str) -> dict[str, Any]:
    post = [part for part in (contact.role, contact.organisation) if part]
    label, _, labelled = contact.note.rpartition(": ")
    is_about_number = bool(label) and labelled in contact.phones  # "out of hours: +44 …": the number is said once
    return {
        "name": contact.name,
        "role": contact.role,
        "organisation": contact.organisation,
        "post": comma.join(post),
        "line": comma.join((contact.name, *post) if contact.name else post),
        "note": "" if is_about_number else contact.note,
        "phones": [
            {"text": f"{phone} ({label})" if is_about_number and phone == labelled else phone, "href": tel_href(phone)}
            for phone in contact.phones
        ],
        "emails": list(contact.emails),
        # "Northern Ferries Ltd." among Arabic: without it the full stop would stand before the name
        "turn": Markup(' dir="auto"') if direction == "rtl" else Markup(""),
    }


def _boilerplate(part: Boilerplate) -> dict[str, str]:
    return {
        "heading": part.heading,
        "html": Markup("\n").join(Markup("<p>{}</p>").format(render_inline(p)) for p in part.paragraphs),
        "text": "\n\n".join(wrap(text_of(p)) for p in part.paragraphs),
    }
