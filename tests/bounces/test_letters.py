"""Letters of mail systems in no standard form: `letters.toml` has their recipients, and letters that look alike."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from mailer.bounces.report import explained_document, parse_report
from mailer.bounces.values import Kind

LETTERS = tomllib.loads(Path(__file__).with_name("letters.toml").read_text("utf-8"))["letter"]


@pytest.mark.parametrize("letter", LETTERS, ids=[each["name"] for each in LETTERS])
def test_a_letter_is_about_whom_a_careful_person_reads_in_it(letter: dict[str, Any]) -> None:
    head = {
        "Return-Path": letter.get("return_path", "<>"),
        "From": letter["from"],
        "To": "press@ferry.example.org",
        "Subject": letter["subject"],
        "Content-Type": letter.get("type", "text/plain; charset=utf-8"),
    }
    fields = "".join(f"{name}: {value}\n" for name, value in head.items())
    report = parse_report(f"{fields}\n{letter['body']}\n".encode())
    if "kind" not in letter:
        assert report.kind not in {Kind.BOUNCE, Kind.DELAYED}
        return
    assert report.kind == letter["kind"]
    assert [each.as_sent for each in report.recipients] == letter["about"]


def test_what_is_weighed_is_told_with_its_evidence() -> None:
    head = "Return-Path: <>\nFrom: Router <router@dock.example.com>\nTo: press@ferry.example.org\nSubject: Note\n\n"
    document = explained_document(f"{head}Not reached: kran@dock.example.com\n".encode())
    assert document["kind"] == "bounce"
    assert {"a machine's name", "no sender to answer", "words for a failure"} <= set(document["why"]["for it"])


@pytest.mark.parametrize(
    "subject, text",
    [
        ("[Abuse #123] Unsolicited mail from your network", "Our customer complained about the following message."),
        ("Beschwerde über unverlangte E-Mail", "Ein Kunde hat sich über die folgende Nachricht beschwert."),
        ("Signalement de spam", "Un abonné a signalé le message ci-dessous comme indésirable."),
        ("Posta indesiderata: una segnalazione di abuso", "Segnaliamo come spam quanto segue."),
        ("Denúncia de spam", "Um utilizador marcou esta mensagem como spam."),
        ("Spamklacht", "Een klant heeft onderstaand bericht als spam gemeld."),
        ("Zgłoszenie spamu", "Użytkownik oznaczył poniższą wiadomość jako spam."),
        ("Klage over spam", "En kunde har markeret beskeden nedenfor som spam."),
        ("Stížnost na spam", "Uživatel označil níže uvedenou zprávu jako spam."),
        ("Жалоба на спам", "Пользователь отметил это письмо как спам."),
        ("Spam şikayeti", "Bir kullanıcı aşağıdaki iletiyi spam olarak işaretledi."),
    ],
)
def test_an_abuse_desk_complains_in_its_own_language(subject: str, text: str) -> None:
    def kind(sender: str) -> Kind:
        head = f"From: {sender}\nTo: press@ferry.example.org\nSubject: {subject}\n"
        return parse_report(f"{head}Content-Type: text/plain; charset=utf-8\n\n{text}\n".encode()).kind

    assert kind("Abuse <abuse@isp.example.net>") is Kind.FEEDBACK
    assert kind("Olga Brandt <olga@quay.example.com>") is not Kind.FEEDBACK


def test_a_mail_of_ours_comes_back_as_a_spam_report_from_a_postmaster() -> None:
    head = "From: Postmaster <postmaster@isp.example.net>\nTo: press@ferry.example.org\nMIME-Version: 1.0\n"
    body = (
        "--b\n\nThe user olga@isp.example.net has marked this message as spam.\n--b\nContent-Type: message/rfc822\n\n"
    )
    ours = "From: press@ferry.example.org\nTo: olga@isp.example.net\nSubject: Lighthouse\n\nIt opens.\n--b--\n"
    mixed = "Content-Type: multipart/mixed; boundary=b\nSubject: Spam report: Lighthouse\n\n"
    report = parse_report(f"{head}{mixed}{body}{ours}".encode())
    assert (report.kind, [each.address for each in report.recipients]) == (Kind.FEEDBACK, ["olga@isp.example.net"])


def test_mail_to_an_address_called_unsubscribe_is_an_opt_out() -> None:
    head = "From: Olga Brandt <olga@quay.example.com>\nTo: {}@ferry.example.org\nSubject: Hello\n\n"
    text = "This message was sent automatically to unsubscribe olga@quay.example.com.\n"
    assert parse_report(f"{head.format('unsubscribe')}{text}".encode()).kind is Kind.OPTOUT
    assert parse_report(f"{head.format('press')}{text}".encode()).kind is not Kind.OPTOUT


@pytest.mark.parametrize(
    "head, subject, body, kind",
    [
        ("Trust <trust@quay.example.net>", "Spam report", "A user of ours marked this as spam.", Kind.FEEDBACK),
        (
            "Postmaster <postmaster@quay.example.net>",
            "Spam complaint",
            "A user reported it as spam.",
            Kind.FEEDBACK,
        ),
        ("Abuse <missbruk@quay.example.net>", "Anmälan", "En kund har anmält det som skräppost.", Kind.FEEDBACK),
        (
            "MTA <postmaster@quay.example.net>",
            "Spam notice",
            "Mail was rejected: classified as spam.",
            Kind.BOUNCE,
        ),
        ("Ada <ada@quay.example.net>", "AW: Spam report", "Was it marked as spam by readers?", Kind.NONE),
    ],
)
def test_the_mail_complained_about_may_stand_in_the_text(head: str, subject: str, body: str, kind: Kind) -> None:
    ours = "From: Press Office <press@ferry.example.org>\nTo: olga@quay.example.net\nSubject: Lighthouse\n"
    text = f"From: {head}\nTo: press@ferry.example.org\nSubject: {subject}\n"
    report = parse_report(f"{text}Content-Type: text/plain; charset=utf-8\n\n{body}\n\n{ours}".encode())
    assert report.kind is kind
    assert [each.address for each in report.recipients] == (["olga@quay.example.net"] if kind is not Kind.NONE else [])
