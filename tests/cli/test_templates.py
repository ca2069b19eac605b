"""`mailer templates`: a family of one's own, from the copy to the mail, as a beginner does it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.message.samples import png
from tests.office import Desk
from tests.servers import ScriptedServer

FAMILIES = ["advisory", "correction", "follow-up", "offer", "pitch", "plain", "release", "retraction", "statement"]


def edit(desk: Desk, name: str, old: str, new: str) -> None:
    path = desk.root / "templates" / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_every_family_says_what_it_is_for_and_in_which_languages_it_speaks(desk: Desk) -> None:
    families = desk.run("templates", "list", "--json").json["families"]
    assert [each["name"] for each in families] == FAMILIES
    assert all(each["about"] and each["origin"] == "shipped" and not each["problem"] for each in families)
    assert all(
        {"ar", "de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt"} <= {*each["languages"]} for each in families
    )


@pytest.mark.slow
def test_from_a_copy_to_a_mail(desk: Desk, server: ScriptedServer) -> None:
    made = desk.run("templates", "new", "house-style", "--json").json
    assert made["files"] == [
        f"templates/house-style/{file}" for file in ("email.html", "email.txt", "subject.txt", "template.toml")
    ]
    edit(desk, "house-style/template.toml", 'accent = "#1f5a6b"', 'accent = "#8a2d3b"')
    edit(desk, "house-style/template.toml", 'contacts = "end"', 'contacts = "top"')
    (desk.root / "templates/house-style/email.html").write_text(
        '{% extends "layout/email.html" %}\n{% block closing %}\n<p class="end">* * *</p>\n{% endblock %}\n'
    )
    written = desk.run("preview", "lamps", "--to", "coast", "--template", "house-style", "--json").json
    html = Path(written["html"]).read_text("utf-8")
    assert "#8a2d3b" in html
    assert html.index("Jonas Feld") < html.rindex("It holds four hundred lamps") < html.index("* * *")
    assert desk.run("send", "lamps", "--to", "coast", "--template", "house-style", "--yes").code == 0
    assert b"#8a2d3b" in server.accepted[0].data.replace(b"=\r\n", b"")


def test_what_is_there_stays_as_it_is(desk: Desk) -> None:
    assert desk.run("templates", "new", "house-style").code == 0
    before = desk.files()
    for name, phrase in (
        ("house-style", "is there already"),
        ("release", "give yours a name of its own"),
        ("layout", "choose another name"),
        ("My Style", "use small letters"),
        ("../elsewhere", "cannot name a family"),
    ):
        done = desk.run("templates", "new", name)
        assert (done.code, phrase in done.err) == (2, True), name
    done = desk.run("templates", "new", "mine", "--from", "relase")
    assert (done.code, '"release"' in done.err) == (2, True)
    assert desk.files() == before


ACCENT = 'accent = "#1f5a6b"'
PALE = "template.toml:11: colours: accent #c8a2c8 on sheet #ffffff cannot be read well"
FORGOTTEN = 'email.html:2: there is no "headlin"; did you mean "release.headline"?'
LOGO = '[logo]\nsrc = "logo.png"\nalt = "Trust"\nwidth = 180\nheight = 40\n'
UNKNOWN = 'email.html:3: release has no field "headlin"; did you mean "headline"?'


@pytest.mark.slow
@pytest.mark.parametrize(
    "file, old, new, phrase",
    [
        (
            "template.toml",
            "size = 17",
            "sizee = 17",
            'template.toml:26: fonts.sizee: there is no such key; did you mean "',
        ),
        ("template.toml", ACCENT, 'accent = "#c8a2c8"', PALE),
        ("template.toml", ACCENT, 'accent = "teal"', 'template.toml:11: colours.accent: "teal" is not a colour'),
        ("template.toml", "width = 640", "width = 1200", "template.toml:35: page.width: from 480 to 720 pixels"),
        ("template.toml", 'contacts = "end"', 'contacts = "left"', "template.toml:36: page.contacts"),
        ("template.toml", "[page]", "[page", "template.toml:34: "),
        ("email.html", "%}", "%}\n{% block lead %}\n{% endblok %}", "email.html:3: "),
        ("email.html", "%}", "%}\n{% block lead %}\n{{ release.headlin }}\n{% endblock %}", UNKNOWN),
        ("email.html", "%}", "%}\n{% block lead %}{{ headlin }}{% endblock %}", FORGOTTEN),
        (
            "email.html",
            "%}",
            "%}\n{% block lead %}",
            "email.html:2: the file ends inside {% block … %}: {% endblock %} is",
        ),
        (
            "email.html",
            "layout/",
            "layuot/",
            'email.html:1: there is no folder "layuot" with templates; did you mean "layout"',
        ),
        ("subject.txt", "{%", "One more\n{%", "subject.txt: a subject is one line, and these are 2 ("),
        ("template.toml", "width = 640", 'width = "wide"', "template.toml:35: page.width: write a number"),
        (
            "template.toml",
            "about =",
            'based_on = "relase"\nabout =',
            "template.toml:3: based_on: there is no template family",
        ),
        (
            "template.toml",
            "[page]",
            f"{LOGO}[page]",
            'template.toml:35: logo.src: there is no file "logo.png" beside it',
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_file_and_line(desk: Desk, file: str, old: str, new: str, phrase: str) -> None:
    desk.run("templates", "new", "mine")
    edit(desk, f"mine/{file}", old, new)
    done = desk.run("templates", "check", "mine")
    assert done.code == 2
    assert f"templates/mine/{phrase}" in done.out
    assert "Traceback" not in done.said


@pytest.mark.slow
def test_what_a_mail_would_lack_is_told_by_the_release_that_shows_it(desk: Desk) -> None:
    desk.run("templates", "new", "mine")
    edit(desk, "mine/email.txt", "%}", "%}\n{% block headline %}{% endblock %}")
    blocks = (
        "{% block foot %}{% endblock %}",
        "{% block lead %}{{ contact.note|safe }}<!--[if mso]><table><tr><td>{% endblock %}",
    )
    edit(desk, "mine/email.html", "%}", "%}" + "".join(blocks))
    done = desk.run("templates", "check", "mine")
    assert done.code == 2
    for phrase in (
        "email.txt: the headline is missing",
        "templates/mine/email.html: the postal address is missing: in the page",
        "Print {{ sender.postal_address }} in email.html",
        "the way to unsubscribe is missing",
        "contact.note is put into the page as it is, so a < in it becomes HTML; take away |safe",
        "comments for Outlook begin",
        "(release advisory, reader with a note;",
    ):
        assert phrase in done.out


@pytest.mark.slow
def test_what_makes_a_large_mailing_slower_is_a_note_with_its_line(desk: Desk) -> None:
    desk.run("templates", "new", "mine")
    edit(desk, "mine/email.html", "%}", "%}\n{% block lead %}\n<p>{{ contact.name[:3] }}</p>\n{% endblock %}")
    done = desk.run("templates", "check", "mine", "--json")
    assert done.code == 0
    problems = json.loads(done.out)["families"][0]["problems"]
    assert [(each["code"], each["severity"], each["line"]) for each in problems] == [("one-by-one", "note", 3)]
    assert problems[0]["source"] == "templates/mine/email.html"


@pytest.mark.slow
def test_whatever_template_toml_offers_is_nothing_to_mend(desk: Desk) -> None:
    desk.run("templates", "new", "mine")
    for old, new in (
        ("width = 640", "width = 720"),
        ("size = 17", "size = 24"),
        ('contacts = "end"', 'contacts = "both"'),
        ("[page]", f'{LOGO}link = "https://www.example.org/"\n[page]'),
    ):
        edit(desk, "mine/template.toml", old, new)
    (desk.root / "templates/mine/logo.png").write_bytes(png(360, 80))
    assert "no problems" in desk.run("templates", "check", "mine").out


def test_files_that_no_family_can_have_are_told_as_staff_know_them(desk: Desk) -> None:
    desk.run("templates", "new", "mine")
    folder = desk.root / "templates" / "mine"
    edit(desk, "mine/template.toml", "[page]", f"{LOGO}[page]")
    (folder / "logo.png").write_bytes(b"x" * 300_000)
    done = desk.run("templates", "check", "mine")
    assert 'template.toml:35: logo.src: "logo.png" has 300 kB' in done.out
    assert "up to 200 kB" in done.out
    (folder / "email.txt").write_bytes(b"\xff\xfe")
    assert "error   templates/mine/email.txt:1: is not UTF-8 text" in desk.run("templates", "check", "mine").out


def test_a_family_that_cannot_be_used_stops_the_mailing_with_the_same_words(desk: Desk, server: ScriptedServer) -> None:
    desk.run("templates", "new", "mine")
    edit(desk, "mine/email.html", "%}", "%}\n{% block lead %}\n{{ release.headlin }}\n{% endblock %}")
    done = desk.run("send", "lamps", "--to", "coast", "--template", "mine", "--yes")
    assert done.code == 2
    assert 'templates/mine/email.html:3: release has no field "headlin"; did you mean "headline"?' in done.err
    assert server.connections == 0
    near = desk.run("preview", "lamps", "--template", "mien")
    assert (near.code, 'did you mean "mine"?' in near.err) == (2, True)


@pytest.mark.slow
def test_the_gallery_is_one_file_with_every_family_in_every_view(desk: Desk) -> None:
    done = desk.run("templates", "list", "--gallery", "--json")
    assert done.code == 0
    page = Path(done.json["page"]).read_text("utf-8")
    assert page.count("<iframe") == 8 * len(FAMILIES)
    assert page.count("<pre>") == len(FAMILIES)
    assert "cid:" not in page
    shown = {each["name"]: each["release"] for each in done.json["families"]}
    own = {name: name for name in ("advisory", "pitch", "statement")}
    own["offer"] = "embargo"
    others = ("correction", "follow-up", "plain", "release", "retraction")
    assert shown == own | dict.fromkeys(others, "everything")


def test_a_broken_family_is_in_the_gallery_with_the_reason_and_a_release_of_ones_own_can_be_shown(desk: Desk) -> None:
    desk.run("templates", "new", "mine")
    edit(desk, "mine/email.html", "%}", "%}\n{{ super() }")
    done = desk.run("templates", "list", "mine", "plain", "--release", "lamps", "--json")
    assert done.code == 2
    families = {each["name"]: each for each in done.json["families"]}
    assert [families["mine"]["shown"], families["plain"]["shown"]] == [False, True]
    assert "mine/email.html" in json.dumps(families["mine"]["problems"])
    page = (desk.root / ".mailer" / "gallery" / "gallery.html").read_text("utf-8")
    assert "four hundred lamps" in page
    assert "No mail can be made with this family" in page
