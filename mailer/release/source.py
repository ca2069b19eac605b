"""Source: the bytes of a release, whatever they are, to one `Release`.

Owns the choice of format, the decoding, and the promise that nothing is lost: after the recognisers, a line of plain
text whose words are in no field is kept and told.
Raises `InputProblem` with all errors of the source at once; warnings and notes stay in `Release.problems`.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import replace

from mailer.errors import InputProblem, Problem, Severity
from mailer.release.contact_people import merge_contacts
from mailer.release.document import document_words
from mailer.release.html import cut_html
from mailer.release.inline import count_words
from mailer.release.markdown import read_markdown
from mailer.release.pieces import Draft, Finding, Line, settle_blocks
from mailer.release.text import cut_text, recognise
from mailer.release.values import Release
from mailer.release.words import guess_language

MAX_BYTES = 5_000_000
_SIGNATURES = {
    b"PK\x03\x04": "a Word, Pages or ZIP file: open it, and save or paste its text as .txt or .md",
    b"%PDF": "a PDF: copy its text into a .txt file",
    b"\xd0\xcf\x11\xe0": "an old Word file (.doc): open it, and save it as plain text",
    b"{\\rtf": "an RTF file: open it, and save it as plain text",
    b"\x89PNG": "a picture: the text of the release is needed",
    b"\xff\xd8\xff": "a picture: the text of the release is needed",
    b"GIF8": "a picture: the text of the release is needed",
}
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_HTML_START = re.compile(
    r"\s*(?:<!--.*?-->\s*)*<(?:!doctype html|html|head|body|article|div|h1|p)\b", re.IGNORECASE | re.DOTALL
)
_FRONT_MATTER = re.compile(r"---[ \t]*\n.*?^(?:---|\.\.\.)[ \t]*$", re.DOTALL | re.MULTILINE)
_MARKDOWN = re.compile(
    r"^(?:#{1,6} \S|> \S|!\[[^\]]*\]\(|\[[^\]]+\]\([a-z]+:|\|.*\|\s*$)|\]\((?:https?|mailto|tel):|\*\*\S", re.MULTILINE
)


def parse_release(data: bytes, *, source: str, slug: str) -> Release:
    """Read a release from the bytes of a file: Markdown, plain text or HTML.

    `source` is the file's name (its ending helps to choose the format), `slug` names the release in the ledger.

    Raises:
        InputProblem: with every error as a problem, where it cannot be used.
    """
    return parse_with_findings(data, source=source, slug=slug)[0]


def parse_with_findings(data: bytes, *, source: str, slug: str) -> tuple[Release, tuple[Finding, ...]]:
    """Read a release, and tell what was recognised where (empty for Markdown, which names its fields itself).

    Raises:
        InputProblem: as `parse_release`.
    """
    text, doubt = decode(data, source=source)
    draft = Draft(source, [])
    if doubt:
        draft.say("encoding", doubt, None, Severity.WARNING)
    kind = choose_format(source, text)
    if kind == "markdown":
        read_markdown(text, draft)
    else:
        if kind == "html":
            cut_html(text, draft)
        else:
            draft.pieces = cut_text(text)
        recognise(draft)
        draft.language = draft.language or guess_language(text)
    release = _finish(draft, slug)
    if kind == "text":
        release = _keep_lost_words(release, text, source)
    return release, tuple(sorted(draft.findings, key=lambda finding: finding.line))


def decode(data: bytes, *, source: str) -> tuple[str, str]:
    """Decode the bytes of a release, with newlines as the only line ends; gives the text and what is doubtful.

    Raises:
        InputProblem: empty, too large, or no text at all.
    """
    if len(data) > MAX_BYTES:
        raise InputProblem(f"has {len(data) / 1e6:.1f} MB; a release has up to {MAX_BYTES / 1e6:.0f} MB", source=source)
    for signature, what in _SIGNATURES.items():
        if data.startswith(signature):
            raise InputProblem(f"is {what}", source=source)
    text, doubt = _decoded(data, source)
    if not text.strip():
        raise InputProblem("is empty: write a headline and some text", source=source)
    text = re.sub(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]", "\n", text)
    return text.replace("\u200b", "").replace("\ufeff", ""), doubt


def _decoded(data: bytes, source: str) -> tuple[str, str]:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            try:
                return data.removeprefix(mark if encoding == "utf-8" else b"").decode(encoding), ""
            except UnicodeDecodeError as error:
                raise InputProblem(f"is damaged: {error.reason}; save it again as UTF-8", source=source) from None
    if b"\0" in data:
        raise InputProblem("is not text; save the release as .md or .txt, in UTF-8", source=source)
    try:
        return data.decode("utf-8"), ""
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        doubt = (
            f"is not UTF-8 (line {line}): read as Windows-1252. Look at the special characters, then save it as UTF-8"
        )
        return data.decode("cp1252", errors="replace"), doubt


def choose_format(source: str, text: str) -> str:
    """Say whether a text is `markdown`, `html` or plain `text`, by the name's ending, else by the content."""
    ending = source.rpartition(".")[2].lower() if "." in source else ""
    if ending in {"html", "htm", "xhtml"}:
        return "html"
    if ending in {"md", "markdown"} or _FRONT_MATTER.match(text):
        return "markdown"
    if _HTML_START.match(text):
        return "html"
    return "markdown" if ending != "txt" and len(_MARKDOWN.findall(text)) >= 2 else "text"


def _finish(draft: Draft, slug: str) -> Release:
    if not draft.headline.strip() and not any(one.code == "front-matter" for one in draft.errors()):
        hint = "give it `headline:` at the top between two lines of ---, or begin with a line `# Headline`"
        draft.say("no-headline", f"the release has no headline; {hint}", 1, Severity.ERROR)
    errors = draft.errors()
    if errors:
        count = "one thing has" if len(errors) == 1 else f"{len(errors)} things have"
        raise InputProblem(
            f"the release cannot be used yet: {count} to be mended", source=draft.source, problems=errors
        )
    release = draft.release(slug, settle_blocks(draft.pieces), settle_blocks(draft.notes))
    return replace(release, contacts=merge_contacts(release.contacts))


def _keep_lost_words(release: Release, text: str, source: str) -> Release:
    """Keep the lines whose words no recogniser put anywhere, and say so: it never happens, and it must not matter."""
    lost = count_words(text) - document_words(release)
    if not lost:
        return release
    lines = [Line(n, " ".join(line.split())) for n, line in enumerate(text.split("\n"), 1) if count_words(line) & lost]
    kept = Draft(source, [], problems=list(release.problems), kept=list(release.kept))
    for line in lines:
        kept.keep("other", line)
    words = ", ".join(sorted(lost))[:100]
    kept.problems.append(
        Problem(
            "unsure-line",
            f"found no place for: {words}; the lines are kept beside the release",
            Severity.NOTE,
            source,
            lines[0].number if lines else None,
        )
    )
    return replace(release, kept=tuple(kept.kept), problems=tuple(kept.problems))
