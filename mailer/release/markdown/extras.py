"""Extras: what goes with a release beside its text, as front matter names it.

Owns the keys `event`, `portrait`, `pitch`, `press_kit` and `pictures`, both ways: from YAML into `Extras`, and from
there as the fields that `writing` puts into a file. What is wrong is a problem at its line.
An event's times need a zone, as an embargo does (standards M4).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Any

import yaml

from mailer.release.markdown.yaml_fields import Fields, Key
from mailer.release.times.moments import parse_embargo
from mailer.release.values import Event, Extras, Image

_EVENT_KEYS: Mapping[str, str] = {
    "what": "what",
    "who": "who",
    "where": "where",
    "place": "where",
    "starts": "starts",
    "start": "starts",
    "when": "starts",
    "ends": "ends",
    "end": "ends",
    "register": "register",
    "registration": "register",
    "url": "url",
    "link": "url",
    "online": "url",
}
PICTURE_KEYS: Mapping[str, str] = {
    "src": "src",
    "url": "src",
    "file": "src",
    "alt": "alt",
    "caption": "caption",
    "credit": "credit",
    "licence": "licence",
    "license": "licence",
    "width": "width",
    "height": "height",
}
_PICTURE_WORDS = ("src", "alt", "caption", "credit", "licence")
_WAYS = ("link", "inline")
_HOW = "write it as 2026-12-05 10:00 Europe/Berlin"
# a line that an editor broke because it was full; a short one (a name, a greeting) ends where it ends
_LINE_GOES_ON = re.compile(r"(?<=[^\n]{60})[ \t]*\n(?=[^\n])")
_CLOCK = re.compile(r"(\d{1,2})[:.](\d{2})")


def _read_event(fields: Fields, node: yaml.Node, _: str) -> None:
    if not isinstance(node, yaml.MappingNode):
        fields.error("event", "event: lines of `what:`, `who:`, `where:`, `starts:` are expected under it", node)
        return
    texts: dict[str, str] = {}
    nodes: dict[str, yaml.Node] = {}
    for key, value in fields.mapping(node, _EVENT_KEYS, "an event"):
        texts[key], nodes[key] = fields.one_line(value, key), value
    starts = _moment(fields, texts.pop("starts", ""), nodes.get("starts", node), "starts")
    ends_text = texts.pop("ends", "")
    if starts is None:
        return
    ends = _end(fields, ends_text, starts, nodes["ends"]) if ends_text else None
    if (url := texts.get("url", "")) and not re.fullmatch(r"https?://\S+", url, re.IGNORECASE):
        fields.error("event", f'event: url: "{url}" is no link; write https://…', nodes["url"])
        return
    _set(fields, event=Event(**texts, starts=starts, ends=ends))


def _moment(fields: Fields, text: str, node: yaml.Node, name: str) -> datetime | None:
    if not text:
        fields.error("event", f"event: {name} is missing; {_HOW}", node)
        return None
    found, reason = parse_embargo(text)
    if found.until is None or found.until.tzinfo is None:
        why = "names no time zone" if found.until is not None else "is not a date and time"
        fields.error("event", f'event: {name}: "{text}" {why}; {_HOW}', node)
        return None
    if reason:
        fields.draft.say("event", f"event: {name}: {reason}", fields.line(node))
    return found.until


def _end(fields: Fields, text: str, starts: datetime, node: yaml.Node) -> datetime | None:
    """Read when it ends: a moment, or a time of day on the day that it starts."""
    clock = _CLOCK.fullmatch(text)
    if clock and int(clock[1]) < 24 and int(clock[2]) < 60:
        ends: datetime | None = starts.replace(hour=int(clock[1]), minute=int(clock[2]))
    else:
        ends = _moment(fields, text, node, "ends")
    if ends is not None and ends <= starts:
        fields.error("event", f"event: it ends ({text}) before it starts", node)
        return None
    return ends


def _read_portrait(fields: Fields, node: yaml.Node, name: str) -> None:
    _set(fields, portrait=read_picture(fields, node, name))


def read_picture(fields: Fields, node: yaml.Node, name: str) -> Image:
    """Read a picture: its address or file alone, or its fields."""
    texts: dict[str, str] = {}
    if isinstance(node, yaml.MappingNode):
        texts = {key: fields.one_line(value, key) for key, value in fields.mapping(node, PICTURE_KEYS, "a picture")}
    else:
        texts["src"] = fields.one_line(node, name)
    width, height = (_pixels(fields, texts.get(key, ""), node, key) for key in ("width", "height"))
    src, alt, caption, credit, licence = (texts.get(name, "") for name in _PICTURE_WORDS)
    return Image(src, alt, caption, credit, licence, width, height)


def _pixels(fields: Fields, text: str, node: yaml.Node, name: str) -> int:
    if text and not re.fullmatch(r"[1-9]\d{0,4}", text):
        fields.error("picture-size", f'{name}: "{text}" is no number of pixels', node)
        return 0
    return int(text or 0)


def _read_pitch(fields: Fields, node: yaml.Node, name: str) -> None:
    _set(fields, pitch=_LINE_GOES_ON.sub(" ", fields.text(node, name).strip()))


def _read_press_kit(fields: Fields, node: yaml.Node, name: str) -> None:
    url = fields.one_line(node, name)
    if url and not re.fullmatch(r"https?://\S+", url, re.IGNORECASE):
        fields.error("press-kit", f'press_kit: "{url}" is no link; write https://…', node)
    else:
        _set(fields, press_kit=url)


def _read_pictures(fields: Fields, node: yaml.Node, name: str) -> None:
    way = fields.one_line(node, name).lower()
    if way not in _WAYS:
        fields.error(
            "pictures", 'pictures: write "link" (they stay where they are) or "inline" (inside the mail)', node
        )
    else:
        _set(fields, pictures=way)


def _set(fields: Fields, **values: Any) -> None:  # noqa: ANN401 - the fields of `Extras`, each of its type
    fields.draft.extras = replace(fields.draft.extras, **values)


EXTRA_KEYS: Mapping[str, Key] = {
    "event": Key("event", _read_event),
    "portrait": Key("portrait", _read_portrait),
    "pitch": Key("pitch", _read_pitch),
    "press_kit": Key("press_kit", _read_press_kit),
    "pictures": Key("pictures", _read_pictures),
}


def extra_fields(extras: Extras) -> dict[str, Any]:
    """Return the extras as fields of front matter, or of the release's JSON; empty ones are left out."""
    told: dict[str, Any] = {
        "event": _event_fields(extras.event) if extras.event else {},
        "portrait": picture_fields(extras.portrait) if extras.portrait else {},
        "pitch": extras.pitch,
        "press_kit": extras.press_kit,
        "pictures": extras.pictures,
    }
    return {name: value for name, value in told.items() if value}


def picture_fields(image: Image) -> dict[str, str]:
    """Return a picture as fields of front matter."""
    told = {name: str(getattr(image, name) or "") for name in _PICTURE_WORDS}
    told |= {"width": str(image.width or ""), "height": str(image.height or "")}
    return {name: value for name, value in told.items() if value}


def _event_fields(event: Event) -> dict[str, str]:
    told = {
        "what": event.what,
        "who": event.who,
        "where": event.where,
        "starts": _written(event.starts),
        "ends": _written(event.ends) if event.ends else "",
        "register": event.register,
        "url": event.url,
    }
    return {name: value for name, value in told.items() if value}


def _written(at: datetime) -> str:
    zone: tzinfo | None = at.tzinfo
    name = getattr(zone, "key", "")
    return f"{at:%Y-%m-%d %H:%M} {name}" if name else at.isoformat(timespec="minutes")
