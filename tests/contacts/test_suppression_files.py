"""Suppression lists of other tools, read row by row."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime

import pytest

from mailer.contacts.suppression_files import FORMATS, OTHER, Listed, Subscribed, read_suppressions, when
from mailer.errors import InputProblem, Problem
from mailer.words import read_section

ADA, BO, CY = "ada@a.example.com", "bo@b.example.com", "cy@c.example.com"


def read(text: str | bytes, name: str = "file.csv", **options: str) -> list[Listed | Subscribed | Problem]:
    data = text if isinstance(text, bytes) else text.encode()
    return list(read_suppressions(io.BytesIO(data), name=name, **options)[1])


def reasons(text: str | bytes, name: str = "file.csv", **options: str) -> dict[str, str]:
    return {each.text: each.reason for each in read(text, name, **options) if isinstance(each, Listed)}


LISTMONK = f"""\
uuid,email,name,attributes,status,created_at,updated_at
1,{ADA},Ada,"{{""a"": 1}}",blocklisted,2020-01-01T00:00:00Z,2026-02-03T10:00:00Z
2,{BO},Bo,{{}},enabled,2020-01-01T00:00:00Z,2026-02-03T10:00:00Z
3,{CY},Cy,{{}},disabled,2020-01-01T00:00:00Z,2026-02-03T10:00:00Z
"""
MAILCHIMP = f"""\
Email Address,First Name,MEMBER_RATING,OPTIN_TIME,UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_REASON
{ADA},Ada,2,2020-01-01 10:00:00,2026-03-01 09:30:00,Spring,NORMAL
{BO},Bo,2,2020-01-01 10:00:00,2026-03-02 09:30:00,Spring,SPAM
"""
CLEANED = f"Email Address,MEMBER_RATING,CLEAN_TIME,CLEAN_CAMPAIGN_TITLE\n{CY},1,2026-03-03 09:30:00,Spring\n"
SUBSCRIBED = "Email Address,MEMBER_RATING,OPTIN_TIME\ndee@d.example.com,3,2020-01-01 10:00:00\n"


@pytest.mark.parametrize(
    "text, name, format_, found",
    [
        (LISTMONK, "subscribers.csv", "listmonk", {ADA: "opted_out", CY: "manual"}),
        (MAILCHIMP, "unsubscribed.csv", "mailchimp", {ADA: "opted_out", BO: "opted_out"}),
        (CLEANED, "cleaned.csv", "mailchimp", {CY: "dead_address"}),
        (
            f"cid,email,status,created\nx,{ADA},1,\ny,{BO},2,\nz,{CY},3,\nw,dee@d.example.com,4,\n",
            *("mailtrain.csv", "mailtrain"),
            {BO: "opted_out", CY: "dead_address", "dee@d.example.com": "complained"},
        ),
        (
            f"status,reason,email,created\n5.1.1,no such user,{ADA},1767225600\n",
            "b.csv",
            "sendgrid",
            {ADA: "dead_address"},
        ),
        (
            (
                f"EmailAddress,SuppressionReason,Origin,CreatedAt\n{ADA},HardBounce,Recipient,2026-01-01\n"
                f"{BO},SpamComplaint,Recipient,\n{CY},ManualSuppression,Customer,\n"
            ),
            *("postmark.csv", "postmark"),
            {ADA: "dead_address", BO: "complained", CY: "opted_out"},
        ),
        (
            f"First Name,Email,Unsubscribed from all email\nAda,{ADA},true\nBo,{BO},false\nCy,{CY},\n",
            *("hubspot.csv", "hubspot"),
            {ADA: "opted_out"},
        ),
        (f"EMAIL;EMAIL_BLACKLISTED\n{ADA};1\n{BO};0\n", "brevo.csv", "brevo", {ADA: "opted_out"}),
        (f"address,code,error,created_at\n{ADA},550,no,\n{BO},452,full,\n", "m.csv", "mailgun", {ADA: "dead_address"}),
        (f"{ADA}\n\n*@outlet.example\n@other.example\n", "list.txt", "other", None),
        (f"E-Mail\tGrund\n{ADA}\tabgemeldet\n", "abgemeldet.tsv", "other", {ADA: "opted_out"}),
        (f"email\n{ADA}\n", "spam_reports.csv", "other", {ADA: "complained"}),
        (f"email\n{ADA}\n", "bounces.csv", "other", {ADA: "dead_address"}),
        (f"email,reason\n{ADA},do_not_contact\n{BO},soft bounce\n", "x.csv", "other", {ADA: "do_not_contact"}),
    ],
)
def test_each_tools_file_says_who_is_out_and_why(
    text: str, name: str, format_: str, found: dict[str, str] | None
) -> None:
    expected = found or dict.fromkeys((ADA, "*@outlet.example", "@other.example"), "opted_out")
    assert reasons(text, name) == expected
    assert read_suppressions(io.BytesIO(text.encode()), name=name)[0] == format_


def test_dates_are_those_of_the_no() -> None:
    (first, second) = (each for each in read(MAILCHIMP) if isinstance(each, Listed))
    assert first.since == datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    assert second.line == 3
    (listed, *_) = read(LISTMONK)
    assert isinstance(listed, Listed)
    assert listed.since == datetime(2026, 2, 3, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "text, year",
    [("2026-01-02T03:04:05Z", 2026), ("2026-01-02 03:04:05 UTC", 2026), ("1767225600", 2026), ("1767225600000", 2026)],
)
def test_times_are_read_as_tools_write_them(text: str, year: int) -> None:
    found = when(text)
    assert found is not None
    assert found.year == year


@pytest.mark.parametrize("text", ["", "03/04/2026", "soon", "99999999999999999999"])
def test_a_time_that_can_be_read_in_two_ways_is_none(text: str) -> None:
    assert when(text) is None


def zipped(**files: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"{name}_members_export.csv", text)
    return data.getvalue()


def test_the_archive_of_an_audience_is_read_as_it_comes() -> None:
    data = zipped(subscribed=SUBSCRIBED, unsubscribed=MAILCHIMP, cleaned=CLEANED)
    found = read(data, "audience.zip")
    assert {each.text: each.reason for each in found if isinstance(each, Listed)} == {
        ADA: "opted_out",
        BO: "opted_out",
        CY: "dead_address",
    }
    assert [each.source for each in found if isinstance(each, Subscribed)] == [
        "audience.zip/subscribed_members_export.csv"
    ]


@pytest.mark.parametrize(
    "document",
    [
        {"SuppressedDestinationSummaries": [{"EmailAddress": ADA, "Reason": "BOUNCE", "LastUpdateTime": "2026-01-01"}]},
        {"items": [{"address": ADA, "code": "550", "created_at": "2026-01-01"}]},
        [{"email": ADA, "reason": "dead_address"}],
    ],
)
def test_what_an_interface_answers_is_read_too(document: object) -> None:
    assert reasons(json.dumps(document), "answer.json") == {ADA: "dead_address"}


@pytest.mark.parametrize("digits", [32, 40, 64])
def test_hashed_addresses_are_refused_with_a_clear_sentence(digits: int) -> None:
    for text in (f"email_hash\n{'ab' * (digits // 2)}\n", f"{'ab' * (digits // 2)}\n" * 3):
        with pytest.raises(InputProblem, match="hashes of addresses"):
            read(text)


@pytest.mark.parametrize("text", ["", "name,outlet\nAda,The Daily\n", "{}", "[1, 2", "hello\nworld\n"])
def test_what_holds_no_addresses_is_refused(text: str) -> None:
    with pytest.raises(InputProblem):
        read(text, "x.json" if text.startswith(("{", "[")) else "x.csv")


def test_a_status_that_nobody_knows_suppresses_nobody_and_is_said_with_its_line() -> None:
    found = read(f"email,status\n{ADA},golden\n,unsubscribed\n{BO},unsubscribed\n")
    problems = [each for each in found if isinstance(each, Problem)]
    assert [(each.line, each.source) for each in problems] == [(2, "file.csv"), (3, "file.csv")]
    assert '"golden" is not a known status' in problems[0].message


def test_a_tool_whose_files_are_known_can_be_asked_for_and_what_is_found_is_never_csv() -> None:
    tools = {name for name, *_ in read_section("suppressions", "tools")["rows"]}
    assert set(FORMATS) == {"auto", "csv", *tools}
    assert OTHER not in FORMATS


def test_a_file_read_as_plain_csv_suppresses_every_row() -> None:
    text = f"email,status\n{ADA},golden\n{BO},subscribed\n"
    assert reasons(text, format_="csv", default="manual") == {ADA: "manual", BO: "manual"}


CONTACTS = f"outlet,role,beat,name,email\nThe Daily,editor,sea,Ada Bell,{ADA}\n"


@pytest.mark.parametrize("text", [CONTACTS, f"Name;E-Mail;Created;Category\nAda;{ADA};2026-01-02;print\n"])
def test_a_list_of_contacts_that_says_nothing_of_opting_out_is_refused(text: str) -> None:
    with pytest.raises(InputProblem, match="nothing in it says who opted out") as raised:
        read(text, "press.csv")
    assert "--format csv" in raised.value.hint


@pytest.mark.parametrize(
    "text, name, said",
    [
        (CONTACTS, "press.csv", {"format_": "csv"}),
        (CONTACTS, "press.csv", {"default": "opted_out"}),
        (CONTACTS, "unsubscribed.csv", {}),
        (f"name,email,reason\nAda,{ADA},by telephone\n", "press.csv", {}),
        (f"name,email,type\nAda,{ADA},unsubscribe\n", "press.csv", {}),
        (f"email,added\n{ADA},2026-01-02\n", "press.csv", {}),
        (f"first_name,last_name,email,phone\nAda,Bell,{ADA},0222\n", "people.csv", {}),
    ],
)
def test_contacts_count_where_something_says_that_they_opted_out(text: str, name: str, said: dict[str, str]) -> None:
    assert reasons(text, name, **said) == {ADA: "opted_out"}


def test_a_quotation_mark_that_is_never_closed_costs_no_other_row() -> None:
    text = f'email,reason\n{ADA},manual\n{BO},"{"a" * 150_000}\n{CY},manual\n'
    assert reasons(text) == {ADA: "manual", BO: "opted_out", CY: "manual"}
    (problem,) = (each for each in read(text) if isinstance(each, Problem))
    assert (problem.source, problem.line) == ("file.csv", 3)


def test_a_damaged_archive_is_refused() -> None:
    with pytest.raises(InputProblem, match="cannot be read"):
        read(b"PK\x03\x04" + bytes(40), "x.zip")
