"""Merge fields: what a release's own letter says to each person.

Owns `{{ first_name }}` and `{{ outlet or "your paper" }}` in `pitch:`, and nothing more: what a person types into a
release is text, no program. Never leaves a hole: a field that is empty and has no other words stops the mail (H9).
Raises `InputProblem`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from mailer.errors import InputProblem, did_you_mean

_FIELD: Final = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_INSIDE: Final = re.compile(r"""\s*(?:contact\.)?(?P<name>\w+)(?:\s+or\s+(?:"(?P<a>[^"]*)"|'(?P<b>[^']*)'))?\s*""")


def fill_fields(text: str, contact: Mapping[str, str], *, source: str = "") -> str:
    """Return a text with one person's fields in it; `source` names the file that it is from.

    Raises:
        InputProblem: a field is not known, or is empty and says nothing in its place.
    """

    def value(match: re.Match[str]) -> str:
        parts = _INSIDE.fullmatch(match[1].replace("“", '"').replace("”", '"'))
        if parts is None:
            raise InputProblem(f'pitch: "{match[0]}" is no field; write {{{{ first_name }}}}')
        name, instead = parts["name"], parts["a"] if parts["a"] is not None else parts["b"]
        if name not in contact:
            raise InputProblem(f'pitch: contact has no field "{name}"{did_you_mean(name, contact)}')
        if contact[name].strip():
            return contact[name].strip()
        if instead is None:
            said = f'pitch: "{name}" is empty; write {{{{ {name} or "…" }}}} to say something else there'
            raise InputProblem(said)
        return instead

    try:
        return _FIELD.sub(value, text)
    except InputProblem as error:
        raise InputProblem(f"{error.message} (for {contact.get('email', 'somebody')})", source=source) from None
