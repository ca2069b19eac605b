"""Html: templates, and pages of results as HTML.

A part of a page becomes the element that means the same (`templates/result.html`): a fact a definition list, a table a
table, a bar of counts a meter, and a command stays a command, to be copied. References to the command line in a text
are replaced by the desk's own words and links (`desk_text`). Templates escape everything; text from outside (a subject,
a cell, a server's words) stays text everywhere.
"""

from __future__ import annotations

import hashlib
import shlex
from datetime import UTC, datetime
from functools import partial
from importlib.resources import files
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from mailer import lazy_re as re
from mailer.config.editing import entries, tables
from mailer.desk.access import MAIL_POLICY
from mailer.pages import Page, page
from mailer.pages.reports import waves_to_come
from mailer.pages.words import SUPPRESSED
from mailer.words import read_section

if TYPE_CHECKING:
    from mailer.desk.app import Desk
    from mailer.desk.routing import DeskRequest

STATIC: Final = {"desk.css": "text/css; charset=utf-8", "desk.js": "text/javascript; charset=utf-8"}


_PARTS: Final = {  # of the style sheet, by the first word of a template's name
    **dict.fromkeys(("inbox", "settings", "users"), "office"),
    **dict.fromkeys(("lists", "person", "suppression", "suppressions"), "lists"),
    **dict.fromkeys(("mailing", "mailings", "report", "today"), "mailings"),
    **dict.fromkeys(("plan", "plans", "preview", "send", "update"), "sending"),
    "releases": "releases",
}
# References to the command line in texts: commands that have a page here, with the name of their object and options;
# options alone; keys of mailer.toml.
PAGES: Final = read_section("desk", "pages")
_LABELS: Final = dict(read_section("desk", "options")["rows"])
_NAME: Final = r"(?=\S*[a-z])[\w@/-]+(?:\.[\w@/-]+)*(?=$|[`,;:)]|[.]?(?:\s\s|$)|[.]\s| --| \d)"
_OPTION: Final = r"--[a-z][a-z-]+(?: (?:[A-Z]{2,}\b|\"[^\"]*\"|[^\s\"`,;:)]+))?"
_TERMINAL: Final = re.compile(
    rf"`?\bmailer (?P<command>{'|'.join(sorted(PAGES, key=len, reverse=True))})\b(?: (?P<name>{_NAME}))?"
    rf"(?: (?:{_OPTION}|[A-Z]{{2,}}\b|\d+\b|…))*`?"
    r"|(?<![\w-])--(?P<option>[a-z][a-z-]+)(?: [A-Z]{2,}\b| \"why\")?"
    r"|\[(?P<table>[a-z_]+)\](?: (?!in\b)(?P<key>[a-z_]+)\b)?(?: in mailer\.toml)?"
)


_NO_HTML: Final = "<!doctype html><title>No HTML</title><p>This mail has no HTML part.</p>"


def static_file(name: str) -> bytes:
    """Return a static file that pages load."""
    return files("mailer.desk").joinpath("static", name).read_bytes()


class Html:
    """Renders templates."""

    def __init__(self, desk: Desk) -> None:
        """Load the environment of the templates."""
        self._desk = desk
        prefix = desk.hosting.prefix
        self._env = Environment(
            loader=PackageLoader("mailer.desk", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.do"],
        )
        versions = {name: hashlib.sha256(static_file(name)).hexdigest()[:12] for name in STATIC}
        self._env.globals |= {
            "prefix": prefix,
            "static": lambda name: f"{prefix}/static/{name}?{versions[name]}",
            "shown": self.shown,
            "page": page,
            "waves_to_come": waves_to_come,
        }
        self._env.filters |= {
            "desk_text": partial(desk_text, prefix=prefix),
            "number": lambda value: f"{value:,}",
            "short_time": short_time,
            "suppressed_as": lambda reason: SUPPRESSED.get(reason, reason),
            "page": lambda result: self.shown(page(result)),
        }
        # global, because a block that is rendered alone has no imports
        shared = {"parts": "parts", "sends": "send_parts", "lists": "lists_parts", "editor": "releases_fields"}
        for name, file in shared.items():
            self._env.globals[name] = self._env.get_template(f"{file}.html").module

    def load(self, *beginnings: str) -> None:
        """Load the templates whose names begin with one of these."""
        for name in self._env.list_templates(filter_func=lambda name: name.startswith(beginnings)):
            self._env.get_template(name)

    def response(self, request: DeskRequest, template: str, *, status: int = 200, **context: Any) -> Response:  # noqa: ANN401 - as the template needs
        """Return a page as a response, or only the block of it that is requested."""
        found = self._env.get_template(template)
        user, desk, command = request.user, self._desk, context.get("command", "")
        variables: dict[str, Any] = {
            "request": request,
            "user": user,
            "may": {right.value for right in user.rights} if user.session else set(),
            "messages": [],
            "part": _PARTS.get(template.removesuffix(".html").partition("_")[0], ""),
            "areas": desk.areas(request) if user.session and not request.region else (),
            "tabs": desk.tabs(request),
            **context,
            "command": command if isinstance(command, str) else command_line(*command),
        }
        # a region that the template does not have, or that refreshes itself, leaves them for the next page
        if request.region in {"", *found.blocks} - {"problems"} and not request.is_live:
            waiting = desk.messages.get(user.session, {})
            variables["messages"] = waiting.pop("", []) + waiting.pop(request.path, [])
        if request.region and request.region in found.blocks:
            body = self._block(found, request.region, variables)
            if variables["messages"]:
                body += f"<template data-for='messages'>{self._block(found, 'messages', variables)}</template>"
        else:
            body = found.render(variables)
        return HTMLResponse(body, status)

    def _block(self, template: Template, name: str, variables: dict[str, Any]) -> str:
        owner = template if name in template.blocks else self._env.get_template("base.html")
        context = owner.new_context(variables)
        next(owner.root_render_func(context), None)  # runs what the page defines before its blocks: macros and imports
        return "".join(owner.blocks[name](context))

    def shown(self, what: Page | str) -> Markup:
        """Return a page of a result, or a sentence, as HTML."""
        if isinstance(what, str):
            return Markup("<p>{}</p>").format(what)
        groups = [(kind, list(parts)) for kind, parts in groupby(what.parts, key=lambda part: type(part).__name__)]
        made: Markup = self._env.get_template("result.html").module.show(groups)  # type: ignore[attr-defined]
        return made


def mail_page(html: str) -> Response:
    """Return a mail as a page of its own, for a frame that runs and loads nothing."""
    return HTMLResponse(html or _NO_HTML, headers={"content-security-policy": MAIL_POLICY})


def as_file(name: str) -> dict[str, str]:
    """Return the headers of a file to be saved, never shown, since its contents came from outside."""
    name = quote(name, safe="")
    return {"content-disposition": f"attachment; filename*=UTF-8''{name}", "content-security-policy": "sandbox"}


def desk_text(text: object, prefix: str = "") -> Markup:
    """Return a text in the words of the desk: a command becomes a link, and an option the label of its field."""
    plain, made, at = str(text), Markup(""), 0
    for phrase, instead in read_section("desk", "phrases")["rows"]:
        plain = plain.replace(phrase, instead)
    for found in _TERMINAL.finditer(plain):
        made += plain[at : found.start()] + (_desk_equivalent(found, prefix) or Markup("{}").format(found[0]))
        at = found.end()
    return made + plain[at:]


def _desk_equivalent(found: re.Match[str], prefix: str) -> Markup | str:
    """Return the desk's equivalent of a command, an option or a key; empty if there is none."""
    if option := (found["option"] or "").replace("-", "_"):
        reasons = read_section("desk", "reasons")
        label = reasons[option][0] if option in reasons else _LABELS.get(option, "")
        return f"“{label}”" if label else ""
    link = Markup('<a href="{}{}">{}</a>')
    if found["command"]:
        name, (path, title) = found["name"] or "", PAGES[found["command"]]
        path = path.replace("{}", quote(name)) if name else path.partition("/{}")[0]
        return link.format(prefix, path, title.replace("{}", name).strip())
    table = next((each for each in tables() if each.name == found["table"]), None)
    if table is None:
        return ""
    label = next((each.label for each in entries(table.shape, table.path) if each.name == found["key"]), "")
    rest = f" {found['key']}" if found["key"] and not label else ""
    return link.format(prefix, "/settings", f"“{label or table.title}” in the settings") + rest


def short_time(value: datetime | str | None) -> Markup:
    """Return a time in short local form; the element also has the exact time."""
    if not value:
        return Markup("")
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    local, today = at.astimezone(), datetime.now(UTC).astimezone().date()
    form = "%b %H:%M" if local.year == today.year else "%b %Y, %H:%M" if local.year > today.year else "%b %Y"
    text = f"{local:%H:%M}" if local.date() == today else f"{local.day} {local:{form}}"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        at.isoformat(timespec="seconds"), f"{local:%A %d %B %Y, %H:%M:%S %Z}", text
    )


def command_line(*words: str) -> str:
    """Return the command that does the same, as it would be typed."""
    return shlex.join(["mailer", *words])


def with_file(name: str, text: str, *words: str) -> str:
    """Return a command that reads a text from a file, together with the command that writes the file first."""
    end = "END"
    while end in (each.strip() for each in text.splitlines()):  # no line of the text may end the here-document
        end += "_"
    return f"cat > {shlex.quote(name)} <<'{end}'\n{text}\n{end}\n{command_line(*words, name)}"
