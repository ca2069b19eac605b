"""Gallery: every family on one page, as every reader would see it.

Owns what is on the page: of each family one mail, with the release that was asked for or the sample that shows it
best, in every view of `frames`, and what a check of it found. A family that cannot be rendered is on the page too,
with the reason. Its tags stand at the end of the file. Never opens a browser.
Raises `InputProblem`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Final

from mailer.errors import InputProblem, Problem, Severity, gather
from mailer.preview.page import with_pictures
from mailer.runs.planning.edition import Ways
from mailer.runs.templates.catalogue import Known
from mailer.runs.templates.samples import Sample, reader_of, suited
from mailer.runs.templates.trial import Trial, Trials, compile_for_trial
from mailer.workspace import Workspace, write_atomically

NAME = "gallery.html"


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A family with a release: its mail, or why there is none."""

    family: Known
    release: str
    trial: Trial | None = field(repr=False)
    problems: tuple[Problem, ...] = ()

    def frames(self) -> Iterable[tuple[View, str]]:
        """Yield the page of the mail in every view."""
        if self.trial is not None:
            for view in VIEWS:
                yield view, page_as_seen(self.trial.rendered.html, view, self.trial.pictures)


@dataclass(frozen=True, slots=True)
class Gallery:
    """The page that was written, and what it shows."""

    page: Path
    exhibits: tuple[Exhibit, ...]


def exhibit(
    workspace: Workspace, families: Iterable[Known], releases: tuple[Sample, ...], ways: Ways, *, now: datetime
) -> tuple[Exhibit, ...]:
    """Make one mail of each family; of several releases, of the one that shows it best."""
    return tuple(_exhibit(workspace, family, releases, ways, now=now) for family in families)


def _exhibit(
    workspace: Workspace, family: Known, releases: tuple[Sample, ...], ways: Ways, *, now: datetime
) -> Exhibit:
    sample = releases[0] if len(releases) == 1 else suited(releases, family.name)
    try:
        compiled = compile_for_trial(workspace, family.name, ways)
        trial = Trials(compiled, sample, ways).mail(reader_of(sample), now=now)
    except InputProblem as error:
        return Exhibit(family, sample.name, None, gather(error))
    failed = (check for check in trial.checks if not check.passed)
    source = f"templates/{family.name}"
    problems = tuple(Problem(check.code, check.message, check.severity, source) for check in failed)
    return Exhibit(family, sample.name, trial, problems)


def write_gallery(folder: Path, page: str) -> Path:
    """Write the page into a folder; return its path.

    Raises:
        InputProblem: the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputProblem(f"cannot be made: {error.strerror or error}", source=str(folder)) from None
    path = folder.resolve() / NAME
    write_atomically(path, page.encode("utf-8", "replace"))
    return path


# Frames: one mail as different readers see it, made without a browser. Four things change in a page: dark or light,
# whatever the screen of whoever looks (the media queries are answered in the style sheet); pictures there or not (the
# box with the alternative text that mail programs show); pictures inside the mail as `data:` URLs; no scripts. The
# width is the frame's, in which the page's own media queries hold.
#
# Gap: a program's own way of turning colours around, where a mail says nothing about the dark, is not shown.

PHONE, DESKTOP = 320, 700
_QUERY: Final = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)", re.IGNORECASE)
_SCHEME_META: Final = re.compile(r"""(<meta\s+name=["'](?:supported-)?color-schemes?["']\s+content=)["'][^"']*["']""")
_SCHEME_RULE: Final = re.compile(r"(?<![-\w])((?:supported-)?color-schemes?\s*:)\s*[^;}\"']+", re.IGNORECASE)
_STYLE: Final = re.compile(r"(<style\b[^>]*>)(.*?)(</style\s*>)", re.DOTALL | re.IGNORECASE)
_HEAD: Final = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
_IMAGE: Final = re.compile(r"<img\b(?:[^>\"']|\"[^\"]*\"|'[^']*')*>", re.IGNORECASE)
_SOURCE: Final = re.compile(r"""\ssrc=(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_ALWAYS, _NEVER = "(min-width: 0px)", "(max-width: 0px)"


@dataclass(frozen=True, slots=True)
class View:
    """How a reader looks at a mail: on a dark screen or a light one, how wide it is, whether pictures are shown."""

    dark: bool = False
    width: int = DESKTOP
    pictures: bool = True

    @property
    def name(self) -> str:
        """Return it in words, as a title: `light, phone, pictures off`."""
        device = "phone" if self.width < DESKTOP else "desktop"
        return f"{'dark' if self.dark else 'light'}, {device}{'' if self.pictures else ', pictures off'}"


VIEWS: Final = tuple(
    View(dark, width, pictures) for pictures in (True, False) for dark in (False, True) for width in (PHONE, DESKTOP)
)


def page_as_seen(html: str, view: View, pictures: Mapping[str, tuple[str, bytes]]) -> str:
    """Return a mail's page as a frame shows it; `pictures` are those inside the mail, by Content-ID."""
    page = _in_scheme(html, "dark" if view.dark else "light")
    return with_pictures(page, pictures) if view.pictures else _IMAGE.sub(lambda found: _without_source(found[0]), page)


def _in_scheme(html: str, scheme: str) -> str:
    """Answer what the style sheet asks about the screen, and set what the page would take from it."""

    def answered(found: re.Match[str]) -> str:
        sheet = _QUERY.sub(lambda query: _ALWAYS if query[1].lower() == scheme else _NEVER, found[2])
        return found[1] + _SCHEME_RULE.sub(rf"\1 {scheme}", sheet) + found[3]

    page = _SCHEME_META.sub(rf'\1"{scheme}"', _STYLE.sub(answered, html))
    # without a scheme of its own, the frame's paper would be that of the screen it is looked at on
    return _HEAD.sub(rf"\g<0><style>:root {{ color-scheme: {scheme}; }}</style>", page, count=1)


def _without_source(tag: str) -> str:
    """Return the element as a program shows it that loads no pictures: its room, its ground, its alternative text."""
    return _SOURCE.sub("", tag)


# The page: one file that needs nothing beside it, and no script. Everything from a mail is escaped; its HTML stands in
# the `srcdoc` of frames that may run nothing. The page's Content-Security-Policy, which such a frame inherits, allows
# inline styles and pictures alone.

_PAGE_STYLE: Final = """
:root { color-scheme: light dark; --paper: #e9e8e3; --ink: #1c1c1c; --quiet: #565d63; --rule: #c9cbc8;
  --accent: #1f5a70; --bad: #a3341f; }
@media (prefers-color-scheme: dark) { :root { --paper: #0c0e0f; --ink: #e6e4de; --quiet: #9aa2a8; --rule: #3a3f43;
  --accent: #7fbcd0; --bad: #f0947f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, "Noto Sans", sans-serif; }
header { padding: 2rem 1.5rem 1rem; max-width: 60rem; }
h1, h2 { font-family: Georgia, "Noto Serif", serif; line-height: 1.25; margin: 0; }
h1 { font-size: 1.7rem; } h2 { font-size: 1.4rem; }
p { margin: .4rem 0; }
a { color: var(--accent); }
.quiet, figcaption { color: var(--quiet); font-size: .85rem; }
section { padding: 2rem 1.5rem 1rem; border-bottom: 1px solid var(--rule); }
.views { display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: flex-start; margin-top: 1rem; }
figure { margin: 0; max-width: 100%; }
figcaption { padding: 0 0 .3rem; }
iframe { display: block; box-sizing: content-box; border: 1px solid var(--rule); height: 48rem; max-width: 100%;
  background: #fff; }
.dark iframe { background: #121517; }
pre { margin: 0; border: 1px solid var(--rule); padding: 1rem; white-space: pre-wrap; overflow-wrap: anywhere;
  max-width: 42rem; font: 13px/1.5 ui-monospace, "Noto Sans Mono", monospace; }
.bad { color: var(--bad); }
ul { margin: .4rem 0; padding: 0 0 0 1.2rem; }
"""


def render_gallery(exhibits: Sequence[Exhibit], *, told: str) -> str:
    """Return the whole page; `told` is a sentence about the release that is shown."""
    index = " · ".join(f'<a href="#{escape(each.family.name)}">{escape(each.family.name)}</a>' for each in exhibits)
    return f"""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; \
img-src https: data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>Gallery of templates</title>
<style>{_PAGE_STYLE}</style>
</head>
<body>
<header>
<h1>Gallery of templates</h1>
<p>{escape(told)}</p>
<p>{index}</p>
</header>
<main>
{"".join(_section(each) for each in exhibits)}</main>
</body>
</html>
"""


def _section(exhibit: Exhibit) -> str:
    family = exhibit.family
    lines = [f'<section id="{escape(family.name)}">', f"<h2>{escape(family.name)}</h2>"]
    if family.about:
        lines.append(f"<p>{escape(family.about)}</p>")
    trial = exhibit.trial
    if trial is None:
        lines.append('<p class="bad">No mail can be made with this family:</p>')
    else:
        size = len(trial.data) / 1000
        subject = escape(trial.rendered.subject)
        lines.append(f'<p class="quiet">Subject: {subject} · release {escape(exhibit.release)} · {size:.0f} kB</p>')
    lines.append(_problems(exhibit))
    if trial is not None:
        figures = "\n".join(_figure(family.name, view, page) for view, page in exhibit.frames())
        lines += ['<div class="views">', figures, _text(trial.rendered.text), "</div>"]
    return "\n".join([*(line for line in lines if line), "</section>", ""])


def _problems(exhibit: Exhibit) -> str:
    rows = "\n".join(
        f"<li{' class=bad' if each.severity is Severity.ERROR else ''}>{each.severity.value}: {escape(str(each))}</li>"
        for each in exhibit.problems
    )
    return f"<ul>\n{rows}\n</ul>" if rows else ""


def _figure(family: str, view: View, page: str) -> str:
    name = f"{escape(family)}: {view.name}"
    # loading="lazy": forty frames are laid out when they are scrolled to, not all at once
    return f"""\
<figure class="{"dark" if view.dark else "light"}"><figcaption>{name}</figcaption>
<iframe sandbox="allow-same-origin" loading="lazy" width="{view.width}" title="{name}" referrerpolicy="no-referrer"
 srcdoc="{escape(page, quote=True)}"></iframe></figure>"""


def _text(text: str) -> str:
    return f'<figure class="text"><figcaption>Text part</figcaption>\n<pre>{escape(text)}</pre></figure>'
