"""Answers: what replies to an offer under embargo say, in eleven languages, and what is left to people."""

from __future__ import annotations

import pytest

from mailer.bounces.answers import read_embargo_answer
from mailer.bounces.language import parse_sentences
from mailer.bounces.report import parse_report

ACCEPTED = """\
I agree.
We accept the embargo, thanks
Agreed!
Happy to agree.
Yes, please
OK
We will respect the embargo.
Einverstanden.
Wir stimmen der Sperrfrist zu.
Ich akzeptiere die Sperrfrist
Ja, gerne
J’accepte.
D'accord, merci
Nous respecterons l’embargo.
De acuerdo, gracias
Aceptamos las condiciones.
Accetto.
Rispetteremo l'embargo
Concordo com o embargo.
Akkoord!
Wij gaan hiermee akkoord.
Zgadzam się.
Jag accepterar.
同意します。
承知しました
同意
接受
"""
DECLINED = """\
I do not agree.
We cannot accept an embargo.
No, thank you
No thanks
I have to decline
Nein, danke.
Wir sind nicht einverstanden
Wir lehnen ab.
Non, merci
Je n'accepte pas
No, gracias
No estamos de acuerdo
No, grazie
Non accetto.
Não, obrigado
Nee, dank u
Wij gaan niet akkoord
Nie, dziękuję
Nej, tack
辞退します
同意できません
不同意
谢绝
"""
NEITHER = """\
Could we agree on Monday?
When does it lift?
Please send me the pictures.
Who agreed to this?
Thanks, I will look at it and come back to you.
Kann ich Montag anrufen?
"""


@pytest.mark.parametrize(
    "text, verdict",
    [
        *((line, "accepted") for line in ACCEPTED.splitlines()),
        *((line, "declined") for line in DECLINED.splitlines()),
        *((line, "") for line in NEITHER.splitlines()),
    ],
)
def test_a_sentence_agrees_declines_or_is_for_people_to_read(text: str, verdict: str) -> None:
    assert read_embargo_answer(parse_sentences(text))[0] == verdict


def letter(body: str, head: str = "In-Reply-To: <a@example.org>\n") -> bytes:
    return f"From: ada@a.example.com\nTo: press@example.org\nSubject: Re: lamps\n{head}\n{body}".encode()


def test_what_is_quoted_or_written_by_a_machine_or_in_no_answer_is_no_yes() -> None:
    assert parse_report(letter("I agree.\n")).embargo_answer == "accepted"
    assert parse_report(letter("Thanks for this.\n\n> “I agree” or “No, thank you”\n")).embargo_answer == ""
    assert parse_report(letter("I agree.\n", head="")).embargo_answer in {"", "accepted"}  # known by its subject alone
    away = "In-Reply-To: <a@example.org>\nAuto-Submitted: auto-replied\n"
    assert parse_report(letter("I agree.\nI am away.\n", head=away)).embargo_answer == ""
