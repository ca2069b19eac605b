"""mailer.toml is changed key by key: comments, order and passwords stay, and what cannot be changed so is refused."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.config.editing import Kind, commands, entries, from_text, hide, in_text, rewrite, tables, unhide, value_at
from mailer.config.reading import parse_settings
from mailer.errors import InputProblem
from mailer.settings import Settings
from mailer.settings.table import Table
from mailer.workspace import shipped

STARTER = (shipped("templates", "workspace") / "mailer.toml").read_text("utf-8")


def test_only_the_lines_of_what_was_changed_are_others() -> None:
    made = rewrite(
        STARTER,
        {
            ("senders", "main", "reply_to"): "desk@example.org",
            ("senders", "main", "list_reason"): "You are on our press list.",
            ("optout", "mailto"): None,
            ("relays", "main", "host"): "smtp.example.org",
            ("relays", "main", "from_domains"): ["example.org", "example.net"],
            ("relays", "main", "timeouts", "connect_s"): 5,
        },
    )
    old, new = STARTER.splitlines(), made.splitlines()
    assert [line for line in old if line not in new] == [
        'reply_to = "press@example.org"        # a mailbox that is read: journalists reply',
        'mailto = "optout@example.org"',
    ]
    added = [line for line in new if line and line not in old]
    assert added == [
        'reply_to = "desk@example.org"        # a mailbox that is read: journalists reply',
        'list_reason = "You are on our press list."',
        "[relays.main]",
        'host = "smtp.example.org"',
        'from_domains = ["example.org", "example.net"]',
        "[relays.main.timeouts]",
        "connect_s = 5",
    ]
    assert new[new.index('list_reason = "You are on our press list."') - 1] == 'list_id = "press.example.org"'
    settings = parse_settings(made, Path("/nowhere"), {})
    assert settings.relays["main"].timeouts.connect_s == 5
    assert settings.optout.mailto == ""


@pytest.mark.parametrize(
    "text",
    [
        '[relays.main]\nhost = "a.example"\ntimeouts = { connect_s = 3 }\n',
        'relays.main.host = "a.example"\nrelays.main.timeouts.connect_s = 3\n',
        'relays = { main = { host = "a.example", timeouts = { connect_s = 3 } } }',
        '[relays.main.timeouts]\nconnect_s = 3\n\n[relays.main]\nhost = "a.example"',
    ],
    ids=["an inline table", "dotted keys", "inline in inline", "out of order"],
)
def test_a_file_that_is_written_otherwise_is_changed_rightly(text: str) -> None:
    made = rewrite(text, {("relays", "main", "timeouts", "connect_s"): 9, ("relays", "main", "port"): 25})
    made = rewrite(made, {("desk", "port"): 1, ("relays", "main", "nothing", "there"): None})
    relay = {"host": "a.example", "timeouts": {"connect_s": 9}, "port": 25}
    assert tomllib.loads(made) == {"relays": {"main": relay}, "desk": {"port": 1}}


@pytest.mark.parametrize("text", ['relays = { main = { host = "a.example" } }', "this is no TOML"])
def test_a_file_in_which_a_change_cannot_be_written_is_left_to_people(text: str) -> None:
    with pytest.raises(InputProblem) as refused:
        rewrite(text, {("relays", "second", "host"): "b.example"})
    assert "as text" in refused.value.hint


@pytest.mark.slow
@given(
    st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=40),
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12),
)
def test_any_text_and_any_name_is_written_as_it_is(value: str, name: str) -> None:
    made = rewrite(STARTER, {("senders", name, "name"): value})
    assert tomllib.loads(made)["senders"][name]["name"] == value
    assert tomllib.loads(made)["optout"] == {"mailto": "optout@example.org"}


def test_every_key_of_every_table_has_a_label_of_its_own() -> None:
    found = tables()
    assert [each.name for each in found][:3] == ["senders", "office", "relays"]
    missing = set(_names(Settings, ""))
    for table in found:
        of_table = entries(table.shape, table.path)
        assert of_table
        missing -= {f"{table.name}.{entry.name}" for entry in of_table}
        assert len({entry.label for entry in of_table}) == len(of_table)
    assert not missing, "words/settings.toml does not have them"


def _names(shape: type[Table], above: str) -> Iterator[str]:
    """Yield every key that a model of settings has, with those of the tables in it."""
    for field, info in shape.model_fields.items():
        name = f"{above}{info.alias or field}"
        inner = [each for each in (info.annotation, *get_args(info.annotation)) if isinstance(each, type)]
        tables_in = [each for each in inner if issubclass(each, Table)]
        for each in tables_in:
            yield from _names(each, f"{name}.")
        if not tables_in and field != "key":
            yield name


def test_what_a_form_shows_and_takes_back_is_the_same_value() -> None:
    kinds = {
        Kind.TEXT: "a b",
        Kind.NUMBER: 0.5,
        Kind.SWITCH: False,
        Kind.LINES: ["a.example", "b.example"],
        Kind.NUMBERS: [60, 1.5],
    }
    for kind, value in kinds.items():
        assert from_text(kind, in_text(value)) == value
    assert from_text(Kind.TEXT, "  ") is None
    assert from_text(Kind.NUMBER, "many") == "many"  # which the model refuses, with its line
    assert value_at({"a": {"b": 1}}, ("a", "b")) == 1
    assert value_at({"a": 1}, ("a", "b")) is None


def test_a_password_in_an_address_is_hidden_and_comes_back_at_the_same_address_alone() -> None:
    was = '[ledger]\nurl = "postgresql://press:s3cret@db.example.org/mailer?password=other&x=1"  # kept\n'
    shown = hide(was)
    assert "s3cret" not in shown
    assert "other" not in shown
    assert unhide(shown.replace("# kept", "# well"), was) == was.replace("# kept", "# well")
    for elsewhere in ("db.example.org.evil.example", "evil.example", "db.example.org:1"):
        with pytest.raises(InputProblem, match="on the machine") as refused:
            unhide(shown.replace("db.example.org", elsewhere), was)
        assert refused.value.line == 2
    with pytest.raises(InputProblem):
        unhide(shown.replace('url = "', 'url = "x'), was)
    assert hide("see https://example.org/a:b and imaps://press@mail.example.org/INBOX") == (
        "see https://example.org/a:b and imaps://press@mail.example.org/INBOX"
    )


def test_commands_are_found_wherever_they_are() -> None:
    table = tomllib.loads(
        '[relays.main]\npassword_command = ["pass"]\n[relays.main.oauth]\nrefresh_token_command = "x"\n'
    )
    assert set(commands(table)) == {
        ("relays", "main", "password_command"),
        ("relays", "main", "oauth", "refresh_token_command"),
    }
