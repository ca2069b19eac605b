"""Settings: mailer.toml table by table and as text, the checks of the set-up, relays, templates and keys.

The pages of mailer.toml open no office, so that they can correct a file that cannot be used. A form sends the SHA-256
of the file that it was made from, and only what differs from that file is changed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from starlette.responses import Response

from mailer.config.editing import Described, Entry, Kind, Value, entries, from_text, hide, in_text, tables, value_at
from mailer.config.reading import Key
from mailer.desk.access import Right
from mailer.desk.html import mail_page
from mailer.desk.routing import DeskRequest, DeskRoute
from mailer.errors import CONFIG_NAME, InputProblem
from mailer.frozen import dataclass
from mailer.lazy_re import compile as pattern
from mailer.runs import configuring
from mailer.runs.doctor.examining import examine
from mailer.runs.doctor.values import Wishes
from mailer.runs.office.signing import known_keys, make_key
from mailer.runs.templates import (
    check_families,
    choose_families,
    copy_family,
    exhibit,
    read_samples,
    render_gallery,
    sample_ways,
)

_LIMIT_S: Final = 20.0  # for checks over the network, while the user waits
_NAME: Final = pattern(r"[\w.-]{1,60}")


# mailer.toml.


@dataclass(frozen=True, slots=True)
class _Field:
    """A key in a form: its value in the file, and the variable that overrides the file, with its value."""

    entry: Entry
    written: str
    variable: str = ""
    effective: str = ""


@dataclass(frozen=True, slots=True)
class _TableView:
    """A table of mailer.toml with its keys; it has a name if there can be several."""

    table: Described
    name: str
    fields: tuple[_Field, ...]

    @property
    def title(self) -> str:
        return f"{self.table.one} {self.name}" if self.name else self.table.title

    @property
    def path(self) -> str:
        """Return the path of its form."""
        return f"/settings/edit/{self.table.name}{f'/{self.name}' if self.name else ''}"

    @property
    def set_fields(self) -> list[_Field]:
        """Return the fields that are set, in the file or by the environment."""
        return [each for each in self.fields if each.written or each.variable]


def _configuration(request: DeskRequest) -> configuring.Configuration:
    return configuring.read_configuration(request.workspace, os.environ)


def _show_table(found: configuring.Configuration, table: Described, name: str) -> _TableView:
    path = (*table.path, name) if table.one else table.path
    return _TableView(table, name, tuple(_field(found, path, each) for each in entries(table.shape, table.path)))


def _field(found: configuring.Configuration, path: Key, entry: Entry) -> _Field:
    whole = (*path, *entry.path)
    written = value_at(found.written, whole)
    variable = found.variables.get(whole, "")
    effective = hide(in_text(value_at(found.effective, whole))) if variable else ""
    text = "" if written is None else hide(in_text(written))
    if text and entry.path[-1].endswith("_command"):
        text = "a command"  # which could contain parts of a password
    return _Field(entry, text, variable, effective)


def show_settings(request: DeskRequest) -> Response:
    """Show the settings table by table, and the tables that have only default values."""
    found = _configuration(request)
    shown: list[_TableView] = []
    for table in tables():
        members = value_at(found.effective, table.path) if table.one else {"": None}
        names = [*members] if isinstance(members, Mapping) else []
        shown += [_show_table(found, table, name) for name in names]
    url = value_at(found.effective, ("ledger", "url"))
    is_shared = isinstance(url, str) and not url.startswith("sqlite")
    return request.render(
        "settings.html",
        written=[each for each in shown if each.set_fields],
        unwritten=[each for each in shown if not each.set_fields and (is_shared or each.table.name != "fleet")],
        named=[each for each in tables() if each.one],
        problems=found.problems,
    )


def _table_of_form(request: DeskRequest, found: configuring.Configuration) -> tuple[Described, str]:
    """Return the table of a form and its name, which is empty for a new one."""
    wanted, name = request.params["table"], request.params.get("name", "")
    table = next((each for each in tables() if each.name == wanted), None)
    if table is None:
        raise InputProblem(f"{CONFIG_NAME} has no table [{wanted}]")
    if name and (not table.one or value_at(found.effective, (*table.path, name)) is None):
        raise InputProblem(f'{CONFIG_NAME} has no table "{name}" in [{wanted}]')
    return table, name


def edit_table(request: DeskRequest) -> Response:
    """Show the form of a table, or of a new one."""
    found = _configuration(request)
    shown = _show_table(found, *_table_of_form(request, found))
    return request.render("settings_table.html", shown=shown, was=found.digest)


def save_table(request: DeskRequest) -> Response:
    """Save what differs from the file."""
    found = _configuration(request)
    table, name = _table_of_form(request, found)
    if table.one and not name:
        name = request.one("name").strip()
        if not _NAME.fullmatch(name):
            raise InputProblem(f'"{name}" cannot be the name of a table; use letters, digits, dots and hyphens')
        if value_at(found.written, (*table.path, name)) is not None:
            raise InputProblem(f'there is already a table "{name}"')
    shown = _show_table(found, table, name)
    path = (*table.path, name) if table.one else table.path
    changes: dict[Key, Value | None] = {}
    for each in shown.fields:
        typed = request.form.get(each.entry.name)
        if typed is None or each.variable or each.entry.kind is Kind.FIXED:
            continue
        if "\n".join(line.strip() for line in typed[-1].strip().splitlines()) != each.written:
            changes[(*path, *each.entry.path)] = from_text(each.entry.kind, typed[-1])
    saved = configuring.save(request.workspace, os.environ, changes, was=request.one("was"), now=datetime.now(UTC))
    return request.go("/settings", saved, announce="settings")


def edit_file(request: DeskRequest) -> Response:
    """Show the whole file as text, its earlier versions, and what restoring one would change."""
    found, name = _configuration(request), request.one("version")
    return request.render(
        "settings_file.html",
        found=found,
        versions=request.workspace.versions(request.workspace.config_path),
        version=name,
        differences=configuring.compare_version(request.workspace, name) if name else (),
    )


def save_file(request: DeskRequest) -> Response:
    """Save the whole file, or restore a version."""
    workspace, name = request.workspace, request.one("version")
    text = configuring.read_version(workspace, name) if name else request.one("text")
    saved = configuring.save(workspace, os.environ, text, was=request.one("was"), now=datetime.now(UTC))
    return request.go("/settings/file", saved, announce="settings")


# Checks. Those without the network run when the page is opened, the others on request.


def show_checks(request: DeskRequest, *, offline: bool = True) -> Response:
    """Show the checks of the set-up; unless `offline`, also relays, DNS and mailboxes."""
    found = examine(request.workspace, os.environ, Wishes(offline=offline, limit_s=_LIMIT_S))
    command = ("doctor", *(["--offline"] if offline else []))
    return request.render("settings_doctor.html", found=found, all=not offline, command=command)


def show_relays(request: DeskRequest, *, test: bool = False) -> Response:
    """Show the relays of mailer.toml; a `test` connects, secures the connection and logs in."""
    wishes = Wishes(only=("relay",), limit_s=_LIMIT_S)
    found = examine(request.workspace, os.environ, wishes) if test else None
    with request.reading() as office:
        relays = list(office.settings.relays.values())
    return request.render("settings_relays.html", relays=relays, found=found, command=("doctor", "--only", "relay"))


# Templates.


def show_templates(request: DeskRequest) -> Response:
    """Show the template families."""
    families = choose_families(request.workspace)
    names = [(each.name, each.name) for each in families]
    return request.render("settings_templates.html", families=families, names=names, command=("templates", "list"))


def new_family(request: DeskRequest) -> Response:
    """Copy a family under a new name."""
    made = copy_family(request.workspace, request.one("name").strip(), source=request.one("from", "release"))
    return request.go(f"/settings/templates/{made.family}", made)


def show_family(request: DeskRequest, *, check: bool = False) -> Response:
    """Show the mails of a family as readers see them; a `check` makes sixty and shows their problems."""
    name, verdicts = request.params["family"], None
    (family,) = choose_families(request.workspace, [name])
    if check:
        with request.reading() as office:
            verdicts = check_families(office.workspace, office.settings, [name], now=office.clock())
    command = ("templates", "check", name)
    return request.render("settings_family.html", family=family, verdicts=verdicts, command=command)


def show_gallery(request: DeskRequest) -> Response:
    """Return the page with the mails of a family, for a frame that runs and loads nothing."""
    with request.reading() as office:
        chosen = choose_families(office.workspace, [request.params["family"]])
        ways = sample_ways(office.settings)
        exhibits = exhibit(office.workspace, chosen, read_samples(), ways, now=office.clock())
    return mail_page(render_gallery(exhibits, note="With the samples that come with mailer."))


# Keys.


def show_keys(request: DeskRequest) -> Response:
    """Show the DKIM keys with the records to publish, and where the keys of the ledger are."""
    with request.reading() as office:
        keys, stored = known_keys(office.workspace, office.settings), configuring.find_keys(office, os.environ)
        now = office.clock()
    return request.render(
        "settings_keys.html",
        keys=keys,
        stored=stored,
        selector=f"press{now:%Y}",
        was=_configuration(request).digest,
        command=("dkim", "new-key"),
    )


def new_key(request: DeskRequest) -> Response:
    """Create a DKIM key."""
    with request.reading() as office:
        selector, domain = request.one("selector").strip(), request.one("domain").strip()
        made = make_key(office.workspace, office.settings, selector, domain, ed25519=bool(request.one("ed25519")))
    return request.go("/settings/keys", f"The key {made.selector} was created. Publish its record, then use it.")


_ADMIN: Final[Mapping[str, Any]] = {"reads": Right.ADMINISTER, "changes": Right.ADMINISTER}
ROUTES: Final = (
    DeskRoute("/settings", get=show_settings),
    DeskRoute("/settings/file", get=edit_file, post=save_file, **_ADMIN),
    DeskRoute("/settings/edit/{table}", get=edit_table, post=save_table, **_ADMIN),
    DeskRoute("/settings/edit/{table}/{name}", get=edit_table, post=save_table, **_ADMIN),
    DeskRoute("/settings/doctor", get=show_checks),
    DeskRoute("/settings/doctor/all", get=partial(show_checks, offline=False), reads=Right.WRITE),
    DeskRoute("/settings/relays", get=show_relays),
    DeskRoute("/settings/relays/test", get=partial(show_relays, test=True), reads=Right.WRITE),
    DeskRoute("/settings/templates", get=show_templates, post=new_family),
    DeskRoute("/settings/templates/{family}", get=show_family),
    DeskRoute("/settings/templates/{family}/check", get=partial(show_family, check=True)),
    DeskRoute("/settings/templates/{family}/mail.html", get=show_gallery),
    DeskRoute("/settings/keys", get=show_keys, post=new_key, changes=Right.ADMINISTER),
)
