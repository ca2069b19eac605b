"""A line of recipients out of a mail is a list."""

from __future__ import annotations

import csv
from collections.abc import Callable

import pytest

from mailer.contacts.files import Form
from mailer.contacts.reading import ListFile
from mailer.contacts.values import Contact, LeftOut
from mailer.errors import InputProblem

Open = Callable[..., ListFile]


def people(found: ListFile) -> list[tuple[str, int]]:
    return [(str(entry.address), entry.line) for entry in found.entries() if isinstance(entry, Contact)]


@pytest.mark.parametrize(
    "text, expected",
    [
        ('"Brook, Ada" <ada@x.example>; bo@x.example, Cy <cy@x.example>', "ada bo cy"),
        ("To: Ada Brook <ada@x.example>,\n Bo <bo@x.example>\nCc: cy@x.example\n", "ada bo cy"),
        ("An: Brook, Ada <ada@x.example>; Lind, Bo <bo@x.example>\n", "ada bo"),
        ("ada@x.example, bo@x.example; cy@x.example", "ada bo cy"),
        ("ada@x.example bo@x.example cy@x.example", "ada bo cy"),
        ("Ada Brook <ada@x.example>\nBo <bo@x.example>\n", "ada bo"),
        ('"Brook, Ada"\n <ada@x.example>,\n"Lind, Bo" <bo@x.example>\n', "ada bo"),
        ("<ada@x.example>, <bo@x.example>", "ada bo"),
        ("ada@x.example (Ada Brook), bo@x.example", "ada bo"),
        ("Ada Brook [mailto:ada@x.example]; Bo <mailto:bo@x.example>", "ada bo"),
        ("'Ada Brook' <ada@x.example>; 'bo@x.example' <bo@x.example>;", "ada bo"),
        ("From: Press <press@x.example>\nTo: Ada <ada@x.example>\nSubject: lamps for bo@x.example\n", "ada"),
        ("Ada Brook - ada@x.example\nBo van Lind - bo@x.example\n", "ada bo"),
        ("Ada Brook    ada@x.example\nBo Lind: bo@x.example\n", "ada bo"),
        ("宛先: 田中花子 <ada@x.example>; bo@x.example", "ada bo"),
        ('The desks:\n"""Brook, Ada"" <ada@x.example>"\n"Lind, Bo" <bo@x.example>\n', "ada bo"),
    ],
)
def test_recipients_are_read_as_mail_programs_write_them(listed: Open, text: str, expected: str) -> None:
    found = listed(text.replace("x.example", "daily.example.com"), "pasted.txt")
    assert found.table.raw.form is Form.PASTED
    assert [address.partition("@")[0] for address, _ in people(found)] == expected.split()
    assert (found.layout.header_row, found.layout.delimiter) == (None, None)


@pytest.mark.parametrize(
    "text",
    [
        "email,name\nada@x.example,Ada\nbo@x.example,Bo\n",
        "ada@x.example,Ada Brook,Daily\nbo@x.example,Bo,Post\n",
        "ada@x.example\nbo@x.example\n",
        "E-Mail\nAda Brook <ada@x.example>\nBo <bo@x.example>\n",
        "Name|Email\nAda|Ada <ada@x.example>\n",
        "ada@x.example;office@x.example\nbo@x.example;desk@x.example\n",
    ],
)
def test_a_table_stays_a_table(listed: Open, text: str) -> None:
    assert listed(text.replace("x.example", "daily.example.com")).table.raw.form is Form.TEXT


def test_names_come_from_what_stands_before_the_address(listed: Open) -> None:
    found = listed(
        '=?utf-8?q?Zo=C3=AB_Hale?= <zoe@daily.example.com>, "Ada \\"A\\" Brook" <ada@daily.example.com>,'
        " bo@daily.example.com <bo@daily.example.com>, cy@daily.example.com (Cy Dee)"
    )
    names = [entry.name for entry in found.entries() if isinstance(entry, Contact)]
    assert names == ["Zoë Hale", 'Ada "A" Brook', "", "Cy Dee"]


def test_a_dash_between_name_and_address_is_not_of_the_name(listed: Open) -> None:
    found = listed("Ada Brook - ada@daily.example.com\nBo van Lind – bo@daily.example.com\n")
    assert [entry.name for entry in found.entries() if isinstance(entry, Contact)] == ["Ada Brook", "Bo van Lind"]


def test_what_is_no_address_among_recipients_is_told_where_it_stands(listed: Open) -> None:
    many = "; ".join(f"p{number}@daily.example.com" for number in range(20))
    found = listed(f"Ada <ada@daily.example.com>;\nnobody at all;\n{many}\n")
    entries = list(found.entries())
    assert [(entry.line, type(entry).__name__) for entry in entries[:2]] == [(1, "Contact"), (2, "LeftOut")]
    assert len(people(found)) == 21


@pytest.mark.slow
def test_thousands_in_one_line_are_read(listed: Open) -> None:
    found = listed(", ".join(f"Person {number} <p{number}@daily.example.com>" for number in range(3000)))
    assert len(people(found)) == 3000


def test_a_text_with_an_address_in_it_is_no_list(listed: Open) -> None:
    text = (
        "We were told on Monday that the mill, the old one, runs.\nIt does not. Ask Mara Quill at m@daily.example.com\n"
    )
    with pytest.raises(InputProblem):
        people(listed(text, "notes.txt"))


@pytest.mark.slow
def test_a_pasted_line_that_is_longer_than_a_cell_may_be_gives_each_of_its_recipients(listed: Open) -> None:
    text = "To: " + ", ".join(f"p{number}@example.org" for number in range(8_000))
    assert len(text) > csv.field_size_limit()
    assert sum(1 for _ in listed(text, "pasted.txt").entries()) == 8_000


@pytest.mark.parametrize("sign", ["(", "[", "<", '"', "a", " "])
def test_what_is_no_recipient_and_has_no_end_is_told_and_the_others_are_read(listed: Open, sign: str) -> None:
    found = listed(f"To: ada@example.org, bo@example.org, {sign * 100_000}", "pasted.txt")
    people = [str(entry.address) for entry in found.entries() if isinstance(entry, Contact)]
    assert people == ["ada@example.org", "bo@example.org"]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("- Ada Brook, The Daily – ada@x\n- Bo Lind, Post – bo@y\n", "ada|Ada Brook|The Daily bo|Bo Lind|Post"),
        ("1. Ada Brook <ada@x>\n2) Bo Lind <bo@y>\n", "ada|Ada Brook| bo|Bo Lind|"),
        ("ada@x - Ada Brook, The Daily\nbo@y - Bo Lind, Post\n", "ada|Ada Brook|The Daily bo|Bo Lind|Post"),
        ("Ada Brook (The Daily) ada@x\nBo Lind (Post) bo@y\n", "ada|Ada Brook|The Daily bo|Bo Lind|Post"),
        ("ada@x   Ada Brook   The Daily\nbo@y   Bo Lind   Post\n", "ada|Ada Brook|The Daily bo|Bo Lind|Post"),
        ("Ada Brook\nada@x\nBo Lind, Post\nbo@y\n", "ada|Ada Brook| bo|Bo Lind|Post"),
        ("The Daily\nAda Brook, editor\nada@x\n\nPost\nBo Lind\nbo@y\n", "ada|Ada Brook|The Daily bo|Bo Lind|Post"),
        (
            "Name: Ada Brook\nOutlet: The Daily\nE-mail: ada@x\n\nName: Bo\nE-mail: bo@y\n",
            "ada|Ada Brook|The Daily bo|Bo|",
        ),
        ("The Daily: ada@x, desk@x\nPost: bo@y\n", "ada||The Daily desk||The Daily bo||Post"),
        (
            "Ada & Tom Brook, The Daily – ada@x, tom@x\nBo – bo@y\n",
            "ada|Ada Brook|The Daily tom|Tom Brook|The Daily bo|Bo|",
        ),
        ("Brook, Ada – ada.brook@x\nLind, Bo – bo.lind@y\n", "ada.brook|Ada Brook| bo.lind|Bo Lind|"),
        ("ada@x\nbo@\npost.example.org\n", "ada|| bo||"),
        (
            "Ada Brook, The Daily, ada@daily.\nexample.com\nBo Lind, Post, bo@y\n",
            "ada|Ada Brook|The Daily bo|Bo Lind|Post",
        ),
        ("[Ada Brook](mailto:ada@x), The Daily\n* Bo Lind <bo@y>\n", "ada|Ada Brook|The Daily bo|Bo Lind|"),
        ("Ada Brook, ada@x, assistant's email: pa@x\n", "ada|Ada Brook|"),
        # an address that was replaced, whichever stands first
        ("Ada: ada@x (alt: brook@y)\nBo: bo@y - neue Adresse, früher lind@x\n", "ada|Ada| bo|Bo|"),
        ("Ada: ada@x, no longer brook@y\nBo: bo@y new address! old: lind@x\n", "ada|Ada| bo|Bo|"),
        ("Ada: ada@x, The Old Quay: desk@y\nBo: bo@y\n", "ada|Ada| desk|The Old Quay| bo|Bo|"),
        ("Ada: ada@x, plus desk@x\nBo: bo@y\n", "ada|Ada| desk|| bo|Bo|"),
        # a list in a mail is of other people than those in its head
        (
            "From: Di <di@z>\nTo: Eve <eve@z>\nSubject: our list\n\nHi!\n\nAda, ada@x\nBo, bo@y\n\nDi\ndi@z\n",
            "ada|Ada| bo|Bo|",
        ),
        ("From: Di <di@z>\nTo: Ada <ada@x>, Bo <bo@y>\nSubject: news\n\nSee below. Di\n", "ada|Ada| bo|Bo|"),
        # a sign that the text explains
        ("Names with * have left.\n\nada@x\n*desk@x\nbo@y\n", "ada|| bo||"),
        ("(Entries in brackets are suspended.)\n\nada@x\n(desk@x)\nbo@y (news)\n", "ada|| bo||"),
        ("Names with * are new.\n\nada@x\n*desk@x\nbo@y\n", "ada|| desk|| bo||"),
        # signs and tags that the text itself explains
        ("+ = gets all   - = gets nothing any more\n\n+ Ada: ada@x\n- Bo: bo@y\n+ Cy: cy@x\n", "ada|Ada| cy|Cy|"),
        (
            "Whoever has [OUT] gets no more mail. [VIP] is first.\n\n1. [VIP] Ada: ada@x\n2. [OUT] Bo: bo@y\n",
            "ada|Ada|",
        ),
        # a remark on whom stands above it, and one with a comma that looks like a header
        ("Ada, ada@x\n   >>> has left, nothing to her\nBo, bo@y\n   >>> took over\nCy, cy@x\n", "bo|Bo| cy|Cy|"),
        (
            "Ada, ada@x\nBo, bo@y\n\nPS. No phone for her, but mail at any hour.\n",
            "ada|Ada| bo|Bo|",
        ),
        (
            "Radio\n- Ada: ada@x\n\nEX-KONTAKTE - NICHTS SENDEN (Bitte)\n- Bo: bo@y\n\n** neu **\n- Cy: cy@x\n",
            "ada|Ada| cy|Cy|",
        ),
        ("Press (in brackets: do not mail)\n\nada@x\n(desk@x)\nbo@y\n", "ada|| bo||"),
        ("- cy@x\n\nTo be dropped from our mails:\n- ada@x\n\nEveryone else stays:\n- bo@y\n", "cy|| bo||"),
        ("Bo: bo@y\nAda: brook@x replaced by ada@x\n", "bo|Bo| ada||"),
        ("ada at daily.example.com\nbo at post.example.org\nabuse-request at post.example.org\n", "ada|| bo||"),
        # Markdown has lists and tables beside each other
        (
            "- Ada, <ada@x>\n- Bo: <bo@y>\n\n|Name|Mail|Note|\n|---|---|---|\n|Cy|cy@x||\n|Di|di@y|left|\n",
            "ada|Ada| bo|Bo| cy|Cy|",
        ),
    ],
)
def test_what_people_type_is_read_with_names_and_outlets(listed: Open, text: str, expected: str) -> None:
    for sign, house in (("@x", "@daily.example.com"), ("@y", "@post.example.org"), ("@z", "@us.example.net")):
        text = text.replace(sign, house)
    found = listed(text, "typed.txt")
    read = [each for each in found.entries() if isinstance(each, Contact)]
    shown = [f"{each.address.local}|{each.name}|{each.fields['outlet']}" for each in read]
    assert " ".join(shown) == expected


@pytest.mark.parametrize(
    "line, mark",
    [
        ("Ada Brook – ada@daily.example.com – unsubscribed", "opted_out"),
        ("ada@daily.example.com (left)", "do_not_contact"),
        ("ada@daily.example.com LEFT in March 2026", "do_not_contact"),
        ("~~Ada Brook <ada@daily.example.com>~~", "do_not_contact"),
        ("❌ ada@daily.example.com", "do_not_contact"),
        ("Do not contact: Ada Brook, ada@daily.example.com", "do_not_contact"),
        ("ada@daily.example.com, a.brook@mail.example.net (Ada Brook) - bounced", None),
    ],
)
def test_whoever_is_crossed_out_or_gone_in_a_typed_list_is_not_mailed(
    listed: Open, line: str, mark: str | None
) -> None:
    entries = list(listed(f"Cy Dee <cy@post.example.org>\n{line}\n", "typed.txt").entries())
    marks = [each.mark for each in entries if isinstance(each, LeftOut)]
    assert marks == [mark] if mark else len(marks) == 1


def test_a_mark_that_may_mean_anything_is_shown_for_a_decision(listed: Open) -> None:
    found = listed("x ada@daily.example.com\nbo@post.example.org\nCy Dee <cy@post.example.org>\n", "typed.txt")
    assert len(people(found)) == 3
    assert "may-ask-no-mail-rows" in {each.code for each in found.problems}


def test_below_a_heading_that_says_so_nobody_of_a_typed_list_is_mailed(listed: Open) -> None:
    text = "Radio:\nAda – ada@daily.example.com\n\nDo not contact\nBo – bo@post.example.org\n\n"
    text += "PRINT\nCy – cy@post.example.org\n"
    assert people(listed(text, "typed.txt")) == [("ada@daily.example.com", 2), ("cy@post.example.org", 8)]


def test_what_is_no_recipient_in_a_typed_list_is_counted_and_told(listed: Open) -> None:
    text = (
        "- Ada, Daily – ada@daily.example.com\n- Bo Lind, Post, no address yet\n- Cy – cy@post.example.org, broken@\n"
    )
    left = [each for each in listed(text, "typed.txt").entries() if isinstance(each, LeftOut)]
    assert [(each.reason.value, each.line) for each in left] == [("missing", 2), ("invalid", 3)]


@pytest.mark.parametrize(
    "text, expected",
    [
        (
            "Nom : Ada Brook\nCourriel : ada@x\nStatut : actif\n---\nNom : Bo\nCourriel : bo@x\nStatut : désabonné\n",
            "ada",
        ),
        ("Nombre: Ada\nCorreo: ada@x\nRecibe notas: sí\n\nNombre: Bo\nCorreo: bo@x\nRecibe notas: no\n", "ada"),
        (
            "- name: Ada\n  email: ada@x\n  unsubscribed: false\n- name: Bo\n  email: bo@x\n  unsubscribed: true\n",
            "ada",
        ),
        ("Name: Ada\n\nE-Mail: ada@x\n\nRemarks: left\n\nName: Bo\n\nE-Mail: bo@x\n\nRemarks: left a message\n", "bo"),
        ("Do not contact\n\nName: Ada\nMail: ada@x\n\nCurrent\n\nName: Bo\nMail: bo@x\n", "bo"),
        ("氏名：田村\nメール：ada@x\n備考：退社\n\n氏名：大野\nメール：bo@x\n備考：経済\n", "bo"),
        (
            "dn: cn=Ada\ncn: Ada\nmail: ada@x\ndescription: asked\n  to be removed\n\ndn: cn=Bo\ncn: Bo\nmail: bo@x\n",
            "bo",
        ),
        (
            "dn: a\nmail:: YWRhQHg=\n\ndn: cn=Bo\nmail: bo@x\n\ndn: c\nmail: cy@x\ndescription:: dW5zdWJzY3JpYmVk\n",
            "bo",
        ),
        (
            "dn: a\ncn: A\nmail: ada@x\n\ndn: cn=B\ncn: B\nmail: bo@x\n\ndn: cn=G\ncn: no email\nmember: mail=ada@x\n",
            "bo",
        ),
    ],
)
def test_records_are_read_by_their_labels(listed: Open, text: str, expected: str) -> None:
    found = listed(text.replace("@x", "@daily.example.com"), "records.txt")
    assert [address.partition("@")[0] for address, _ in people(found)] == expected.split()


def test_quoted_heads_are_joined_and_an_old_address_gives_way(listed: Open) -> None:
    text = "> To: Ada <ada@y>,\n> Bo <bo@\n> y>\n".replace("y>", "daily.example.com>")
    assert [address for address, _ in people(listed(text, "mail.txt"))] == [
        "ada@daily.example.com",
        "bo@daily.example.com",
    ]
    moved = "ada@a.example.com  Ada Brook\nbo@a.example.com  Bo Lind -> now at bo.lind@b.example.com\n"
    assert [address for address, _ in people(listed(moved, "a.txt"))] == ["ada@a.example.com", "bo.lind@b.example.com"]


def test_a_table_under_titles_with_an_address_is_still_a_table(listed: Open) -> None:
    text = "Our list\nQuestions, please, to office@daily.example.com\n\nContact;Medium;Telefon\n"
    text += 'Ada Brook <ada@daily.example.com>;Daily;1\n"""Lind, Bo"" <bo@daily.example.com>";Daily;\n'
    found = listed(text, "list.csv")
    assert (found.layout.header_row, found.layout.delimiter) == (3, ";")
    assert [address for address, _ in people(found)] == ["ada@daily.example.com", "bo@daily.example.com"]
