"""Whether a person's letter waits for an answer: a guess by words, for which a question always counts."""

from __future__ import annotations

import pytest

from mailer.bounces.letter import needs_answer, weigh
from mailer.bounces.parts import parse_message
from mailer.bounces.report import parse_report
from mailer.bounces.values import Kind

OURS = "<one@example.org>"


def letter(text: str, **headers: str) -> bytes:
    head = {"From": "ada@daily.example.com", "In-Reply-To": OURS, "Message-ID": "<two@daily.example.com>"} | headers
    lines = [*(f"{name}: {value}" for name, value in head.items()), "Content-Type: text/plain; charset=utf-8"]
    quoted = "Best,\nAda\n\nOn Fri, 2 Oct 2026 at 10:00, Press <press@example.org> wrote:\n> Questions? Call us.\n"
    return "\n".join([*lines, "", text, "", quoted]).encode()


@pytest.mark.parametrize(
    "text, kind",
    [
        ("Lovely, thanks. Could you send me high-res photos?", "picture"),
        ("I'd like to interview Ida Marlow next week.", "interview"),
        ("Please call me on 020 7946 0222.", "call"),
        ("Will there be parking on site?", "question"),
        ("The link to the pictures doesn't work.", "problem"),
        ("Could we see the full report before Friday?", "material"),
        ("Können Sie mir Fotos in Druckqualität schicken?", "picture"),
        ("Ich würde gern ein Interview mit Frau Marlow führen.", "interview"),
        ("Pourriez-vous m'envoyer des visuels en haute définition ?", "picture"),
        ("¿Podrían enviarme fotos en alta resolución?", "picture"),
        ("Sarebbe possibile un'intervista con la direttrice?", "interview"),
        ("Poderia ligar-me amanhã?", "call"),
        ("Kunt u mij foto's sturen?", "picture"),
        ("Czy mogę prosić o zdjęcia w wysokiej rozdzielczości?", "picture"),
        ("Можно ли взять интервью у директора?", "interview"),
        ("お世話になっております。写真をいただけますでしょうか。よろしくお願いいたします。", "picture"),
        ("请问能否提供高清照片？", "picture"),
        ("Thank you for the release. Could you confirm how many seals there were?", "question"),
        ("Thanks, we will run it tomorrow. Who took the picture?", "question"),
        ("Your link to the photos no longer works here.", "problem"),
        ("Merci d'ajouter ma collègue à votre liste.", "request"),
        ("Sono in redazione fino alle 18, mi chiami pure.", "call"),
        ("Kan du skicka bilder?", "question"),  # no words of Swedish here, but a question
        ("Interested.", "unread"),  # nothing to weigh: somebody looks at it
        ("", "unread"),
    ],
)
def test_what_asks_for_something_waits_for_an_answer(text: str, kind: str) -> None:
    kinds = weigh(parse_message(letter(text)))
    assert needs_answer(kinds)
    assert kind in kinds


@pytest.mark.parametrize(
    "text",
    [
        "Thanks for this, lovely story. We will run it tomorrow.",
        "Got it, thanks. How are you?",
        "Nice interview with Ida Marlow on the radio yesterday.",
        "Not for us, sorry.",
        "We have had to pull the piece, sorry. Please keep me in the loop.",
        "Thanks, I'll get back to you on Monday when I have spoken to my editor.",
        "Vielen Dank, wir bringen das morgen.",
        "Merci beaucoup !",
        "Muchas gracias, lo publicamos mañana.",
        "Grazie mille, a presto.",
        "Muito obrigada!",
        "Bedankt, we plaatsen het morgen.",
        "Dziękuję, pozdrawiam.",
        "Спасибо, опубликуем завтра.",
        "ありがとうございます。掲載いたします。",
        "谢谢，收到。",
    ],
)
def test_thanks_and_what_needs_no_reply_wait_for_none(text: str) -> None:
    assert not needs_answer(weigh(parse_message(letter(text))))


def test_the_questions_of_our_own_mail_below_do_not_count() -> None:
    assert weigh(parse_message(letter("Thank you!"))) == {"thanks": "Thank you!"}


def test_a_report_carries_the_guess_and_the_message_id_but_no_word_of_the_letter() -> None:
    report = parse_report(letter("Could you send me photos?"))
    assert (report.message_id, report.original_message_id) == ("<two@daily.example.com>", OURS)
    assert report.asks == ("picture", "question")


def test_a_machine_s_answer_is_no_letter_and_waits_for_nothing() -> None:
    report = parse_report(letter("Who else could help? Ask Bo.", **{"Auto-Submitted": "auto-replied"}))
    assert (report.kind, report.asks) == (Kind.AUTOREPLY, ())
