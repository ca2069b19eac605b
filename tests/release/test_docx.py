"""Word files: the headline as their author sees it, and text that must never reach a journalist."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime

import pytest

from mailer.errors import Severity
from mailer.release.document import release_document
from mailer.release.source import parse_release
from mailer.release.values import Release
from tests.release.checks.desk import check_release

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = (
    f'<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument'
    '.wordprocessingml.document.main+xml"/></Types>'
)
RELATIONS = (
    f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{OFFICE}/officeDocument"'
    ' Target="word/document.xml"/></Relationships>'
)
STORY = (
    "The council of Eastport has voted to keep the old swimming hall open for three more winters, after two thousand "
    "people signed a petition that also asked for warmer water."
)


def run(text: str, look: str = "") -> str:
    return f'<w:r><w:rPr>{look}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*runs: str) -> str:
    return f"<w:p>{''.join(runs)}</w:p>"


def line(text: str, *, size: int = 0, look: str = "") -> str:
    return paragraph(run(text, look + (f'<w:sz w:val="{size}"/>' if size else "")))


def cell(text: str) -> str:
    return f"<w:tc>{line(text)}</w:tc>"


def read(*blocks: str, **parts: str) -> Release:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as package:
        package.writestr("[Content_Types].xml", TYPES)
        package.writestr("_rels/.rels", RELATIONS)
        package.writestr("word/document.xml", f"<w:document {W}><w:body>{''.join(blocks)}</w:body></w:document>")
        for name, content in parts.items():
            package.writestr(f"docProps/{name}.xml" if name == "core" else f"word/{name}.xml", content)
    return parse_release(made.getvalue(), source="hall.docx", slug="hall")


def words(release: Release) -> str:
    """Return all words that a mail could have; the problems are only for the press office."""
    return str({key: value for key, value in release_document(release).items() if key != "problems"})


def messages(release: Release, code: str) -> list[str]:
    return [one.message for one in release.problems if one.code == code]


def test_large_letters_make_the_headline_where_no_style_does() -> None:
    release = read(
        line("Eastport Swimming Trust", size=28),
        line("PRESS RELEASE", size=20),
        line("3 March 2027"),
        paragraph(
            run("Hall stays open for three more long winters in a", '<w:sz w:val="36"/>'), run(" row")
        ),  # a change, accepted
        line("Two thousand people signed for warmer water", size=26),
        line(f"EASTPORT – {STORY}"),
        line(STORY),
    )
    assert release.headline == "Hall stays open for three more long winters in a row"
    assert release.subhead == "Two thousand people signed for warmer water"
    assert [(kept.field, kept.text) for kept in release.kept if kept.field == "letterhead"] == [
        ("letterhead", "Eastport Swimming Trust")
    ]


def test_a_label_may_be_larger_than_the_headline() -> None:
    release = read(line("PRESS RELEASE", size=48), line("Hall stays open", size=32), line(STORY), line(STORY))
    assert (release.label, release.headline) == ("PRESS RELEASE", "Hall stays open")


def test_bold_and_italic_lines_are_headline_and_subhead() -> None:
    release = read(
        line("Embargoed until 9.00 GMT, 3 March 2027", look="<w:b/>"),
        line("Hall stays open for three winters", look="<w:b/>"),
        line("Two thousand people signed", look="<w:i/>"),
        line(STORY),
        line(STORY),
        line("###"),
    )
    assert (release.headline, release.subhead) == ("Hall stays open for three winters", "Two thousand people signed")
    assert release.end_mark == "###"
    assert release.embargo is not None
    assert release.embargo.has_zone


def test_changes_comments_and_hidden_words_are_told_and_never_sent() -> None:
    author = 'w:author="Bo Lind"'
    release = read(
        line("Hall stays open for three winters", look="<w:b/>"),
        paragraph(
            run(STORY),
            f"<w:del {author}><w:r><w:delText> Nobody knows the price.</w:delText></w:r></w:del>",
            f"<w:ins {author}>{run(' The roof comes first.')}</w:ins>",
            run(" Ask the mayor.", "<w:vanish/>"),
        ),
        paragraph('<w:commentRangeStart w:id="0"/>', run(STORY), '<w:commentRangeEnd w:id="0"/>'),
        comments=f'<w:comments {W}><w:comment w:id="0" {author}>{line("Is this true?")}</w:comment></w:comments>',
    )
    assert "The roof comes first." in words(release)
    for secret in ("Nobody knows the price", "Ask the mayor", "Is this true", "Bo Lind"):
        assert secret not in words(release)
    assert [message.split(" (by")[0] for message in messages(release, "tracked-change")] == [
        '"Nobody knows the price."',
        '"The roof comes first."',
    ]
    assert "Ask the mayor" in messages(release, "hidden-text")[0]
    assert messages(release, "comment") == ['"Is this true?" (by Bo Lind) is a comment and left out']


def test_a_table_is_one_and_the_head_of_the_page_is_told() -> None:
    rows = [("Year", "Swimmers"), ("2025", "4,100"), ("2026", "5,300")]
    table = "".join(f"<w:tr>{''.join(map(cell, row))}</w:tr>" for row in rows)
    release = read(
        line("Hall stays open for three winters", look="<w:b/>"),
        line(STORY),
        f"<w:tbl>{table}</w:tbl>",
        line(STORY),
        header1=f"<w:hdr {W}>{line('Eastport Swimming Trust')}</w:hdr>",
    )
    document = release_document(release)
    assert [block["rows"] for block in document["body"] if block["kind"] == "table"] == [[list(row) for row in rows]]
    assert messages(release, "left-out") == ['left out: the head of the page, "Eastport Swimming Trust"']


def test_a_letterhead_whose_columns_are_set_apart_by_tabs() -> None:
    rows = [("FOR IMMEDIATE RELEASE", "Contact: Mara Quill"), ("March 5, 2027", "Head of Press"), ("", "555-0164")]
    release = read(
        *(paragraph(run(left), "<w:r><w:tab/></w:r>", run(right)) for left, right in rows),
        line("Hall stays open for three winters", look="<w:b/>"),
        line(STORY),
    )
    assert (release.label, str(release.date)) == ("FOR IMMEDIATE RELEASE", "2027-03-05")
    assert [(one.name, one.role, *one.phones) for one in release.contacts] == [
        ("Mara Quill", "Head of Press", "555-0164")
    ]


@pytest.mark.parametrize(
    "foot", ["Ufficio stampa: Mara Quill – cell. 333 555 0147", "Service de presse, Mara Quill, 05 36 49 70 12"]
)
def test_a_press_office_at_the_foot_of_the_page_is_the_contact(foot: str) -> None:
    release = read(
        line("Hall stays open for three winters", look="<w:b/>"),
        line(STORY),
        line(STORY),
        footer1=f"<w:ftr {W}>{line(foot)}</w:ftr>",
    )
    assert [contact.name for contact in release.contacts] == ["Mara Quill"]


def test_embargo_in_the_properties_of_a_word_file_stops_a_mailing() -> None:
    hold = "Embargoed until 10:00 GMT on 1 June 2027"
    for name in ("title", "subject", "description", "keywords"):
        core = f"<c:coreProperties xmlns:c='c' xmlns:dc='dc'><dc:{name}>{hold}</dc:{name}></c:coreProperties>"
        release = read(line("Hall stays open for three more winters", size=36), line(STORY), core=core)
        found = check_release(release, now=datetime(2027, 3, 1, tzinfo=UTC))
        assert "embargo-in-words" in [one.code for one in found if one.severity is Severity.ERROR], name


def test_properties_that_cannot_be_read_leave_the_text_readable() -> None:
    assert read(line("Hall stays open for three more winters", size=36), line(STORY), core="<broken").headline
