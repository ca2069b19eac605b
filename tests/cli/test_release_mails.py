"""`mailer release check` on the finished mails: of all recipients, of an invented reader, and for spam filters."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mailer.workspace import shipped
from tests.office import Desk, Done

LONG_NOTE = "word " * 201
OWN = '{{ "Dear " ~ contact.first_name ~ ","'


def own_family(
    desk: Desk, change: Callable[[str], str], *, files: tuple[str, ...] = ("email.html", "email.txt")
) -> None:
    """Copy the shipped family into the workspace and change its templates."""
    for path in sorted(shipped("templates", "plain").iterdir()):
        text = path.read_text("utf-8")
        desk.write(f"templates/plain/{path.name}", change(text) if path.name in files else text)


def greeting(text: str) -> str:
    """Greet by first name, even if there is none."""
    for always in ("{% if greeting %}", "{% if letter %}"):
        text = text.replace(always, "{% if true %}")
    return text.replace("{{ greeting", OWN)


def people(desk: Desk, *rows: str, header: str = "email,first_name,note") -> None:
    desk.write("lists/coast.csv", "\n".join([header, *rows, ""]))


def check(desk: Desk, *words: str) -> Done:
    return desk.run("release", "check", "lamps", *words)


def found(done: Done) -> dict[str, Any]:
    return {problem["code"]: problem for problem in done.json["problems"] if "count" in problem}


def test_without_a_list_the_mail_of_an_invented_reader_is_looked_at_and_nothing_is_kept(desk: Desk) -> None:
    before = desk.files()
    done = check(desk)
    assert (done.code, done.err) == (0, "")
    assert "The mail was made for an invented reader; --to LIST makes everybody's." in done.out
    assert "No problems found." in done.out
    assert check(desk, "--json").json["mails"] == {"invented": True, "made": 1, "whole": 1, "skipped_reasons": {}}
    assert desk.files() == before


def test_everybody_on_a_list_is_looked_at_but_for_whom_it_would_not_go_to(desk: Desk) -> None:
    assert desk.run("optouts", "add", "bo@b.example.com").code == 0
    done = check(desk, "--to", "coast", "--json")
    assert done.code == 0
    assert done.json["mails"] == {"invented": False, "made": 4, "whole": 4, "skipped_reasons": {"opted_out": 1}}
    assert "4 mails made and checked; 1 skipped (1 opted out)." in check(desk, "--to", "coast").out


def test_a_gap_in_some_mails_names_the_people_and_stops(desk: Desk) -> None:
    own_family(desk, greeting)
    people(desk, *(f"{who}@{who[0]}.example.com,{name}," for who, name in
                   [("ada", "Ada"), ("bo", ""), ("cy", "None"), ("di", "Di"), ("ed", ""), ("flo", "")]))  # fmt: skip
    done = check(desk, "--to", "coast", "--template", "plain")
    assert done.code == 2
    assert (
        "  error   the finished mail: a field was left unfilled: Dear , "
        "(4 people: bo@b.example.com, cy@c.example.com, ed@e.example.com, …)" in done.out
    )
    assert "Fill the field in the list" in done.out
    assert "It cannot be sent like this." in done.out
    result = found(check(desk, "--to", "coast", "--template", "plain", "--json"))["leftovers"]
    assert result["people"] == [f"{who}@{who[0]}.example.com" for who in ("bo", "cy", "ed", "flo")]
    assert (result["count"], result["severity"], result["key"]) == (4, "error", None)
    assert result["message"] == "a field was left unfilled: Dear ,"
    one = check(desk, "--to", "coast", "--as", "ada@a.example.com", "--template", "plain", "--json")
    assert (one.code, one.json["mails"]["made"]) == (0, 1)
    some = check(desk, "--to", "coast", "--where", "first_name in ('Ada', 'Di')", "--template", "plain", "--json")
    assert (some.code, some.json["mails"]["made"]) == (0, 2)


def test_a_fault_of_the_template_is_everybodys_and_names_nobody(desk: Desk) -> None:
    for path in sorted(shipped("templates", "layout").iterdir()):
        text = path.read_text("utf-8").replace("{{ sender.postal_address", '{{ "our office"')
        desk.write(f"templates/layout/{path.name}", text)
    done = check(desk, "--to", "coast", "--json")
    assert done.code == 2
    result = found(done)["postal-address"]
    assert (result["people"], result["count"]) == (None, 5)
    assert "in the text, in the page" in result["message"]
    assert "people:" not in check(desk, "--to", "coast").out


def test_a_template_that_cannot_be_made_for_one_person_says_so_and_goes_on(desk: Desk) -> None:
    subject = "{{ release.headline ~ (contact.shoe_size if contact.first_name == 'Bo' else '') }}"
    own_family(desk, lambda _: subject, files=("subject.txt",))
    people(desk, "ada@a.example.com,Ada,", "bo@b.example.com,Bo,")
    done = check(desk, "--to", "coast", "--template", "plain", "--json")
    assert done.code == 2
    result = found(done)["template"]
    assert 'templates/plain/subject.txt:1: contact has no field "shoe_size"' in result["message"]
    assert result["people"] == ["bo@b.example.com"]
    assert done.json["mails"]["made"] == 1


def test_a_column_that_only_lists_have_is_no_error_for_the_invented_reader(desk: Desk) -> None:
    own_family(desk, lambda _: "{{ release.headline ~ contact.shoe_size }}", files=("subject.txt",))
    done = check(desk, "--template", "plain")
    assert done.code == 0
    assert "--to LIST makes it with the columns of a list." in done.out
    people(desk, "ada@a.example.com,Ada,,43", header="email,first_name,note,shoe size")
    assert check(desk, "--template", "plain", "--to", "coast").code == 0
    people(desk, "ada@a.example.com,Ada,")
    assert check(desk, "--template", "plain", "--to", "coast").code == 2


def test_a_note_of_over_two_hundred_words_warns_with_the_person_everywhere(desk: Desk) -> None:
    people(desk, f"ada@a.example.com,Ada,{LONG_NOTE}", f"bo@b.example.com,Bo,{'word ' * 200}")
    result = found(check(desk, "--to", "coast", "--json"))["note-long"]
    assert (result["severity"], result["people"]) == ("warning", ["ada@a.example.com"])
    assert result["message"] == "a personal note has 201 words, more than 200"
    planned = desk.run("send", "lamps", "--to", "coast", "--dry-run")
    assert planned.code == 0
    assert "a personal note has 201 words, more than 200 (1 person: ada@a.example.com)" in planned.err
    listed = desk.run("lists", "check", "coast", "--json").json
    assert [(each["code"], each["row"]) for each in listed["problems"]] == [("note-long", 1)]
    shown = desk.run("lists", "check", "coast").said
    assert "the note has 201 words; most journalists want less than 200" in shown


def test_a_mail_larger_than_the_relay_takes_is_an_error(desk: Desk) -> None:
    relay = '[relays.main]\nhost = "127.0.0.1"\nsecurity = "plain"\nlargest_kb = 5\n'
    desk.settings(None, more=relay)
    done = check(desk, "--to", "coast", "--json")
    assert done.code == 2
    assert "5 kB may go out" in found(done)["whole-size"]["message"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes, code",
    [
        ({"headline": "Lantern Museum opens its cellar " + "of lamps " * 8}, "headline-long"),
        ({"headline": "LANTERN MUSEUM OPENS ITS CELLAR"}, "headline-caps"),
        ({"headline": '""'}, "no-headline"),
        ({"body": "The lamps, says [NAME], are lit."}, "leftover"),
        ({"body": "The lamps are lit: [the plan](http://www.example.org/plan)."}, "link-http"),
        ({"body": "The lamps are lit: [the plan](https://bit.ly/lamps)."}, "link-shortened"),
        ({"body": "The lamps are lit: [example.org](https://example.net/)."}, "link-text"),
        ({"body": "The lamps are lit; read more [here](https://www.example.org/plan)."}, "link-vague"),
        ({"body": "The lamps are lit: <https://www.example.org/plan?utm_source=press>."}, "link-tracking"),
        ({"body": "The lamps are lit: [lamps.example.org/plan](https://lamps.example.org/plan/)."}, ""),
        ({"body": "The lamps are lit: [example.org](https://press.example.org/lamps)."}, ""),
        ({"body": "The lamps run on [Node.js](https://nodejs.org/)."}, ""),
    ],
)
def test_a_slip_that_text_and_mail_both_have_is_told_once_at_its_line(
    desk: Desk, changes: dict[str, str], code: str
) -> None:
    path = desk.release(**changes)
    problems = [each for each in check(desk, "--json").json["problems"] if each["severity"] != "note"]
    assert [each["code"] for each in problems] == [code] * bool(code), problems
    if code and code != "no-headline":
        lines = path.read_text("utf-8").splitlines()
        assert next(iter(changes.values())).strip()[:20] in lines[problems[0]["line"] - 1]
    if "headline" in changes and problems[0]["key"]:
        assert check(desk, "--waive", code, "--reason", "it is meant").code == 0
        assert "No problems found. 1 warning waived." in check(desk).out


def test_a_warning_about_the_mail_is_waved_through_for_check_and_send_alike(desk: Desk) -> None:
    path = desk.release(headline="Re: the cellar of four hundred lamps")
    assert [each["key"] for each in found(check(desk, "--json")).values()] == ["subject-reply"]
    assert "--waive subject-reply --reason" in check(desk).out
    done = check(desk, "--waive", "subject-reply", "--reason", "it is the name")
    assert done.code == 0
    assert "subject-reply: it is the name" in path.read_text("utf-8")
    assert "  waived  the finished mail: the subject begins" in done.out
    assert "No problems found. 1 warning waived." in done.out
    document = check(desk, "--json").json
    assert [(each["code"], each["reason"]) for each in document["waived"]] == [("subject-reply", "it is the name")]
    assert not any(each["code"].startswith(("subject", "waiver")) for each in document["problems"])
    planned = desk.run("send", "lamps", "--to", "coast", "--dry-run")
    assert "1 waived in the mail" in planned.err
    assert "the subject begins" not in planned.err
    again = check(desk, "--waive", "subject-reply", "--reason", "x")
    assert (again.code, "is already waived" in again.err) == (2, True)


@pytest.mark.slow
def test_an_error_of_the_mail_and_what_was_not_found_cannot_be_waved_through(desk: Desk) -> None:
    path = desk.release()
    before = path.read_bytes()
    for code, says in (("size", 'nothing was found that is called "size"'), ("leftovers", "nothing was found")):
        done = check(desk, "--waive", code, "--reason", "x")
        assert (done.code, says in done.err) == (2, True), done.said
    path.write_text(path.read_text("utf-8") + "\n" + "Lamps and more lamps, each with a name. " * 2600, "utf-8")
    done = check(desk, "--waive", "size", "--reason", "x")
    assert (done.code, "size is an error and cannot be waived" in done.err) == (2, True), done.said
    path.write_bytes(before.replace(b"\n---\n\n", b"\nchecks:\n  waive:\n    size: it is long\n---\n\n", 1))
    assert check(desk, "--json").json["problems"] == [] or "waiver" not in check(desk).out


@pytest.mark.parametrize(
    "words, code, says",
    [
        (["--to", "coats"], 2, 'did you mean "coast"'),
        (["--to", "coast", "--as", "zoe@z.example.com"], 2, "zoe@z.example.com is not on these lists"),
        (["--template", "relase"], 2, 'did you mean "release"'),
        (["--where", "beat"], 2, "--where needs --to"),
        (["--to", "coast", "--where", "outlet == 'none'"], 2, "--where matches no contact on these lists"),
    ],
)
def test_what_cannot_be_made_says_what_to_do(desk: Desk, words: list[str], code: int, says: str) -> None:
    done = check(desk, *words)
    assert (done.code, says in done.said) == (code, True), done.said


def test_a_text_with_errors_is_told_even_where_no_mail_can_be_made(desk: Desk) -> None:
    desk.release(body='One.\n\n![Lamps](lamps.jpg "Lamps. | Photo: Ida Marlow")\n')
    done = check(desk, "--json")
    assert done.code == 2
    assert [each["code"] for each in done.json["problems"] if each["severity"] == "error"] == ["image-missing"]
    assert done.json["mails"] is None
    assert [each["code"] for each in done.json["problems"]].count("image-missing") == 1
    assert "The mail was not made or checked: fix the errors first." in check(desk).out


def test_without_a_sender_the_text_alone_is_checked(desk: Desk) -> None:
    desk.write("mailer.toml", "")
    done = check(desk)
    assert done.code == 0
    assert "the mail was not made: mailer.toml names no sender" in done.out


def test_filters_that_are_not_installed_are_said_plainly(desk: Desk, tmp_path: Path) -> None:
    done = desk.run("release", "check", "lamps", "--spam", env={"PATH": str(tmp_path)})
    assert done.code == 0
    assert "SpamAssassin is not installed here, and was not asked (on Debian and Ubuntu: apt install sp" in done.out
    assert "rspamd is not installed here, and was not asked" in done.out
    document = desk.run("release", "check", "lamps", "--spam", "--json", env={"PATH": str(tmp_path)}).json
    assert [(each["filter"], each["mails"]) for each in document["spam"]] == [("SpamAssassin", []), ("rspamd", [])]
    assert document["ok"]
    assert check(desk, "--json").json["spam"] is None


FAILING = "#!/bin/sh\necho 'config: cannot be read' >&2\nexit 3\n"
SHOUTING = """#!/bin/sh
mark=$(printf '%s\\n' "$@" | /usr/bin/sed -n 's/^--cf=report \\(mailer-[0-9a-f]*\\) _SCORE_.*/\\1/p')
printf '%s 6.2 5.0 0\\n 3.5 SUBJ_ALL_CAPS          Subject is all capitals\\n%s end\\n' "$mark" "$mark"
"""


@pytest.fixture
def bin_for_all() -> Iterator[Path]:
    """Yield a folder for programs that every user may run: under root, filters run as nobody."""
    with tempfile.TemporaryDirectory(prefix="mailer-bin-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.parametrize(
    "script, code, severity, says",
    [
        (FAILING, 0, "warning", "SpamAssassin failed: config: cannot be read"),
        (SHOUTING, 2, "error", "SpamAssassin: 6.2 of 5 points that make spam; it would be taken for spam"),
    ],
)
def test_what_a_filter_says_becomes_a_finding_and_each_rule_plain_words(
    desk: Desk, bin_for_all: Path, script: str, code: int, severity: str, says: str
) -> None:
    """A test program imitates SpamAssassin here; tests/services uses the real one."""
    program = bin_for_all / "spamassassin"
    program.write_text(script, "ascii")
    program.chmod(0o755)
    env = {"PATH": str(bin_for_all)}
    done = desk.run("release", "check", "lamps", "--spam", env=env)
    assert done.code == code, done.said
    assert says in done.out
    document = desk.run("release", "check", "lamps", "--spam", "--json", env=env).json
    problems = [each for each in document["problems"] if each["code"].startswith("spam-")]
    assert [each["severity"] for each in problems] == [severity]
    if code:
        assert "   +3.50  the subject is in capitals. Write the headline as a sentence.  [SUBJ_ALL_CAPS]" in done.out
        (rule,) = document["spam"][0]["mails"][0]["rules"]
        assert (rule["rule"], rule["points"]) == ("SUBJ_ALL_CAPS", 3.5)


def test_before_a_send_the_last_of_many_is_looked_at_as_well_as_the_first(desk: Desk) -> None:
    own_family(desk, greeting)
    rows = [f"p{number:02}@example-{number}.example.com,Pat," for number in range(14)]
    people(desk, *rows, "zoe@z.example.com,,")
    done = desk.run("send", "lamps", "--to", "coast", "--template", "plain", "--dry-run")
    assert done.code == 2
    assert "the finished mail: a field was left unfilled: Dear , (1 person: zoe@z.example.com)" in done.err
    people(desk, *rows, "zoe@z.example.com,Zoe,")
    assert desk.run("send", "lamps", "--to", "coast", "--template", "plain", "--dry-run").code == 0
