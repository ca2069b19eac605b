"""Editions: what was approved is what goes out, also by an older version, and with today's files gone."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailer.address import parse_address
from mailer.events import MailingKind
from mailer.ledger.mailings import Edition
from mailer.runs.planning.edition import unpack
from mailer.runs.planning.merge import Merger
from mailer.tokens import Keys

# packed, and its mails made, before languages and looks had files of their own
FIRST = json.loads((Path(__file__).with_name("editions") / "first.json").read_text("utf-8"))
KEYS = Keys(1, {1: bytes(range(32))})
SENT_AT = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)


def edition_of(told: dict[str, list[dict[str, str]]]) -> Edition:
    files = {
        (each["role"], each["name"]): each["text"].encode() if "text" in each else base64.b64decode(each["base64"])
        for each in told["files"]
    }
    return Edition(files, b"", b"")


@pytest.mark.parametrize("person", FIRST["people"], ids=lambda person: str(person["fields"].get("language", "en")))
def test_a_mail_that_an_older_version_approved_is_made_as_it_was(person: dict[str, object]) -> None:
    fields = person["fields"]
    assert isinstance(fields, dict)
    merger = Merger(unpack(edition_of(FIRST)), mailing="seals/release-1", kind=MailingKind.RELEASE, keys=KEYS)
    merged = merger.merge(parse_address(fields["email"]), fields, date=SENT_AT)
    assert merged.content_hash.hex() == person["content_hash"]
