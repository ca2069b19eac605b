from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mailer.release.document import release_document
from mailer.release.source import parse_release

# heads and tails of releases in the form of a country, and the fields that are read from them
HEADS = Path(__file__).parent / "heads"
EXPECTED: dict[str, dict[str, Any]] = json.loads((HEADS / "expected.json").read_text("utf-8"))
EMPTY = {"headline", "subhead", "date", "embargo", "city", "end", "notes", "boilerplate"}
BEGINS = {"notes", "boilerplate", "body"}


def page(text: str, headline: str) -> str:
    """Return the release as a web page: a paragraph for each block, `<br>` at line ends, the headline as a heading."""
    blocks = re.split(r"\n\s*\n", text.strip("\n"))
    made: list[str] = []
    for block in blocks:
        lines = [html.escape(line.strip()) for line in block.split("\n")]
        if lines[0] == html.escape(headline):
            made.append(f"<h1>{lines.pop(0)}</h1>")
        if len(lines) > 1 and all(line.startswith("- ") for line in lines):
            made.append("<ul>" + "".join(f"<li>{line[2:]}</li>" for line in lines) + "</ul>")
        elif lines:
            made.append("<p>" + "<br>".join(lines) + "</p>")
    return "<html><body>" + "\n".join(made) + "</body></html>"


def bold_page(text: str, headline: str) -> str:
    """Return the page of an editor who makes headlines bold instead of headings."""
    opening = f"<p>{html.escape(headline)}"
    return page(text, "#").replace(opening, opening.replace("<p>", "<p><b>"))


def markdown(text: str, headline: str) -> str:
    return text.replace(headline, f"# {headline}\n", 1)


FORMS: dict[str, Callable[[str, str], str]] = {
    "txt": lambda text, _: text,
    "html": page,
    "bold.html": bold_page,
    "md": markdown,
}
# three stars are a rule in Markdown
CASES = [(name, form) for name in EXPECTED for form in FORMS if (form, EXPECTED[name].get("end")) != ("md", "***")]


def read(name: str, form: str) -> dict[str, Any]:
    text = FORMS[form]((HEADS / f"{name}.txt").read_text("utf-8"), EXPECTED[name]["headline"])
    document = release_document(parse_release(text.encode(), source=f"{name}.{form}", slug=name))
    return {
        "label": document["label"],
        "headline": document["headline"],
        "subhead": document["subhead"],
        "date": document["date"],
        "embargo": document["embargo_until"],
        "city": (document["dateline"] or {}).get("city"),
        "end": document["end_mark"],
        "notes": document["notes_to_editors"],
        "boilerplate": document["boilerplate"][0]["text"] if document["boilerplate"] else None,
        "boilerplates": len(document["boilerplate"]),
        "body": document["body"][0]["text"],
    }


@pytest.mark.parametrize("name, form", CASES)
def test_release_in_the_manner_of_its_country_is_read_in_every_format(name: str, form: str) -> None:
    found, expected = read(name, form), EXPECTED[name]
    for field, value in expected.items():
        if field in BEGINS and value:
            assert value in (found[field] or ""), field
        else:
            assert found[field] == value, field
    nothing = EMPTY - set(expected)
    assert {field: found[field] for field in nothing} == dict.fromkeys(nothing)
