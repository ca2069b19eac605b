"""Gallery page: the HTML and CSS of the gallery, one file that needs nothing beside it.

Owns every tag of the page. Everything from a mail is escaped; its HTML stands in the `srcdoc` of frames that may run
nothing. The page's Content-Security-Policy, which such a frame inherits, allows inline styles and pictures, and the one
script of the page by its hash: it makes each frame as high as its mail, and without it frames scroll.
What is shown is chosen with check boxes and `:has()`; a browser that does not know it shows everything.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from html import escape
from typing import Final

from mailer.errors import Severity
from mailer.runs.templates.gallery import DESKTOP, Exhibit, View

_SCRIPT: Final = """
const frames = [...document.querySelectorAll("iframe")];
const fit = (frame) => {
  const page = frame.contentDocument && frame.contentDocument.documentElement;
  if (page && page.offsetHeight) frame.style.height = Math.ceil(page.getBoundingClientRect().height + 2) + "px";
};
for (const frame of frames) { frame.addEventListener("load", () => fit(frame)); fit(frame); }
document.querySelector("form").addEventListener("change", () => frames.forEach(fit));
"""
_HASH: Final = b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode("ascii")
_POLICY: Final = (
    f"default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; script-src 'sha256-{_HASH}'; "
    "base-uri 'none'; form-action 'none'"
)
_CHOICES: Final = (
    ("light", "Light"),
    ("dark", "Dark"),
    ("phone", "Phone"),
    ("desktop", "Desktop"),
    ("with", "Pictures on"),
    ("without", "Pictures off"),
    ("text", "Text part"),
)
_STYLE: Final = """
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
form { position: sticky; top: 0; z-index: 1; background: var(--paper); border-bottom: 1px solid var(--rule);
  padding: .6rem 1.5rem; display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; }
label { white-space: nowrap; padding: .2rem 0; }
section { padding: 2rem 1.5rem 1rem; border-bottom: 1px solid var(--rule); scroll-margin-top: 3rem; }
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
    hiding = "\n".join(f"body:has(#{name}:not(:checked)) .{name} {{ display: none; }}" for name, _ in _CHOICES)
    boxes = "\n".join(f'<label><input type="checkbox" id="{name}" checked> {said}</label>' for name, said in _CHOICES)
    index = " · ".join(f'<a href="#{escape(each.family.name)}">{escape(each.family.name)}</a>' for each in exhibits)
    return f"""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>Gallery of templates</title>
<style>{_STYLE}{hiding}
</style>
</head>
<body>
<header>
<h1>Gallery of templates</h1>
<p>{escape(told)}</p>
<p>{index}</p>
</header>
<form autocomplete="off" aria-label="What is shown">
{boxes}
</form>
<main>
{"".join(_section(each) for each in exhibits)}</main>
<script>{_SCRIPT}</script>
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
    kinds = f"{'dark' if view.dark else 'light'} {'desktop' if view.width >= DESKTOP else 'phone'}"
    kinds += " with" if view.pictures else " without"
    name = f"{escape(family)}: {view.name}"
    # loading="lazy": forty frames are laid out when they are scrolled to, not all at once
    return f"""\
<figure class="{kinds}"><figcaption>{name}</figcaption>
<iframe sandbox="allow-same-origin" loading="lazy" width="{view.width}" title="{name}" referrerpolicy="no-referrer"
 srcdoc="{escape(page, quote=True)}"></iframe></figure>"""


def _text(text: str) -> str:
    return f'<figure class="text"><figcaption>Text part</figcaption>\n<pre>{escape(text)}</pre></figure>'
