"""[webhooks] in mailer.toml: the secrets that prove a relay's events, and the messages for mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailer.config.reading import read_settings
from mailer.config.secrets import read_hook_secrets
from mailer.errors import ConfigProblem
from mailer.settings import MailgunHook, PostmarkHook, SendGridHook, SesHook, Webhooks

TOPIC = "arn:aws:sns:eu-west-1:123456789012:mail-events"


@pytest.mark.parametrize(
    "topic",
    [TOPIC, "arn:aws-cn:sns:cn-north-1:123456789012:a", "arn:aws-us-gov:sns:us-gov-west-1:123456789012:a_b.fifo"],
)
def test_a_topic_is_named_by_its_arn(topic: str) -> None:
    assert SesHook(topics=(topic,)).is_on


@pytest.mark.parametrize("topic", ["", "mail-events", TOPIC + " ", TOPIC + ":0f1e", TOPIC.replace(":sns:", ":sqs:")])
def test_what_is_no_topic_is_told(topic: str) -> None:
    with pytest.raises(ValueError, match="is not a topic; copy its ARN"):
        SesHook(topics=(topic,))


def test_a_key_in_pem_is_told_from_the_one_that_sendgrid_shows() -> None:
    with pytest.raises(ValueError, match="on one line and without -----BEGIN"):
        SendGridHook(public_key="-----BEGIN PUBLIC KEY-----\nAAAA")


def test_postmark_needs_a_name_and_a_password() -> None:
    for wrong in ({"username": "x"}, {"password_env": "X"}):
        with pytest.raises(ValueError, match="give username and one of password_env"):
            PostmarkHook(**wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="without a colon"):
        PostmarkHook(username="a:b", password_env="X")


def test_one_place_holds_a_secret() -> None:
    with pytest.raises(ValueError, match="give one of signing_key_env"):
        MailgunHook(signing_key_env="A", signing_key_file="b")


def test_nothing_is_on_that_is_not_named() -> None:
    assert not Webhooks().names
    assert Webhooks(sendgrid=SendGridHook(public_key="QUJD")).names


def test_secrets_are_read_from_their_places_and_shown_by_nobody(tmp_path: Path) -> None:
    (tmp_path / "mailer.toml").write_text(
        '[webhooks.mailgun]\nsigning_key_file = "mailgun.key"\n'
        '[webhooks.postmark]\nusername = "p"\npassword_env = "PASSWORD"\n',
        "utf-8",
    )
    (tmp_path / "mailgun.key").write_text("wick\n", "utf-8")
    (tmp_path / "mailgun.key").chmod(0o600)
    webhooks = read_settings(tmp_path, {}).webhooks
    secrets = read_hook_secrets(webhooks, tmp_path, {"PASSWORD": "oil"})
    assert (secrets.mailgun and secrets.mailgun.reveal(), secrets.postmark and secrets.postmark.reveal()) == (
        "wick",
        "oil",
    )
    assert "wick" not in repr(secrets)
    with pytest.raises(ConfigProblem, match=r"\[webhooks.postmark\]: no password: the variable PASSWORD"):
        read_hook_secrets(webhooks, tmp_path, {})
    (tmp_path / "mailgun.key").chmod(0o644)
    with pytest.raises(ConfigProblem, match="can be read by others"):
        read_hook_secrets(webhooks, tmp_path, {"PASSWORD": "oil"})
