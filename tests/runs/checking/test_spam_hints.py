"""A hint about a spam rule is given where it fits the mail, and nowhere else."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from mailer.runs.checking.scores import Trait, meaning_of, traits_of

PAGE = '<p>Ferry times: <a href="https://ferries.example.org/winter">the winter timetable</a>.</p>'


def mail(page: str = PAGE, text: str = "Ferry times from Monday.", subject: str = "The ferry runs again") -> bytes:
    made = EmailMessage()
    made["From"] = "Press Office <press@example.org>"
    made["To"] = "ada@example.com"
    made["Subject"] = subject
    made.set_content(text)
    made.add_alternative(page, subtype="html")
    return made.as_bytes()


def hint(rule: str, data: bytes, mail_from: str = "bounces+x@example.org") -> str:
    meaning = meaning_of(rule, traits=traits_of(data, mail_from))
    return f"{meaning.sentence}. {meaning.hint}"


@pytest.mark.parametrize("rule", ["FORGED_SENDER", "HEADER_FROM_DIFFERENT_DOMAINS"])
def test_bounces_at_another_domain_are_only_spoken_of_where_they_are_at_another_domain(rule: str) -> None:
    assert "another domain" in hint(rule, mail(), "bounces+x@bounces.example.net")
    for own in ("bounces+x@example.org", "bounces+x@EXAMPLE.ORG"):
        assert "another domain" not in hint(rule, mail(), own)


@pytest.mark.parametrize(
    "picture, is_invisible",
    [
        ('<img src="https://example.org/p.gif" width="1" height="1">', True),
        ('<img src="https://example.org/p.gif" style="display:none">', True),
        ('<img style="width:0;height:0" src="https://example.org/p.gif">', True),
        ('<img src="cid:seal" width="100%" alt="A seal">', False),
        ('<img src="cid:seal" width="160" height="120" alt="A seal">', False),
        ("", False),
    ],
)
def test_invisible_pictures_are_only_spoken_of_where_there_are_some(picture: str, *, is_invisible: bool) -> None:
    assert ("invisible pictures" in hint("URI_COUNT_ODD", mail(PAGE + picture))) is is_invisible


@pytest.mark.parametrize(
    "link, mixes",
    [
        ("https://ferries.example.org/", False),
        ("https://xn--fhren-gra.example.org/", False),  # fähren
        ("https://паром.example.org/", False),  # each label has one script
        ("https://ferrіes.example.org/", True),  # a Ukrainian і
        ("https://xn--ferres-3nf.example.org/", True),  # the same, as it travels
        ("https://[half/", False),
    ],
)
def test_a_link_is_only_said_to_mix_scripts_where_a_name_in_it_does(link: str, *, mixes: bool) -> None:
    said = hint("R_SUSPICIOUS_URL", mail(f'<a href="{link}">timetable</a>'))
    assert ("mixes scripts" in said) is mixes


def test_words_are_only_said_to_mix_letters_where_one_does() -> None:
    assert "copied from a PDF" in hint("R_MIXED_CHARSET", mail(text="The fеrry runs again."))  # a Cyrillic е
    assert "copied from a PDF" not in hint("R_MIXED_CHARSET", mail(text="The ferry Паром runs to Πάτρα."))


def test_every_hint_that_needs_a_trait_has_another_to_fall_back_to() -> None:
    every = frozenset(Trait)
    for rule in ("FORGED_SENDER", "URI_COUNT_ODD", "R_SUSPICIOUS_URL", "R_MIXED_CHARSET"):
        assert meaning_of(rule, traits=every) != meaning_of(rule)
        assert "no more than its name" not in meaning_of(rule).sentence
