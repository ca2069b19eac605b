"""DKIM signatures of mail that arrived, held against an independent program that signs and verifies (dkimpy)."""

from __future__ import annotations

import dkim
import pytest

from mailer.message.received import Verdict, parse_copy, read_signatures, verify
from mailer.message.records import DkimRecord, parse_dkim_record
from mailer.message.sign import dns_value
from tests.message.dkim_mails import ED25519, RSA, mails, pems, records, signed, verdicts

NOW = 1_800_000_000
MAILS = mails()
FORMS = [(b"relaxed", b"relaxed"), (b"relaxed", b"simple"), (b"simple", b"relaxed"), (b"simple", b"simple")]


def key_of(selector: str) -> DkimRecord:
    return parse_dkim_record(next(value for name, value in records().items() if name.startswith(f"{selector}.")))


def judged(data: bytes) -> list[Verdict]:
    copy = parse_copy(data)
    return [verify(copy, each, key_of(each.selector), now=NOW) for each in read_signatures(copy)]


def signed_by_dkimpy(data: bytes, forms: tuple[bytes, bytes] = FORMS[0], *, length: bool = False) -> bytes:
    field: bytes = dkim.sign(
        data,
        RSA.encode(),
        b"example.org",
        pems()[0],
        canonicalize=forms,
        length=length,
        include_headers=[b"from", b"to", b"subject"],
    )
    return field + data


@pytest.mark.parametrize("name", MAILS)
def test_what_is_signed_here_holds(name: str) -> None:
    assert judged(signed(MAILS[name])) == [Verdict.GOOD, Verdict.GOOD]


@pytest.mark.parametrize("forms", FORMS, ids=str)
@pytest.mark.parametrize("name", MAILS)
def test_what_another_program_signs_holds_in_every_form(name: str, forms: tuple[bytes, bytes]) -> None:
    assert judged(signed_by_dkimpy(MAILS[name], forms)) == [Verdict.GOOD]


def test_a_file_saved_with_other_line_ends_or_out_of_an_mbox_still_holds() -> None:
    data = signed(MAILS["plain"])
    assert judged(data.replace(b"\r\n", b"\n")) == [Verdict.GOOD, Verdict.GOOD]
    assert judged(b"From bounces@example.org Tue Nov 24 08:30:09 2026\n" + data) == [Verdict.GOOD, Verdict.GOOD]


CHANGES = [
    ("a word of the body", b"The ferry runs", b"The train runs", Verdict.BODY_CHANGED),
    ("a footer", b"again.\r\n", b"again.\r\n-- \r\nScanned.\r\n", Verdict.BODY_CHANGED),
    ("the subject", b"Subject: Ferry", b"Subject: [EXT] Ferry", Verdict.HEADER_CHANGED),
    ("a second From", b"From: Press", b"From: Eve <eve@example.net>\r\nFrom: Press", Verdict.HEADER_CHANGED),
    ("blanks at the end of the body", b"again.\r\n", b"again. \r\n\r\n\r\n", Verdict.GOOD),
    ("a field that is not covered", b"Content-Language: en", b"Content-Language: fr", Verdict.GOOD),
    ("folds", b"Subject: Ferry to", b"Subject: Ferry\r\n to", Verdict.GOOD),
]


@pytest.mark.parametrize("old, new, verdict", [each[1:] for each in CHANGES], ids=[each[0] for each in CHANGES])
def test_what_was_changed_is_told_apart_and_the_other_program_agrees(old: bytes, new: bytes, verdict: Verdict) -> None:
    data = signed(MAILS["plain"]).replace(old, new)
    assert judged(data) == [verdict, verdict]
    assert verdicts(data) == [verdict is Verdict.GOOD] * 2


def test_a_length_leaves_the_end_open() -> None:
    data = signed_by_dkimpy(MAILS["plain"], length=True)
    assert judged(data + b"Buy lamps.\r\n") == [Verdict.GOOD]
    (signature,) = read_signatures(parse_copy(data))
    assert signature.length is not None


def test_no_key_a_revoked_one_and_another_one_are_told() -> None:
    copy = parse_copy(signed(MAILS["plain"]))
    first, _ = read_signatures(copy)
    assert verify(copy, first, None, now=NOW) is Verdict.NO_KEY
    assert verify(copy, first, parse_dkim_record("v=DKIM1; p="), now=NOW) is Verdict.NO_KEY
    assert verify(copy, first, parse_dkim_record("v=DKIM1; k=rsa; p=AAAA"), now=NOW) is Verdict.NO_KEY
    assert verify(copy, first, key_of(ED25519), now=NOW) is Verdict.UNKNOWN
    from mailer.message.sign import make_dkim_key

    assert verify(copy, first, parse_dkim_record(dns_value(make_dkim_key())), now=NOW) is Verdict.HEADER_CHANGED


@pytest.mark.parametrize(
    "old, new, verdict",
    [
        (b"v=1;", b"v=1; x=1700000000;", Verdict.EXPIRED),
        (b"a=rsa-sha256", b"a=rsa-sha1", Verdict.UNKNOWN),
        (b"bh=", b"hb=", Verdict.UNREADABLE),
        (b" b=", b" b=*", Verdict.UNREADABLE),
    ],
)
def test_signatures_that_nobody_should_count_are_told(old: bytes, new: bytes, verdict: Verdict) -> None:
    data = signed_by_dkimpy(MAILS["plain"])
    copy = parse_copy(data.replace(old, new, 1))
    (signature,) = read_signatures(copy)
    assert verify(copy, signature, key_of(RSA), now=NOW) is verdict
