"""The command that a page shows does the same: it is taken from the page and run."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest

from mailer.desk.html import PAGES, desk_text
from mailer.desk.views import ROUTES
from mailer.words import read_section
from tests.desk.looking import look, plan_in
from tests.desk.opened import Answer, opened
from tests.desk.paths import filled
from tests.office import BODY, Desk
from tests.servers import ScriptedServer

ROOT = Path(__file__).parents[2]
# Commands that only show something, by their first words. For the others, only the options are checked.
READS = (
    *("lists list", "lists show", "lists check", "lists find", "lists undo --list", "release show", "release check"),
    *("plans list", "plans show", "plans diff", "status", "report", "why", "optouts list", "bounces list"),
    *("replies list", "embargo status", "templates list", "templates check", "purge --dry-run"),
)
WAVES = '[[wave]]\nto = ["coast"]\nwhere = \'outlet != "Outlet 1"\'\n\n[[wave]]\nto = ["science"]\nafter_h = 2\n'
MORE = {
    "/lists/{name}": "?where=outlet+%3D%3D+%22Outlet+1%22+or+email+%3D%3D+%22o%27hara%40x.example.com%22",
    "/lists/find": "?q=ada+%26+%24HOME",
    "/releases/{slug}/send": "?to=coast",
}
# The choices, from which the page of the last step makes its plan.
CHOICES: tuple[dict[str, str | list[str]], ...] = (
    {"to": ["coast", "science"], "except": "partners", "where": 'outlet in ("Outlet 1", "Outlet 2") or not outlet'},
    {"to": "coast", "limit": "2", "template": "release", "sender": "main", "relay": "main", "expires": "2d"},
    {"to": "coast", "sample": "2", "seed": "o'hara $HOME", "mode": "at", "at": "tomorrow 9:00 Europe/Berlin"},
    {"to": "coast", "seed": "spring", "exclusive": "ada@a.example.com"},  # without effect without a sample; a mode
    {"to": "coast", "mode": "exclusive", "exclusive": "ada@a.example.com", "until": "tomorrow 9:00 Europe/Berlin"},
    {"to": "partners", "where": "x", "limit": "1", "relay": "preview", "mode": "waves", "waves_file": "launch.toml"},
    {
        "mode": "waves",
        "w1_to": ["coast", "science"],
        "w1_where": "outlet == \"Outlet 1\" and name != 'x'",
        "w2_to": "coast",
        "w2_when": "accepted",
        "w3_to": "partners",
        "w3_when": "after_h",
        "w3_after_h": "1,5",
    },
)


def command_in(answer: Answer) -> str:
    """Return the command that a page shows."""
    found = re.search(r'<code id="command">(.*?)</code>', answer.html, re.DOTALL)
    assert found is not None, answer.text
    return unescape(found[1])


def paste(desk: Desk, command: str) -> str:
    """Run a command as a terminal does, in the folder of the workspace; return what it prints."""
    if "\n" not in command and "$" not in command:  # sh would split it in the same way
        return desk.run(*shlex.split(command)[1:]).out
    script = f'mailer() {{ {shlex.quote(sys.executable)} -m mailer "$@"; }}\n{command}'
    done = subprocess.run(["sh", "-c", script], cwd=desk.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_command_of_each_page_is_one_that_mailer_has_and_does_what_the_page_does(
    desk: Desk, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(desk.root)
    desk.people("science", ["zoe@z.example.com", "yan@y.example.com"])
    desk.people("partners", ["bo@b.example.com", "pia@p.example.com"])
    desk.release("nets", headline="Nets of the harbour are mended again", body=BODY.replace("lamp", "net"))
    desk.write("launch.toml", WAVES)
    held = desk.release("oars", headline="Oars found at the pier", body=BODY.replace("lamp", "oar"), label="EMBARGOED")
    ends = f"{datetime.now(UTC) + timedelta(days=9):%Y-%m-%d} 09:00 Europe/Berlin"
    held.write_text(held.read_text("utf-8").replace("date:", f"embargo: {ends}\ndate:"), "utf-8")
    assert desk.run("send", "nets", "--to", "coast", "--yes").code == 0
    plan = str(desk.run("plan", "nets", "--to", "science", "--json").json["hash"])
    with opened(desk) as page:
        commands = {}
        for route in ROUTES:
            path = filled(
                route.path, {"plan": plan, "slug": "nets", "name": "nets"} if "lists" not in route.path else {}
            )
            answer = page.get(path + MORE.get(route.path, "")) if route.get else None
            if answer is not None and answer.status == 200 and b'id="command"' in answer.data:
                commands[command_in(answer)] = path
        assert len(commands) > 30
        for command, path in commands.items():
            words = shlex.split(command)[1:]
            reads = command.removeprefix("mailer ").startswith(READS)
            done = desk.run(*words) if reads else desk.run(*words, "--help")
            assert done.code == 0, f"{path}: {command}\n{done.said}"
        assert sum(command.removeprefix("mailer ").startswith(READS) for command in commands) > 19

        for chosen in CHOICES:
            seen = look(page, "/releases/lamps/send", step="look", **chosen)
            command = command_in(seen)
            kept = paste(desk, command.replace("mailer send", "mailer plan") + " --json")
            assert f'"hash": "{plan_in(seen)}"' in kept, f"{command}\n{kept}"
        offer = {"to": "coast", "mode": "offer", "then_to": "science", "expires": "2d"}
        seen = look(page, "/releases/oars/send", step="look", **offer)
        kept = paste(desk, command_in(seen) + " --plan --json")
        assert f'"hash": "{plan_in(seen)}"' in kept, f"{command_in(seen)}\n{kept}"

        for mode, option in (("at", "--at WHEN"), ("exclusive", "--exclusive EMAIL --until WHEN")):
            assert command_in(page.get(f"/releases/lamps/send?to=coast&mode={mode}")).endswith(option)

        text = "Hello {{ first_name }},\nEND\ntouch fell-out\n"
        seen = look(page, "/mailings/nets/follow-up", text=text, to="coast")
        paste(desk, command_in(seen) + " --dry-run")
        assert not (desk.root / "fell-out").exists()
        assert (desk.root / "nets-follow-up.txt").read_text("utf-8") == text.strip() + "\n"
    assert len(server.accepted) == 5


@pytest.mark.parametrize(
    "text, path, phrase",
    [
        ("Find the new address: mailer lists find", "/lists/find", "Find the new address: Find a contact"),
        ("held; mailer resume checks again", "/mailings", "held; Resume checks again"),
        (
            "mailer resume lamps/release-1 --refused   goes on",
            "/mailings/lamps/release-1",
            "Resume lamps/release-1   goes on",
        ),
        ("Look at it: mailer lists check coast.", "/lists/coast/check", "Look at it: Check coast."),
        ("See `mailer send … --to LIST`.", "/releases", "See Send."),
        ("mailer report MAILING", "/mailings", "Report"),
        ('<mailer doctor --only "dns">', "/settings/doctor", "<Checks of the set-up>"),
        ("With [office] time_zone in mailer.toml,", "/settings", "With “Time zone” in the settings,"),
        ("[approval] in mailer.toml asks for it", "/settings", "“Approval” in the settings asks for it"),
    ],
)
def test_what_a_text_names_at_the_terminal_leads_to_the_page_that_does_the_same(
    text: str, path: str, phrase: str
) -> None:
    made = str(desk_text(text, "/press"))
    assert re.findall(r'href="([^"]*)"', made) == [f"/press{path}"]
    assert unescape(re.sub(r"</?a[^>]*>", "", made)) == phrase
    assert "<mailer" not in made


@pytest.mark.parametrize(
    "text, phrase",
    [
        ('--at "soon" is no <date>', '“Date and time” "soon" is no <date>'),
        ("name the right one: --encoding NAME", "name the right one: “Encoding”"),
        ("--where, character 3: x", "“Only contacts who match”, character 3: x"),
        ('to go on: --changed "why"', "to go on: “Why the text changed”"),
        ("a -- b --nothing c", "a -- b --nothing c"),
        ("5 more (--json has all)", "5 more"),
    ],
)
def test_an_option_in_a_text_is_the_label_of_its_field(text: str, phrase: str) -> None:
    assert unescape(str(desk_text(text))) == phrase


def test_every_label_that_stands_for_an_option_is_on_a_page() -> None:
    pages = "".join(each.read_text("utf-8") for each in (ROOT / "mailer/desk/templates").glob("*.html"))
    for option, label in read_section("desk", "options")["rows"]:
        assert f'"{label}"' in pages or f">{label}" in pages, option


def test_every_page_that_a_command_leads_to_is_there() -> None:
    known = [re.sub(r"\{\w+(?::\w+)?\}", "[^/]+", route.path) for route in ROUTES if route.get is not None]
    for path, _ in PAGES.values():
        for leads in (path.partition("/{}")[0], path.replace("{}", "lamps")):
            assert any(re.fullmatch(each, leads) for each in known), leads
