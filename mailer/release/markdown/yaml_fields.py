"""Yaml fields: the YAML at the top of a Markdown release, as nodes with their lines.

Owns the call of PyYAML: every string stays one, every problem has its line, and the first problem never hides the
others. Knows no key: `frontmatter` has the table, and `native_keys` the words of other languages for it.

A colon in a headline (`title: Acme: opens`) is YAML's error and people's habit: such a line is read as one text.
Gaps: anchors and tags are read as YAML reads them, and have no use here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import accumulate

import yaml

from mailer.errors import Severity, did_you_mean
from mailer.release.head.holds import tell_holds
from mailer.release.pieces import Draft, Piece
from mailer.release.words import pattern
from mailer.words import read_section

Cut = Callable[[str], list[Piece]]
_FIRST_LINE = 2  # the line after the opening ---
_BRACKET = re.compile(r"[\[\]{}]")
_MOST_OPEN = 100
_MOST_QUOTED = 200  # lines
_FENCE = re.compile(r"(?:---|\.\.\.)[ \t]*")
_COMMENT = re.compile(r"(?:^|\s)#+(?P<words>.*)")
_PLAIN_LINE = re.compile(r"(?P<key>[^\W\d][\w -]*):[ \t]+(?P<text>\S.*?)[ \t]*")


def split_front_matter(text: str, draft: Draft) -> tuple[str | None, str, int]:
    """Return the YAML (None where there is none), the body, and the line on which the body begins."""
    lines = text.split("\n")
    if not re.fullmatch(r"---[ \t]*", lines[0]):
        return None, text, 1
    for i, line in enumerate(lines[1:], 1):
        if _FENCE.fullmatch(line):
            return "\n".join(lines[1:i]), "\n".join(lines[i + 1 :]), i + 2
    message = "the fields at the top are opened with --- and never closed; put a line --- before the text"
    draft.say("front-matter", message, 1, Severity.ERROR)
    return "", "", len(lines)


def _compose(text: str, draft: Draft, keys: Mapping[str, Key]) -> yaml.Node | None:
    lines = text.split("\n")
    # at each bracket the parser looks through all that are open, and after each quoted line it begins anew
    if max(accumulate(1 if each in "[{" else -1 for each in _BRACKET.findall(text)), default=0) > _MOST_OPEN:
        draft.say(
            "front-matter",
            "the fields at the top cannot be read: a bracket [ or { is left open",
            _FIRST_LINE,
            Severity.ERROR,
        )
        return None
    for _ in range(min(len(lines), _MOST_QUOTED) + 1):
        try:
            node: yaml.Node | None = yaml.compose("\n".join(lines), Loader=yaml.BaseLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            at = mark.line if mark else 0
            began = error.context_mark.line if error.context_mark else at
            if not (_quote_line(lines, at, keys) or _quote_line(lines, began, keys)):
                what = error.problem or error.context or "it cannot be read"
                message = f"the fields at the top cannot be read here: {what}; put the text in quotation marks"
                draft.say("front-matter", message, at + _FIRST_LINE, Severity.ERROR)
                return None
        except (yaml.YAMLError, RecursionError) as error:
            bad = next((i for i, line in enumerate(lines) if not line.replace("\t", "").isprintable()), 0)
            message = f"the fields at the top cannot be read: {getattr(error, 'reason', 'they are nested too deep')}"
            draft.say("front-matter", message, bad + _FIRST_LINE, Severity.ERROR)
            return None
        else:
            return node
    message = f"the fields at the top cannot be read: more than {_MOST_QUOTED} lines need quotation marks"
    draft.say("front-matter", message, _FIRST_LINE, Severity.ERROR)
    return None


def _quote_line(lines: list[str], at: int, keys: Mapping[str, Key]) -> bool:
    """Put the text of a line `key: text` into quotation marks, once; say whether that was possible."""
    match = _PLAIN_LINE.fullmatch(lines[at]) if at < len(lines) else None
    if not match or not _own_name(match.group("key"), keys) or re.fullmatch(r"'(?:[^']|'')*'", match.group("text")):
        return False
    quoted = match.group("text").replace("'", "''")
    lines[at] = f"{match.group('key')}: '{quoted}'"
    return True


def _own_name(name: str, keys: Mapping[str, Key]) -> str:
    """Return the key of the table that a name in a file means, empty where it means none."""
    lower = name.lower().replace("-", "_")
    return lower if lower in keys else find_native_key(name)


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the table: the field of the draft that it fills, and how."""

    field: str
    read: Callable[[Fields, yaml.Node, str], None]


class Fields:
    """Reads the keys one by one into the draft."""

    def __init__(self, draft: Draft, cut: Cut) -> None:
        self.draft = draft
        self.cut = cut
        self.images: list[Piece] = []

    def read(self, text: str, keys: Mapping[str, Key]) -> None:
        """Read all keys of a YAML text; what is wrong is a problem of the draft."""
        for number, line in enumerate(text.split("\n"), _FIRST_LINE):
            comment = _COMMENT.search(line)
            switched_off = comment and _PLAIN_LINE.fullmatch(comment["words"].strip())
            if comment and not (switched_off and switched_off["key"] in keys):  # a field that `release new` proposes
                tell_holds(self.draft, "a comment at the top", comment["words"], number)
        node = _compose(text, self.draft, keys)
        if isinstance(node, yaml.MappingNode):
            self._read_keys(node, keys)
        elif node is not None and not (isinstance(node, yaml.ScalarNode) and not node.value):
            message = "the fields at the top are lines of `key: text`"
            self.draft.say("front-matter", message, _FIRST_LINE, Severity.ERROR)

    def _read_keys(self, node: yaml.MappingNode, keys: Mapping[str, Key]) -> None:
        read: dict[str, yaml.Node] = {}
        for key_node, value in node.value:
            name = str(key_node.value)
            own = _own_name(name, keys)
            key = keys.get(own)
            if key is None:
                near = did_you_mean(name, keys) or did_you_mean(name, NATIVE_WORDS)
                why = "; the file's name is the slug: rename the file" if name == "slug" else near
                self.error("unknown-key", f'there is no field "{name}"{why}', key_node)
            elif key.field in read and _says_the_same(read[key.field], value):
                self.draft.say("native-key", f'"{name}" says the same as the field above', self.line(key_node))
            elif key.field in self.draft.given:
                self.error("twice", f'"{name}" is given twice', key_node)
            else:
                self.draft.given.add(key.field)
                read[key.field] = value
                if find_native_key(name) == own:
                    self.draft.say("native-key", f'the field "{name}" is read as {own}', self.line(key_node))
                key.read(self, value, key.field)

    def error(self, code: str, message: str, node: yaml.Node) -> None:
        """Note an error at the line of a node."""
        self.draft.say(code, message, self.line(node), Severity.ERROR)

    def line(self, node: yaml.Node) -> int:
        """Return the line of a node in the file."""
        return int(node.start_mark.line) + _FIRST_LINE

    def text(self, node: yaml.Node, name: str) -> str:
        """Return a text as it stands, its line ends too."""
        if not isinstance(node, yaml.ScalarNode):
            self.error("front-matter", f"{name}: one text is expected here, not a list", node)
            return ""
        self._warn_of_comment(node, name)
        return str(node.value)

    def _warn_of_comment(self, node: yaml.ScalarNode, name: str) -> None:
        """YAML ends a text at ` #`: “We are #1” would lose its end without a word."""
        buffer = node.end_mark.buffer
        if node.style is not None or not buffer:
            return
        rest = buffer[node.end_mark.pointer :].split("\n", 1)[0].rstrip("\0 \t")
        if rest.lstrip().startswith("#"):
            message = (
                f'{name}: "{rest.strip()}" is read as a comment; put the whole text in quotation marks if it belongs'
            )
            self.draft.say("comment-in-text", message, self.line(node), Severity.WARNING)

    def one_line(self, node: yaml.Node, name: str) -> str:
        """Return a text on one line."""
        return " ".join(self.text(node, name).split(" ")).strip().replace("\n", " ")

    def texts(self, node: yaml.Node, name: str) -> list[str]:
        """Return one text or several."""
        if isinstance(node, yaml.SequenceNode):
            return [self.one_line(item, name) for item in node.value]
        text = self.one_line(node, name)
        return [text] if text else []

    def mapping(self, node: yaml.MappingNode, known: Mapping[str, str], name: str) -> list[tuple[str, yaml.Node]]:
        """Return the values of a mapping by the field that `known` has for their keys; others are errors."""
        found: list[tuple[str, yaml.Node]] = []
        for key_node, value in node.value:
            key = str(key_node.value).lower()
            if key in known:
                found.append((known[key], value))
            else:
                near = did_you_mean(key, known.values()) or did_you_mean(key, known)
                message = f'{name} has no field "{key_node.value}"{near}'
                self.error("unknown-key", message, key_node)
        return found

    def items(self, node: yaml.Node) -> list[yaml.Node]:
        """Return the nodes of a list; a single one is a list of one."""
        if isinstance(node, yaml.SequenceNode):
            return list(node.value)
        return [node] if not isinstance(node, yaml.ScalarNode) or node.value else []


def _says_the_same(one: yaml.Node, other: yaml.Node) -> bool:
    """Return whether two values are one: a field under two names, as in “titre” beside “title”."""
    both = isinstance(one, yaml.ScalarNode) and isinstance(other, yaml.ScalarNode)
    return both and str(one.value).split() == str(other.value).split()


# Native keys: the fields of a release by the plain words of the eight languages, `titel` or `fecha` as well as
# `date`: `frontmatter.toml` in `mailer.words`.

_KEYS: Mapping[str, str] = {word: key for key, words in read_section("frontmatter", "keys").items() for word in words}
_LANGUAGES: Mapping[str, str] = {
    name: tag for tag, names in read_section("frontmatter", "languages").items() for name in names
}
_HOLD = re.compile(r"embarg|sperrfrist|sperrvermerk|sperrzeit|(?<!\w)gesperrt|(?<!\w)bloquead[oa]|エンバーゴ|解禁")
_HOLD_WORDS = ("embargo", "embargoed", "embargado", "embargato", "sperrfrist", "sperrvermerk")
NATIVE_WORDS = (*_HOLD_WORDS, *_KEYS)
_NEAR = 0.8


def find_native_key(name: str) -> str:
    """Return the key of ours that a word means (`untertitel`: subhead), empty where it is no such word."""
    words = " ".join(re.split(r"[\s_-]+", name.strip().lower()))
    if words == "embargo":
        return ""
    return "embargo" if _is_hold(words) else _KEYS.get(words, "")


def _is_hold(words: str) -> bool:
    return _HOLD.search(words) is not None or pattern(r"{embargo}(?:(?!\w)|(?<=:))").match(f"{words}:") is not None


def is_like_hold(name: str) -> bool:
    """Return whether a key is a word for an embargo, or one with a slip in it."""
    lower = name.strip().lower()
    slip = get_close_matches(lower, _HOLD_WORDS, n=1, cutoff=_NEAR)
    return lower == "embargo" or find_native_key(lower) == "embargo" or bool(slip)


def find_language(text: str) -> str:
    """Return the code of a language that is named by its name (`Deutsch`), else the text as it stands."""
    return _LANGUAGES.get(text.lower(), text)
