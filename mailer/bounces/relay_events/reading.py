"""Reading: JSON from outside, which answers every question; what is not there is empty.

Owns the bounds: how long a text, how many members of a list, how deep. Never raises on any bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime

MAX_TEXT = 2_000
MAX_MEMBERS = 5_000
MAX_KEPT = 64_000


class Node:
    """A JSON value, or nothing: `node["bounce"]["timestamp"].text` is a text whatever was sent."""

    __slots__ = ("value",)

    def __init__(self, value: object = None) -> None:
        """Take what `json` gave."""
        self.value = value

    def __getitem__(self, name: str) -> Node:
        """Return a member of an object, or an empty node."""
        return Node(self.value.get(name)) if isinstance(self.value, dict) else Node()

    def __iter__(self) -> Iterator[Node]:
        """Return the members of a list; of anything else there are none."""
        return map(Node, self.value[:MAX_MEMBERS]) if isinstance(self.value, list) else iter(())

    def has(self, name: str) -> bool:
        """Return whether an object has a member of this name, whatever its value is."""
        return isinstance(self.value, dict) and name in self.value

    @property
    def is_object(self) -> bool:
        """Return whether it has names and values."""
        return isinstance(self.value, dict)

    @property
    def text(self) -> str:
        """Return a text, or a number as one; bounded, and free of halves of characters that no ledger could keep."""
        return self.long_text[:MAX_TEXT]

    @property
    def long_text(self) -> str:
        """Return a text as `text` does, however long it is."""
        if isinstance(self.value, str):
            return self.value.encode("utf-8", "replace").decode("utf-8").replace("\x00", "\ufffd")
        is_number = isinstance(self.value, (int, float)) and not isinstance(self.value, bool)
        return str(self.value) if is_number else ""

    @property
    def is_true(self) -> bool:
        """Return whether it is `true`, also where that is written as a text."""
        return self.value is True or self.text.lower() == "true"

    @property
    def values(self) -> tuple[str, ...]:
        """Return the texts in an object or a list, those in lists below it too (tags, metadata)."""
        if isinstance(self.value, dict):
            inner = list(self.value.values())
        else:
            inner = self.value if isinstance(self.value, list) else []
        nodes = [Node(each) for each in inner[:MAX_MEMBERS]]
        return tuple(text for node in nodes for text in (node.text, *(each.text for each in node)) if text)

    @property
    def time(self) -> datetime | None:
        """Read a time of ISO 8601, or seconds since 1970; what is neither is None."""
        try:
            if isinstance(self.value, str) and not self.value.replace(".", "", 1).isdigit():
                at = datetime.fromisoformat(self.value[:60])
                return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
            return datetime.fromtimestamp(float(self.text), UTC)
        except (ValueError, OverflowError, OSError):
            return None


def parse_json(data: bytes) -> Node:
    """Read JSON; of what is none every question is answered with nothing, and the text is there to be kept."""
    try:
        return Node(json.loads(data))
    except (ValueError, RecursionError):  # also not UTF-8, and numbers that are too long to be one
        return _no_json(data.decode("utf-8", "replace"))


def parse_first_json(text: str) -> Node:
    """Read the JSON that a text begins with; what follows it (a footer), and line ends inside texts do no harm."""
    try:
        return Node(json.JSONDecoder(strict=False).raw_decode(text)[0])
    except (ValueError, RecursionError):
        return _no_json(text)


def _no_json(text: str) -> Node:
    return Node({"not JSON": text[:MAX_KEPT]})


def canonical(node: Node) -> bytes:
    """Return the JSON of a node, the same whatever the order and the blanks in which it came.

    Letters stand in it as they are: who looks for somebody's address in it, to erase it, finds it.
    """
    try:
        return json.dumps(node.value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(
            "utf-8", "replace"
        )
    except (ValueError, RecursionError):
        return b""


def digest_of(node: Node) -> str:
    """Name a node by what it says, where its relay gave it no name."""
    return hashlib.sha256(canonical(node)).hexdigest()
