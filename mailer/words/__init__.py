"""Words: what things are called, language by language. Data: one file a language, named after its BCP 47 tag.

Each file has a section a room: `[release]` has the words by which the parts of a release are known (plain phrases:
blanks match any blanks, case does not matter), `[answers]` those by which answers to a mail are understood (regular
expressions over text without accents; `{name}` stands for an entry of `[answers.parts]`). What the keys of a section
mean is said where it is read: `release.words.Words` and `bounces.answers.language.Language`. A section is parsed when
it is asked for first, and no other with it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

_HEADS: Final = re.compile(r"(?m)^(?=\[)")  # nothing but the head of a section begins a line with a bracket
_PART: Final = re.compile(r"\{([a-z_]+)\}")


@cache
def read_section(language: str, name: str) -> Mapping[str, Any]:
    """Return a section of a language's file, its arrays as tuples and its parts filled in."""
    text = files(__name__).joinpath(f"{language}.toml").read_text("utf-8")
    own = (block for block in _HEADS.split(text) if block.startswith((f"[{name}]", f"[{name}.")))
    table: dict[str, Any] = tomllib.loads("".join(own))[name]
    parts: Mapping[str, str] = table.pop("parts", {})

    def filled(text: str) -> str:
        while parts and _PART.search(text):
            text = _PART.sub(lambda match: parts[match[1]], text)
        return text

    return {
        key: tuple(filled(each) if isinstance(each, str) else tuple(each) for each in value)
        for key, value in table.items()
    }
