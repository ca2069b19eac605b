"""Webhooks: the relays that tell by HTTP what became of the mail, and what proves that it is they who tell it.

Owns the form of each relay's proof (topics, a public key, where a signing key or a password is kept). A secret is named
here, never held. Raises `ValueError` with a sentence for people.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field

from mailer.settings.secret import SecretPlace

# arn:PARTITION:sns:REGION:ACCOUNT:NAME (docs.aws.amazon.com, “Amazon Resource Names”; names: SNS API, CreateTopic)
_TOPIC = re.compile(r"arn:aws[a-z-]{0,20}:sns:[a-z0-9-]{1,40}:\d{12}:[A-Za-z0-9_-]{1,256}(?:\.fifo)?")

_NAMES = ("ses", "sendgrid", "mailgun", "postmark")


@dataclass(frozen=True, slots=True, kw_only=True)
class SesHook:
    """Amazon SES over Amazon SNS: the topics that are listened to, and no others."""

    topics: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check the topics' names: a misspelt one would refuse all that SES tells."""
        for topic in self.topics:
            if not _TOPIC.fullmatch(topic):
                raise ValueError(
                    f'topics: "{topic}" is no topic; copy its ARN, such as arn:aws:sns:eu-west-1:123456789012:mail'
                )

    @property
    def is_on(self) -> bool:
        """Return whether SES is listened to."""
        return bool(self.topics)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendGridHook:
    """SendGrid: the public key that it shows beside its signed event webhook."""

    public_key: str = ""

    def __post_init__(self) -> None:
        """Check that it is base64; whether it is a key is seen when it is used."""
        if self.public_key:
            try:
                base64.b64decode(self.public_key, validate=True)
            except (binascii.Error, ValueError):
                raise ValueError(
                    "public_key: copy the whole Verification Key from SendGrid, on one line and without -----BEGIN"
                ) from None

    @property
    def is_on(self) -> bool:
        """Return whether SendGrid is listened to."""
        return bool(self.public_key)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailgunHook:
    """Mailgun: where its HTTP webhook signing key is kept (not the API key)."""

    signing_key_env: str = ""
    signing_key_command: tuple[str, ...] = ()
    signing_key_file: str = ""

    def __post_init__(self) -> None:
        """Check that one place is named, or none."""
        self.signing_key.check()

    @property
    def signing_key(self) -> SecretPlace:
        """Return where the key is kept."""
        return SecretPlace("signing_key", self.signing_key_env, self.signing_key_command, self.signing_key_file)

    @property
    def is_on(self) -> bool:
        """Return whether Mailgun is listened to."""
        return self.signing_key.is_given


@dataclass(frozen=True, slots=True, kw_only=True)
class PostmarkHook:
    """Postmark, which signs nothing: the name and the password that it shows instead (RFC 7617, over https)."""

    username: str = ""
    password_env: str = ""
    password_command: tuple[str, ...] = ()
    password_file: str = ""

    def __post_init__(self) -> None:
        """Check that there are both or neither; a colon would end the name (RFC 7617 §2)."""
        self.password.check()
        if bool(self.username) != self.password.is_given:
            raise ValueError(f"give username and one of {', '.join(self.password.keys)}: Postmark shows both")
        if ":" in self.username:
            raise ValueError("username: without a colon (RFC 7617)")

    @property
    def password(self) -> SecretPlace:
        """Return where the password is kept."""
        return SecretPlace("password", self.password_env, self.password_command, self.password_file)

    @property
    def is_on(self) -> bool:
        """Return whether Postmark is listened to."""
        return bool(self.username)


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhooks:
    """The relays that are listened to; one that is not named here has no address at all."""

    ses: SesHook = field(default_factory=SesHook)
    sendgrid: SendGridHook = field(default_factory=SendGridHook)
    mailgun: MailgunHook = field(default_factory=MailgunHook)
    postmark: PostmarkHook = field(default_factory=PostmarkHook)

    @property
    def names(self) -> tuple[str, ...]:
        """Name the relays that are listened to."""
        on = (self.ses.is_on, self.sendgrid.is_on, self.mailgun.is_on, self.postmark.is_on)
        return tuple(name for name, is_on in zip(_NAMES, on, strict=True) if is_on)

    @property
    def are_on(self) -> bool:
        """Return whether any relay is listened to."""
        return bool(self.names)
