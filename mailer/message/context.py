"""Context: the data for templates, as plain dicts, lists and strings.

Owns the names that templates use: `release`, `sender`, `mailing`, `words`, `look`, made once per mailing; `contact`,
`greeting`, `notice`, `optout_url`, `optout_mailto`, made for each person. Templates get none of our objects, whose
methods they could call. What does not depend on the person (the body as HTML and as text) is rendered here, once.
Raises `InputProblem` for a picture that cannot be shown.
Standards M4 (an embargo names its zone), M10 (no guess at gender), H9 (no "Dear ,").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Final, TypeAlias

from markupsafe import Markup

from mailer import lazy_re as re
from mailer.address import is_role_name
from mailer.contacts.meaning.answers import zone_of
from mailer.errors import InputProblem, did_you_mean
from mailer.message.markup import (
    attribution,
    linked,
    picture_in_text,
    picture_tag,
    picture_words,
    quoted,
    render_blocks,
    render_inline,
    render_picture,
    speech_paragraphs,
    speech_text,
    text_of,
)
from mailer.message.script import direction_of, script_of, side_of, with_fonts
from mailer.message.text import wrap
from mailer.message.values import InlineImage, Styling
from mailer.release.values import Block, Event, Image, MediaContact, Paragraph, Quote, Release, Span, plain
from mailer.settings import Look, Privacy, Sender, Tongue, Tongues
from mailer.words import read_patterns

Context: TypeAlias = Mapping[str, Any]  # the values are what Jinja walks through: dicts, lists, strings, booleans
_NO_IMAGES: Mapping[str, InlineImage] = {}
_PREHEADER: Final = 110
_AROUND: Final = frozenset({"follow-up", "correction", "retraction"})


# of a release that goes out as itself
NO_UPDATE: Final[Mapping[str, Any]] = {"note": "", "letter": "", "with_release": False, "changes": ()}


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
    page: str = "",
    update: Mapping[str, Any] = NO_UPDATE,
) -> dict[str, Any]:
    """Build what all mails of a mailing share; `mailing` is its name (`slug/kind-N`), `styling` is the family's.

    `images` holds, by `Image.src`, the pictures that travel inside the mail; those on the web need no entry. `language`
    is that of the text around the release (its phrases, dates, the greeting); by default the release's own. `zone` is
    the cell with the readers' time zone, in which an embargo is given too. `page` is the release's address on the web,
    and `update` what a mail around the release adds to it.
    """
    around = language or release.language
    tongue = styling.tongues.of(around)
    # phrases that contain the organisation's name; empty where the words are of an older version that lacks them
    letter, reason = (
        tongue.phrases.get(phrase, "").replace("{organisation}", sender.organisation) for phrase in ("letter", "reason")
    )
    # An element in another language than the release is marked so. It is aligned to the side where the page begins its
    # lines, and only its words change direction; `side` aligns what is apart from the release: the letter and the foot.
    own = direction_of(around)
    is_other = around != release.language
    turns = is_other and own != page_direction(styling.look, release.language)
    named = Markup(' lang="{}"').format(around) if is_other else Markup("")
    return {
        "language": around,
        "around": named + Markup(' dir="{}"').format(own) if turns else named,
        "side": Markup(' style="text-align: {}"').format(side_of(own)) if turns else Markup(""),
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
            "page": page,
        },
        "words": {"online": "", **phrases_of(tongue), "letter": letter},
        "reason": sender.list_reason or reason,
        "update": {**update, "letter": update["letter"] or tongue.phrases.get("follow_up", "")},
    }


def update_context(
    note: str, letter: str, changes: Sequence[Mapping[str, Any]], *, with_release: bool = False
) -> dict[str, Any]:
    """Build the value of `update` in templates; each change has the old text (`was`) and the new one (`now`).

    Both are lists of pieces, each a text and whether it is among the words that differ.
    """

    def shown(pieces: Sequence[tuple[str, bool]], tag: str) -> dict[str, Any]:
        marked = (Markup("<{0}>{1}</{0}>").format(tag, text) if differs else text for text, differs in pieces)
        words = (f"*{text}*" if differs and len(pieces) > 1 else text for text, differs in pieces)
        return {"html": Markup("").join(marked), "text": "".join(words)}

    shown_changes = [{"was": shown(each["was"], "del"), "now": shown(each["now"], "ins")} for each in changes]
    return {"note": note, "letter": letter, "with_release": with_release, "changes": shown_changes}


def phrases_of(tongue: Tongue) -> dict[str, str]:
    """Return the phrases as templates see them; `why` and `greeting` are the beginnings that older families finish."""
    phrases = dict(tongue.phrases)
    phrases["why"] = phrases["reason"].partition("{organisation}")[0].strip()
    for name in ("greeting", "greeting_nobody"):
        phrases[name] = phrases[name].partition("{name}")[0].rstrip(" ,:،")
    return phrases


def person_values(
    shared: Mapping[str, Any],
    contact: Mapping[str, str],
    *,
    styling: Styling,
    optout_url: str = "",
    optout_mailto: str = "",
    answer_url: str = "",
    privacy: Privacy | None = None,
    zone: str = "",
    subject: str = "",
) -> dict[str, Any]:
    """Return the personal values of a mail, beside `mailing_context`: merge fields, a greeting, an own opt-out link.

    `optout_url` is an https URI, `optout_mailto` a mailto URI, each empty if there is none; `answer_url` leads to
    the page on which an offer is accepted. `privacy` is the notice that a first mail carries. `zone` is the cell with
    their time zone, for times in the mail. `subject` is that of the mail which this one answers.
    """
    address, _, query = optout_mailto.removeprefix("mailto:").partition("?")
    tongue, event = styling.tongues.of(shared["language"]), shared["release"]["event"]
    if shared["mailing"]["kind"] in _AROUND:  # a note was written for the release's own mail
        letter = fill_fields(shared["update"]["letter"], contact, source="letter")
    else:
        letter = contact.get("note", "").strip() or fill_fields(shared["release"]["pitch"], contact, source="pitch")
    return {
        "contact": dict(contact),
        "greeting": greeting(contact, tongue, styling.tongues, letter),
        "letter": letter,
        "own_time": own_time(event["starts"], zone, tongue) if event else "",
        "notice": (privacy.notice or shared["words"]["notice"]) if privacy else "",
        "notice_url": privacy.url if privacy else "",
        "notice_source": contact.get("source", "") if privacy else "",
        "answer_url": answer_url,
        "optout_url": optout_url,
        "optout_mailto": optout_mailto,
        "optout_address": address,
        "optout_subject": query.removeprefix("subject=") if query.startswith("subject=") else "",
        "earlier_subject": subject or shared["release"]["headline"],
    }


def release_context(
    release: Release,
    *,
    styling: Styling,
    images: Mapping[str, InlineImage] = _NO_IMAGES,
    language: str = "",
    zone: str = "",
) -> dict[str, Any]:
    """Build the value of `release` in templates: every text of the release, as HTML and as plain text.

    `language` is that of the lines above it (date, release line); the release itself stays in its own. `zone` is the
    cell with the reader's time zone.
    """
    above, own = styling.tongues.of(language or release.language), styling.tongues.of(release.language)
    direction, extras = page_direction(styling.look, release.language), release.extras
    comma = script_of(release.language).comma
    body, dateline = _with_dateline(release)
    blocks, notes = (render_blocks(each, tongue=own, images=images) for each in (body, release.notes_to_editors))
    event, portrait = extras.event, extras.portrait
    # what mail programs show beside the subject: the subhead, or the beginning of the text
    opening = next((plain(block.inline) for block in release.body if isinstance(block, Paragraph)), "")
    preheader = " ".join((release.subhead or opening).split())
    if len(preheader) > _PREHEADER:
        preheader = f"{preheader[:_PREHEADER].rpartition(' ')[0] or preheader[:_PREHEADER]} …"
    return {
        "slug": release.slug,
        "language": release.language,
        "dir": direction,
        "headline": release.headline,
        "subhead": release.subhead,
        "label": release.label,
        "dateline": dateline,
        "date": date_in_words(release.date, above) if release.date else "",
        "date_iso": release.date.isoformat() if release.date else "",
        **embargo_context(release, above, zone=zone),
        "preheader": preheader,
        "body": blocks,
        "body_html": Markup("\n").join(block["html"] for block in blocks),
        "body_text": "\n\n".join(block["text"] for block in blocks),
        "quotes": [{"text": "\n\n".join(quoted(q, own)), "by": attribution(q, own)} for q in release.quotes()],
        "images": [{"src": i.src, "alt": i.alt, "caption": i.caption, "credit": i.credit} for i in release.images()],
        "contacts": [_media_contact(contact, comma, direction) for contact in release.contacts],
        "boilerplate": [
            {
                "heading": part.heading,
                "html": Markup("\n").join(Markup("<p>{}</p>").format(render_inline(p)) for p in part.paragraphs),
                "text": "\n\n".join(wrap(text_of(p)) for p in part.paragraphs),
            }
            for part in release.boilerplate
        ],
        "notes": notes,
        "notes_html": Markup("\n").join(block["html"] for block in notes),
        "notes_text": "\n\n".join(block["text"] for block in notes),
        **statement_context(body, blocks, own, portrait),
        "event": {
            "what": event.what,
            "who": event.who,
            "where": event.where,
            "register": event.register,
            "register_html": linked(event.register),
            "url": event.url,
            "when": event_in_words(event, above),
            "starts": event.starts.isoformat(),
        }
        if event
        else {},
        "portrait": {  # `face` beside a name, `html` as a picture of its own, the others its caption
            "html": render_picture(portrait, own, images, width=PORTRAIT_WIDTH),
            "face": picture_tag(portrait, images, width=FACE_WIDTH),
            "words": picture_words(portrait, own, with_alt=False),
            "text": picture_in_text(portrait, own),
        }
        if portrait
        else {},
        "pitch": extras.pitch,
        "press_kit": extras.press_kit,
        "end_mark": release.end_mark,
        "call_to_action": {
            "html": render_inline(release.call_to_action),
            "text": wrap(text_of(release.call_to_action)) if release.call_to_action else "",
        },
    }


def _with_dateline(release: Release) -> tuple[tuple[Block, ...], str]:
    """Return the body and its dateline without the dash behind it: `EASTPORT, 24 November`, or nothing.

    The dateline opens the first paragraph, unless the paragraph has it already.
    """
    dateline = release.dateline
    text = (dateline.text or ", ".join(part for part in (dateline.city, dateline.region) if part)) if dateline else ""
    line = text.strip().rstrip("-–—: ")
    if not line:
        return release.body, ""
    lead = (Span(line, strong=True), Span(" – "))
    for number, block in enumerate(release.body):
        if isinstance(block, Paragraph):
            if plain(block.inline).lstrip().startswith(line):
                return release.body, line
            opened = replace(block, inline=(*lead, *block.inline))
            return (*release.body[:number], opened, *release.body[number + 1 :]), line
    return (Paragraph(lead[:1]), *release.body), line


def _media_contact(contact: MediaContact, comma: str, direction: str) -> dict[str, Any]:
    post = [part for part in (contact.role, contact.organisation) if part]
    label, _, labelled = contact.note.rpartition(": ")
    is_about_number = bool(label) and labelled in contact.phones  # "out of hours: +44 …": the number appears once
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


# Telephone: a number as people write it, as a link that a telephone can dial.


def tel_href(phone: str) -> str:
    """Return the `tel:` URI of a telephone number as people write it, or nothing; RFC 3966, an extension as `;ext=`."""
    number = re.sub(r"\(0\)", "", phone)
    main, *extension = re.split(r"(?:ext\.?|extension|durchwahl|poste|\bx)\s*", number, maxsplit=1, flags=re.IGNORECASE)
    digits = re.sub(r"\D", "", main)
    if len(digits) < 3:
        return ""
    plus = "+" if main.lstrip(" (").startswith("+") or main.strip().startswith("00") else ""
    if plus:
        digits = digits.removeprefix("00")
    if len(digits) > 15:  # E.164; more are two numbers on one line, which cannot be dialled together
        return ""
    inner = re.sub(r"\D", "", extension[0]) if extension else ""
    return f"tel:{plus}{digits}" + (f";ext={inner}" if inner else "")


# Merge fields: in a release's own letter to each person.

_FIELD: Final = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_INSIDE: Final = re.compile(r"""\s*(?:contact\.)?(?P<name>\w+)(?:\s+or\s+(?:"(?P<a>[^"]*)"|'(?P<b>[^']*)'))?\s*""")


def fill_fields(text: str, contact: Mapping[str, str], *, source: str) -> str:
    """Return a text with one person's fields filled in; `source` names the text in an error.

    Raises InputProblem if a field is unknown, or is empty and has no default.
    """

    def value(match: re.Match[str]) -> str:
        parts = _INSIDE.fullmatch(match[1].replace("“", '"').replace("”", '"'))
        if parts is None:
            raise InputProblem(f'{source}: "{match[0]}" is not a field; write {{{{ first_name }}}}')
        name, default = parts["name"], parts["a"] if parts["a"] is not None else parts["b"]
        if name not in contact:
            raise InputProblem(f'{source}: contact has no field "{name}"{did_you_mean(name, contact)}')
        filled = contact[name].strip() or default
        if filled is None:
            hint = f'write {{{{ {name} or "…" }}}} to say something else there'
            raise InputProblem(f'{source}: "{name}" is empty; {hint}')
        return filled

    try:
        return _FIELD.sub(value, text)
    except InputProblem as error:
        raise InputProblem(f"{error.message} (for {contact.get('email', 'a contact')})") from None


# Look: a family's look as its templates see it, for a release in one language.


def page_direction(look: Look, language: str) -> str:
    """Return the direction of the whole mail: the family's, else that of the release's language."""
    return direction_of(language) if look.page.direction == "auto" else look.page.direction


def look_context(look: Look, language: str, *, logo: InlineImage | None = None) -> dict[str, Any]:
    """Build the value of `look`; `logo` is the file that `look.logo` names, where it is one."""
    script, direction = script_of(language), page_direction(look, language)
    start, end = ("right", "left") if direction == "rtl" else ("left", "right")
    size, width = look.fonts.size, look.page.width
    inner = width - 88  # less the margins left and right of the text, on the widest sheet
    context = {
        "day": look.colours.model_dump(),
        "night": look.night.model_dump(),
        # config refuses any font name that could end a style
        "text_font": Markup(with_fonts(look.fonts.text, script.serif)),  # noqa: S704 - checked when it was read
        "small_font": Markup(with_fonts(look.fonts.small, script.sans)),  # noqa: S704 - checked when it was read
        "size": size,
        "title_size": round(size * 1.82),
        "subhead_size": size + 2,
        "quote_size": size + 3,
        "said_size": size + 5,
        "aside_size": max(size - 2, 15),
        "leading": f"{script.leading / 100:g}",
        "italic": script.italic,
        "spaced": script.spaced,
        "comma": script.comma,
        "width": width,
        "inner": inner,
        "half": inner // 2,
        "contacts": look.page.contacts,
        "dir": direction,
        "start": start,
        "end": end,
        "logo": {},
    }
    if given := look.logo:
        shown = min(given.width, inner)
        context["logo"] = {
            "src": (logo.url or f"cid:{logo.content_id}") if logo else given.src,
            "alt": given.alt,
            "width": shown,
            "height": round(given.height * shown / given.width),
            "link": given.link,
        }
    return context


# Greeting: how a mail addresses the person it is for.


def greeting(contact: Mapping[str, str], tongue: Tongue, tongues: Tongues, note: str | None = None) -> str:
    """Return the line above a personal note, with its comma; nothing where the note itself greets, in any language.

    A salutation of several words ("Dear Dr Brook") is used as it is; one word ("Dr") precedes the last name. `note` is
    the text below, by default the person's.
    """
    if _pattern(tongues.greets).match((contact.get("note", "") if note is None else note).lstrip()):
        return ""
    salutation, last = contact.get("salutation", "").strip(" ,"), contact.get("last_name", "").strip()
    if " " in salutation:
        return f"{salutation},"
    fields = ("last_name", "name", "first_name") if tongue.forms.get("name") == "{last}" else ("first_name", "name")
    name = next(filter(None, (contact.get(field, "").strip() for field in fields)), "")
    parts = (contact.get("first_name", ""), contact.get("last_name", ""))
    names = {" ".join(each.casefold().split()) for each in (name, contact.get("name", ""), " ".join(parts))}
    if any(_DESK.fullmatch(each) or is_role_name(each.replace(" ", "")) for each in names if each):
        name = ""  # a desk's: "Newsdesk", first name "News", last name "Desk"
    elif salutation and last:
        name = f"{salutation} {last}"
    name = _SHOUTED.sub(_spoken, name)
    return tongue.phrases["greeting"].replace("{name}", name) if name else tongue.phrases["greeting_nobody"]


_DESK: Final = read_patterns("contacts", "desks")["desk"]
# A word in capitals, neither initials ("AJ") nor a Roman numeral ("III").
_SHOUTED = re.compile(r"\b(?!(?:II|III|IV|VI|VII|VIII)\b)(?:[^\W\d_a-z]{3,}|[^\W\d_a-z][AEIOUY]|ED|AL)\b")


def _spoken(word: re.Match[str]) -> str:
    """Return a word in capitals as it is written in a greeting; letters without case do not change."""
    text = word[0]
    if not text.isupper():
        return text
    if text.startswith("MC") and len(text) > 4:
        return f"Mc{text[2:].capitalize()}"
    return text.capitalize()


@lru_cache(maxsize=8)
def _pattern(words: frozenset[str]) -> re.Pattern[str]:
    # no word boundary where a language writes none: 「お世話になっております」
    ends = (re.escape(word) + (r"\b" if word[-1:].islower() else "") for word in sorted(words))
    return re.compile("|".join(ends) or r"(?!)", re.IGNORECASE)


# Statement: who speaks, what they say, and, apart from it, all the rest.

PORTRAIT_WIDTH: Final = 240
FACE_WIDTH: Final = 96


def statement_context(
    body: Sequence[Block], blocks: Sequence[dict[str, str]], tongue: Tongue, portrait: Image | None = None
) -> dict[str, Any]:
    """Return all that the speaker says, and the other blocks; `blocks` are those of `body`, rendered.

    The speaker is the one named in the portrait's text (its credit does not count), else the first. A quote without a
    speaker is theirs if it is next to one of theirs.
    """
    quotes = [block for block in body if isinstance(block, Quote)]
    named = [quote for quote in quotes if quote.speaker] or quotes
    shown = f"{portrait.alt} {portrait.caption}".casefold() if portrait else ""
    pictured = (quote for quote in named if quote.speaker and quote.speaker.casefold() in shown)
    first = next(pictured, named[0] if named else Quote(()))
    is_speech = [bool(named) and isinstance(block, Quote) and block.speaker == first.speaker for block in body]
    for order in (range(1, len(body)), range(len(body) - 2, -1, -1)):
        for at in order:
            block = body[at]
            if isinstance(block, Quote) and not block.speaker:
                is_speech[at] |= is_speech[at - order.step]
    speech = [block for block, spoken in zip(body, is_speech, strict=True) if spoken and isinstance(block, Quote)]
    rest = [made for made, spoken in zip(blocks, is_speech, strict=True) if not spoken]
    post = script_of(tongue.tag).comma.join(part for part in (first.role, first.organisation) if part)
    return {
        "speaker": {"name": first.speaker, "role": post},
        "said_html": Markup("\n").join(speech_paragraphs(quote, tongue) for quote in speech),
        "said_text": "\n\n".join(speech_text(quote, tongue) for quote in speech),
        "rest": rest,
        "rest_text": "\n\n".join(block["text"] for block in rest),
    }


# Times: dates and times in words, in the forms of a `Tongue` (a file in `templates/i18n/`), and in up to three zones:
# the sender's, UTC and the reader's own. Nothing is guessed: in a language without such a file dates are 2026-11-24,
# and without a known zone of the reader's their time is left out.

_ISO_FORMS: Final[Mapping[str, str]] = {
    "weekday": "{date}",
    "time": "{hour}:{minute} {zone}",
    "also": " ({time})",
    "moment": "{time}{also}, {date}",
    "moment_short": "{time}, {date}",
    "occasion": "{date}, {time}",
    "span": "{from} – {to}",
}


def _in_form(tongue: Tongue, name: str, **places: object) -> str:
    """Fill in the form in which a language writes a date, a time or both: a pattern with fields in braces."""
    return (tongue.forms.get(name) or _ISO_FORMS[name]).format(**places)


def date_in_words(day: date, tongue: Tongue, *, weekday: bool = False) -> str:
    """Return a date in words: `24 November 2026`, optionally with the weekday."""
    if not tongue.months:
        return f"{day:%Y-%m-%d}"
    form = "first" if day.day == 1 and tongue.forms.get("first") else "date"
    words = _in_form(tongue, form, day=day.day, month=tongue.months[day.month - 1], year=day.year)
    return _in_form(tongue, "weekday", weekday=tongue.weekdays[day.weekday()], date=words) if weekday else words


def time_in_words(at: datetime, tongue: Tongue, *, with_zone: bool = True) -> str:
    """Return an aware time of day with its zone as people write it: `09:00 BST`, without letters `09:00 UTC+03:00`."""
    name, offset = f"{at:%Z}", f"{at:%z}"
    zone = name if name[:1].isalpha() else f"UTC{offset[:3]}:{offset[3:5]}"
    return _in_form(tongue, "time", hour=f"{at:%H}", minute=f"{at:%M}", zone=zone if with_zone else "").strip()


def _in_reader_time(at: datetime, cell: str) -> datetime | None:
    """Return a time in the reader's zone, named in a cell of a list; None if that is the same or unknown."""
    zone = zone_of(cell)
    there = at.astimezone(zone) if zone else None
    return there if there is not None and there.utcoffset() != at.utcoffset() else None


# Embargo: the line above the headline, and the mark in the subject.


def embargo_context(release: Release, tongue: Tongue, *, zone: str = "") -> dict[str, Any]:
    """Build the values `line`, `embargoed`, `embargo`, `embargo_short` and `terms` of `release` in templates.

    `zone` is the cell in which a list names the reader's time zone. A release without an embargo has its label as
    `line`, or the words for immediate release.

    In full: `09:00 BST (08:00 UTC, 10:00 CEST your time), Tuesday 3 March 2027`; as a subject has room for:
    `09:00 BST / 10:00 CEST, 3 March 2027`. Where it is another day there, the date comes before the slash:
    `00:01 BST, 6 July 2027 / 19:01 EDT, Monday`.
    """
    embargo = release.embargo
    if embargo is None:
        line = release.label or tongue.phrases["immediate"]
        return {"embargoed": False, "line": line, "embargo": "", "embargo_short": "", "terms": ""}
    if embargo.until is None or not embargo.has_zone:
        text = embargo.text
        return {"embargoed": True, "line": text, "embargo": text, "embargo_short": text, "terms": ""}
    until, own = embargo.until, _in_reader_time(embargo.until, zone)

    def elsewhere(there: datetime) -> str:
        text = time_in_words(there, tongue)
        if until.date() == there.date():
            return text
        return f"{text}, {tongue.weekdays[there.weekday()] if tongue.weekdays else f'{there:%Y-%m-%d}'}"

    time, day = time_in_words(until, tongue), date_in_words(until.date(), tongue)
    others = [elsewhere(until.astimezone(UTC))] if until.utcoffset() else []
    beside = f" / {elsewhere(own)}" if own else ""
    if own:
        others.append(f"{elsewhere(own)} {tongue.phrases['your_time']}")
    also = _in_form(tongue, "also", time=", ".join(others)) if others else ""
    full = _in_form(tongue, "moment", time=time, also=also, date=date_in_words(until.date(), tongue, weekday=True))
    if own and own.date() != until.date():
        short = _in_form(tongue, "moment_short", time=time, date=day) + beside
    else:
        short = _in_form(tongue, "moment_short", time=time + beside, date=day)
    line = tongue.phrases["embargo"].replace("{moment}", full)
    mark = tongue.phrases["embargo_short"].replace("{moment}", short)
    terms = tongue.phrases.get("offer_terms", "").replace("{moment}", full)
    return {"embargoed": True, "line": line, "embargo": line, "embargo_short": mark, "terms": terms}


# Event: its time where it takes place, and where the reader is.


def event_in_words(event: Event, tongue: Tongue) -> str:
    """Return when an event takes place, the day first: `Saturday 5 December 2026, 10:00 to 11:30 CET`."""
    starts, ends = event.starts, event.ends
    day = date_in_words(starts.date(), tongue, weekday=True)
    begins = time_in_words(starts, tongue)
    if ends is None:
        return _in_form(tongue, "occasion", time=begins, date=day)
    ends = ends.astimezone(starts.tzinfo)
    finish = time_in_words(ends, tongue)
    if ends.date() == starts.date():
        if ends.utcoffset() == starts.utcoffset():  # else the clocks change meanwhile, and each time has its own zone
            begins = time_in_words(starts, tongue, with_zone=False)
        return _in_form(tongue, "occasion", time=_in_form(tongue, "span", **{"from": begins, "to": finish}), date=day)
    first = _in_form(tongue, "occasion", time=begins, date=day)
    last = _in_form(tongue, "occasion", time=finish, date=date_in_words(ends.date(), tongue, weekday=True))
    return _in_form(tongue, "span", **{"from": first, "to": last})


def own_time(starts: str, cell: str, tongue: Tongue) -> str:
    """Return when an event starts in the reader's zone, as `04:00 EST`; nothing where that is the same or unknown.

    `starts` is in ISO form, `cell` names the reader's zone in their list. Where it is another day there, it is added.
    """
    at = datetime.fromisoformat(starts)
    there = _in_reader_time(at, cell)
    if there is None:
        return ""
    time = time_in_words(there, tongue)
    if there.date() == at.date():
        return time
    return _in_form(tongue, "occasion", time=time, date=date_in_words(there.date(), tongue, weekday=True))
