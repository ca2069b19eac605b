"""`mailer send` when it refuses: every problem at once, the right exit code, and no connection to the relay."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.office import BODY, HEAD, HEADLINE, TOML, Desk, text_of, times_taken
from tests.servers import Act, ScriptedServer

SEND = ("send", "lamps", "--to", "coast")


def break_release(desk: Desk) -> None:
    head = HEAD.replace("headline:", "headlnie:").format(headline="x", label="")
    desk.write("releases/lamps.md", f"---\n{head}---\n\nText.\n")


def break_list(desk: Desk) -> None:
    desk.write("lists/coast.csv", "name,telephone\nAda,123\n")


def break_template(desk: Desk) -> None:
    desk.run("init", str(desk.root))
    path = desk.root / "templates" / "release" / "email.txt"
    path.write_text(path.read_text("utf-8") + "\n{% block foot %}{{ contact.first_nmae }}{% endblock %}\n", "utf-8")


def break_settings(desk: Desk) -> None:
    desk.write("mailer.toml", TOML.replace("organisation", "organization"))


def no_sender(desk: Desk) -> None:
    desk.write("mailer.toml", (desk.root / "mailer.toml").read_text("utf-8").replace(TOML, ""))


def no_relay(desk: Desk) -> None:
    desk.settings(None)


def no_password(desk: Desk) -> None:
    relay = '[relays.main]\nhost = "127.0.0.1"\nport = 1\nusername = "press"\npassword_env = "MAILER_TEST_PASSWORD"\n'
    desk.write("mailer.toml", TOML + relay)


@pytest.mark.parametrize(
    "spoil, code, phrases",
    [
        (break_release, 2, ["releases/lamps.md:", "headlnie", 'did you mean "headline"']),
        (break_list, 2, ["coast.csv"]),
        (break_template, 2, ["email.txt", "first_nmae", "first_name"]),
        (break_settings, 3, ["mailer.toml:", "organization", 'did you mean "organisation"']),
        (no_sender, 3, ["mailer.toml names no sender"]),
        (no_relay, 3, ["mailer.toml names no relay", "--relay preview"]),
        (no_password, 3, ["MAILER_TEST_PASSWORD is empty or not set"]),
    ],
    ids=["release", "list", "template", "settings", "sender", "relay", "password"],
)
def test_what_is_wrong_here_is_told_before_a_socket_opens(
    desk: Desk, server: ScriptedServer, spoil: Callable[[Desk], None], code: int, phrases: list[str]
) -> None:
    spoil(desk)
    done = desk.run(*SEND, "--yes")
    assert done.code == code
    assert [phrase for phrase in phrases if phrase not in done.err] == []
    assert "internal error" not in done.said
    assert server.connections == 0
    assert desk.run("status", "--json").code in {0, 3}


def test_release_list_and_template_tell_their_problems_together(desk: Desk) -> None:
    break_template(desk)
    break_list(desk)
    desk.release(body="")
    done = desk.run(*SEND, "--to", "nowhere", "--except", "nobody", "--yes")
    assert done.code == 2
    for phrase in ("coast.csv", "nowhere", "nobody", "lamps.md"):
        assert phrase in done.err


def test_a_newline_in_a_name_does_not_become_a_recipient(desk: Desk, server: ScriptedServer) -> None:
    desk.write("lists/coast.csv", 'email,name\nada@a.example.com,"Ada\nBcc: spy@example.net"\nbo@b.example.com,Bo\n')
    done = desk.run(*SEND, "--yes")
    assert "Traceback" not in done.said
    assert done.code in {0, 2}
    assert not any("spy" in address for address in times_taken(server))
    heads = [message.data.partition(b"\r\n\r\n")[0].lower() for message in server.accepted]
    assert not any(b"\r\nbcc:" in head for head in heads)


def test_a_list_with_nobody_on_it_is_no_mailing(desk: Desk, server: ScriptedServer) -> None:
    desk.write("lists/coast.csv", "email,name\nnobody,A\n")
    done = desk.run(*SEND, "--yes")
    assert done.code == 2
    assert "there are no recipients" in done.err
    assert server.connections == 0


def test_an_error_as_json_has_the_documented_shape(desk: Desk) -> None:
    break_release(desk)
    done = desk.run(*SEND, "--yes", "--json")
    assert done.code == 2
    error = done.json["error"]
    assert error["code"] == "input"
    assert error["message"]
    found = [problem for problem in error["problems"] if "headlnie" in problem["message"]]
    assert len(found) == 1
    assert set(found[0]) >= {"code", "line", "message", "severity", "source", "hint"}
    assert (found[0]["source"], found[0]["line"], found[0]["severity"]) == ("releases/lamps.md", 2, "error")


@pytest.mark.parametrize(
    "words, code, exit_code",
    [
        (("send", "lamps", "--json"), "input", 2),
        (("send", "--bogus", "--json"), "input", 2),
        (("nonsense", "--json"), "input", 2),
        (("report", "nothing", "--json"), "input", 2),
        (("send", "lamps", "--to", "coast", "--relay", "other", "--dry-run", "--json"), "configuration", 3),
        (("send", "lamps", "--to", "coast", "--sender", "other", "--dry-run", "--json"), "configuration", 3),
        (("send", "lamps", "--to", "coast", "--template", "other", "--dry-run", "--json"), "input", 2),
        (("send", "gone", "--to", "coast", "--dry-run", "--json"), "input", 2),
        (("optouts", "add", "--json"), "input", 2),
        (("optouts", "add", "not an address", "--json"), "invalid-address", 2),
    ],
)
def test_usage_errors_are_json_too_where_json_was_asked_for(
    desk: Desk, words: tuple[str, ...], code: str, exit_code: int
) -> None:
    done = desk.run(*words)
    assert done.code == exit_code
    assert done.json["error"]["code"] == code
    assert done.json["error"]["message"]
    assert isinstance(done.json["error"]["problems"], list)
    assert done.err == ""


def test_a_usage_error_for_people_names_the_help(desk: Desk) -> None:
    done = desk.run("send", "lamps")
    assert (done.code, done.out) == (2, "")
    assert "--to" in done.err
    assert "--help" in done.err
    for value, phrase in (("x", "write a number"), ("0", "--limit and --sample need a number")):
        assert phrase in desk.run("send", "lamps", "--to", "coast", "--limit", value).err


@pytest.mark.slow
def test_that_nothing_was_sent_is_said_where_something_would_have_been(desk: Desk) -> None:
    desk.write("releases/lamps.md", "---\nheadlnie: Lamps\n---\n\nMore.\n")
    for words, is_said in ((("send", "--yes"), True), (("send", "--dry-run"), False), (("plan",), False)):
        done = desk.run(words[0], "lamps", "--to", "coast", *words[1:])
        assert "Correct these, then try again." in done.err
        assert ("Nothing was sent." in done.err) is is_said


@pytest.mark.parametrize(
    "words,help_page",
    [
        (("sned",), "mailer"),
        (("lists", "imprt", "x.csv"), "mailer lists"),
        (("send", "lamps", "--nosuch"), "mailer send"),
        (("dkim", "new-key", "--nosuch"), "mailer dkim new-key"),
    ],
)
def test_the_help_that_is_named_is_a_page_that_exists(desk: Desk, words: tuple[str, ...], help_page: str) -> None:
    done = desk.run(*words)
    assert done.code == 2
    assert done.err.endswith(f"See: {help_page} --help\n")
    assert desk.run(*help_page.split()[1:], "--help").code == 0


@pytest.mark.parametrize("why", ["--not-agreed", "--despite-recent", "--changed", "--new-mailing"])
def test_an_option_without_its_value_does_not_swallow_the_dry_run(desk: Desk, server: ScriptedServer, why: str) -> None:
    done = desk.run("send", "lamps", "--to", "coast", "--yes", why, "--dry-run")
    assert done.code == 2
    assert why in done.err
    assert "--dry-run is an option" in done.err
    assert server.connections == 0


def test_the_name_of_an_argument_is_a_value_of_an_option(desk: Desk) -> None:
    done = desk.run("send", "lamps", "--to", "coast", "--template", "release", "--dry-run")
    assert done.code == 0, done.said


# What was approved


def half_sent(desk: Desk, server: ScriptedServer) -> list[str]:
    """Send to three of five recipients, until the relay's quota is used up; return the two who are pending."""
    desk.settings(server, connections=1)
    server.recipients = {"di@d.example.com": Act("550 5.4.5 Daily sending quota exceeded")}
    assert desk.run(*SEND, "--yes").code == 1
    server.recipients = {}
    assert len(server.accepted) == 3
    return ["di@d.example.com", "ed@e.example.com"]


def test_a_text_that_changed_since_people_got_it_is_refused_with_the_difference(
    desk: Desk, server: ScriptedServer
) -> None:
    desk.run(*SEND, "--yes")
    desk.people("coast", ["new@n.example.com"])
    desk.release(body=BODY.replace("on Friday", "on Saturday"))
    before = list(server.commands)
    done = desk.run(*SEND, "--yes")
    assert done.code == 2
    assert "lamps.md changed since people got lamps" in done.err
    assert "-The Lantern Museum opens its cellar on Friday." in done.err
    assert "+The Lantern Museum opens its cellar on Saturday." in done.err
    assert "--changed" in done.err
    assert server.commands == before
    assert desk.run(*SEND, "--yes", "--changed", "  ").err == done.err  # blanks are no reason
    assert server.commands == before


def test_a_template_or_a_sender_that_changed_is_refused_too(desk: Desk, server: ScriptedServer) -> None:
    desk.run(*SEND, "--yes")
    desk.people("coast", ["new@n.example.com"])
    desk.write("mailer.toml", (desk.root / "mailer.toml").read_text("utf-8").replace("4 Wick Lane", "5 Wick Lane"))
    done = desk.run(*SEND, "--yes")
    assert done.code == 2
    assert "5 Wick Lane" in done.err
    assert len(server.accepted) == 5


@pytest.mark.slow
def test_with_a_reason_whoever_waits_gets_the_new_text(desk: Desk, server: ScriptedServer) -> None:
    waiting = half_sent(desk, server)
    desk.people("more", ["flo@f.example.com"])
    desk.release(body=BODY.replace("on Friday", "on Saturday"))
    assert desk.run("send", "lamps", "--to", "more", "--yes").code == 2
    done = desk.run("send", "lamps", "--to", "more", "--changed", "the day was wrong", "--yes")
    assert done.code == 0
    texts = {message.rcpt_to[0]: text_of(message) for message in server.accepted}
    assert "on Friday" in texts["ada@a.example.com"]
    assert "on Saturday" in texts["flo@f.example.com"]
    assert all("on Saturday" in texts[each] for each in waiting)
    assert set(times_taken(server).values()) == {1}


@pytest.mark.slow
def test_a_text_that_was_approved_does_not_change_unsaid_while_nobody_has_it(
    desk: Desk, server: ScriptedServer
) -> None:
    server.at = {"mail": Act("550 5.7.1 not you")}
    assert desk.run(*SEND, "--yes").code == 4
    server.at = {}
    desk.release(body=BODY.replace("on Friday", "on Saturday"))
    refused = desk.run(*SEND, "--yes")
    assert refused.code == 2
    assert "on Saturday" in refused.err
    assert server.accepted == []
    assert desk.run(*SEND, "--yes", "--changed", "it is Saturday").code == 0
    assert len(server.accepted) == 5
    assert all("on Saturday" in text_of(message) for message in server.accepted)


@pytest.mark.slow
@pytest.mark.parametrize("part", ["headline", "body"])
def test_a_copied_file_does_not_send_the_same_news_twice(desk: Desk, server: ScriptedServer, part: str) -> None:
    desk.run(*SEND, "--yes")
    if part == "headline":
        desk.release("lamps-2", body="The words are others, and so is the day.\n")
    else:
        desk.release("lamps-2", headline="A cellar, and what is in it")
    before = list(server.commands)
    done = desk.run("send", "lamps-2", "--to", "coast", "--yes")
    assert done.code == 2
    assert f'as "lamps" ({HEADLINE})' in done.err
    assert "--new-mailing" in done.err
    assert server.commands == before
    assert desk.run("send", "lamps-2", "--to", "coast", "--new-mailing", "a reminder", "--yes").code == 0
    assert set(times_taken(server).values()) == {2}


def test_an_embargo_that_stands_is_kept(desk: Desk, server: ScriptedServer) -> None:
    head = HEAD.format(headline=HEADLINE, label="")
    desk.write("releases/lamps.md", f"---\n{head}embargo: 2099-05-01T09:00:00+02:00\n---\n\n{BODY}")
    done = desk.run(*SEND, "--yes")
    assert done.code == 2
    assert "under embargo until 2099-05-01 09:00" in done.err
    assert "--under-embargo" in done.err
    assert server.connections == 0
    assert desk.run(*SEND, "--under-embargo", "--yes").code == 2
    assert server.connections == 0
    assert desk.run(*SEND, "--not-agreed", "they were asked by telephone", "--yes").code == 0
    assert len(server.accepted) == 5
    assert "2099" in text_of(server.accepted[0])
