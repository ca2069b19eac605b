from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.contacts.exporting import render_csv
from mailer.contacts.meaning.columns import plain
from mailer.contacts.meaning.marks import EVIDENCE, evidence, evidence_in
from mailer.contacts.reading import ListFile
from mailer.contacts.values import Contact, LeftOut, LeftOutReason

Open = Callable[..., ListFile]


@pytest.mark.parametrize(
    "header, value",
    [
        ("Unsubscribed", "yes"),
        ("Unsubscribed", "2026-01-02"),
        ("UNSUB_TIME", "2026-01-02 10:00:00"),
        ("CLEAN_TIME", "2026-01-02 10:00:00"),
        ("Opt-out", "x"),
        ("Has Opted Out of Email", "1"),
        ("Désinscrit", "OUI"),
        ("Abgemeldet", "ja"),
        ("Sperrvermerk", "bitte nicht"),
        ("Baja", "sí"),
        ("Do Not Contact", "TRUE"),
        ("Email hard bounce reason", "mailbox gone"),
        ("Status", "Unsubscribed"),
        ("Email Status", "cleaned"),
        ("Statut", "désabonnée"),
        ("Status", "Bounced (hard)"),
        ("Estado", "Dado de baja"),
        ("Tags", "health, do not contact"),
        ("Opt-in", "no"),
        ("Einwilligung", "nein"),
        ("Notes", "DO NOT CONTACT, asked in May"),
        ("Bemerkung", "bitte"),
    ][:-1],
)
def test_row_that_the_list_marks_is_left_out_saying_so(listed: Open, header: str, value: str) -> None:
    first, second = listed(f"Email;{header}\nada@example.org;{value}\nbo@example.org;\n").entries()
    assert isinstance(first, LeftOut)
    assert first.reason is LeftOutReason.MARKED
    assert f"{header}: {value}" in first.message
    assert isinstance(second, Contact)


@pytest.mark.parametrize(
    "header, value",
    [
        ("Unsubscribed", "no"),
        ("Unsubscribed", "0"),
        ("Désinscrit", "non"),
        ("Abgemeldet", "Nein"),
        ("Opt-out", "-"),
        ("Status", "Subscribed"),
        ("Status", "Active"),
        ("Status", "Soft bounce"),
        ("Estado", "Baja California"),
        ("Opt-in", "yes"),
        ("Unsubscribe link", "https://example.org/u/1"),
        ("Tags", "health, embargo ok"),
        ("Notes", "Do not call before ten"),
        ("note", "Removed walls and open doors: your subject."),
    ],
)
def test_row_that_is_not_marked_stays(listed: Open, header: str, value: str) -> None:
    (only,) = listed(f"Email;{header}\nada@example.org;{value}\n").entries()
    assert isinstance(only, Contact)


@pytest.mark.parametrize(
    "header, value, reason",
    [
        ("Unsubscribed from all email", "true", "opted_out"),
        ("HasOptedOutOfEmail", "1", "opted_out"),
        ("ISEMAILBOUNCED", "true", "dead_address"),
        ("EMAIL_BLACKLISTED", "TRUE", "do_not_contact"),
        ("Email hard bounce reason", "mailbox gone", "dead_address"),
        ("E-Mail Status", "bounced", "dead_address"),
        ("Status", "blocklisted", "do_not_contact"),
        ("status", "disabled", "do_not_contact"),
        ("Status", "Unconfirmed", "no_consent"),
        ("Subscription status", "pending", "no_consent"),
        ("Marked as spam", "yes", "complained"),
        ("Newsletter", "nein", "no_consent"),
        ("Newsletter", "✗", "no_consent"),
        ("Opt-in", "0", "no_consent"),
        ("Consent", "withdrawn", "no_consent"),
        ("Consent withdrawn", "2026-01-14", "opted_out"),
        ("Einwilligung widerrufen am", "14.01.2026", "opted_out"),
        ("Möchten Sie unsere Pressemitteilungen erhalten?", "Nein, danke", "no_consent"),
        ("May we contact you by email?", "No", "no_consent"),
        ("attributes", '{"city": "Bergen", "opted_out": true}', "opted_out"),
        ("配信停止", "はい", "opted_out"),
        ("配信希望", "否", "no_consent"),
        ("Zgoda", "nie", "no_consent"),
        ("Niet mailen", "ja", "do_not_contact"),
        ("Cancelou subscrição", "Sim", "opted_out"),
        ("Disiscritto", "sì", "opted_out"),
        ("Opted out", "✓", "opted_out"),
        ("Uwagi", "Proszę nie wysyłać", "do_not_contact"),
        ("Notes", "Spoke in May. Please do not contact again", "do_not_contact"),
        ("備考", "本人希望により連絡不要", "do_not_contact"),
        ("Whatever", "unsubscribed", "opted_out"),
        ("", "DO NOT CONTACT", "do_not_contact"),
    ],
)
def test_mark_says_why_so_that_it_can_be_recorded(listed: Open, header: str, value: str, reason: str) -> None:
    content = "".join(render_csv([["Email", header], ["ada@example.org", value]]))
    (only,) = listed(content).entries()
    assert isinstance(only, LeftOut)
    assert only.mark == reason
    assert [str(each) for each in only.addresses] == ["ada@example.org"]


@pytest.mark.parametrize(
    "header, value",
    [
        ("Opt-in date", "2025-01-02"),
        ("Consent", ""),
        ("Newsletter", "The Morning Brief"),
        ("Contact preference", "Email"),
        ("Bounce rate", "0"),
        ("SMS_BLACKLISTED", "TRUE"),
        ("SMS opt-out", "yes"),
        ("Do not allow phone calls", "Do not allow"),
        ("Telefono e-mail", "x"),
        ("Casino email", "x"),
        ("Opt-out", "☐"),
        ("Status", "Not yet contacted"),
        ("Status", "pending"),
        ("Non contacté", ""),
        ("Tags", "spam, removed walls, hardware"),
        ("Notes", "Do not contact before ten"),
        ("Notes", "please do not send attachments"),
        ("Notes", "has not unsubscribed"),
        ("Bemerkung", "bisher kein Kontakt"),
        ("attributes", '{"city": "Bergen", "opted_out": false}'),
        ("attributes", "{broken"),
    ],
)
def test_what_only_looks_like_a_mark_leaves_nobody_out(listed: Open, header: str, value: str) -> None:
    content = "".join(render_csv([["Email", header], ["ada@example.org", value], ["bo@example.org", ""]]))
    assert all(isinstance(entry, Contact) for entry in listed(content).entries())


def test_pending_is_an_answer_where_others_are_subscribed(listed: Open) -> None:
    first, second = listed("Email,Status\nada@example.org,subscribed\nbo@example.org,pending\n").entries()
    assert isinstance(first, Contact)
    assert isinstance(second, LeftOut)


def test_all_addresses_of_a_marked_person_are_out_but_not_the_desk_beside_theirs(listed: Open) -> None:
    rows = (
        "ada@example.org; ada@example.net; newsdesk@example.org,yes\n",
        "ada@example.net,\n",
        "newsdesk@example.org,\n",
    )
    first, second, third = listed("Email,Unsubscribed\n" + "".join(rows)).entries()
    assert isinstance(first, LeftOut)
    assert isinstance(second, LeftOut)
    assert second.mark == "opted_out"
    assert isinstance(third, Contact)


def test_people_under_a_heading_that_says_so_are_out_until_the_next(listed: Open) -> None:
    found = listed(
        "Name;E-Mail\nAda;ada@example.org\nNicht mehr anschreiben:;\nBo;bo@example.org\nPresse:;\nCy;cy@example.org\n"
    )
    people = [str(entry.address) for entry in found.entries() if isinstance(entry, Contact)]
    assert people == ["ada@example.org", "cy@example.org"]


def test_person_marked_in_a_later_row_is_left_out_of_every_row(listed: Open) -> None:
    found = listed("Email;Status\nada@example.org;subscribed\nADA@example.org;unsubscribed\nbo@example.org;\n")
    first, second, third = found.entries()
    assert isinstance(first, LeftOut)
    assert isinstance(second, LeftOut)
    assert (first.reason, second.reason) == (LeftOutReason.MARKED, LeftOutReason.MARKED)
    assert "line 3" in first.message
    assert isinstance(third, Contact)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("Imię i nazwisko;E-mail;Wysyłać\nAda;ada@x;tak\nBo;bo@x;nie\n", "ada"),
        ("Nome;E-mail;Inviare comunicati\nAda;ada@x;sì\nBo;bo@x;no\n", "ada"),
        ("Naam;E-mail;Versturen\nAda;ada@x;ja\nBo;bo@x;nee\n", "ada"),
        ("Namn;E-post;Skicka\nAda;ada@x;ja\nBo;bo@x;nej\n", "ada"),
        ("Namn;E-post;Skickat\nAda;ada@x;ja\nBo;bo@x;nej\n", "ada bo"),  # what was sent, not what may be
        ("Name;Email;Pitching\nAda;ada@x;Does not accept pitches\nBo;bo@x;Pitches by email\n", "bo"),
        ("Name;E-Mail;Medium\nJörg Tamm (ausgetreten);ada@x;Welle\nBo (Sport);bo@x;Welle\n", "bo"),
        ("Name;Outlet;Email\nBo;Post;bo@x\n;;\nFormer contacts;;\nName;Outlet;Email\nAda;Post;ada@x\n", "bo"),
        ("Name;Outlet;Email\nFormer Yugoslavia;;\nAda;Post;ada@x\n", "ada"),
        # a heading that asks, over yes and no
        ("Email;Is the address of this person confirmed;Id\nada@x;1;7\nbo@x;0;8\n", "ada"),
        ("Email;Did this user manually confirm;Id\nada@x;0;7\nbo@x;0;8\n", "ada bo"),
        ("Correo;¿Está bloqueado este contacto?\nada@x;0\nbo@x;1\n", "ada"),
        ("email;accept;enabled\nada@x;1;1\nbo@x;0;1\ncy@x;1;0\n", "ada"),
        ("email;Hidden from lists enabled\nada@x;0\nbo@x;1\n", "ada bo"),
        # a state that nobody knows, beside one that is mailed and one that is not; and beside none
        (
            "Email;State\nada@x;Subscribed\nbo@x;Snoozed\ncy@x;Unsubscribed\ndee@x;Subscribed\nedi@x;VIP\n",
            "ada dee edi",
        ),
        ("Email;State\nada@x;Bavaria\nbo@x;Berlin\ncy@x;Active\n", "ada bo cy"),
        (
            "Email;Status\nada@x;Active\nbo@x;On leave\ncy@x;Left\ndee@x;Active\nedi@x;Pending call back\n",
            "ada bo dee edi",
        ),
        ("Email;Stato\nada@x;Iscritto\nbo@x;In quarantena\ncy@x;Disiscritto\ndee@x;Iscritta\n", "ada dee"),
        ("メール;状態\nada@x;配信中\nbo@x;休止\ncy@x;配信停止\ndee@x;配信中\n", "ada dee"),
        ("Email;Wants photos;Blocked calendar\nada@x;no;yes\nbo@x;yes;no\n", "ada bo"),
        ("Email;Not confirmed;Id\nada@x;no;7\nbo@x;yes;8\ncy@x;no;9\n", "ada cy"),
        # a heading is judged as a note is: who it says so of, by a yes or a day, is out
        ("Email;No longer at the paper;Id\nada@x;0;7\nbo@x;1;8\ncy@x;0;9\n", "ada cy"),
        ("Email;Data wycofania zgody\nada@x;\nbo@x;14.02.2023\ncy@x;\n", "ada cy"),
        ("Email;Not unsubscribed\nada@x;TRUE\nbo@x;FALSE\ncy@x;TRUE\n", "ada cy"),
        ("Email;Unsubscribed from: Event invitations\nada@x;yes\nbo@x;no\n", "ada bo"),
        (
            "Email;Unsubscribed: Press releases;Unsubscribed: Magazine\nada@x;no;yes\nbo@x;yes;no\ncy@x;no;no\n",
            "ada cy",
        ),
        ("Email;Consent to mailing\nada@x;yes\nbo@x;no\n", "ada"),
        ("Email;Bounced\nada@x;no\nbo@x;yes\ncy@x;hard in 2021, corrected and fine since\n", "ada cy"),
        ("Email;Sign\nada@x;\nbo@x;*\ncy@x;+\n* = left the paper, + = new;\n", "ada cy"),
        # a heading explains its codes; signs, and words of other systems
        ("Name;Email;Tier (Q = do not mail)\nA Bell;ada@x;A\nB Lind;bo@x;Q\nC Moor;cy@x;B\n", "ada cy"),
        ("Name;Email;Status\nA Bell;ada@x;\nB Lind;bo@x;❌\nC Moor;cy@x;\n", "ada cy"),
        ("Name;Email;OK\nA Bell;ada@x;✅\nB Lind;bo@x;🚫\nC Moor;cy@x;✅\n", "ada cy"),
        ("Name;Email;donotbulkemail\nA Bell;ada@x;Allow\nB Lind;bo@x;Do Not Allow\nC Moor;cy@x;Allow\n", "ada cy"),
        ("Nom;Email;Accord e-mail\nA Bell;ada@x;oui\nB Lind;bo@x;non\nC Moor;cy@x;oui\n", "ada cy"),
        ("Name;Email;Still at outlet\nA Bell;ada@x;yes\nB Lind;bo@x;no\nC Moor;cy@x;yes\n", "ada cy"),
        ("Name;Email;Last event\nA Bell;ada@x;delivered\nB Lind;bo@x;spam report\nC Moor;cy@x;clicked\n", "ada cy"),
        ("姓名;邮箱;可发送\nA Bell;ada@x;是\nB Lind;bo@x;否\nC Moor;cy@x;是\n", "ada cy"),
        ("Name;Email;Politics\nA Bell;ada@x;right\nB Lind;bo@x;left\nC Moor;cy@x;right\n", "ada bo cy"),
        # a column that is filled where somebody is out
        (
            "Mail;Status\nada@x;\nbo@x;verstorben\ncy@x;\ndee@x;retired\nedi@x;abgängig\nflo@x;\ngus@x;NEU\nhal@x;\n",
            "ada cy flo gus hal",
        ),
    ],
)
def test_columns_remarks_and_headings_say_who_is_to_be_left_alone(listed: Open, text: str, expected: str) -> None:
    found = listed(text.replace("@x", "@daily.example.com").encode(), "list.csv")
    contacts = [str(entry.address) for entry in found.entries() if isinstance(entry, Contact)]
    assert [address.partition("@")[0] for address in contacts] == expected.split()


@given(
    st.lists(st.sampled_from([*(word for listed in EVIDENCE.values() for word in listed), "mills", "-", ".", "x", "é"]))
)
def test_evidence_that_is_looked_for_in_one_pass_is_all_there_is(said: list[str]) -> None:
    for between in (" ", "", "-"):
        text = plain(between.join(said))
        assert evidence_in(text, EVIDENCE) == {kind for kind in EVIDENCE if evidence(kind).search(text)}
