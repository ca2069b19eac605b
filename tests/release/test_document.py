from __future__ import annotations

import json
from datetime import date

from mailer.errors import Problem, Severity
from mailer.release.document import kept_apart, release_document
from mailer.release.source import parse_release
from mailer.release.times import parse_embargo
from mailer.release.values import (
    Boilerplate,
    Dateline,
    Heading,
    Image,
    Kept,
    ListBlock,
    MediaContact,
    Paragraph,
    Quote,
    Release,
    Span,
    Table,
)

RELEASE = Release(
    slug="seals",
    headline="Seals are back",
    subhead="All of them",
    label="EMBARGOED",
    date=date(2026, 11, 24),
    embargo=parse_embargo("2026-12-01 09:00 Europe/Berlin")[0],
    dateline=Dateline("EASTPORT", "ME", "EASTPORT, ME"),
    contacts=(
        MediaContact("Ada Brook", "press officer", "Trust", ("020 7946 0001",), ("ada@example.org",), "till six"),
    ),
    body=(
        Heading((Span("What"),), 3),
        Paragraph((Span("See "), Span("here", url="https://example.org"))),
        Quote(((Span("One."),), (Span("Two."),)), "Ines", "director", "Trust", "Ines said:"),
        Paragraph((Span("“It is good to see them,” said Bo Lind, warden."),)),
        ListBlock(((Span("a"),), (Span("b"),)), ordered=True, start=4),
        Table(((Span("h"),),), (((Span("c"),),),)),
        Image("s.jpg", "A seal", "At the pier", "Trust"),
    ),
    boilerplate=(Boilerplate(((Span("We"),), (Span("count"),)), "About us"),),
    notes_to_editors=(Paragraph((Span("N1"),)), Paragraph((Span("N2"),))),
    end_mark="ENDS",
    call_to_action=(Span("Join"),),
    kept=(Kept("date", "24 Nov", 3),),
    problems=(Problem("x", "Look", Severity.NOTE, "a.md", 7),),
)


def test_document_has_the_shape_that_programs_rely_on() -> None:
    document = json.loads(json.dumps(release_document(RELEASE)))
    assert document["embargo_until"] == "2026-12-01T09:00:00+01:00"
    assert document["date"] == "2026-11-24"
    assert document["dateline"] == {"city": "EASTPORT", "region": "ME", "text": "EASTPORT, ME"}
    assert document["contacts"] == [
        {
            "name": "Ada Brook",
            "role": "press officer",
            "organisation": "Trust",
            "phones": ["020 7946 0001"],
            "emails": ["ada@example.org"],
            "note": "till six",
        }
    ]
    kinds = ["heading", "paragraph", "quote", "paragraph", "list", "table", "image"]
    assert [block["kind"] for block in document["body"]] == kinds
    texts = [
        "What",
        "See here",
        "One.\n\nTwo.",
        "“It is good to see them,” said Bo Lind, warden.",
        "4. a\n5. b",
        "h\nc",
        "At the pier",
    ]
    assert [block["text"] for block in document["body"]] == texts
    assert [
        (quote["text"], quote["speaker"], quote["role"], quote["organisation"]) for quote in document["quotes"]
    ] == [
        ("One.\n\nTwo.", "Ines", "director", "Trust"),
        ("It is good to see them", "Bo Lind", "warden", ""),
    ]
    assert document["boilerplate"] == [{"heading": "About us", "text": "We\n\ncount"}]
    assert (document["notes_to_editors"], document["end_mark"], document["call_to_action"]) == (
        "N1\n\nN2",
        "ENDS",
        "Join",
    )
    assert document["links"] == [{"text": "here", "url": "https://example.org"}]
    assert document["images"] == [{"src": "s.jpg", "alt": "A seal", "caption": "At the pier", "credit": "Trust"}]
    assert document["problems"] == [{"severity": "note", "source": "a.md", "line": 7, "code": "x", "message": "Look"}]
    assert document["kept"] == [{"field": "date", "text": "24 Nov", "line": 3}]


def test_what_is_not_there_is_null_and_a_naive_embargo_has_no_offset() -> None:
    document = release_document(Release(slug="a", headline="A", embargo=parse_embargo("2026-12-01 09:00")[0]))
    assert document["embargo_until"] == "2026-12-01T09:00:00"
    empty = ["label", "subhead", "date", "dateline", "notes_to_editors", "end_mark", "call_to_action"]
    assert [document[name] for name in empty] == [None] * len(empty)
    assert [document[name] for name in ("contacts", "body", "quotes", "boilerplate", "links", "images")] == [[]] * 6


def test_quoted_paragraph_goes_on_with_whoever_spoke_last() -> None:
    paragraphs = ("“We are very glad today,” said Ann Bell.", "“All of us, down to the smallest.”", "Nothing here.")
    release = Release(slug="a", headline="A", body=tuple(Paragraph((Span(text),)) for text in paragraphs))
    assert [quote["speaker"] for quote in release_document(release)["quotes"]] == ["Ann Bell", "Ann Bell"]


def test_kept_lines_that_say_more_than_the_release_stand_apart() -> None:
    source = (
        "Example Trust, Pier Road 1      PRESS RELEASE\n\n1 March 2027\n\nSeals return to the harbour\n\n"
        "EASTPORT – The seals of Eastport are back. Volunteers counted forty-one animals at the pier on Monday.\n\n"
        "ENDS\n\nNotes to editors\n\nThe count took four hours.\n\nMedia contact: Mara Quill, +44 20 7946 0182\n"
    )
    release = parse_release(source.encode(), source="seals.txt", slug="seals")
    assert len(release.kept) > 2
    assert [kept.line for kept in kept_apart(release)] == [1]
