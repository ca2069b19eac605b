"""RTF words: what the words of RTF mean to whoever reads its text.

Owns the tables (Rich Text Format 1.9.1): which groups are text, and which for programs alone; signs; looks; pictures.
A group whose first word is starred and not known here is passed over, as that format asks for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

SKIPPED = frozenset(
    (
        *("colortbl", "filetbl", "nonshppict", "shprslt", "xe", "tc", "txe", "rxe", "ftnsep", "ftnsepc"),
        *("ftncn", "aftnsep", "aftnsepc", "aftncn", "nonesttables", "pnseclvl", "mctrlPr", "mfPr", "mrPr", "mdPr"),
        *("mnaryPr", "msSubPr", "msSupPr", "mradPr"),
    )
)
# text only deeper inside
QUIET = frozenset({"info", "sp", "shp", "shpinst", "shpgrp", "object", "do", "field", "picprop"})
ABOUT = ("title", "subject", "keywords", "doccomm", "category")  # of the properties of the file
NAMED = {  # groups whose text is collected, and for what
    "fonttbl": "fonts",
    "stylesheet": "styles",
    "revtbl": "authors",
    "pict": "picture",
    "fldinst": "instruction",
    "listtext": "marker",
    "pntext": "marker",
    "sn": "name",
    "sv": "value",
    "atnauthor": "who",
    **{name: name for name in ABOUT},
}
TEXTS = frozenset({"fldrslt", "result", "moMath", "moMathPara", "shppict"})
FLOWS = {
    "footnote": "note",
    "annotation": "comment",
    "shptxt": "box",
    "dptxbxtext": "box",
    **{f"{edge}{page}": edge for edge in ("header", "footer") for page in ("", "l", "r", "f")},
}
STARRED = frozenset({*QUIET, *NAMED, *TEXTS, *FLOWS, "ud"})  # all others are for programs that know them
CHARS = {
    "emdash": "—",
    "endash": "–",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "bullet": "•",
    "tab": "\t",
    "line": "\n",
    "page": "\n",
    "column": "\n",
    "emspace": " ",
    "enspace": " ",
    "qmspace": " ",
}
SIGNS = {"~": "\u00a0", "_": "\u2011", "{": "{", "}": "}", "\\": "\\"}
URL = re.compile(r'HYPERLINK\s+"?([^"\\\s][^"\s]*)', re.IGNORECASE)
BLIPS = {"pngblip": "image/png", "jpegblip": "image/jpeg", "emfblip": "image/x-emf", "wmetafile": "image/x-wmf"}
ENCODINGS = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
FLAGS = {
    "b": "bold",
    "i": "italic",
    "v": "hidden",
    "intbl": "in_table",
    "deleted": "deleted",
    "mvf": "deleted",
    "revised": "inserted",
    "mvt": "inserted",
}
NUMBERS = {
    "revauth": ("author", 0),
    "revauthdel": ("author", 0),
    "s": ("style", 0),
    "fs": ("size", 24),
    "uc": ("uc", 1),
}
ALT = frozenset({"wzDescription", "pihlAlt"})
MOST = 0x1_0000


@dataclass(slots=True)
class State:
    """What holds in a group until it ends: what its text is for, and how that looks."""

    role: str = "text"
    before: str = "text"  # what the text around an alternative in Unicode was for
    starred: bool = False
    field: list[str] = field(default_factory=list)
    url: str = ""
    font: int = 0
    uc: int = 1
    size: int = 24
    bold: bool = False
    italic: bool = False
    hidden: bool = False
    deleted: bool = False
    inserted: bool = False
    author: int = 0
    style: int = 0
    level: int = 0
    in_table: bool = False
