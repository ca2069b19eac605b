"""What is quoted, and what is new."""

from __future__ import annotations

import pytest

from mailer.bounces.answers import MAX_NEW, cut_quotation, new_text
from mailer.bounces.language import fold, parse_sentences
from mailer.bounces.parts import parse_message
from mailer.bounces.prose import markup_text

OLD = "unsubscribe"


@pytest.mark.parametrize(
    "tail",
    [
        f"> {OLD}",
        f">{OLD}",
        f"| {OLD}",
        f"On Tue, 3 Mar 2026, Press <press@example.org> wrote:\n> {OLD}",
        f"On Tue, 3 Mar 2026 at 10:00 AM Press Office of the Example Trust\n<press@example.org> wrote:\n\n{OLD}",
        f"Am 3. März 2026 schrieb Presse:\n{OLD}",
        f"Le 3 mars 2026 à 10:00, Presse a écrit :\n{OLD}",
        f"El 3 mar 2026, Prensa <press@example.org> escribió:\n{OLD}",
        f"Il giorno 3 marzo 2026 Stampa ha scritto:\n{OLD}",
        f"Em 3 de março de 2026, Imprensa escreveu:\n{OLD}",
        f"Op 3 maart 2026 schreef Pers het volgende:\n{OLD}",
        f"W dniu 3.03.2026 o 10:00, Prasa pisze:\n{OLD}",
        f"3 марта 2026 г., Пресса <press@example.org> написал:\n{OLD}",
        f"2026年3月3日(火) 10:00、Press <press@example.org>のメール:\n{OLD}",
        f"Press <press@example.org> 于2026年3月3日写道:\n{OLD}",
        f"Den 3 mars 2026 skrev Press:\n{OLD}",
        f"-----Original Message-----\n{OLD}",
        f"-------- Weitergeleitete Nachricht --------\n{OLD}",
        f"________________________________\nVon: Presse\nGesendet: 3. März\nAn: Ada\n\n{OLD}",
        f"From: Press\nSent: 3 March\nTo: Ada\n\n{OLD}",
        f"差出人: Press\n送信日時: 3月3日\n\n{OLD}",
        f"-- \n{OLD}",
        f"--\n{OLD}",
    ],
)
def test_what_is_quoted_or_signed_is_left_out(tail: str) -> None:
    assert cut_quotation(f"Thank you.\n\n{tail}\n") == "Thank you."


@pytest.mark.parametrize(
    "text",
    [
        "She wrote: nothing.",
        "From: here it looks fine.\nSee you.",
        "What I wrote on 3 March 2026 was this: yes.\nAda",
        "One - two - three",
    ],
)
def test_what_only_looks_like_a_quotation_is_kept(text: str) -> None:
    assert cut_quotation(text) == text


def test_an_answer_below_and_between_the_quoted_lines_is_kept() -> None:
    text = "On 3 March 2026 Press wrote:\n> one\n> two\n\nYes.\n\n> three\n\nNo."
    assert [each.words for each in parse_sentences(cut_quotation(text))] == ["Yes.", "No."]


def test_a_telephones_own_line_is_no_text() -> None:
    assert cut_quotation("Yes\n\nSent from my iPhone") == cut_quotation("Yes\n\nVon meinem iPad gesendet") == "Yes"


def test_markup_becomes_lines_and_a_quotation_one_mark() -> None:
    markup = (
        "<html><head><style>p {x}</style><title>t</title></head><body><p>One<br>two &amp; three</p><!-- four -->"
        "<blockquote><p>old</p><blockquote>older</blockquote></blockquote><div>five</div></body></html>"
    )
    lines = [line.strip() for line in markup_text(markup).split("\n") if line.strip()]
    assert lines == ["One", "two & three", ">", "five"]


def test_an_address_behind_a_link_is_named() -> None:
    assert "bo@example.com" in markup_text('<a href="mailto:bo@example.com?subject=x">Bo</a>')
    assert markup_text('<a href="mailto:bo@example.com">bo@example.com</a>').count("bo@example.com") == 1


@pytest.mark.parametrize("markup", ["<", "<!--", "<p", "<style>", "<blockquote>", "</blockquote>x", "<a href=mailto:>"])
def test_broken_markup_is_read_as_far_as_it_goes(markup: str) -> None:
    assert "new" in markup_text(f"new{markup}")


def test_new_text_is_bounded() -> None:
    assert len(new_text(parse_message(b"\n" + b"word " * 100_000))) <= MAX_NEW


@pytest.mark.parametrize(
    "text, plain",
    [
        ("Désabonnez‑moi  !", "desabonnez-moi !"),
        ("“Straße”", '"strasse"'),
        ("Ёлка", "елка"),
        ("ＡＢＣ", "abc"),
        ("Łódź", "lodz"),
        ("が", "が"),
        ("E-Mail", "email"),
        ("İPTAL", "iptal"),
    ],
)
def test_the_plain_form_has_one_spelling(text: str, plain: str) -> None:
    assert fold(text) == plain


@pytest.mark.parametrize(
    "text, sentences",
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("Ich bin bis 14. März weg.", ["Ich bin bis 14. März weg."]),
        ("Back on Jan. 5. Bye", ["Back on Jan. 5. Bye"]),
        (
            "a line that was broken by the program that sent\nit on its way",
            ["a line that was broken by the program that sent it on its way"],
        ),
        ("今日は。明日も！", ["今日は。", "明日も！"]),
        ("", []),
    ],
)
def test_text_is_cut_into_sentences(text: str, sentences: list[str]) -> None:
    assert [each.words for each in parse_sentences(text)] == sentences
