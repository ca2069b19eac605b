"""Front matter: the fields at the top of a release in Markdown, between two lines of `---`.

Owns the call of PyYAML, the table of fields and how each is read into the draft, and the fields that other programs
(Jekyll, Hugo, Astro, pandoc …) put there. Every string stays one, every problem has its line, and no problem hides the
others: all of them are in the draft, and `source` raises them together. A field may have its name in any of eight
languages, `titel` or `fecha` as well as `date`: `frontmatter.toml` in `mailer.words`.

A colon in a headline (`title: Acme: opens`) is an error in YAML but common: such a line is read as one text.
An event's times need a zone, as an embargo does. The field of an embargo must also name its year: in a
text by others, a day without one is completed from the release's date, and doubted; here its author can type it, and a
guessed year could let a release out too early.
Gaps: anchors and tags are read as YAML reads them, and have no use here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches
from itertools import accumulate
from typing import Any

import yaml

from mailer import lazy_re as re
from mailer.errors import Severity, did_you_mean
from mailer.release.head.embargo import report_embargo
from mailer.release.head.holds import report_holds
from mailer.release.people import parse_contact_line, sort_words
from mailer.release.pieces import Draft, Line, Piece, find_links, report_lost_links, settle, settle_piece, text_of
from mailer.release.sections import caption_image, paragraphs_of
from mailer.release.times import find_date, is_no_embargo, parse_date, parse_embargo
from mailer.release.top import parse_place
from mailer.release.values import Boilerplate, Event, Image, Kept, ListBlock, MediaContact, Span, Waiver
from mailer.release.words import pattern
from mailer.words import read_section

Cut = Callable[[str], list[Piece]]
_FIRST_LINE = 2  # the line after the opening ---
_MOST_OPEN = 100  # brackets
_MOST_QUOTED = 200  # lines
_MOST_ABOUT = 400  # characters of a waiver's subject
_OPENING, _FENCE = re.compile(r"---[ \t]*"), re.compile(r"(?:---|\.\.\.)[ \t]*")
_COMMENT = re.compile(r"(?:^|\s)#+(?P<words>.*)")
_PLAIN_LINE = re.compile(r"(?P<key>[^\W\d][\w -]*):[ \t]+(?P<text>\S.*?)[ \t]*")
_LINK = re.compile(r"\[(?P<words>[^\[\]]{1,200})\]\((?P<url>https?://[^\s()<>]{1,500})\)")
_URL = re.compile(r"https?://\S+", re.IGNORECASE)
_MOMENT = re.compile(r"(?P<day>\d{4}-\d{2}-\d{2})[T ]+\d{1,2}:\d{2}")
_CLOCK = re.compile(r"(\d{1,2})[:.](\d{2})")
# the end of a full line is an editor's wrapping; that of a short one (a name, a greeting) is intended
_LINE_GOES_ON = re.compile(r"(?<=[^\n]{60})[ \t]*\n(?=[^\n])")
_ONE_LINE = frozenset(read_section("frontmatter", "texts")["one_line"])
_KEPT = {"field": "field", "text": "text", "line": "line"}
_HOW = "write it as 2026-12-05 10:00 Europe/Berlin"


def _words_to_keys(section: str) -> Mapping[str, str]:
    return {word: key for key, words in read_section("frontmatter", section).items() for word in words}


# the names of the fields, each with its field of the draft; and the names in other languages
KEYS = _words_to_keys("fields")
_NATIVE, _LANGUAGES, _CONTACT, _EVENT, _PICTURE, _SITE_FIELDS = map(
    _words_to_keys, ("keys", "languages", "contact", "event", "picture", "site_fields")
)
_HOLD_WORD = re.compile(r"embarg|sperrfrist|sperrvermerk|sperrzeit|(?<!\w)gesperrt|(?<!\w)bloquead[oa]|エンバーゴ|解禁")
_HOLD_WORDS = ("embargo", "embargoed", "embargado", "embargato", "sperrfrist", "sperrvermerk")


def _native_key(name: str) -> str:
    """Return our key for a word of another language (`untertitel`: subhead); empty if it is not one."""
    words = " ".join(re.split(r"[\s_-]+", name.strip().lower()))
    if words == "embargo":
        return ""
    is_hold = _HOLD_WORD.search(words) or pattern(r"{embargo}(?:(?!\w)|(?<=:))").match(f"{words}:")
    return "embargo" if is_hold else _NATIVE.get(words, "")


def _own_key(name: str) -> str:
    """Return the key of the table for a name in a file; empty if there is none."""
    lower = name.lower().replace("-", "_")
    return lower if lower in KEYS else _native_key(name)


def field_of(name: str) -> str:
    """Return the field for a name at the top of a file (`titel`: headline); empty if there is none."""
    return KEYS.get(_own_key(name), "")


def _is_hold_key(name: str) -> bool:
    """Return whether a key is a word for an embargo, perhaps misspelt."""
    lower = name.strip().lower()
    return _own_key(lower) == "embargo" or bool(get_close_matches(lower, _HOLD_WORDS, n=1, cutoff=0.8))


def end_of_fields(lines: Sequence[str]) -> int:
    """Return the index of the line that closes the fields at the top of a file; 0 if they are not opened or closed."""
    fences = (i for i, line in enumerate(lines) if i and _FENCE.fullmatch(line))
    return next(fences, 0) if _OPENING.fullmatch(lines[0]) else 0


def split_front_matter(text: str, draft: Draft) -> tuple[str | None, str, int]:
    """Return the YAML (None if there is none), the body, and the line on which the body begins."""
    lines = text.split("\n")
    if not _OPENING.fullmatch(lines[0]):
        return None, text, 1
    if end := end_of_fields(lines):
        return "\n".join(lines[1:end]), "\n".join(lines[end + 1 :]), end + 2
    message = "the fields at the top are opened with --- and never closed; put a line --- before the text"
    draft.report("front-matter", message, 1, Severity.ERROR)
    return "", "", len(lines)


class UnreadableFields(ValueError):
    """Front matter that is not YAML, with the line of the file on which it fails."""

    def __init__(self, why: str, line: int = _FIRST_LINE) -> None:
        """Take the words behind “cannot be read”, and the line."""
        super().__init__(f"the fields at the top cannot be read{why}")
        self.line = line


def compose_fields(text: str) -> yaml.Node | None:
    """Parse front matter into nodes that know their lines; None if there is nothing.

    Raises UnreadableFields: it is not YAML, even with its lines `key: text` in quotation marks.
    """
    lines = text.split("\n")
    # at each bracket the parser checks all open ones, and after each quoted line it starts again
    depths = accumulate(1 if each in "[{" else -1 for each in re.findall(r"[\[\]{}]", text))
    if max(depths, default=0) > _MOST_OPEN:
        raise UnreadableFields(": a bracket [ or { is left open")
    for _ in range(min(len(lines), _MOST_QUOTED) + 1):
        try:
            node: yaml.Node | None = yaml.compose("\n".join(lines), Loader=yaml.BaseLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            at = mark.line if mark else 0
            began = error.context_mark.line if error.context_mark else at
            if not (_quote_line(lines, at) or _quote_line(lines, began)):
                what = error.problem or error.context or "it cannot be read"
                raise UnreadableFields(f" here: {what}; put the text in quotation marks", at + _FIRST_LINE) from None
        except (yaml.YAMLError, RecursionError) as error:
            bad = next((i for i, line in enumerate(lines) if not line.replace("\t", "").isprintable()), 0)
            reason = getattr(error, "reason", "they are nested too deep")
            raise UnreadableFields(f": {reason}", bad + _FIRST_LINE) from None
        else:
            return node
    raise UnreadableFields(f": more than {_MOST_QUOTED} lines need quotation marks")


def _quote_line(lines: list[str], at: int) -> bool:
    """Put the text of a line `key: text` into quotation marks, once; return whether that was possible."""
    match = _PLAIN_LINE.fullmatch(lines[at]) if at < len(lines) else None
    if not match or not _own_key(match["key"]) or re.fullmatch(r"'(?:[^']|'')*'", match["text"]):
        return False
    quoted = match["text"].replace("'", "''")
    lines[at] = f"{match['key']}: '{quoted}'"
    return True


def read_front_matter(text: str, draft: Draft, *, cut: Cut) -> list[Piece]:
    """Fill a draft from YAML; `cut` reads Markdown. Return the pictures that the fields name."""
    for number, line in enumerate(text.split("\n"), _FIRST_LINE):
        comment = _COMMENT.search(line)
        switched_off = comment and _PLAIN_LINE.fullmatch(comment["words"].strip())
        if comment and not (switched_off and switched_off["key"] in KEYS):  # a field that `release new` proposes
            report_holds(draft, "a comment at the top", comment["words"], number)
    fields = _Fields(draft, cut, text)
    try:
        node = compose_fields(text)
    except UnreadableFields as error:
        draft.report("front-matter", str(error), error.line, Severity.ERROR)
        return []
    if isinstance(node, yaml.MappingNode):
        fields.read_all(node)
    elif node is not None and not (isinstance(node, yaml.ScalarNode) and not node.value):
        draft.report("front-matter", "the fields at the top are lines of `key: text`", _FIRST_LINE, Severity.ERROR)
    return fields.images


class _Fields:
    """Reads the fields one by one into the draft; each mistake is a problem of the draft, at its line."""

    def __init__(self, draft: Draft, cut: Cut, text: str) -> None:
        self.draft = draft
        self.cut = cut
        self.source = text.split("\n")
        self.images: list[Piece] = []

    def read_all(self, node: yaml.MappingNode) -> None:
        read: dict[str, yaml.Node] = {}
        for key_node, value in node.value:
            name = str(key_node.value)
            own = _own_key(name)
            field = KEYS.get(own)
            if field is None:
                near = did_you_mean(name, KEYS) or did_you_mean(name, (*_HOLD_WORDS, *_NATIVE))
                why = "; the file's name is the slug: rename the file" if name == "slug" else near
                self.error("unknown-key", f'there is no field "{name}"{why}', key_node)
            elif _is_same(read.get(field), value):
                self.draft.report("native-key", f'"{name}" says the same as the field above', self.line(key_node))
            elif field in self.draft.given:
                self.error("twice", f'"{name}" is given twice', key_node)
            else:
                self.draft.given.add(field)
                read[field] = value
                self._explain(field, self.line(key_node), value)
                if _native_key(name) == own:
                    self.draft.report("native-key", f'the field "{name}" is read as {own}', self.line(key_node))
                self._read(field, value)

    def _explain(self, field: str, first: int, value: yaml.Node) -> None:
        """Record the field of each of its lines, for `release show --why`."""
        last = value.end_mark.line + _FIRST_LINE - (value.end_mark.column == 0)
        for number in range(first, last + 1):
            if words := self.source[number - _FIRST_LINE].strip():
                self.draft.explain(field.replace("_", " "), Line(number, words), f'in the field "{field}" at the top')

    def _read(self, field: str, node: yaml.Node) -> None:
        draft = self.draft
        text = self.one_line(node, field) if field in _ONE_LINE else ""
        match field:
            case "label" | "end_mark" | "sender" | "template":
                setattr(draft, field, text)
            case "headline" | "subhead":  # of a Markdown link, only the words stay
                setattr(draft, field, _LINK.sub(lambda link: link["words"], text))
                for link in _LINK.finditer(text):
                    inline = (Span(link["words"], url=link["url"]),)
                    report_lost_links(draft, field, link["words"], inline, self.line(node))
            case "date":
                moment = _MOMENT.match(text)
                try:
                    draft.date = parse_date(moment["day"] if moment else text) if text else None
                except ValueError as error:
                    self.error("bad-date", f"date: {error}", node)
            case "embargo" if is_no_embargo(text):
                draft.report("no-embargo", f'"{text}" is read as: there is no embargo', self.line(node))
            case "embargo" if text:
                draft.embargo, reason = parse_embargo(text)
                report_embargo(draft, reason, self.line(node))
            case "embargo":
                if isinstance(node, yaml.ScalarNode):
                    message = "no date and time here; write 2026-12-01 09:00 Europe/Berlin, or take the line out"
                    self.error("embargo-empty", f"embargo: {message}", node)
            case "dateline":
                draft.dateline = parse_place(text) if text else None
            case "language":
                draft.language = _LANGUAGES.get(text.lower(), text)
                if draft.language and not re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*", draft.language):
                    self.error("bad-language", f'language: "{text}" is not a language code, such as en or fr-CA', node)
            case "attachments":
                draft.attachments = tuple(self.texts(node, field))
            case "call_to_action":
                pieces = self.cut(self.text(node, field))
                draft.call_to_action = settle_piece(pieces[0]) if pieces else ()
                if len(pieces) > 1:
                    self.error("front-matter", "call_to_action: one paragraph is expected here", node)
            case "contacts":
                draft.contacts.extend(self._contact(item) for item in self.items(node))
            case "boilerplate":
                for item in self.items(node):
                    parts = dict(self.pairs(item, {"heading": "heading", "text": "text"}, field))
                    heading = self.one_line(parts["heading"], field) if "heading" in parts else ""
                    about_node = item if not isinstance(item, yaml.MappingNode) else parts.get("text")
                    about_text = self.text(about_node, field) if about_node else ""
                    draft.boilerplate.append(Boilerplate(paragraphs_of(self.cut(about_text)), heading))
            case "notes_to_editors":
                if isinstance(node, yaml.SequenceNode):
                    items = tuple(find_links(settle(text_of(one))) for one in self.texts(node, field))
                    draft.notes.append(Piece(ListBlock(items, ordered=True), self.line(node)))
                else:
                    draft.notes.extend(self.cut(self.text(node, field)))
            case "images":
                for item in self.items(node):
                    image = self._picture(item, field)
                    made = caption_image(image.caption)
                    image = replace(image, caption=made.caption, credit=image.credit or made.credit)
                    self.images.append(Piece(image, self.line(item)))
            case "waivers":
                if not isinstance(node, yaml.MappingNode):
                    self.error("front-matter", "checks: write `waive:` below it, and there `CODE: why`", node)
                for value in dict(self.pairs(node, {"waive": "waive"}, "checks")).values():
                    draft.waivers = tuple(self._waivers(value))
            case "kept":
                for item in self.items(node):
                    is_mapping = isinstance(item, yaml.MappingNode)
                    words = self.lines(item, _KEPT, field) if is_mapping else {"text": self.one_line(item, field)}
                    line = int(words["line"]) if words.get("line", "").isdecimal() else self.line(item)
                    draft.kept.append(Kept(words.get("field", "other"), words.get("text", ""), line))
            case "event":
                draft.extras = replace(draft.extras, event=self._event(node))
            case "portrait":
                draft.extras = replace(draft.extras, portrait=self._picture(node, field))
            case "pitch":
                pitch = _LINE_GOES_ON.sub(" ", self.text(node, field).strip())
                draft.extras = replace(draft.extras, pitch=pitch)
            case "offer":
                draft.extras = replace(draft.extras, offer=" ".join(self.text(node, field).split()))
            case "press_kit":
                if text and not _URL.fullmatch(text):
                    self.error("press-kit", f'press_kit: "{text}" is not a link; write https://…', node)
                else:
                    draft.extras = replace(draft.extras, press_kit=text)
            case "pictures":
                if text.lower() in {"link", "inline"}:
                    draft.extras = replace(draft.extras, pictures=text.lower())
                else:
                    message = 'pictures: write "link" (they stay where they are) or "inline" (inside the mail)'
                    self.error("pictures", message, node)
            case "topics":
                topics = dict.fromkeys(" ".join(each.split()) for each in self.texts(node, field))
                draft.extras = replace(draft.extras, topics=tuple(filter(None, topics)))
            case "newsroom":
                if text.lower() in {"true", "false"}:
                    draft.extras = replace(draft.extras, newsroom=text.lower())
                else:
                    message = "newsroom: write true (a page though it is not mailed) or false (no page)"
                    self.error("newsroom", message, node)

    def _contact(self, node: yaml.Node) -> MediaContact:
        if not isinstance(node, yaml.MappingNode):
            data = parse_contact_line(self.one_line(node, "contacts"))
            name, *rest = [*data.words, ""]
            role, organisation = sort_words(tuple(word for word in rest if word))
            return MediaContact(name, role, organisation, data.phones, data.emails, data.note)
        texts: dict[str, str] = {}
        lists: dict[str, list[str]] = {"phones": [], "emails": []}
        for key, value in self.pairs(node, _CONTACT, "a contact"):
            if key in lists:
                lists[key].extend(self.texts(value, key))
            else:
                texts[key] = self.one_line(value, key)
        return MediaContact(**texts, phones=tuple(lists["phones"]), emails=tuple(lists["emails"]))

    def _waivers(self, node: yaml.Node) -> Iterator[Waiver]:
        """Read `CODE: reason`, and `CODE "words": reason` for one of several findings."""
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                code, _, about = self.one_line(key, "waive").partition(" ")
                yield Waiver(code, self.one_line(value, "waive"), unquoted(about), self.line(key))
        elif not isinstance(node, yaml.ScalarNode) or node.value:
            self.error("front-matter", "waive: write one line `CODE: why` for each warning that is meant", node)

    def _event(self, node: yaml.Node) -> Event | None:
        if not isinstance(node, yaml.MappingNode):
            self.error("event", "event: lines of `what:`, `who:`, `where:`, `starts:` are expected under it", node)
            return None
        texts = self.lines(node, _EVENT, "an event")
        starts = self._moment(texts.pop("starts", ""), node, "starts")
        ends, ends_text = None, texts.pop("ends", "")
        if starts is None:
            return None
        if ends_text:  # a date and time, or a time on the day of the start
            clock = _CLOCK.fullmatch(ends_text)
            if clock and int(clock[1]) < 24 and int(clock[2]) < 60:
                ends = starts.replace(hour=int(clock[1]), minute=int(clock[2]))
            else:
                ends = self._moment(ends_text, node, "ends")
            if ends is not None and ends <= starts:
                self.error("event", f"event: it ends ({ends_text}) before it starts", self.of(node, _EVENT, "ends"))
                ends = None
        if (url := texts.get("url", "")) and not _URL.fullmatch(url):
            self.error("event", f'event: url: "{url}" is not a link; write https://…', self.of(node, _EVENT, "url"))
            return None
        return Event(**texts, starts=starts, ends=ends)

    def _moment(self, text: str, event: yaml.Node, name: str) -> datetime | None:
        node = self.of(event, _EVENT, name)
        if not text:
            self.error("event", f"event: {name} is missing; {_HOW}", node)
            return None
        found, reason = parse_embargo(text)
        if found.until is None or found.until.tzinfo is None:
            why = "names no time zone" if found.until is not None else "is not a date and time"
            self.error("event", f'event: {name}: "{text}" {why}; {_HOW}', node)
            return None
        if reason:
            self.draft.report("event", f"event: {name}: {reason}", self.line(node))
        return found.until

    def _picture(self, node: yaml.Node, name: str) -> Image:
        """Read a picture: its address or file alone, or its fields."""
        if not isinstance(node, yaml.MappingNode):
            return Image(self.one_line(node, name))
        values: dict[str, Any] = {**self.lines(node, _PICTURE, "a picture")}
        for key in {"width", "height"} & values.keys():
            text = values.pop(key)
            if re.fullmatch(r"[1-9]\d{0,4}", text):
                values[key] = int(text)
            elif text:
                self.error("picture-size", f'{key}: "{text}" is not a number of pixels', node)
        return Image(**values)

    # Reading the parts of any field.

    def error(self, code: str, message: str, node: yaml.Node) -> None:
        self.draft.report(code, message, self.line(node), Severity.ERROR)

    def line(self, node: yaml.Node) -> int:
        return int(node.start_mark.line) + _FIRST_LINE

    def text(self, node: yaml.Node, name: str) -> str:
        """Return a text as it is, its line ends too."""
        if not isinstance(node, yaml.ScalarNode):
            self.error("front-matter", f"{name}: one text is expected here, not a list", node)
            return ""
        # YAML ends a text at ` #`: “We are #1” would silently lose its end
        buffer = node.end_mark.buffer if node.style is None else None
        rest = buffer[node.end_mark.pointer :].split("\n", 1)[0].strip("\0 \t") if buffer else ""
        if rest.startswith("#"):
            message = f'{name}: "{rest}" is read as a comment; put the whole text in quotation marks if it belongs'
            self.draft.report("comment-in-text", message, self.line(node), Severity.WARNING)
        return str(node.value)

    def one_line(self, node: yaml.Node, name: str) -> str:
        return self.text(node, name).strip().replace("\n", " ")

    def texts(self, node: yaml.Node, name: str) -> list[str]:
        if isinstance(node, yaml.SequenceNode):
            return [self.one_line(item, name) for item in node.value]
        text = self.one_line(node, name)
        return [text] if text else []

    def pairs(self, node: yaml.Node, known: Mapping[str, str], name: str) -> Iterator[tuple[str, yaml.Node]]:
        """Yield the values of a mapping by the fields that `known` has for their keys; other keys are errors."""
        for key_node, value in node.value if isinstance(node, yaml.MappingNode) else ():
            key = str(key_node.value).lower()
            if key in known:
                yield known[key], value
            else:
                near = did_you_mean(key, known.values()) or did_you_mean(key, known)
                self.error("unknown-key", f'{name} has no field "{key_node.value}"{near}', key_node)

    def lines(self, node: yaml.Node, known: Mapping[str, str], name: str) -> dict[str, str]:
        """Return the texts of a mapping, each on one line; of one field that is given twice, the last."""
        return {key: self.one_line(value, key) for key, value in dict(self.pairs(node, known, name)).items()}

    def of(self, node: yaml.Node, known: Mapping[str, str], field: str) -> yaml.Node:
        """Return the value of a field in a mapping, or the mapping if it has none."""
        found = (value for key, value in node.value if known.get(str(key.value).lower()) == field)
        return next(found, node)

    def items(self, node: yaml.Node) -> list[yaml.Node]:
        """Return the nodes of a list; a single one is a list of one."""
        if isinstance(node, yaml.SequenceNode):
            return list(node.value)
        return [node] if not isinstance(node, yaml.ScalarNode) or node.value else []


def _is_same(one: yaml.Node | None, other: yaml.Node) -> bool:
    """Return whether two values are equal: a field under two names, such as “titre” beside “title”."""
    texts = [str(node.value).split() for node in (one, other) if isinstance(node, yaml.ScalarNode)]
    return len(texts) == 2 and texts[0] == texts[1]


def unquoted(text: str) -> str:
    """Return a text without quotation marks around it."""
    bare = text.strip()
    for first, last in ('""', "“”", "''", "„“", "«»"):
        if len(bare) > 1 and bare.startswith(first) and bare.endswith(last):
            return bare[1:-1].strip()
    return bare


def waiver_key(code: str, about: str = "") -> str:
    """Return the key of a waiver: the code, and its subject in quotation marks if there is one."""
    return f'{code} "{about}"' if about else code


def one_line(about: str) -> str:
    """Return the subject of a finding as a waiver can have it: one line, without double quotation marks."""
    return " ".join(about.replace('"', "'").split())[:_MOST_ABOUT]


def parse_waiver_key(key: str) -> tuple[str, str]:
    """Parse a key as `waiver_key` writes it: the code and the subject."""
    code, _, about = " ".join(key.split()).partition(" ")
    return code, unquoted(about)


# Site matter: the fields of other programs at the top of a text in Markdown.

_SITE = frozenset(read_section("frontmatter", "site")["keys"])
_SITE_ONLY = frozenset({"layout", "draft", "permalink", "aliases", "redirect_from", "lastmod", "documentclass"})
_ENOUGH = 2  # one such key may be a mistake in an ordinary release
_OURS = KEYS.keys() - _SITE_FIELDS.keys() - _SITE  # `topics` belongs to both
_KEY = r"(?P<key>[^\W\d_](?:[\w.-]|[ ’'](?=\w))*)[\"']?\s*"
_FIELD = re.compile(rf"[\"']?{_KEY}(?::|=)\s*(?P<value>.*)")
# a field at any depth, or the name of a part: `  embargo: …`, `[embargo]`
_HOLD = re.compile(rf"[\s{{\"'-]*{_KEY}[:=]\s*(?P<value>.*)|\s*\[(?P<part>[^\[\],]+)\]\s*")


def take_site_matter(text: str, draft: Draft) -> tuple[str, bool]:
    """Read such fields into the draft; return whether the text below them may have the parts without a field.

    The text is returned with blank lines in their place, so that line numbers stay.
    """
    lines = text.split("\n")
    fence = lines[0].strip()
    end = next((i for i, line in enumerate(lines[1:], 1) if line.strip() == fence), 0)
    if fence not in {"---", "+++"} or not end:
        return text, False
    # each field by the place of its line, with its key and value
    found = {i: match for i in range(1, end) if (match := _FIELD.match(lines[i]))}
    begins = {i: (match["key"].lower(), _bare(match["value"])) for i, match in found.items()}
    keys = {key for key, _ in begins.values()}
    if not _is_foreign(keys, fence):
        is_plain = (not keys or "title" in keys) and keys <= KEYS.keys() - _OURS
        return text, is_plain or any(map(_native_key, keys))
    own: set[str] = set()  # keys that stay, to be read as ours
    if fence == "---":
        own = {key for key, value in begins.values() if _native_key(key) and value} | set(filter(_is_hold_key, keys))
        own |= KEYS.keys() if keys & _OURS else set()
    if keys & _SITE:
        message = "the fields at the top are those of a web site: title and date are read, the rest is kept"
        draft.report("site-fields", message, 1)
    name, left = "", [fence]
    for i in range(1, end):
        name = begins[i][0] if i in begins else name  # the key to which the line belongs
        left.append(lines[i] if name in own else "")
        if name not in own:
            _take_line(draft, Line(i + 1, " ".join(lines[i].split())), _HOLD.fullmatch(lines[i]), begins.get(i))
    left += lines[end:] if own else ["", *lines[end + 1 :]]
    return "\n".join(left if own else ["", *left[1:]]), True


def _bare(value: str) -> str:
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1].replace('\\"', '"').replace("''", "'")
    return value


def _is_foreign(keys: set[str], fence: str) -> bool:
    """Return whether the keys are those of another program, and not a mistake in a release of ours."""
    if fence == "+++" and keys:
        return True
    native = set(filter(_native_key, keys - _SITE - _SITE_FIELDS.keys()))
    if not keys & {"title", "headline"} and "headline" not in map(_native_key, native):
        return False
    unknown = keys - (KEYS.keys() - _SITE) - native
    others = {key for key in unknown if key in _SITE or key in _SITE_FIELDS or not did_you_mean(key, [*KEYS, *native])}
    if keys & _SITE_ONLY or len(others) >= _ENOUGH or (native and others):
        return True
    return bool(others) and others <= _SITE_FIELDS.keys() and not keys & _OURS


def _take_line(draft: Draft, line: Line, hold: re.Match[str] | None, field: tuple[str, str] | None) -> None:
    """Read a line whose key is not ours; a value that cannot be used is kept.

    An embargo in a field of another program counts; one without a date and time is an error.
    """
    key, value = field or ("", "")
    name = _SITE_FIELDS.get(key) or _native_key(key) or key
    if hold and _is_hold_key(hold["key"] or hold["part"]):
        value = _bare((hold["value"] or "").strip(" \t,}"))
        if value and draft.embargo is None and not is_no_embargo(value):
            draft.given.add("embargo")
            draft.embargo, reason = parse_embargo(value)
            report_embargo(draft, reason, line.number)
        elif not is_no_embargo(value):
            message = f'"{line.text}": the embargo cannot be read here; write embargo: 2026-12-01 09:00 Europe/Berlin'
            draft.report("embargo-empty", message, line.number, Severity.ERROR)
            return
    elif name in {"headline", "subhead"} and value and not getattr(draft, name):
        setattr(draft, name, value)
        draft.given.add(name)
        draft.note(name, value, line.number)
        return
    elif name == "language" and re.match(r"[a-z]{2}(?![a-z])", value):
        draft.language = value[:2]
    elif name == "date" and draft.date is None:
        day = re.match(r"\d{4}-\d{2}-\d{2}", value)
        try:
            draft.date = parse_date(day.group() if day else value)
        except ValueError:
            found = find_date(value)
            draft.date = found.day if found else None
        if draft.date:
            draft.note("date", draft.date.isoformat(), line.number)
    if line.text:
        draft.keep("site", line)
