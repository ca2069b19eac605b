"""Table: the base of every table of the staff's TOML files, and the checks that several of them share.

Theory of operation. A table is a frozen pydantic model, and the model is the value that all rooms work with: there is
no second shape to keep in step. Three rules hold in this room:

1. A check of one key is at that key (`must`), a check of keys that belong together is the table's `_check`. The second
   kind runs only if every key is known and valid by itself, since errors that follow from a misspelt key or a wrong
   value help nobody.
2. A sentence begins with the key that it is about: `port: a number up to 65535`. `Table.read` takes it from there, so
   that a problem can name the line.
3. Nothing here repeats a value in an error by itself (`hide_input_in_errors`): it may be a password in a wrong place.

Never asks the DNS, never reads a file.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from ipaddress import ip_address
from math import inf
from typing import Annotated, Any, Final, Literal, NamedTuple, Self, TypeAlias, get_args, get_origin
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StrictBool,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from mailer import lazy_re as re
from mailer.address import parse_address
from mailer.errors import InputProblem, did_you_mean
from mailer.frozen import dataclass
from mailer.words import read_section

# pydantic's errors of type in plain words; for any other, its own message is shown
_PLAINLY: Final[Mapping[str, str]] = {
    "missing": "is missing",
    "int_from_float": "write a whole number",
    "string_type": "write it in quotation marks",
    "tuple_type": "write a list, in [ ]",
    **dict.fromkeys(("int_type", "int_parsing", "float_type", "float_parsing"), "write a number"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "write true or false"),
    **dict.fromkeys(("mapping_type", "dict_type", "model_type"), "write it as a table"),
}

# a variable of the environment is always text; no other texts than these two count
_TRUTHS: Final[Mapping[object, bool]] = {"true": True, "false": False}
TrueOrFalse = Annotated[
    StrictBool, BeforeValidator(lambda value: _TRUTHS.get(value, value) if isinstance(value, str) else value)
]


class Flaw(NamedTuple):
    """An error in a table: the path of the key, the code `unknown-key` or nothing, and a sentence."""

    path: tuple[str, ...]
    code: str
    message: str


class Table(BaseModel):
    """A table of one of the staff's TOML files: its keys, their defaults, and their checks."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        for message in self._check():
            raise ValueError(message)
        return self

    def _check(self) -> Iterator[str]:
        """Yield the errors of keys that belong together; the first one is reported."""
        yield from ()

    @classmethod
    def read(cls, values: object, *, find: Callable[[str], str] | None = None) -> tuple[Self | None, list[Flaw]]:
        """Return a file's table as a value, or all its errors; `find` returns the path of a `FileName`."""
        try:
            return cls.model_validate(values, context=find), []
        except ValidationError as error:
            return None, list(_flaws(cls, error))

    def replace(self, **changes: Any) -> Self:  # noqa: ANN401 - as many kinds as there are keys
        """Return the table with some values changed, checked like any other (`model_copy` checks nothing).

        Raises ValueError with a plain sentence, as for a new table.
        """
        values = dict(iter(self))  # dict() alone would call a key named `keys`
        return type(self)(**(values | changes))


class Switch(Table):
    """A table that is off while nothing is written in it."""

    @property
    def is_on(self) -> bool:
        """Return whether anything is written in it."""
        return any(value for _, value in self)


def _flaws(shape: type[Table], error: ValidationError) -> Iterator[Flaw]:
    """Yield the errors, unknown keys first; a key that is missing beside an unknown one is probably that, misspelt."""
    details = error.errors(include_url=False, include_input=False)
    unknown = {detail["loc"] for detail in details if detail["type"] == "extra_forbidden"}
    for detail in sorted(details, key=lambda detail: detail["loc"] not in unknown):
        path = tuple(str(part) for part in detail["loc"])
        if detail["loc"] in unknown:
            nearest = did_you_mean(path[-1], _known_keys(shape, path[:-1]))
            yield Flaw(path, "unknown-key", f"there is no such key{nearest}")
        elif detail["type"] != "missing" or not any(path[:-1] == each[:-1] for each in unknown):
            message = _plain_message(detail["type"], detail["msg"], detail.get("ctx", {}))
            name, _, rest = message.partition(": ")
            if rest and re.fullmatch(r"[a-z_0-9]+", name):
                path, message = (path if path[-1:] == (name,) else (*path, name)), rest
            yield Flaw(path, "", message)


def _plain_message(kind: str, message: str, context: Mapping[str, Any]) -> str:
    """Return an error of pydantic in plain words, or its own message if there are none."""
    match kind:
        case "literal_error" | "enum":  # 'a', 'b' or 'c'; an empty one need not be written
            words = [f'"{each}"' for each in re.findall(r"'([^']*)'", str(context["expected"])) if each]
            return f"write {' or '.join(filter(None, (', '.join(words[:-1]), words[-1])))}"
        case "greater_than_equal":
            return f"write {context['ge']} or more"
        case "less_than_equal":
            return f"write {context['le']} or less"
    return _PLAINLY.get(kind, message.removeprefix("Value error, "))


def _known_keys(shape: type[Table], path: tuple[str, ...]) -> list[str]:
    """Return the keys of a table, or of one below it, without `key`, which is the name of a table."""
    names = iter(path)
    for part in names:
        hint = shape.model_fields[part].annotation
        shape = table_in(hint) or shape
        if get_origin(hint) in {tuple, Mapping}:
            next(names, "")  # a member of a list, or of a table whose names are the staff's own
    return [name for name in shape.model_fields if name != "key"]


def table_in(hint: object) -> type[Table] | None:
    """Return the table that an annotation is, or that it has any number of, by name or in a list."""
    return next((each for each in (hint, *get_args(hint)) if isinstance(each, type) and issubclass(each, Table)), None)


def first_flaw(error: ValueError) -> str:
    """Return the first error in a table, as `key: sentence`."""
    if not isinstance(error, ValidationError):
        return str(error)
    path, _, message = next(_flaws(Table, error))
    return f"{'.'.join(path)}: {message}" if path else message


def checked(check: Callable[[Any, str], object]) -> AfterValidator:
    """Return a check of one key from a function of its value and its name, which raises ValueError.

    A default is not checked, so that "empty" can mean "not given".
    """

    def run(value: object, info: ValidationInfo) -> object:
        check(value, str(info.field_name))
        return value

    return AfterValidator(run)


def each_must(holds: Callable[[str], object], message: str) -> AfterValidator:
    """Return a check of each text in a list, or of each key of a table; {} in the message is the wrong one."""

    def check(texts: Iterable[str], key: str) -> None:
        for text in texts:
            if not holds(text):
                raise ValueError(f"{key}: {message.replace('{}', text)}")

    return checked(check)


def must(holds: Callable[[Any], object], message: str) -> AfterValidator:
    """Return a check of one value: the condition, and the message if it fails, in which {} is the value."""

    def check(value: object, key: str) -> None:
        if not holds(value):
            raise ValueError(f"{key}: {message.replace('{}', str(value))}")

    return checked(check)


def between(least: float, most: float, message: str) -> AfterValidator:
    """Return a check that a number is between limits, inclusive; nan never is."""
    return must(lambda number: least <= number <= most, message)


def at_least(least: float, message: str) -> AfterValidator:
    """Return a check that a number is not below another."""
    return between(least, inf, message)


def matching(pattern: str, message: str) -> AfterValidator:
    """Return a check that a text, unless it is empty, matches a pattern."""
    return must(lambda text: not text or re.fullmatch(pattern, text), message)


def in_two_brackets(name: str) -> BeforeValidator:
    """Return a check that a key has tables, each written as `[[name]]`."""

    def check(tables: object) -> object:
        if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
            raise ValueError(f"{name}: write [[{name}]], in two brackets")
        return tables

    return BeforeValidator(check)


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine, without asking the DNS: a name could point anywhere tomorrow."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_safe(url: str) -> bool:
    """Return whether a browser, or a secret, may be sent to an address: over https, or within this machine."""
    if re.search(r"[^\x21-\x7e]", url):
        return False
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))


def check_address(text: str, what: str) -> None:
    """Raise ValueError, with the name of the key, if a text is no address."""
    try:
        parse_address(text)
    except InputProblem as problem:
        raise ValueError(f"{what}: {problem.message}") from None


def ascii_domain(text: str, what: str) -> str:
    """Return a mail domain in A-labels and lower case, as addresses are compared.

    Raises ValueError, with the name of the key, if it is none.
    """
    try:
        return parse_address(f"postmaster@{text}").ascii_domain
    except InputProblem:
        raise ValueError(f'{what}: "{text}" is not a domain; write "example.org"') from None


def check_domains(names: Iterable[str], what: str) -> None:
    """Raise ValueError if a text in a list, or a key of a table, is no domain."""
    for name in names:
        ascii_domain(name, what)


Address = Annotated[str, checked(lambda text, what: text and check_address(text, what))]  # or nothing
Domain = Annotated[str, checked(lambda text, what: text and ascii_domain(text, what))]  # or nothing
FileName = Annotated[str, AfterValidator(lambda name, info: info.context(name) if name and info.context else name)]
Port = Annotated[int, between(0, 65_535, "a number up to 65535")]


# Secret: a password or token in memory, shown only by `reveal`, and the place where one is kept.
#
# A table names the place of a secret, and never holds one: three keys, of which one is given, `password_env`,
# `password_command` and `password_file`. Never reads that place: `config` does.

_BASE64 = re.compile(r"[A-Za-z0-9+/]{4,}")
_REVEALING = 16  # so many characters of a secret must not be shown: a relay may repeat a long token in part


@dataclass(frozen=True, slots=True)
class SecretPlace:
    """The place of a secret: a variable, a command's first line or a private file. `name` is the setting's."""

    name: str
    env: str = ""
    command: tuple[str, ...] = ()
    file: str = ""

    @property
    def is_given(self) -> bool:
        """Return whether a place is named."""
        return bool(self.env or self.command or self.file)

    @property
    def keys(self) -> tuple[str, str, str]:
        """Return the three keys of mailer.toml that can name the place."""
        return (f"{self.name}_env", f"{self.name}_command", f"{self.name}_file")


class WithSecrets(Table):
    """A table that names the places of secrets."""

    def place_of(self, name: str) -> SecretPlace:
        """Return the place of a secret."""
        return SecretPlace(name, *(getattr(self, f"{name}_{kind}") for kind in ("env", "command", "file")))

    def _check(self) -> Iterator[str]:
        for field in type(self).model_fields:
            place = self.place_of(field.removesuffix("_env")) if field.endswith("_env") else None
            if place and sum(map(bool, (place.env, place.command, place.file))) > 1:
                yield f"give one of {', '.join(place.keys[:2])} and {place.keys[2]}"


class WithPassword(WithSecrets):
    """A table that names the place of a password."""

    password_env: str = ""
    password_command: tuple[str, ...] = ()
    password_file: str = ""

    @property
    def password(self) -> SecretPlace:
        """Return the place of the password."""
        return self.place_of("password")


_RIGHTS: Final = {"smtp": "SMTP.Send", "imap": "IMAP.AccessAsUser.All", "pop3": "POP.AccessAsUser.All"}


class OAuth(WithSecrets, Switch):
    """How access tokens are requested instead of a password (RFC 6749 §6, SASL XOAUTH2): where, and for which client.

    Only the places of the refresh token and of the client's secret are here (Google's clients have a secret,
    Microsoft's public ones do not).
    """

    preset: Literal["", "google", "microsoft365", "microsoft-365"] = ""
    client_id: str = ""
    client_secret_env: str = ""
    client_secret_command: tuple[str, ...] = ()
    client_secret_file: str = ""
    refresh_token_env: str = ""
    refresh_token_command: tuple[str, ...] = ()
    refresh_token_file: str = ""
    token_url: str = ""
    scope: str = ""
    tenant: str = ""
    ca_file: FileName = ""

    def _check(self) -> Iterator[str]:
        """Check that all keys are there, or none; a token leaves this machine only over https."""
        yield from super()._check()
        if not self.is_on:
            return
        if not self.preset and not self.token_url:
            yield 'preset: "google" or "microsoft-365"; for any other provider give token_url'
        if not self.client_id:
            yield "client_id: is missing; the provider gave it to the app that you registered there"
        if not self.refresh_token.is_given:
            yield f"where is the refresh token? Write {' or '.join(self.refresh_token.keys)}"
        if self.tenant and not re.fullmatch(r"[A-Za-z0-9.-]+", self.tenant):
            yield "tenant: a directory's id or domain, such as example.org"
        url, parts = self.endpoint, urlsplit(self.endpoint)
        if re.search(r"[^\x21-\x7e]", url) or not parts.hostname or parts.username is not None or parts.fragment:
            yield "token_url: an address, https://host/path"
        if not is_safe(url):
            yield "token_url: an https:// address; http:// is for this machine alone"

    @property
    def refresh_token(self) -> SecretPlace:
        """Return the place of the refresh token."""
        return self.place_of("refresh_token")

    @property
    def endpoint(self) -> str:
        """Return the token endpoint."""
        return self.token_url or self._known("url").format(tenant=self.tenant or "common")

    def scope_for(self, use: Literal["smtp", "imap", "pop3"]) -> str:
        """Return the scope to ask for; empty for the scope of the refresh token (RFC 6749 §6)."""
        return self.scope or self._known("scope").format(right=_RIGHTS[use])

    def _known(self, what: Literal["url", "scope"]) -> str:
        return str(read_section("settings", "oauth").get(self.preset, {}).get(what, ""))


class Secret:
    """A password in memory, shown only by `reveal`."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the password; called only where it is sent."""
        return self._value

    def hide_in(self, text: str) -> str:
        """Return a text without the password, also in base64: some relays repeat what they received.

        Of a long one, such as an access token, every piece that is long enough to be of use is removed, too.
        """
        if not self._value:
            return text
        for word in _BASE64.findall(text):
            if any(self._matches(readable) for readable in _decoded(word)):
                text = text.replace(word, "***")
        for start, end in reversed(self._matches(text)):
            text = f"{text[:start]}***{text[end:]}"
        return text

    def _matches(self, text: str) -> list[tuple[int, int]]:
        """Return the spans of a text that repeat too much of the secret, as (start, end)."""
        size = min(len(self._value), _REVEALING)
        found: list[tuple[int, int]] = []
        for start in range(len(text) - size + 1):
            if text[start : start + size] in self._value:
                begun = found.pop()[0] if found and start <= found[-1][1] else start
                found.append((begun, start + size))
        return found

    def __repr__(self) -> str:
        """Return stars instead of the password."""
        return "Secret(***)"


@dataclass(frozen=True, slots=True)
class Grant:
    """The grant for access tokens (RFC 6749 §6), which never goes to a relay, only to the token endpoint."""

    refresh_token: Secret
    client_secret: Secret | None = None


Credential: TypeAlias = Secret | Grant


def _decoded(word: str) -> Iterator[str]:
    """Yield a word decoded from base64, also if its beginning or its end was cut off."""
    for start in range(4):
        part = word[start:]
        whole = part[: len(part) - (len(part) % 4 == 1)]  # one character alone holds no octet
        with contextlib.suppress(binascii.Error):
            yield base64.b64decode(whole + "=" * (-len(whole) % 4)).decode("utf-8", "replace")
