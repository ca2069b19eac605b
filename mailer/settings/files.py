"""Files: the staff's other TOML files: the look of a template family, languages, the faults of a rehearsal.

Owns the shapes of template.toml, of templates/i18n/*.toml and of faults files, the contrast of two colours (WCAG 2
§1.4.3: 4.5 to 1 for text), and what every language must have: its phrases, and how it writes dates. `Tongues` finds the
language for a reader's tag. Never reads a file (`config` does), renders (`message`), or plays a fault (`preview`).
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from functools import lru_cache
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import BeforeValidator

from mailer import lazy_re as re
from mailer.frozen import dataclass, field
from mailer.settings.table import Address, Domain, Table, at_least, between, checked, in_two_brackets, matching, must

ENOUGH: Final = 4.5
# ink and ground, wherever a family has text
_PAIRS: Final = (
    *((ink, ground) for ground in ("sheet", "tint") for ink in ("text", "soft", "accent")),
    ("banner_text", "banner"),
)
_LOGO_SRC = re.compile(r"https?://\S+|[^\s/\\][^/\\]*\.(?:png|jpe?g|gif)", re.IGNORECASE)
_URL = re.compile(r"https?://\S+", re.IGNORECASE)

_Colour = Annotated[str, must(re.compile("#[0-9a-fA-F]{6}").fullmatch, '"{}" is not a colour; write #1f5a6b')]
_Fonts = Annotated[  # no character in them can end the style
    str,
    must(
        lambda names: re.fullmatch(r"[A-Za-z0-9 ,'\-]+", names) and names.count("'") % 2 == 0,
        "write names of fonts with commas between, those of several words in ' '",
    ),
]
_Side = Annotated[int, between(1, 600, "from 1 to 600 pixels, the size at which it is shown")]


class Colours(Table):
    """The colours of a mail, as #rrggbb.

    `paper` is around the `sheet`, which has `text`, `soft` (dates, captions, the foot) and `accent` (links, the release
    line, the line above the sheet) on it; `tint` is behind a note and a picture, `rule` is a thin line. `banner` is the
    ground of the line that marks a test mail.
    """

    paper: _Colour = "#f2f1ec"
    sheet: _Colour = "#ffffff"
    tint: _Colour = "#edf3f5"
    text: _Colour = "#1b1d1f"
    soft: _Colour = "#565b60"
    accent: _Colour = "#1f5a6b"
    rule: _Colour = "#d5d8d9"
    banner: _Colour = "#fbe9c6"
    banner_text: _Colour = "#4a3500"

    def pale(self) -> Iterator[tuple[str, str, float]]:
        """Yield each pair of names whose contrast is below 4.5 to 1, with that contrast."""
        for ink, ground in _PAIRS:
            ratio = contrast(_parts(getattr(self, ink)), _parts(getattr(self, ground)))
            if ratio < ENOUGH:
                yield ink, ground, ratio


class Night(Colours):
    """The colours on a dark screen."""

    paper: _Colour = "#121517"
    sheet: _Colour = "#1c1f22"
    tint: _Colour = "#252a2e"
    text: _Colour = "#e9e7e2"
    soft: _Colour = "#aeb3b7"
    accent: _Colour = "#86c1d3"
    rule: _Colour = "#3b4146"
    banner: _Colour = "#4a3a12"
    banner_text: _Colour = "#f6e3b4"


class Light(Colours):
    """The colours by day, with those by night in `dark`."""

    dark: Night = Night()


class Fonts(Table):
    """The fonts of a mail, which readers must have, since a mail brings none; `size` is that of the text, in pixels.

    Fonts that a language needs (Arabic, Japanese …) are added automatically.
    """

    text: _Fonts = "Georgia, 'Times New Roman', serif"
    small: _Fonts = "Helvetica, Arial, sans-serif"
    size: Annotated[int, between(14, 24, "from 14 to 24 pixels can be read everywhere")] = 17


class Logo(Table):
    """A logo above the sheet's text: a file in the family's folder, which travels inside the mail, or an https link.

    `alt` is read where pictures are off; width and height are in pixels.
    """

    src: Annotated[
        str,
        must(_LOGO_SRC.fullmatch, '"{}" must be a PNG, JPEG or GIF file in the folder of the family, or a link to one'),
    ]
    alt: Annotated[str, must(str.strip, "write what readers see if pictures are off: the organisation's name")]
    width: _Side
    height: _Side
    link: Annotated[str, must(lambda link: not link or _URL.fullmatch(link), '"{}" is not an https address')] = ""

    @property
    def is_inside(self) -> bool:
        """Return whether it is a file that travels inside the mail."""
        return not _URL.match(self.src)


class Page(Table):
    """The layout of the sheet: its width, the place of the media contacts, the direction of writing.

    With `calendar`, a release's event is attached as a calendar file.
    """

    width: Annotated[
        int, between(480, 720, "from 480 to 720 pixels; on a phone it is as wide as the screen anyway")
    ] = 640
    contacts: Literal["end", "top", "both"] = "end"
    direction: Literal["auto", "ltr", "rtl"] = "auto"
    calendar: bool = False


class Look(Table):
    """All of a template.toml: `about` is the purpose of the family.

    `based_on` is the family whose templates are used where this one has none. `logo = false` means none, even if the
    family below has one.
    """

    about: str = ""
    based_on: str = ""
    colours: Light = Light()
    fonts: Fonts = Fonts()
    logo: Annotated[Logo | None, BeforeValidator(lambda logo: None if logo is False else logo)] = None
    page: Page = Page()

    @property
    def night(self) -> Colours:
        """Return the colours on a dark screen; an accent that is given only for the day is made light enough."""
        light, dark = self.colours, self.colours.dark
        if "accent" in dark.model_fields_set or light.accent == Colours().accent:
            return dark
        return dark.replace(accent=readable(light.accent, (dark.sheet, dark.tint)))


@lru_cache(maxsize=1024)
def contrast(one: tuple[int, ...], two: tuple[int, ...]) -> float:
    """Return the contrast of two colours (red, green, blue), 1 to 21 (WCAG 2 §1.4.3, relative luminance)."""
    high, low = sorted((_light(one), _light(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def readable(ink: str, ground: tuple[str, ...]) -> str:
    """Return the colour nearest to `ink` that can be read on all of `ground`: lighter on dark, darker on light."""
    towards = 255 if _light(_parts(ground[0])) < 0.18 else 0
    for share in (step / 100 for step in range(101)):
        mixed = tuple(round(part + (towards - part) * share) for part in _parts(ink))
        if all(contrast(mixed, _parts(each)) >= ENOUGH for each in ground):
            return "#" + "".join(f"{part:02x}" for part in mixed)
    return ink


def _parts(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


def _light(colour: tuple[int, ...]) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (part / 255 for part in colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


# Languages

_PLACE: Final = re.compile(r"\{([^{}]*)\}")


# A language has the keys of English (i18n/en.toml), with the same placeholders in its sentences, and these optional
# forms: "name" is the name in a greeting (else the first name).
MORE_FORMS: Final = {"first": frozenset({"month", "year"}), "name": frozenset({"last"})}
OPTIONAL: Final = frozenset({*MORE_FORMS, "online"})  # without "online" no mail names its page


def places_of(sentence: str) -> frozenset[str]:
    """Return the names of the placeholders in a sentence."""
    return frozenset(_PLACE.findall(sentence))


def find_flaw(text: str, places: frozenset[str]) -> str:
    """Return the error in a sentence, or nothing: a placeholder is missing, or unknown, or the text is malformed."""
    found, flaw = places_of(text), ""
    unfilled, missing = (
        ", ".join(f"{{{name}}}" for name in sorted(names)) for names in (found - places, places - found)
    )
    if text and not text.strip():  # an office leaves a phrase out with an empty text
        flaw = "is empty"
    elif "\n" in text:
        flaw = "write it on one line"
    elif unfilled:
        known = ", ".join(f"{{{name}}}" for name in sorted(places))
        flaw = f"nothing is filled in for {unfilled}{f'; possible here: {known}' if known else ''}"
    elif missing:
        flaw = f"{missing} is missing in it"
    elif set("{}") & set(_PLACE.sub("", text)):
        flaw = "a brace has no partner"
    return flaw


def _check_count(texts: tuple[str, ...], key: str) -> None:
    count = {"months": 12, "weekdays": 7, "quotes": 2}[key]
    if len(texts) != count:
        raise ValueError(f"{key}: {count} are needed, and there are {len(texts)}")


def nearest_tag(tag: str, known: Container[str]) -> str:
    """Return the nearest of some tags in lower case to a BCP 47 tag (de-AT-1996: de-at, else de), or nothing."""
    parts = tag.lower().split("-")
    return next((each for n in range(len(parts), 0, -1) if (each := "-".join(parts[:n])) in known), "")


class TongueFile(Table):
    """A file of `templates/i18n/`, which needs only what differs from those below it: phrases, dates, quotes.

    `greets` are the words by which a note has a greeting of its own. Without months a date is written 2026-11-24.
    """

    months: Annotated[tuple[str, ...], checked(_check_count)] = ()
    weekdays: Annotated[tuple[str, ...], checked(_check_count)] = ()
    quotes: Annotated[tuple[str, ...], checked(_check_count)] = ("“", "”")
    greets: tuple[str, ...] = ()
    forms: Mapping[str, str] = {}
    phrases: Mapping[str, str] = {}


class Tongue(TongueFile):
    """One language as a whole (for templates: `words.contacts`)."""

    tag: str


@dataclass(frozen=True, slots=True)
class Tongues:
    """All known languages, by tag in lower case; `en` is always among them."""

    by_tag: Mapping[str, Tongue] = field(repr=False)
    common: Tongue = field(init=False, repr=False)
    greets: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Set the language for unknown tags (English phrases, plain dates), and the greetings of all languages."""
        english = self.by_tag["en"]
        unknown = Tongue(tag="en", phrases=english.phrases, quotes=english.quotes)
        object.__setattr__(self, "common", unknown)
        object.__setattr__(self, "greets", frozenset(word for each in self.by_tag.values() for word in each.greets))

    def __iter__(self) -> Iterator[str]:
        """Return the tags, in order."""
        return iter(sorted(self.by_tag))

    def nearest(self, tag: str) -> str:
        """Return the tag of the nearest known language for a BCP 47 tag, or nothing."""
        return nearest_tag(tag, self.by_tag)

    def of(self, tag: str) -> Tongue:
        """Return the language of a tag; an unknown one has English phrases and dates like 2026-11-24."""
        return self.by_tag.get(self.nearest(tag), self.common)


# Faults: what goes wrong in a rehearsal, and for whom.

FaultStage: TypeAlias = Literal["connect", "mail", "rcpt", "data", "body"]

WHO: Final = ("address", "domain", "share", "every", "nth")
_REPLY: Final = r"[45][0-5]\d(?: [\x20-\x7e]{1,490})?"


class Fault(Table):
    """A fault at a stage of the mail: for which recipients, and then a reply, a wait or a dropped connection.

    The recipients are one of `address`, `domain` (with those below it), `share` (chosen by address, so that they are
    the same each time), `every` (one in so many on the lists, from the one numbered `first`) or `nth`, one or several
    by number. At `connect` and `mail` there is no recipient yet: `every` and `nth` count connections, and messages.
    `times` is how often it happens to each, 0 for every time; at `connect` and `mail`, to how many in a row.
    """

    address: Address = ""
    domain: Domain = ""
    share: Annotated[float, between(0, 1, "above 0, up to 1; 0.05 is one in twenty")] = 0.0
    every: Annotated[int, at_least(0, "counted from 1")] = 0
    first: Annotated[int, at_least(0, "counted from 1")] = 0
    nth: Annotated[
        tuple[int, ...],
        BeforeValidator(lambda nth: [nth] if isinstance(nth, int) else nth),  # a number stands for a list of one
        must(lambda nth: min(nth, default=1) >= 1, "counted from 1"),
    ] = ()
    stage: FaultStage = "rcpt"
    reply: Annotated[
        str, matching(_REPLY, 'a refusal as a server writes it, in ASCII: "450 4.2.0 greylisted, try again"')
    ] = ""
    times: Annotated[int, at_least(0, "how often; 0 for every time")] = 1
    delay_s: Annotated[float, between(0, 240, "seconds, up to 240")] = 0.0
    drop: bool = False

    def _check(self) -> Iterator[str]:
        given = [name for name in WHO if getattr(self, name)]
        if len(given) != 1:
            found = f", and not {' and '.join(given)}" if given else ""
            yield f"who is it for? Write one of {', '.join(WHO)}{found}"
        if self.is_before_rcpt and given[0] not in {"every", "nth"}:
            yield f"{given[0]}: at {self.stage} no recipient is known yet; give nth or every"
        if self.first and not self.every:
            yield "first: goes with every"
        if not (self.reply or self.delay_s or self.drop):
            yield 'what goes wrong? Write reply = "550 5.1.1 no such user", delay_s or drop = true'

    @property
    def is_before_rcpt(self) -> bool:
        """Return whether it happens before the server knows a recipient."""
        return self.stage in {"connect", "mail"}

    @property
    def answer(self) -> tuple[int, str] | None:
        """Return the reply as its three digits and the text behind them; None if it has none."""
        return (int(self.reply[:3]), self.reply[4:]) if self.reply else None

    def counts(self, number: int) -> bool:
        """Return whether `every` or `nth` includes a number (from 1)."""
        if self.every:
            first = self.first or self.every
            return number >= first and (number - first) % self.every == 0
        return number in self.nth

    def covers(self, number: int) -> bool:
        """Return whether a connection or message of this number has the fault, by `times`."""
        if self.times == 0:
            return number >= ((self.first or self.every) if self.every else min(self.nth, default=number + 1))
        return any(self.counts(before) for before in range(max(1, number - self.times + 1), number + 1))


class FaultFile(Table):
    """A faults file: its tables, in the order in which they are tried."""

    fault: Annotated[tuple[Fault, ...], in_two_brackets("fault")] = ()
