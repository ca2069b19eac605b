from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mailer.bounces.report import parse_report
from mailer.bounces.values import Action, Kind, Suppress
from mailer.preview.server import compose_dsn, compose_optout

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
TOKEN = "ggggggggbbbbbbbbccccccccddddddddeeeeeeee"


def mail(*fields: str) -> bytes:
    head = ("Message-ID: <one@example.org>", "To: ada@example.com", *fields)
    return "".join(f"{field}\r\n" for field in head).encode() + b"\r\nbody\r\n"


def test_a_delivery_report_says_what_the_parser_reads() -> None:
    data = compose_dsn("b@example.org", "ada@example.com", mail(), answer=(552, "5.2.2 Mailbox full"), now=NOW)
    report = parse_report(data)
    (recipient,) = report.recipients
    assert (report.kind, report.original_message_id, report.arrived_at) == (Kind.BOUNCE, "<one@example.org>", NOW)
    assert (recipient.status, recipient.reason, recipient.suppress) == ("5.2.2", "mailboxfull", Suppress.COUNT)
    assert b"body" not in data
    assert b"\n" not in data.replace(b"\r\n", b"")


def test_a_temporary_answer_is_a_delay() -> None:
    data = compose_dsn("b@example.org", "ada@example.com", mail(), answer=(451, "try later"), now=NOW)
    report = parse_report(data)
    assert report.kind is Kind.DELAYED
    assert report.recipients[0].action is Action.DELAYED
    assert report.recipients[0].status == "4.0.0"


def test_an_internationalised_recipient_comes_back_as_it_is() -> None:
    data = compose_dsn("b@example.org", "zoë@example.com", mail("Subject: Zoë"), answer=(550, "5.1.1 no"), now=NOW)
    report = parse_report(data)
    assert report.recipients[0].address == "zoë@example.com"
    assert report.original_message_id == "<one@example.org>"


@pytest.mark.parametrize(
    "offer, to, subject",
    [
        (f"<mailto:optout+{TOKEN}@example.org>", f"optout+{TOKEN}@example.org", "unsubscribe"),
        (f"<mailto:optout@example.org?subject={TOKEN}>", "optout@example.org", TOKEN),
        (
            f"<https://press.example.org/o/x>,\r\n <mailto:optout+{TOKEN}@example.org>",
            f"optout+{TOKEN}@example.org",
            "",
        ),
    ],
    ids=["address", "subject", "folded"],
)
def test_an_opt_out_goes_where_the_mail_says(offer: str, to: str, subject: str) -> None:
    data = compose_optout("ada@example.com", mail(f"List-Unsubscribe: {offer}"), now=NOW)
    assert data is not None
    report = parse_report(data)
    assert report.kind is Kind.OPTOUT
    assert report.to_addresses == (to,)
    assert report.tokens == (TOKEN,)
    assert report.subject == (subject or "unsubscribe")


@pytest.mark.parametrize("fields", [(), ("List-Unsubscribe: <https://press.example.org/o/x>",)], ids=["none", "https"])
def test_a_mail_without_an_opt_out_mailbox_cannot_be_answered(fields: tuple[str, ...]) -> None:
    assert compose_optout("ada@example.com", mail(*fields), now=NOW) is None


def test_an_offer_cannot_add_header_fields() -> None:
    offer = "<mailto:optout@example.org%0D%0ABcc:eve@example.net?subject=a%0D%0ABcc:%20eve@example.net>"
    data = compose_optout("ada@example.com", mail(f"List-Unsubscribe: {offer}"), now=NOW)
    assert data is not None
    assert b"\r\nBcc" not in data
