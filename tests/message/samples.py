"""Invented releases, senders and people that the tests of this room share; the three that become golden mails."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from mailer.address import parse_address
from mailer.config.reading import parse_tongues
from mailer.contacts.values import MEANINGS
from mailer.message.compose import compose_frame, compose_message
from mailer.message.context import NO_UPDATE, mailing_context, person_values, update_context
from mailer.message.family import Family, compile_family
from mailer.message.files import make_inline_image
from mailer.message.values import Addressee, Attachment, InlineImage, Styling
from mailer.release.values import (
    Boilerplate,
    Dateline,
    Embargo,
    Heading,
    Image,
    ListBlock,
    MediaContact,
    Paragraph,
    Quote,
    Release,
    Span,
    Table,
)
from mailer.runs.planning.making import Update
from mailer.settings import Sender

TEMPLATES = Path(__file__).parents[2] / "templates"
TOKEN = "aeaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
OPTOUT_URL = f"https://press.example.org/o/{TOKEN}"
OPTOUT_MAILTO = f"mailto:optout+{TOKEN}@example.org"
SENT_AT = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
BST = timezone(timedelta(hours=1), "BST")

SENDER = Sender(
    key="main",
    name="Example Trust Press Office",
    address="press@example.org",
    reply_to="press@example.org",
    organisation="Example Trust",
    postal_address="1 Example Street, 10115 Example City",
    list_id="press.example.org",
)


def text(words: str) -> tuple[Span, ...]:
    return (Span(words),)


PLAIN = Release(
    slug="harbour-seals",
    headline="Harbour seals return to the Eastern Pier",
    body=(Paragraph(text("Harbour seals have been counted on the Eastern Pier for the first time since 1986.")),),
)

FULL = Release(
    slug="robben",
    headline="Harbour seals return to the Eastern Pier after forty years",
    subhead="Eleven animals counted on one morning; the Trust opens the pier to visitors on 5 December",
    date=date(2026, 11, 24),
    dateline=Dateline(city="EASTPORT", text="EASTPORT, 24 November"),
    body=(
        Paragraph(
            text(
                "Harbour seals have been counted on the Eastern Pier for the first time since 1986. Wardens of Example "
                "Trust saw eleven animals, two of them born this year, on the lower steps."
            )
        ),
        Quote(
            paragraphs=(
                text("We had stopped looking. Then one of them looked at us."),
                (Span("For the wardens on "), Span("Möwenstraße", emphasis=True), Span(" it was a very good Sunday.")),
            ),
            speaker="Inês Aldridge",
            role="head of coast",
            organisation="Example Trust",
        ),
        Paragraph(
            (
                Span(
                    "The count, made at low water on Sunday, follows ten years without netting in the inner harbour. "
                ),
                Span(
                    "The full figures and the method",
                    url="https://www.example.org/seals/count-2026?table=all&year=2026",
                ),
                Span(" are on the Trust's site."),
            )
        ),
        Heading(text("What the wardens counted")),
        Table(
            head=(text("Place"), text("1986"), text("2016"), text("2026")),
            rows=(
                (text("Lower steps"), text("14"), text("0"), text("9")),
                (text("Outer mole"), text("31"), text("2"), text("2")),
                (text("Größe der Kolonie, geschätzt"), text("60"), text("4"), text("25")),
            ),
        ),
        ListBlock(
            (
                text("The pier opens on Saturday, 5 December, at 10 a.m.; there are forty places on each walk."),
                text("Dogs stay at home."),
                text("  Guide dogs are welcome."),
            )
        ),
        Image(
            src="https://www.example.org/seals/lower-steps.jpg",
            alt="Two harbour seals on the lower steps of the pier",
            caption="Sunday's low water.",
            credit="Photograph: R. Maron / Example Trust, free for press use",
        ),
    ),
    end_mark="ENDS",
    notes_to_editors=(
        ListBlock(
            ordered=True,
            items=(
                text("The count follows the method of the Northern Shore Survey."),
                (
                    Span("Interviews can be arranged by the press office; see "),
                    Span("https://www.example.org/press", url="https://www.example.org/press"),
                    Span("."),
                ),
            ),
        ),
    ),
    contacts=(
        MediaContact("Inês Aldridge", "Head of coast", "", ("030 555 0142",), ("ines@example.org",)),
        MediaContact(
            "Press office", "", "", ("+49 (0)30 555 0100 ext. 7",), ("press@example.org",), "also out of hours"
        ),
    ),
    boilerplate=(
        Boilerplate((text("Example Trust looks after the coast and those who live by it."),), "About Example Trust"),
    ),
    call_to_action=(Span("Follow the count", url="https://www.example.org/seals/live"),),
)

EMBARGO = Embargo("Embargoed until 9am BST, 3 March 2027", datetime(2027, 3, 3, 9, 0, tzinfo=BST))
GERMAN = replace(
    PLAIN,
    language="de",
    headline="Seehunde kehren an die Östliche Mole zurück",
    embargo=EMBARGO,
    date=date(2027, 3, 3),
    body=(*PLAIN.body, Image(src="robben.png", alt="Zwei Seehunde", caption="Am Sonntag.")),
    contacts=FULL.contacts[:1],
)


def person(**fields: str) -> dict[str, str]:
    return {**dict.fromkeys(MEANINGS, ""), "email": "ada@daily.example.com", **fields}


ADA = person(
    name="Ada Brook",
    first_name="Ada",
    last_name="Brook",
    outlet="The Daily",
    note="The pier's old keeper, who saw the last colony leave, is ready to talk.\n\nShall I put you through?",
)
BO = person(email="bo@kustnytt.example.net", name="Bo Lindqvist, Kustnytt")
NOBODY = person(email="desk@evening.example.com")


def texts_in(folder: str, prefix: str = "") -> dict[str, str]:
    return {prefix + path.name: path.read_text("utf-8") for path in sorted((TEMPLATES / folder).iterdir())}


TONGUES = parse_tongues(texts_in("i18n"))
STYLING = Styling(TONGUES)


def read_family(name: str = "release") -> dict[str, str]:
    return {**texts_in("layout", "layout/"), **texts_in(name)}


def compiled(**changed: str) -> Family:
    """The shipped family, with the sources of some files replaced: `subject="..."` for subject.txt and so on."""
    names = {"subject": "subject.txt", "html": "email.html", "text": "email.txt"}
    return compile_family({**read_family(), **{names[key]: value for key, value in changed.items()}}, name="release")


def png(width: int = 8, height: int = 6) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\x1f\x5a\x6b" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@dataclass(frozen=True)
class Case:
    """One mail: what goes in."""

    release: Release
    contact: Mapping[str, str]
    images: Mapping[str, InlineImage]
    attachments: tuple[Attachment, ...] = ()
    optouts: tuple[str, ...] = (OPTOUT_URL, OPTOUT_MAILTO)
    is_test: bool = False
    language: str = ""
    text_only: bool = False
    family: str = "release"
    update: Mapping[str, Any] = field(default_factory=lambda: NO_UPDATE)
    thread: tuple[str, ...] = ()

    def context(self) -> dict[str, Any]:
        shared = mailing_context(
            self.release,
            sender=SENDER,
            mailing=f"{self.release.slug}/{self.family}-1",
            styling=STYLING,
            is_test=self.is_test,
            images=self.images,
            language=self.language,
            update=self.update,
        )
        web = next((uri for uri in self.optouts if uri.startswith("https:")), "")
        mail = next((uri for uri in self.optouts if uri.startswith("mailto:")), "")
        return {
            **shared,
            **person_values(shared, self.contact, styling=STYLING, optout_url=web, optout_mailto=mail),
        }

    def compose(self, family: Family | None = None) -> bytes:
        language, seed, files = self.release.language, self.release.slug.encode(), self.attachments
        if self.text_only:
            frame = compose_frame(SENDER, language=language, seed=seed, attachments=files, has_html=False)
        else:
            images = list(self.images.values())
            frame = compose_frame(SENDER, language=language, seed=seed, images=images, attachments=files)
        to = Addressee(
            to=parse_address(self.contact["email"]),
            name=self.contact["name"],
            message_id=f"<{TOKEN}@example.org>",
            list_unsubscribe=self.optouts,
            references=self.thread,
        )
        family = family or compile_family(read_family(self.family), name=self.family)
        rendered = family.render(self.context(), language=family.language_for(self.language), text_only=self.text_only)
        return compose_message(frame, rendered, to, date=SENT_AT)


PICTURE = make_inline_image("pictures/robben.png", png(), domain="example.org")
PDF = Attachment("Zählung.pdf", "application/pdf", b"%PDF-1.7\n" + bytes(120))
FIRST, SECOND = (f"<{letter * 40}@example.org>" for letter in "fs")
CHANGED = (
    {"was": (("Harbour seals return to the ", False), ("Western", True), (" Pier", False)),
     "now": (("Harbour seals return to the ", False), ("Eastern", True), (" Pier", False))},
    {"was": (), "now": (("The pier opens at 10 a.m. & closes at dusk.", True),)},
    {"was": (("Dogs may be let off the lead.", True),), "now": ()},
)  # fmt: skip
CASES = {
    "plain": Case(PLAIN, NOBODY, {}, optouts=(OPTOUT_MAILTO,)),
    "full": Case(FULL, ADA, {}),
    "files": Case(
        GERMAN,
        BO,
        {"robben.png": PICTURE},
        is_test=True,
        attachments=(
            Attachment(
                "c:\\presse\\Zählung Östliche Mole, alle Orte und Jahre seit 1986.pdf",
                "application/pdf",
                b"%PDF-1.7\n" + bytes(120),
            ),
        ),
    ),
    **{f"full-{language}": Case(FULL, ADA, {}, language=language) for language in ("de", "es", "fr", "it", "nl")},
    "german-en": Case(replace(GERMAN, body=PLAIN.body), ADA, {}, language="en-GB"),
    "text-only": Case(FULL, ADA, {}, language="de-AT", text_only=True),
    "follow-up": Case(
        Update().shown(FULL), ADA, {}, family="follow-up", thread=(FIRST,), update=update_context("", "", ())
    ),
    "follow-up-ar": Case(
        FULL,
        BO,
        {},
        language="ar",
        family="follow-up",
        thread=(FIRST, SECOND),
        update=update_context("", "", (), with_release=True),
    ),
    "correction": Case(
        FULL,
        ADA,
        {},
        family="correction",
        thread=(FIRST, SECOND),
        update=update_context("The pier was not the western one.\n\nWe are sorry.", "", CHANGED, with_release=True),
    ),
    "correction-de": Case(
        PLAIN,
        BO,
        {},
        language="de",
        family="correction",
        thread=(FIRST,),
        text_only=True,
        update=update_context("It was the other pier.", "", CHANGED, with_release=True),
    ),
    "retraction": Case(
        Update().shown(FULL),
        ADA,
        {},
        family="retraction",
        thread=(FIRST,),
        update=update_context("The count was made on another pier.", "", ()),
    ),
    "text-only-files": Case(PLAIN, NOBODY, {}, attachments=(PDF,), optouts=(OPTOUT_MAILTO,), text_only=True),
}
