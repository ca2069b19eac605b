"""Sheet: the contact sheet of a mailing, everybody's mail side by side on one page.

Owns every tag of the page. A mail is shown by a frame that loads its file when it comes
into sight, so that a page of hundreds opens at once; it may do nothing but belong to this folder, without which a
browser loads no picture beside it. The page has no script; what is from a list or a mail is escaped. Never
makes a mail, never looks at one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

_STYLE = """
:root { color-scheme: light dark; --paper: #f2f1ec; --sheet: #fff; --ink: #1c1c1c; --quiet: #5d646a; --rule: #d3d5d2;
  --accent: #1f5a70; --bad: #a3341f; }
@media (prefers-color-scheme: dark) { :root { --paper: #16181a; --sheet: #1e2124; --ink: #e6e4de; --quiet: #9aa2a8;
  --rule: #3a3f43; --accent: #7fbcd0; --bad: #f0947f; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 15px/1.45 system-ui, "Noto Sans", sans-serif; }
h1 { font: 1.5rem/1.25 Georgia, "Noto Serif", serif; margin: 0 0 .3rem; }
p { margin: .2rem 0; }
.quiet { color: var(--quiet); }
.people { display: grid; grid-template-columns: repeat(auto-fill, 17.75rem); gap: 1.25rem; padding: 0;
  margin: 1.5rem 0; list-style: none; }
.person { background: var(--sheet); border-top: 3px solid var(--accent); padding: .8rem 1rem 1rem; min-width: 0; }
.person.wrong { border-top-color: var(--bad); }
.person strong, .person span, .person li { display: block; overflow-wrap: anywhere; }
.person ul { margin: .4rem 0 0; padding: 0; list-style: none; }
.wrong li, .bad { color: var(--bad); }
.look { height: 19rem; margin: .6rem 0 .4rem; overflow: hidden; border: 1px solid var(--rule); }
.look iframe { width: calc(100% / .375); height: 50.6rem; border: 0; background: #fff; transform: scale(.375);
  transform-origin: 0 0; }
[dir="rtl"] { text-align: start; }
a { color: var(--accent); }
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """One person on the sheet: what they get, in which files beside the page, and what is wrong with it.

    `manner` is how they get it ("fr, plain text"); `skipped` says why they would not; `waits`, that they have not
    agreed to keep the embargo, and get it only when that is over. Files are names beside the page, empty where there
    is none.
    """

    email: str
    name: str
    place: str
    subject: str = ""
    manner: str = ""
    size: int = 0
    html: str = ""
    text: str = ""
    source: str = ""
    skipped: str = ""
    waits: bool = False
    problems: tuple[str, ...] = ()


def render_sheet(headline: str, people: Sequence[Seen]) -> str:
    """Return the page, whoever something is wrong with first."""
    ordered = sorted(people, key=lambda each: (not each.problems, bool(each.skipped)))
    return f"""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>{escape(headline)}: everybody</title>
<style>{_STYLE}</style>
</head>
<body>
{_head(headline, people)}<ul class="people">
{"".join(map(_person, ordered))}</ul>
</body>
</html>
"""


def _head(headline: str, people: Sequence[Seen]) -> str:
    made = [each for each in people if each.html or each.text]
    wrong = sum(bool(each.problems) for each in people)
    manners = Counter(each.manner for each in made)
    said = [f"{len(made)} of {len(people)} get it" if len(made) != len(people) else f"{len(people)} get it"]
    waiting = sum(each.waits for each in people)
    if waiting:
        said.append(f"{waiting} of them not before the embargo ends")
    said += [f"{count} {manner}" for manner, count in manners.most_common() if len(manners) > 1]
    if wrong:
        said.append(f'<span class="bad">something is wrong with {wrong}: they stand first</span>')
    return f'<h1>{escape(headline)}</h1>\n<p class="quiet">{" · ".join(said)}</p>\n'


def _person(each: Seen) -> str:
    wrong = " wrong" if each.problems else ""
    who = f"<strong>{escape(each.name or each.email)}</strong>"
    lines = [
        each.email if each.name else "",
        each.place,
        each.manner,
        f"skipped: {each.skipped}" if each.skipped else "",
        "has not agreed to keep the embargo" if each.waits else "",
    ]
    quiet = "".join(f'<span class="quiet">{escape(line)}</span>' for line in lines if line)
    problems = "".join(f"<li>{escape(problem)}</li>" for problem in each.problems)
    listed = f"<ul>{problems}</ul>" if problems else ""
    return f'<li class="person{wrong}">{who}{quiet}{_mail(each)}{listed}</li>\n'


def _mail(each: Seen) -> str:
    if not each.text:
        return ""
    shown = each.html or each.text
    frame = (
        f'<div class="look"><iframe src="{quote(shown)}" loading="lazy" sandbox="allow-same-origin" tabindex="-1" '
        f'title="The mail to {escape(each.email)}"></iframe></div>'
    )
    named = (("HTML", each.html), ("text", each.text), ("source", each.source))
    links = " · ".join(f'<a href="{quote(file)}">{label}</a>' for label, file in named if file)
    size = f"{max(1, round(each.size / 1000))} kB"
    return f'<span>{escape(each.subject)}</span>{frame}<span class="quiet">{links} · {size}</span>'
