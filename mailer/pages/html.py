"""HTML: a page as one self-contained file, for people without a terminal here.

Everything in it is escaped; a mail is shown in a sandboxed frame. It has no script and loads nothing;
it looks like the preview inbox (`mailer.preview`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from typing import Final

from mailer.pages.layout import Bars, Fact, Line, Page, Part, Problems, Steps, Table, Verbatim
from mailer.preview.page import Mail, html_document, with_pictures

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def render(title: str, page: Page, mails: Sequence[Mail], rest: Page) -> str:
    """Return an HTML file: a page, the mails as they look, and the rest."""
    body = "".join([*_grouped(page), *map(_mail, mails), *_grouped(rest)])
    return html_document(escape(title), "plan.css", f"<main>\n{body}</main>\n", policy=_POLICY)


def _grouped(page: Page) -> Iterator[str]:
    for is_fact, parts in groupby(page.parts, key=lambda part: isinstance(part, Fact)):
        inner = "".join(map(_part, parts))
        yield f"<dl>\n{inner}</dl>\n" if is_fact else inner


def _part(part: Part) -> str:
    match part:
        case Line(text=text, tone=tone, depth=depth):
            if not text:
                return ""
            name = "h1" if tone == "strong" and depth == 1 else "h2" if tone == "strong" else "p"
            return f'<{name} class="{tone.value}">{escape(text)}</{name}>\n'
        case Fact(label=label, lines=lines, tone=tone):
            body = "".join(f"<p>{escape(each)}</p>" for each in lines)
            return f'<dt>{escape(label)}</dt><dd class="{tone.value}">{body}</dd>\n'
        case Table(rows=rows, head=head):
            top = "".join(f"<th>{escape(each)}</th>" for each in head)
            below = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>\n" for row in rows)
            return f"<table>\n<tr>{top}</tr>\n{below}</table>\n"
        case Steps(label=label, steps=steps):
            body = "".join(f"<p>{escape(what)}</p><pre>{escape(command)}</pre>" for command, what in steps)
            return f"<h2>{escape(label)}</h2>\n{body}\n"
        case Verbatim(text=text):
            return f"<pre>{escape(text)}</pre>\n"
        case Problems(problems=problems):
            return "".join(f'<p class="careful">{escape(str(each))}</p>\n' for each in problems)
        case Bars(rows=bars):
            return "".join(f"<p>{escape(name)} {number:,}</p>\n" for name, number, _ in bars)


def _mail(mail: Mail) -> str:
    frame = ""
    if mail.html:
        source = escape(with_pictures(mail.html, mail.pictures), quote=True)
        frame = f'<iframe sandbox="" title="The mail" referrerpolicy="no-referrer" srcdoc="{source}"></iframe>\n'
    about = f"to {mail.to} · from {mail.sender} · {max(1, round(mail.size / 1000))} kB"
    text = f"<pre>{escape(mail.text)}</pre>"
    attached = f"<p>Attached: {escape(', '.join(mail.attachments))}</p>\n" if mail.attachments else ""
    is_open = "" if mail.html else " open"
    return (
        f'<section class="mail">\n<p class="strong">{escape(mail.subject)}</p>\n'
        f'<p class="quiet">{escape(about)}</p>\n'
        f"{attached}{frame}<details{is_open}><summary>As plain text</summary>{text}</details>\n"
        "</section>\n"
    )
