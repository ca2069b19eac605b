"""Texts: sources of any length for the reading bench: ordinary ones in each language, and runs of one thing."""

from __future__ import annotations

import io
import itertools
import zipfile
from collections.abc import Callable, Mapping

_HEAD = "PRESS RELEASE\n\nEastport opens its new harbour school\n\nEASTPORT, 3 March 2027 - "
_SENTENCES: Mapping[str, str] = {
    "en": "The harbour of Eastport, says Ann Bell, a pilot for {n} years, has grown by 3.5% since May 12. ",
    "de": "Der Hafen von Oststadt, sagt Anna Glocke, Lotsin seit {n} Jahren, ist seit dem 12. Mai um 3,5 % gewachsen. ",
    "fr": "Le port de Villeneuve, explique Anne Cloche, pilote depuis {n} ans, a grandi de 3,5 % depuis le 12 mai. ",
    "es": "El puerto de Villanueva, dice Ana Campana, piloto hace {n} años, creció un 3,5 % desde el 12 de mayo. ",
    "it": "Il porto di Cittanova, dice Anna Campana, pilota da {n} anni, è cresciuto del 3,5 % dal 12 maggio. ",
    "nl": "De haven van Nieuwstad, zegt Anna Klok, al {n} jaar loods, is sinds 12 mei met 3,5 % gegroeid. ",
    "pt": "O porto de Vilanova, diz Ana Sino, piloto há {n} anos, cresceu 3,5 % desde 12 de maio. ",
    "ja": "港の水先案内人である鐘山花子さんは{n}年前から働いている。五月十二日に港は大きくなった。",
}
_QUOTE = '"We opened the {n}th door this morning, and nobody came," said Ann Bell, director of harbour {n}.\n\n'
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
RUNS: Mapping[str, str] = {
    "blanks": " ",
    "tabs": "\t",
    "no-break blanks": "\u00a0",
    "dashes": "-",
    "long dashes": "— ",
    "dots": ".",
    "dots apart": ". ",
    "commas": ",",
    "digits": "7",
    "digits apart": "7 ",
    "telephones": "+44 20 7946 0182 ",
    "capitals": "A",
    "initials": "A. ",
    "capital words": "HARBOUR ",
    "names": "Ann Bell ",
    "names and commas": "Ann Bell, ",
    "small words": "a ",
    "one word": "harbour",
    "ones": "I",
    "words joined": "a-",
    "words with apostrophes": "a'",
    "template tags": "{%",
    "English marks alone": "“",
    "numbers with a stop": "1.",
    "particles": "van de ",
    "titles": "Minister ",
    "months": "May ",
    "dates": "3 May ",
    "at signs": "a@",
    "addresses": "ann@example.org ",
    "web addresses": "https://example.org/a ",
    "www": "www.",
    "slashes": "/",
    "colons": "a: ",
    "brackets": "(",
    "square brackets": "[",
    "links half open": "[a](",
    "angles": "<",
    "tags half open": "<a ",
    "ampersands": "&",
    "stars": "*",
    "stars apart": "*a ",
    "underlines": "_a ",
    "backticks": "`",
    "bars": "|",
    "backslashes": "\\",
    "hashes": "#",
    "pointed": "> ",
    "English marks": "“a ",
    "German marks": "„a ",
    "French marks": "«a ",
    "straight marks": '"a ',
    "marks alone": '"',
    "apostrophes": "'a ",
    "Japanese marks": "「港",
    "kanji": "港",
    "kana": "ハ",
    "emoji": "\U0001f600",
    "accents": "e\u0301",
    "mojibake": "Ã¼",
    "lines": "harbour\n",
    "line feeds": "\n",
    "bullets": "- harbour\n",
    "numbers": "1. harbour\n",
    "names in lines": "Ann Bell\n\n",
    "signed lines": "— Ann Bell, pilot\n\n",
    "sections": "About Harbour Trust\n\n",
    "contact lines": "Ann Bell, press officer, +44 20 7946 0182, ann@example.org\n",
    "labels": "Contact:\n",
    "contact words": "please contact the press office ",
    "embargo words": "embargoed until ",
    "said words": "said ",
    "about words": "About the harbour. ",
    "quotes of one": "“The harbour opens,” said Ann Bell. ",
    "pages of quotes": "“The harbour opens.\n\n",
    "links": "[a](https://example.org) ",
    "bold": "**a** ",
    "leading blanks": "          harbour\n",
    "columns": "Ann Bell          Tom Ash\n",
    "table rows": "| a | b |\n",
    "page numbers": "Page 1 of 9\n\n",
    "capital lines": "THE HARBOUR OPENS\n\n",
    "colon lines": "Ann Bell said:\n\n",
}


def _sentences(language: str, size: int) -> str:
    one = _SENTENCES[language]
    return "".join(one.format(n=n) for n in range(size // len(one) + 1))[:size]


def _plain(body: str) -> tuple[bytes, str]:
    return (_HEAD + body).encode(), "release.txt"


def _page(body: str) -> tuple[bytes, str]:
    return f"<html><body><h1>Eastport opens its school</h1>{body}</body></html>".encode(), "release.html"


def _nested(opening: str, closing: str, size: int) -> tuple[bytes, str]:
    groups = max(1, size // (60 * (len(opening) + len(closing))))
    return _page((opening * 60 + "<p>The harbour opens.</p>" + closing * 60) * groups)


def _deep(opening: str, closing: str, size: int) -> tuple[bytes, str]:
    depth = size // (len(opening) + len(closing))
    return _page(opening * depth + "The harbour opens." + closing * depth)


def _word(size: int) -> tuple[bytes, str]:
    count = size // 100
    paragraphs = "".join(
        f"<w:p><w:r><w:t>The harbour opens its door number {n}, and the pilot Ann Bell has the key.</w:t></w:r></w:p>"
        for n in range(count)
    )
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as package:
        kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
        package.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{kind}"/></Types>',
        )
        package.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{_OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
        )
        package.writestr("word/document.xml", f"<w:document {_W}><w:body>{paragraphs}</w:body></w:document>")
    return made.getvalue(), "release.docx"


def _run(text: str, ending: str) -> Callable[[int], tuple[bytes, str]]:
    def make(size: int) -> tuple[bytes, str]:
        body = (text * (size // len(text) + 1))[:size]
        if ending == "txt":
            return _plain(body)
        if ending == "md":
            return f"# Eastport opens its school\n\n{body}".encode(), "release.md"
        return _page(f"<p>{body}</p>")

    return make


def _kinds() -> dict[str, Callable[[int], tuple[bytes, str]]]:
    made: dict[str, Callable[[int], tuple[bytes, str]]] = {}
    for one in _SENTENCES:
        made[f"one paragraph, {one}"] = lambda size, one=one: _plain(_sentences(one, size))  # type: ignore[misc]
    made |= {
        "paragraphs": lambda size: _plain(_sentences("en", size).replace(". ", ".\n\n")),
        "quotes": lambda size: _plain("".join(_QUOTE.format(n=n) for n in range(size // len(_QUOTE)))),
        "page of paragraphs": lambda size: _page(f"<p>{_sentences('en', size).replace('. ', '.</p><p>')}</p>"),
        "page of divs": lambda size: _nested("<div>", "</div>", size),
        "page of tables": lambda size: _nested("<table><tr><td>", "</td></tr></table>", size),
        "page of rows": lambda size: _page(f"<table>{'<tr><td>a</td><td>b</td></tr>' * (size // 30)}</table>"),
        "page of open tags": lambda size: _page("<div><p>harbour" * (size // 15)),
        "page of deep divs": lambda size: _deep("<div>", "</div>", size),
        "page of deep tables": lambda size: _deep("<table><tr><td>", "</td></tr></table>", size),
        "page of deep words": lambda size: _deep("<b>a ", "</b>", size),
        "page of line ends": lambda size: _page("harbour<br>" * (size // 11)),
        "Word": _word,
        "a number, then one word": lambda size: _plain(f"\n\n12 {'harbour' * (size // 7)}\n\nThe harbour opens."),
        "one web address": lambda size: _plain(f"https://example.org/{'a/b?c=1&d=%20' * (size // 13)}"),
    }
    for (name, text), ending in itertools.product(RUNS.items(), ("txt", "md", "html")):
        made[f"{name}, {ending}"] = _run(text, ending)
    return made


KINDS = _kinds()
