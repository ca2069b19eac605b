"""Serve: where `mailer serve` listens, and which relays tell it by HTTP what became of the mail.

Owns the form of each relay's proof that it is they who tell it (topics, a public key, where a signing key or a password
is kept). A secret is named here, never held.
"""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Annotated, Final, Self

from pydantic import model_validator

from mailer.settings.secret import SecretPlace, WithPassword
from mailer.settings.table import Port, Table, between, each_must, matching, must

# arn:PARTITION:sns:REGION:ACCOUNT:NAME (docs.aws.amazon.com, “Amazon Resource Names”; names: SNS API, CreateTopic)
_TOPIC: Final = re.compile(r"arn:aws[a-z-]{0,20}:sns:[a-z0-9-]{1,40}:\d{12}:[A-Za-z0-9_-]{1,256}(?:\.fifo)?")

_BASE64: Final = r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"


def _is_network(text: str) -> bool:
    try:
        return bool(ip_network(text, strict=False))
    except ValueError:
        return False


class Serve(Table):
    """Where `mailer serve` listens. It speaks plain HTTP: TLS is the work of the proxy before it.

    `prefix` is a path that the proxy passes on without cutting it off. `proxies` are the addresses and networks whose
    X-Forwarded-For is believed; anybody else could write there what they like.
    """

    host: str = "127.0.0.1"
    port: Port = 8025
    processes: Annotated[int, between(1, 64, "1 to 64; two a core are enough")] = 1
    prefix: Annotated[
        str, matching(r"(?:/[A-Za-z0-9._~-]+)+", 'a path such as "/press", without a slash at its end')
    ] = ""
    proxies: Annotated[
        tuple[str, ...], each_must(_is_network, '"{}" is no IP address or network; a name could change')
    ] = ("127.0.0.1", "::1")


class SesHook(Table):
    """Amazon SES over Amazon SNS: the topics that are listened to, and no others; a misspelt one would refuse all."""

    topics: Annotated[
        tuple[str, ...],
        each_must(_TOPIC.fullmatch, '"{}" is no topic; copy its ARN, such as arn:aws:sns:eu-west-1:123456789012:mail'),
    ] = ()

    @property
    def is_on(self) -> bool:
        """Return whether SES is listened to."""
        return bool(self.topics)


class SendGridHook(Table):
    """SendGrid: the public key, in base64, that it shows beside its signed event webhook."""

    public_key: Annotated[  # whether it is a key is seen when it is used
        str,
        matching(_BASE64, "copy the whole Verification Key from SendGrid, on one line and without -----BEGIN"),
    ] = ""

    @property
    def is_on(self) -> bool:
        """Return whether SendGrid is listened to."""
        return bool(self.public_key)


class MailgunHook(Table):
    """Mailgun: where its HTTP webhook signing key is kept (not the API key)."""

    signing_key_env: str = ""
    signing_key_command: tuple[str, ...] = ()
    signing_key_file: str = ""

    @model_validator(mode="after")
    def _check(self) -> Self:
        self.signing_key.check()
        return self

    @property
    def signing_key(self) -> SecretPlace:
        """Return where the key is kept."""
        return SecretPlace.in_table(self, "signing_key")

    @property
    def is_on(self) -> bool:
        """Return whether Mailgun is listened to."""
        return self.signing_key.is_given


class PostmarkHook(WithPassword):
    """Postmark, which signs nothing: the name and the password that it shows instead (RFC 7617, over https)."""

    username: Annotated[str, must(lambda name: ":" not in name, "without a colon (RFC 7617)")] = ""  # one would end it

    @model_validator(mode="after")
    def _check(self) -> Self:
        if bool(self.username) != self.password.is_given:
            raise ValueError(f"give username and one of {', '.join(self.password.keys)}: Postmark shows both")
        return self

    @property
    def is_on(self) -> bool:
        """Return whether Postmark is listened to."""
        return bool(self.username)


class Webhooks(Table):
    """The relays that are listened to; one that is not named here has no address at all."""

    ses: SesHook = SesHook()
    sendgrid: SendGridHook = SendGridHook()
    mailgun: MailgunHook = MailgunHook()
    postmark: PostmarkHook = PostmarkHook()

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the relays that are listened to."""
        return tuple(name for name, hook in self if hook.is_on)

    @property
    def are_on(self) -> bool:
        """Return whether any relay is listened to."""
        return bool(self.names)
