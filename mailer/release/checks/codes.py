"""Codes: everything that a check can find, as one table.

Owns the code, how bad it is, what it means and what to do, in words for people: `docs/checks.md` is held against it,
and a waiver may only name what stands here. Never looks at a release.

A check that says something more exact brings its own words; how bad it is, is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from mailer.errors import Severity

_ERROR, _WARNING, _NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE


class Looks(StrEnum):
    """Where a check looks: in the text alone, in files beside it, or on the web (only when asked to)."""

    TEXT = "text"
    FILES = "files"
    WEB = "web"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a code stands for: `worst` is how bad it can be, `means` and `todo` are sentences for people.

    `is_judgement` marks an error that a person may know better: it stops a mailing, and can be waived with a reason.
    """

    severity: Severity
    means: str
    todo: str
    looks: Looks = Looks.TEXT
    worst: Severity | None = None
    waivable: bool = True
    is_judgement: bool = False

    @property
    def can_be_waived(self) -> bool:
        """Return whether a person may waive it: other errors stop, and notes stop nobody."""
        return self.waivable and (self.is_judgement or self.severity is _WARNING)


_HEADLINE: Mapping[str, Rule] = {
    "no-headline": Rule(_ERROR, "There is no headline.", "Write `headline: …` at the top."),
    "headline-control": Rule(_ERROR, "The headline has a sign that cannot be seen.", "Type the headline again."),
    "headline-long": Rule(
        _WARNING, "The headline is longer than is read in full.", "Shorten it; `[checks] headline` sets the length."
    ),
    "headline-caps": Rule(
        _WARNING, "The headline is in capitals, which spam filters dislike.", "Write it as a sentence."
    ),
    "headline-stop": Rule(_WARNING, "The headline ends in a full stop.", "Take the full stop out."),
    "headline-exclamation": Rule(
        _WARNING, "The headline has an exclamation mark, which reads like advertising.", "Take it out."
    ),
    "subhead-repeats": Rule(_WARNING, "The subhead says what the headline says.", "Say something more, or drop it."),
}
_MOMENTS: Mapping[str, Rule] = {
    "no-date": Rule(_WARNING, "The release has no date.", "Write `date: 2026-11-24` at the top."),
    "date-weekday": Rule(
        _WARNING, "A date and its weekday do not agree.", "Look into a calendar, and correct the day or the weekday."
    ),
    "date-impossible": Rule(_WARNING, "There is no such day.", "Correct the date."),
    "date-dateline": Rule(
        _WARNING, "The date at the top and the one in the dateline differ.", "Correct the one that is wrong."
    ),
    "date-far": Rule(_NOTE, "The release's date is long ago, or far ahead.", "Check the year."),
    "embargo-no-zone": Rule(
        _ERROR,
        "The embargo names no time zone, so nobody knows when it ends.",
        "Write `2026-12-01 09:00 Europe/Berlin`.",
    ),
    "embargo-unclear": Rule(_ERROR, "The embargo is not a date and time.", "Write `2026-12-01 09:00 Europe/Berlin`."),
    "embargo-past": Rule(
        _ERROR, "The embargo is over.", "Take the line out, and the release goes out without the mark."
    ),
    "embargo-in-words": Rule(
        _ERROR,
        "The text asks to be held back, and no embargo is set. It can be waived where it is about something else.",
        "Put `embargo: 2026-12-01 09:00 Europe/Berlin` at the top, or change the words.",
        is_judgement=True,
    ),
    "embargo-later": Rule(
        _ERROR,
        "The text names a later end than the embargo that is set. It can be waived where it is about something else.",
        "Ask which one holds, and write it in both places.",
        is_judgement=True,
    ),
    "embargo-and-immediate": Rule(
        _ERROR,
        "The release says both that it is embargoed and that it is for immediate release.",
        "Take one out: the embargo, or the label.",
    ),
    "under-embargo": Rule(
        _WARNING,
        "It would go out while its embargo holds.",
        "Send it later, or with `--under-embargo` to those who keep embargoes.",
        worst=_ERROR,
    ),
    "event-past": Rule(_WARNING, "The event that it invites to is over.", "Correct `starts:`, or drop the event."),
    "embargo-ended": Rule(
        _WARNING, "It would go out with its embargo line after the embargo.", "Take the line out, or send it earlier."
    ),
}
_CONTACTS: Mapping[str, Rule] = {
    "no-contact": Rule(
        _WARNING, "No media contact has a telephone number or an address.", "Add one under `contacts:` at the top."
    ),
    "contact-no-phone": Rule(_NOTE, "No media contact can be telephoned.", "Add a `phone:` to one of them."),
    "contact-phone": Rule(
        _WARNING,
        "A telephone number cannot be one: too short, too long, or of no area of its country.",
        "Correct the number.",
    ),
    "contact-phone-unlikely": Rule(
        _NOTE,
        "A telephone number is short, or fits no country where the language is spoken.",
        "Ring it once before you send.",
    ),
    "contact-phone-country": Rule(
        _NOTE,
        "A telephone number has no country code, and its country is not clear.",
        "Write it with +, or name `[checks] country`.",
    ),
    "contact-email": Rule(_WARNING, "An address of a contact is none that mail reaches.", "Correct the address."),
    "contact-noreply": Rule(_WARNING, "A contact's address takes no answers.", "Name an address that somebody reads."),
    "contact-domain": Rule(
        _WARNING,
        "No contact writes from the sender's domain: is it another organisation's?",
        "Check the contacts, or name the domain under `[checks] domains`.",
    ),
    "contact-typo": Rule(_WARNING, "A contact's domain is nearly the sender's, but not quite.", "Correct the address."),
    "contact-freemail": Rule(
        _NOTE, "A contact writes from a private mail service.", "An address of the organisation is trusted more."
    ),
    "contact-hours": Rule(
        _NOTE,
        "No contact is named for evenings and weekends.",
        "Write “out of hours” beside a number that is answered then.",
    ),
}
_TEXT: Mapping[str, Rule] = {
    "no-body": Rule(_WARNING, "The release has no text.", "Write it below the fields at the top."),
    "no-end-mark": Rule(
        _NOTE, "Nothing marks where the text ends and the notes begin.", "Write ENDS on a line of its own."
    ),
    "no-boilerplate": Rule(_NOTE, "Nothing says who the organisation is.", "End with a section `## About …`."),
    "no-dateline": Rule(_NOTE, "The text does not say where it comes from.", "Write `dateline: CITY` at the top."),
    "lead-long": Rule(
        _NOTE, "The first paragraph is long; the news should be in its first sentences.", "Cut it to 60 words."
    ),
    "leftover": Rule(
        _WARNING, "Something looks like a gap still to be filled.", "Fill it, or take it out.", worst=_ERROR
    ),
    "review-marks": Rule(_WARNING, "Marks of comments or tracked changes stand in the text.", "Accept or remove them."),
    "draft-mark": Rule(_WARNING, "It still calls itself a draft, or confidential.", "Take the mark out."),
    "forbidden": Rule(
        _ERROR,
        "A word stands here that `[checks] forbidden` in mailer.toml keeps out: perhaps another client's name.",
        "Take it out; if it may stand in releases after all, take it from that list.",
    ),
    "quote-speaker": Rule(_WARNING, "Nobody is named for a quote.", "Add a last line `> — Name, role, organisation`."),
    "quote-marks": Rule(
        _WARNING, "A quotation mark is missing, or one too many.", "Add its other half, or take it out."
    ),
    "boilerplate-differs": Rule(
        _WARNING,
        "The text about an organisation is not the one in `boilerplates/`.",
        "Copy the current text; `mailer release check` shows the difference.",
        Looks.FILES,
    ),
    "boilerplate-old": Rule(
        _WARNING, "The text about an organisation is an older one.", "Copy the current text.", Looks.FILES
    ),
    "boilerplate-missing": Rule(
        _WARNING,
        "The sender's own text in `boilerplates/` is not in the release.",
        "Copy it to the end of the release.",
        Looks.FILES,
    ),
}
_LINKS: Mapping[str, Rule] = {
    "link-private": Rule(_ERROR, "A link leads to a machine that only you can reach.", "Link to the public page."),
    "link-secret": Rule(_ERROR, "A link has a user name and a password in it.", "Link to a page that needs none."),
    "link-broken": Rule(_WARNING, "A link is mistyped.", "Correct the address."),
    "link-staging": Rule(_WARNING, "A link leads to a test or preview version of a site.", "Link to the public page."),
    "link-edit": Rule(
        _WARNING, "A link leads to a document that is being edited.", "Publish the document, and link to that."
    ),
    "link-shortened": Rule(
        _WARNING,
        "A shortened link hides where it goes; filters and journalists distrust it.",
        "Write the full address.",
    ),
    "link-tracking": Rule(
        _WARNING, "A link carries tracking, or leads through somebody's filter.", "Write the plain address."
    ),
    "link-expires": Rule(
        _WARNING, "A link stops working after a while.", "Put the file where it stays, and link to that."
    ),
    "link-http": Rule(_WARNING, "A link is not encrypted.", "Write https:// if the site has it."),
    "link-text": Rule(
        _WARNING,
        "A link shows one address and goes to another, as fraud does.",
        "Let both be the same, or write words.",
        worst=_ERROR,
    ),
    "link-vague": Rule(_WARNING, "The words of a link do not say where it goes.", "Link the words that name the page."),
    "link-dead": Rule(_WARNING, "A link leads nowhere.", "Correct it, or have the page published first.", Looks.WEB),
    "link-login": Rule(_WARNING, "A link asks for a login.", "Link to a page that everybody can open.", Looks.WEB),
    "link-moved": Rule(_NOTE, "A page has moved for good.", "Write its new address.", Looks.WEB),
    "link-unsure": Rule(
        _NOTE, "A site would not tell us whether the page is there.", "Open the link yourself.", Looks.WEB
    ),
}
_PICTURES: Mapping[str, Rule] = {
    "image-alt": Rule(
        _WARNING,
        "A picture has no description for people who cannot see it.",
        "Write what is seen: `![Two seals on a stone](file.jpg)`.",
    ),
    "image-caption": Rule(
        _WARNING, "A picture has no caption.", 'Write it behind the address: `![…](file.jpg "Caption. | Photo: Name")`.'
    ),
    "image-credit": Rule(
        _WARNING,
        "A picture names no photographer and no terms of use.",
        'Write them after a bar: `"Caption. | Photo: Name, free for editorial use"`.',
    ),
    "image-format": Rule(
        _WARNING,
        "A picture is of a kind that many mail programs do not show.",
        "Save it as JPEG or PNG.",
        worst=_ERROR,
    ),
    "image-missing": Rule(
        _ERROR,
        "A picture is not where the release says, or has only its words.",
        "Copy it there, or correct its name; `mailer release import` writes out the pictures of a Word file.",
        Looks.FILES,
    ),
    "image-heavy": Rule(
        _WARNING,
        "A picture is too heavy for a mail.",
        "Save it smaller, and link to the large one.",
        Looks.FILES,
    ),
    "image-dead": Rule(_WARNING, "A picture on the web cannot be loaded.", "Correct its address.", Looks.WEB),
}
_FILES: Mapping[str, Rule] = {
    "files-heavy": Rule(
        _WARNING, "All files together are too heavy for a mail.", "Put them on the web, and link to them.", Looks.FILES
    ),
    "attachment-missing": Rule(
        _ERROR, "An attachment is not where the release says.", "Copy it there, or correct its name.", Looks.FILES
    ),
    "attachment-unread": Rule(
        _WARNING,
        "What an attachment tells about itself cannot be read.",
        "Open it, and save it anew.",
        Looks.FILES,
    ),
    "attachment-author": Rule(
        _WARNING,
        "A document tells who wrote or saved it.",
        "Save it without personal data (Word: File, Info, Inspect Document).",
        Looks.FILES,
    ),
    "attachment-comments": Rule(
        _WARNING, "A document has comments or speaker's notes in it.", "Remove them, and save it again.", Looks.FILES
    ),
    "attachment-changes": Rule(
        _WARNING,
        "A document still has its tracked changes: what was deleted can be read.",
        "Accept all changes, and save it again.",
        Looks.FILES,
    ),
    "attachment-hidden": Rule(
        _WARNING,
        "A document has hidden text, sheets, slides or files in it.",
        "Take out what is hidden, and save it again.",
        Looks.FILES,
    ),
    "attachment-name": Rule(
        _WARNING, "The name of an attachment is not for outsiders.", "Rename the file.", Looks.FILES
    ),
}
_VERSIONS: Mapping[str, Rule] = {
    "version-dates": Rule(
        _WARNING, "A date differs between the language versions.", "Correct the one that is wrong.", Looks.FILES
    ),
    "version-names": Rule(
        _WARNING, "A name, number or address differs between the language versions.", "Correct it.", Looks.FILES
    ),
    "version-embargo": Rule(
        _ERROR, "The language versions have different embargoes.", "Give both the same moment.", Looks.FILES
    ),
    "version-unreadable": Rule(
        _WARNING, "Another language version cannot be read.", "Check that file by itself.", Looks.FILES
    ),
}
_WAIVERS: Mapping[str, Rule] = {
    "waiver-unknown": Rule(
        _WARNING, "There is no finding of that name to wave through.", "Correct the name.", waivable=False
    ),
    "waiver-error": Rule(
        _WARNING, "An error cannot be waved through.", "Mend it, and take the line out of `waive:`.", waivable=False
    ),
    "waiver-unclear": Rule(
        _WARNING,
        "A line of `waive:` does not say which of several findings it means.",
        'Name each, `CODE "words": why`, or all with `CODE "*": why`.',
        waivable=False,
    ),
    "waiver-reason": Rule(_WARNING, "A line of `waive:` gives no reason.", "Write why it is meant.", waivable=False),
    "waiver-unused": Rule(
        _NOTE, "A line of `waive:` waves nothing through any more.", "Take the line out.", waivable=False
    ),
}

RULES: Mapping[str, Rule] = {
    **_HEADLINE,
    **_MOMENTS,
    **_CONTACTS,
    **_TEXT,
    **_LINKS,
    **_PICTURES,
    **_FILES,
    **_VERSIONS,
    **_WAIVERS,
}

# what reading a source tells by itself, before anything is checked; those that begin so are what it is unsure of
UNSURE = "unsure-"
READING: Mapping[str, str] = {
    "front-matter": "The fields at the top cannot be read.",
    "unknown-key": "There is no field of that name at the top.",
    "twice": "A field at the top is given twice.",
    "comment-in-text": "What follows a # at the top is read as a comment, and would be lost.",
    "bad-date": "The date at the top is none.",
    "bad-language": "The language at the top is none.",
    "embargo-empty": "There is an embargo at the top, and no moment.",
    "embargo-weekday": "The embargo's date and its weekday do not agree.",
    "dates-differ": "Two dates of the source differ.",
    "date-unclear": "A date of the source can be read in two ways.",
    "encoding": "The file is not UTF-8, and was read as what it seems to be; an error where two encodings fit.",
    "two-headlines": "There is a second headline.",
    "link-dropped": "A link goes nowhere that a mail may link to: its words stay.",
    "image-dropped": "A picture is neither a file nor on the web.",
    "left-out": "Something was left out as part of the page or the program that it came from.",
    "file-left-out": "A mail that is imported brings a file, which is not read.",
    "mojibake": "Letters had been decoded wrongly before (Ã¤ for ä), and were put right.",
    "divided-words": "Words that were divided at the end of a line were put together.",
    "site-fields": "The fields at the top are those of a web site: title and date are read, the rest is kept.",
    "reprint-terms": "A last line says on what terms editors may print the release; it is kept beside it.",
    "no-embargo": "A field at the top says that there is no embargo.",
    "native-key": "A field at the top has its name in another language or other words, and is read as one of ours.",
    "headline-capitals": "The headline is in capitals: the same in headline case is offered.",
    "picture-left-out": "A picture of the document is too large, or one too many.",
    "picture-format": "A picture of the document is of a kind that mail programs do not show.",
    "picture-inside": "A picture lies inside the document, and is taken out by `mailer release import`.",
    "picture-size": "The width or height of a picture is no number of pixels.",
    "pictures": "`pictures:` at the top is neither `link` nor `inline`.",
    "press-kit": "`press_kit:` at the top is no link.",
    "event": "The event at the top is not complete, or one of its times cannot be read.",
    "tracked-change": "A Word file has tracked changes: what was deleted is left out, what was added is read.",
    "comment": "A Word file has comments, which are left out.",
    "hidden-text": "A Word file has hidden text, which is left out.",
    "out-of-sight": "A comment, a title or a property of the file asks for the release to be held back.",
    "unread-object": "A drawing, a chart or a text box of a Word file cannot be read.",
}

# warnings about the finished mail, which only whoever makes it can tell: a release may wave them through all the same
OF_THE_MAIL = frozenset({
    *("note-long", "opt-out-early", "subject-length", "subject-caps", "subject-shouting", "subject-title"),
    *("subject-reply", "same-links", "plain-text", "size", "contrast", "contrast-dark", "dark-mode", "paper"),
    *("text-size", "picture-width", "without-pictures", "pixel", "secure-links", "short-links", "link-words"),
    *("underlined", "preheader", "preheader-length", "width", "style", "clients", "opt-out", "spam-score"),
})  # fmt: skip
