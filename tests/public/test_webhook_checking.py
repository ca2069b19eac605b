"""What to enter at each relay, and what is missing here; nothing secret is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mailer.config.reading import read_settings
from mailer.public.webhooks import GUIDES, check_webhooks, hook_url, likely_relays
from tests.hooks import ENVIRON, MAILGUN_KEY, POSTMARK, TOPIC, toml

OPTOUT = '[optout]\nbase_url = "https://press.example.org/o"\n'


def checks(folder: Path, text: str, **environ: str) -> dict[str, Any]:
    (folder / "mailer.toml").write_text(text, "utf-8")
    found = check_webhooks(read_settings(folder, {}), folder, environ)
    return {each.relay: each for each in found}


def test_every_relay_is_told_with_its_address_and_nothing_is_wrong(tmp_path: Path) -> None:
    password = {"POSTMARK_PASSWORD": "a long one that nobody guesses"}
    found = checks(tmp_path, OPTOUT + toml(), **{**ENVIRON, **password})
    assert list(found) == list(GUIDES) == ["ses", "sendgrid", "mailgun", "postmark"]
    for relay, check in found.items():
        assert check.url == f"https://press.example.org/hooks/{relay}"
        assert any(check.url in step for step in check.steps), relay
        assert not any("{" in step for step in check.steps)
        assert check.wrong == ()
        assert check.found
        assert MAILGUN_KEY not in str(check)
        assert "nobody guesses" not in str(check)
    assert found["ses"].found == (f"topic {TOPIC}",)
    assert any("username postmark" in step for step in found["postmark"].steps)


def test_what_is_missing_is_told_for_each_relay_by_itself(tmp_path: Path) -> None:
    bad = toml().replace('public_key = "', 'public_key = "AAAA')
    found = checks(tmp_path, bad, POSTMARK_PASSWORD=POSTMARK[1])
    assert all("no public address is known" in check.wrong[0] for check in found.values())
    assert len(found["ses"].wrong) == 1
    assert "not SendGrid's key" in found["sendgrid"].wrong[1]
    assert "the variable MAILGUN_KEY is empty or not set" in found["mailgun"].wrong[1]
    assert "fewer than 16 characters" in found["postmark"].wrong[1]


@pytest.mark.parametrize(
    "base_url, url",
    [
        ("https://press.example.org/o", "https://press.example.org/hooks/ses"),
        ("https://press.example.org/o/", "https://press.example.org/hooks/ses"),
        ("https://press.example.org", "https://press.example.org/hooks/ses"),
        ("https://example.org/press/o", "https://example.org/press/hooks/ses"),
        ("https://example.org/no", "https://example.org/no/hooks/ses"),
        ("", ""),
    ],
)
def test_the_address_stands_beside_the_opt_out_page(base_url: str, url: str) -> None:
    assert hook_url(base_url, "ses") == url


def test_a_relay_that_could_tell_is_named(tmp_path: Path) -> None:
    relays = """
[relays.main]
host = "email-smtp.eu-west-1.amazonaws.com"
[relays.other]
preset = "mailgun"
[relays.own]
host = "smtp.example.org"
"""
    (tmp_path / "mailer.toml").write_text(relays, "utf-8")
    assert likely_relays(read_settings(tmp_path, {})) == ("ses", "mailgun")
    (tmp_path / "mailer.toml").write_text(relays + toml(), "utf-8")
    assert likely_relays(read_settings(tmp_path, {})) == ()
