"""Whole messages: the standard library's parser, which composed none of them, reads back what went in."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import SMTP, default
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.address import parse_address
from mailer.errors import InputProblem
from mailer.message.checks import check_message
from mailer.message.compose import compose_frame, compose_message, content_hash, normalise_text
from mailer.message.values import Addressee, Attachment, InlineImage, Rendered
from tests.message.samples import CASES, OPTOUT_MAILTO, OPTOUT_URL, PICTURE, SENDER, SENT_AT, TOKEN
from tests.message.test_headers import FORBIDDEN

body = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
line = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=FORBIDDEN), max_size=120)
FRAME = compose_frame(SENDER, language="en", seed=b"harbour-seals/release-1")
TO = Addressee(
    parse_address("ada@daily.example.com"), "Ada Brook", f"<{TOKEN}@example.org>", (OPTOUT_URL, OPTOUT_MAILTO)
)
MAIL = Rendered("Seals", "<p>Seals</p>", "Seals")
PDF = Attachment("count.pdf", "application/pdf", b"%PDF-1.7 count")


def read(data: bytes) -> EmailMessage:
    return message_from_bytes(data, policy=default)


@pytest.mark.slow
@given(line.filter(str.strip), line, body, body)
@settings(max_examples=120)
def test_any_subject_name_and_bodies_come_back(subject: str, name: str, html: str, text: str) -> None:
    data = compose_message(FRAME, Rendered(subject, html, text), replace(TO, name=name), date=SENT_AT)
    message = read(data)
    assert message["Subject"] == subject
    assert str(make_header(decode_header(message_from_bytes(data)["Subject"]))) == subject
    plain, marked = message.iter_parts()
    assert plain.get_payload(decode=True) == normalise_text(text).encode()
    assert marked.get_payload(decode=True) == normalise_text(html).encode()
    assert not message.defects
    assert [address.addr_spec for address in message["To"].addresses] == ["ada@daily.example.com"]

    assert max(map(len, data.split(b"\r\n"))) <= 78 + len(OPTOUT_URL)
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", data)
    head = data.partition(b"\r\n\r\n")[0] + b"\r\n"
    names = re.findall(rb"^([\w-]+):", head, re.MULTILINE)
    assert len(names) == len(set(names))
    assert f"List-Unsubscribe: <{OPTOUT_URL}>,\r\n <{OPTOUT_MAILTO}>\r\n".encode() in head


def tree(part: EmailMessage) -> object:
    kind = part.get_content_type()
    return (kind, [tree(cast("EmailMessage", inner)) for inner in part.iter_parts()]) if part.is_multipart() else kind


@pytest.mark.parametrize(
    "images, attachments, expected",
    [
        ((), (), ("multipart/alternative", ["text/plain", "text/html"])),
        (
            (PICTURE,),
            (),
            ("multipart/alternative", ["text/plain", ("multipart/related", ["text/html", "image/png"])]),
        ),
        (
            (),
            (PDF,),
            ("multipart/mixed", [("multipart/alternative", ["text/plain", "text/html"]), "application/pdf"]),
        ),
        (
            (PICTURE,),
            (PDF,),
            (
                "multipart/mixed",
                [
                    ("multipart/alternative", ["text/plain", ("multipart/related", ["text/html", "image/png"])]),
                    "application/pdf",
                ],
            ),
        ),
    ],
)
def test_tree_has_no_wrapper_around_one_thing(
    images: tuple[InlineImage, ...], attachments: tuple[Attachment, ...], expected: object
) -> None:
    frame = compose_frame(SENDER, language="en", seed=b"x", images=images, attachments=attachments)
    message = read(compose_message(frame, MAIL, TO, date=SENT_AT))
    assert tree(message) == expected
    assert not [part.defects for part in message.walk() if part.defects]


def test_files_come_back_with_their_names_and_bytes() -> None:
    message = read(CASES["files"].compose())
    files = {part.get_filename(): part for part in message.walk() if part.get_filename()}
    assert set(files) == {"robben.png", "Zählung Östliche Mole, alle Orte und Jahre seit 1986.pdf"}
    assert files["robben.png"].get_content() == PICTURE.data
    assert files["robben.png"]["Content-ID"] == f"<{PICTURE.content_id}>"
    assert files["robben.png"].get_content_disposition() == "inline"
    html = message.get_body(("html",))
    assert html is not None
    assert f'src="cid:{PICTURE.content_id}"' in html.get_content()


def test_fixed_fields_say_who_sends_and_how_to_answer() -> None:
    message = read(compose_message(FRAME, MAIL, TO, date=SENT_AT))
    assert message["From"] == "Example Trust Press Office <press@example.org>"
    assert message["Reply-To"] == "press@example.org"
    assert message["List-Id"] == "Example Trust <press.example.org>"
    assert message["Content-Language"] == "en"
    assert message["Message-ID"] == f"<{TOKEN}@example.org>"
    for absent in ("Auto-Submitted", "X-Mailer", "Cc", "Bcc", "Received", "Sender"):
        assert message[absent] is None


def test_long_list_name_is_folded_and_its_id_never_encoded() -> None:
    sender = SENDER.replace(organisation="Stiftung für die Möwen und Robben der Östlichen Küste und aller ihrer Inseln")
    data = compose_message(compose_frame(sender, language="de", seed=b"x"), MAIL, TO, date=SENT_AT)
    field = re.search(rb"List-Id:.*(?:\r\n .*)+", data)
    assert field is not None
    assert field[0].rstrip(b"\r").endswith(b"<press.example.org>")
    assert max(map(len, field[0].split(b"\r\n"))) <= 78


def test_mail_without_an_https_opt_out_announces_no_one_click() -> None:
    data = compose_message(FRAME, MAIL, replace(TO, list_unsubscribe=(OPTOUT_MAILTO,)), date=SENT_AT)
    assert b"List-Unsubscribe-Post" not in data
    assert f"List-Unsubscribe: <{OPTOUT_MAILTO}>\r\n".encode() in data


def test_same_values_give_the_same_bytes() -> None:
    again = compose_frame(SENDER, language="en", seed=b"harbour-seals/release-1")
    assert compose_message(again, MAIL, TO, date=SENT_AT) == compose_message(FRAME, MAIL, TO, date=SENT_AT)


def test_boundaries_differ_between_mailings_and_cannot_stand_in_a_body() -> None:
    one, two = (compose_frame(SENDER, language="en", seed=seed) for seed in (b"one", b"two"))
    assert one.before_text != two.before_text
    assert b'boundary="=_' in one.before_text


def test_content_hash_is_blind_to_the_date_alone() -> None:
    data = compose_message(FRAME, MAIL, TO, date=SENT_AT)
    later = compose_message(FRAME, MAIL, TO, date=SENT_AT + timedelta(days=3))
    other = compose_message(FRAME, replace(MAIL, text="Date: x\r\nSeals!"), TO, date=SENT_AT)
    assert data != later
    assert content_hash(data) == content_hash(later)
    assert len(content_hash(data)) == 32
    assert len({content_hash(data), content_hash(other), content_hash(data + b"\r\n")}) == 3
    body_date = compose_message(FRAME, replace(MAIL, text="Seals\r\nDate: 1\r\n"), TO, date=SENT_AT)
    assert content_hash(body_date) != content_hash(body_date.replace(b"Date: 1\r\n", b"Date: 2\r\n"))


def test_date_keeps_its_own_offset() -> None:
    date = datetime(2026, 11, 24, 9, 30, tzinfo=timezone(timedelta(hours=1)))
    assert b"\r\nDate: Tue, 24 Nov 2026 09:30:00 +0100\r\n" in compose_message(FRAME, MAIL, TO, date=date)


def test_an_answer_names_what_it_answers_and_all_before_one_a_line() -> None:
    ids = tuple(f"<{letter * 40}@press.example.org>" for letter in "abcd")
    data = compose_message(FRAME, Rendered("Re: s", "<p>h</p>", "t"), replace(TO, references=ids), date=SENT_AT)
    message = read(data)
    assert message["In-Reply-To"] == ids[-1]
    assert message["References"].split() == list(ids)
    assert data.split(b"References: ")[1].split(b"\r\n")[:4] == [
        (" " * (number > 0) + each).encode() for number, each in enumerate(ids)
    ]
    assert not message.defects
    assert read(compose_message(FRAME, Rendered("s", "<p>h</p>", "t"), TO, date=SENT_AT))["References"] is None


@pytest.mark.parametrize("wrong", ["", "a@example.org", "<a@example.org>\r\nBcc: eve@example.net", "<a b@example.org>"])
def test_what_it_answers_cannot_bring_a_header_of_its_own(wrong: str) -> None:
    with pytest.raises(ValueError, match="Message-ID"):
        compose_message(FRAME, Rendered("s", "h", "t"), replace(TO, references=(wrong,)), date=SENT_AT)


def test_our_own_mistakes_raise() -> None:
    with pytest.raises(ValueError, match="zone"):
        compose_message(FRAME, MAIL, TO, date=SENT_AT.replace(tzinfo=None))
    with pytest.raises(ValueError, match="Message-ID"):
        compose_message(FRAME, MAIL, replace(TO, message_id="abc@example.org"), date=SENT_AT)


@pytest.mark.parametrize(
    "changed, match",
    [
        ({"name": "Press\r\nBcc: x@evil.example"}, "From"),
        ({"list_id": "press example"}, "list_id"),
        ({"organisation": "Trust\n"}, "List-Id"),
    ],
)
def test_sender_that_would_break_a_header_is_refused(changed: dict[str, str], match: str) -> None:
    with pytest.raises(InputProblem, match=match):
        compose_frame(SENDER.replace(**changed), language="en", seed=b"x")


def test_language_that_is_no_tag_is_refused() -> None:
    with pytest.raises(InputProblem, match="language"):
        compose_frame(SENDER, language="en\r\nX: y", seed=b"x")


@pytest.mark.parametrize("media_type", ["pdf", "multipart/mixed", "message/rfc822", "a/b\r\nX: y", ""])
def test_media_type_that_is_none_is_refused(media_type: str) -> None:
    with pytest.raises(InputProblem, match="media type"):
        compose_frame(SENDER, language="en", seed=b"x", attachments=[replace(PDF, media_type=media_type)])


def test_address_beyond_ascii_stays_readable_for_a_server_that_takes_it() -> None:
    data = compose_message(FRAME, MAIL, replace(TO, to=parse_address("zoë@example.com"), name="Zoë"), date=SENT_AT)
    assert "<zoë@example.com>\r\n".encode() in data
    assert data.partition(b"\r\n\r\n")[2].isascii()


def test_standard_library_serialises_the_golden_mail_without_loss() -> None:
    """A relay's parser finds nothing to repair: the parts are the same after a round through it."""
    data = CASES["full"].compose()
    again = message_from_bytes(message_from_bytes(data, policy=SMTP).as_bytes(), policy=default)
    assert [part.get_payload(decode=True) for part in again.walk()] == [
        part.get_payload(decode=True) for part in read(data).walk()
    ]
    assert all(check.passed for check in check_message(data))


def test_dates_are_utc_when_asked_so() -> None:
    assert b"Date: Thu, 01 Jan 2026 00:00:00 +0000" in compose_message(
        FRAME, MAIL, TO, date=datetime(2026, 1, 1, tzinfo=UTC)
    )
