"""Only admins change mailer.toml at the desk: it is checked first, overwrites no other change, and can be undone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest

from tests.desk.opened import Answer, Opened, opened
from tests.office import Desk

KEPT = "# our provider counts by the minute\n"


@pytest.fixture
def office(desk: Desk) -> Desk:
    text = (desk.root / "mailer.toml").read_text("utf-8")
    desk.write("mailer.toml", text.replace("connections = 2\n", f"connections = 2  # theirs\n{KEPT}"))
    return desk


def test_a_table_is_changed_in_a_form_and_the_file_keeps_all_else(office: Desk) -> None:
    before = (office.root / "mailer.toml").read_text("utf-8")
    with opened(office, env={"MAILER_RELAYS__MAIN__RATE": "20/min"}) as page:
        shown = page.get("/settings")
        assert "Relay main" in shown.text
        assert "Set by the variable MAILER_RELAYS__MAIN__RATE" in shown.text
        form = page.get("/settings/edit/relays/main")
        assert re.search(r'<input id="f-rate"[^>]* value="20/min"[^>]* disabled', form.html)
        fields = {**_fields(form), "rate": "1/s", "connections": "4", "from_domains": "example.org\n example.net \n"}
        saved = page.post("/settings/edit/relays/main", fields)
        assert "mailer.toml is saved." in saved.text
        after = (office.root / "mailer.toml").read_text("utf-8")
        assert after == before.replace("connections = 2", "connections = 4").replace(
            "# theirs\n", '# theirs\nfrom_domains = ["example.org", "example.net"]\n'
        )

        # Another user had the older file open: nothing is overwritten, and the typed text is shown again.
        refused = page.post(
            "/settings/edit/relays/main", {**fields, "connections": "9"}, headers={"desk-region": "saved"}
        )
        assert refused.status == 422
        assert "changed by another user" in refused.text

        # A problem is shown with its line, and nothing is written.
        wrong = {**_fields(page.get("/settings/edit/relays/main")), "port": "many", "host": ""}
        refused = page.post("/settings/edit/relays/main", wrong)
        assert refused.status == 422
        assert re.search(r"mailer\.toml:\d+: relays\.main\.port: write a number", refused.text)
        assert (office.root / "mailer.toml").read_text("utf-8") == after

        # A new table goes to the end; an emptied field removes its key.
        new = {**_fields(page.get("/settings/edit/pacing.domains")), "name": "gmail.com", "rate": "20/min"}
        assert "Recipient domain gmail.com" in page.post("/settings/edit/pacing.domains", new).text
        emptied = {**_fields(page.get("/settings/edit/relays/main")), "from_domains": " "}
        page.post("/settings/edit/relays/main", emptied)
        assert (office.root / "mailer.toml").read_text("utf-8") == (
            before.replace("connections = 2", "connections = 4") + '\n[pacing.domains."gmail.com"]\nrate = "20/min"\n'
        )
        nothing = page.post("/settings/edit/relays/main", _fields(page.get("/settings/edit/relays/main")))
        assert "Nothing to save" in nothing.text


@pytest.mark.slow
def test_the_whole_file_is_changed_as_text_and_each_version_can_be_put_back(office: Desk) -> None:
    path = office.root / "mailer.toml"
    secret = '\n[ledger]\nurl = "postgresql://press:s3cret@db.example.org/mailer"\n'
    with opened(office) as page:
        first = path.read_text("utf-8")
        text = first.replace("Lantern Museum Press", "Lantern Museum <script>")
        assert (
            "mailer.toml is saved."
            in page.post("/settings/file", {**_fields(page.get("/settings/file")), "text": text}).text
        )
        assert path.read_text("utf-8") == text

        # A command would run as the account: it is not written from here.
        command = text.replace("[retry]", 'username = "press"\npassword_command = ["sh", "-c", "id"]\n[retry]')
        command = command.replace('security = "plain"', 'security = "starttls"')
        refused = page.post("/settings/file", {**_fields(page.get("/settings/file")), "text": command})
        assert (refused.status, path.read_text("utf-8")) == (422, text)
        assert "names a command" in refused.text

        # An editor broke the file on disk: the other pages report it, and it is corrected here.
        path.write_text(f"{text}\nbroken", "utf-8")
        assert (page.get("/").status, page.get("/settings").status) == (503, 200)
        shown = page.get("/settings/file")
        assert "cannot be used as it is" in shown.text
        page.post("/settings/file", {**_fields(shown), "text": text})
        assert path.read_text("utf-8") == text
        assert page.get("/").status == 200

        # Versions: what restoring one would change, and restoring it, which is a change like any other.
        names = re.findall(r"version=([\w.-]+)\"", page.get("/settings/file").html)
        assert len(names) == 2
        compared = page.get(f"/settings/file?version={names[-1]}")
        assert '+name = "Lantern Museum Press"' in compared.text
        assert "<script>\n" not in compared.html
        back = page.post("/settings/file", {"was": _fields(compared)["was"], "version": names[-1]})
        assert "mailer.toml is saved." in back.text
        assert path.read_text("utf-8") == first
        assert page.post("/settings/file", {"was": _fields(compared)["was"], "version": "../keys"}).status == 422

        # A password in an address is never shown.
        path.write_text(first + secret, "utf-8")
        shown = page.get("/settings/file")
        assert "s3cret" not in shown.html
        assert "press:***@db.example.org" in shown.text
        assert "s3cret" not in page.get("/settings").html
        assert "Several hosts" in page.get("/settings").text
        path.write_text(first, "utf-8")
        assert "Several hosts" not in page.get("/settings").text


@pytest.mark.slow
def test_the_set_up_is_checked_and_what_is_kept_is_named_without_its_content(desk: Desk) -> None:
    with opened(desk) as page:
        assert not (desk.root / ".mailer").exists()
        assert "mailer.toml can be used" in page.get("/settings/doctor").text
        assert "answers, on this machine, in clear text" in page.get("/settings/relays/test").text
        assert not (desk.root / ".mailer").exists(), "looking makes nothing"

        page.post("/settings/keys", {"selector": "press2026", "domain": ""})
        keys = page.get("/settings/keys")
        assert "press2026._domainkey.example.org" in keys.text
        assert "v=DKIM1; k=rsa; p=" in keys.text
        assert "PRIVATE" not in keys.html
        fields = _fields(keys)
        used = {name: fields[name] for name in ("was", "domain", "selector", "key_file")}
        assert "is saved" in page.post("/settings/edit/dkim", used).text
        assert 'key_file = "dkim-press2026.pem"' in (desk.root / "mailer.toml").read_text("utf-8")
        assert "not used yet" not in page.get("/settings/keys").text

        made = page.post("/settings/templates", {"name": "house-style", "from": "plain"})
        assert made.title == "Template family house-style"
        assert (desk.root / "templates/house-style/email.html").is_file()
        gallery = page.get("/settings/templates/house-style/mail.html")
        assert "sandbox" in gallery.headers["content-security-policy"]
        assert "no problems" in page.get("/settings/templates/house-style/check").text
        assert page.get("/settings/templates/nothing").status == 422

    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    key = (desk.root / ".mailer/keys").read_text("ascii").split()[1]
    with opened(desk) as page:
        assert str(desk.root / ".mailer/keys") in page.get("/settings/keys").text
        assert key not in page.get("/settings/keys").html


@pytest.mark.slow
def test_the_demo_opens_its_own_desk_with_a_release_to_send(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mailer", "demo", "look", "--desk"]
    pipe, env = subprocess.PIPE, {**os.environ, "BROWSER": "true", "MAILER_DESK__WORKER": "false"}
    with subprocess.Popen(command, cwd=tmp_path, stdout=pipe, stderr=pipe, text=True, env=env) as process:
        try:
            assert process.stdout is not None
            page = Opened(process, process.stdout.readline().strip()).log_in()
            assert page.get("/").title == "Today"
            returned = page.get("/inbox/returned")
            assert "The address does not exist" in returned.text
            assert "Opted out" in returned.text
            assert "the preview inbox only" in page.get("/settings/relays").text
            assert page.get("/settings/doctor").status == 200
            page.stop()
        finally:
            process.kill()
    workspace = Desk(tmp_path / "look")
    assert len(workspace.run("status", "--json").json["mailings"]) == 2
    sent = workspace.run("send", "seal-count", "--to", "journalists", "--relay", "preview", "--yes", "--json")
    assert (sent.code, sent.json["accepted"]) == (0, 9), sent.said


def _fields(form: Answer) -> dict[str, str]:
    """Return the fields that a browser would send of the forms of a page if nothing were typed."""
    found: dict[str, str] = {}
    for tag in re.findall(r"<input [^>]*>", form.html):
        name, value = (re.search(rf'{each}="([^"]*)"', tag) for each in (" name", " value"))
        if name and "disabled" not in tag and 'type="checkbox"' not in tag:
            found.setdefault(unescape(name[1]), unescape(value[1]) if value else "")
    for name, value in re.findall(r'<textarea [^>]*name="([^"]+)"[^>]*>\n?(.*?)</textarea>', form.html, re.DOTALL):
        found[name] = unescape(value)
    for name, options in re.findall(r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', form.html, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        found[name] = unescape(chosen[1]) if chosen else ""
    return found
