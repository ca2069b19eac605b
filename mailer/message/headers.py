"""Header fields: values in, the bytes of a field out.

Owns RFC 2047 encoded words, display names, folding at 78, RFC 2231 parameters and the refusal of what must never
stand in a header. Values are values: nothing here parses text into headers, so a newline in a name is an error and
never a recipient (standards F4). Encoded words stay out of addresses, List-* and Message-ID (F5, F9).
Raises `InputProblem` that names the field.
RFC 5322 §2.2.3 and §3.6, RFC 2047 §2, §5, §8, RFC 2231 §3, §4, RFC 6532 (an address that needs SMTPUTF8 stays UTF-8).
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import quote

from mailer import lazy_re as re
from mailer.address import Address, printable
from mailer.errors import InputProblem

FOLD_AT = 78
_WORD_LIMIT = 75  # RFC 2047 §2: an encoded word has at most 75 characters
_FORBIDDEN = re.compile("[\\x00-\\x1f\\x7f\\x85\\u2028\\u2029\\ud800-\\udfff]")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_ASCII_WORDS = re.compile(r"[!-~]+(?: [!-~]+)*")
# RFC 2047 §5 (3): the characters that may stand for themselves in a phrase, the strictest of the three places
_SAFE_IN_WORD = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_OPTOUT_URI = re.compile(r"(?:https:|mailto:)[!#-;=?-~]+")
_Q = {byte: (chr(byte) if byte in _SAFE_IN_WORD else "_" if byte == 0x20 else f"={byte:02X}") for byte in range(256)}
_OVERHEAD = len("=?utf-8?q??=")


def check_header_value(value: str, field: str) -> str:
    """Return the value back, or refuse it for a control character, a line break or half a character (standards F4)."""
    found = _FORBIDDEN.search(value)
    if found is None:
        return value
    what = "a line break" if found[0] in "\r\n\v\f\x85\u2028\u2029" else "a character that cannot be sent"
    raise InputProblem(
        f'{field}: "{_shown(value)}" contains {what} ({_shown(found[0])}), which a mail header must not',
        hint="Take it out where the text was typed; nothing is taken out silently.",
    )


def _shown(value: str) -> str:
    return printable(value.encode("utf-8", "backslashreplace").decode("utf-8"))


@lru_cache(maxsize=16)  # most subjects are everybody's
def compose_text_field(name: str, value: str) -> bytes:
    """Compose a field of free text (Subject): plain ASCII where that is enough, else encoded words; folded, CRLF."""
    check_header_value(value, name)
    if not value:
        return f"{name}:\r\n".encode("ascii")
    if _ASCII_WORDS.fullmatch(value) and "=?" not in value:
        words = value.split(" ")
        # a word that no line holds would have to stand unfolded: encoded words can be cut anywhere
        if max(map(len, words)) < FOLD_AT - len(name) - 2:
            return _fold(f"{name}:", words)
    return _fold(f"{name}:", list(_encoded_words(value, FOLD_AT - len(name) - 2)))


def compose_mailbox_field(name: str, display: str, address: Address) -> bytes:
    """Compose a field with one mailbox (From, To, Reply-To), with CRLF.

    The address is never encoded: its domain is A-labels, and a local part beyond ASCII stays UTF-8 (RFC 6532).
    """
    wire = check_header_value(address.wire, name)
    return compose_phrase_field(name, display, f"<{wire}>" if display.strip() else wire)


def compose_phrase_field(name: str, display: str, tail: str) -> bytes:
    """Compose a field of a display name and what it names in angle brackets (also List-Id, RFC 2919), with CRLF."""
    display, room = check_header_value(display, name).strip(), FOLD_AT - len(name) - 2
    short = display.isascii() and len(display) <= room - 12 and "=?" not in display and "  " not in display
    # the words of an RFC 5322 phrase: atoms, one quoted string, or encoded words
    if not display:
        words = []
    elif short and _ATOMS.fullmatch(display):
        words = display.split(" ")
    elif short:
        escaped = display.replace("\\", "\\\\").replace('"', '\\"')
        words = [f'"{escaped}"']
    else:
        words = list(_encoded_words(display, room))
    return _fold(f"{name}:", [*words, tail])


def compose_list_unsubscribe(uris: tuple[str, ...]) -> bytes:
    """Compose List-Unsubscribe, plain ASCII and never encoded, one URI a line, and the one-click field beside https.

    Return nothing for no URI. RFC 2369, RFC 8058 (standards F5, F16).

    Raises:
        InputProblem: a URI has characters that it must not have, or there are two https ones.
    """
    for uri in uris:
        if not _OPTOUT_URI.fullmatch(uri):
            raise InputProblem(f'List-Unsubscribe: "{_shown(uri)}" is not an https or mailto address in plain ASCII')
    one_click = [uri for uri in uris if uri.startswith("https:")]
    if len(one_click) > 1:
        raise InputProblem("List-Unsubscribe: there may be one https address, RFC 8058 says; there are two")
    if not uris:
        return b""
    lines = "List-Unsubscribe: " + ",\r\n ".join(f"<{uri}>" for uri in uris) + "\r\n"
    post = "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" if one_click else ""
    return (lines + post).encode("ascii")


def compose_parameter(name: str, value: str) -> list[str]:
    """Return a parameter as `name="value"`, or as the pieces of RFC 2231 where it is long or beyond ASCII."""
    if re.fullmatch(r"[\w .()+,=/@&!#$~^-]{1,60}", value, re.ASCII):
        return [f'{name}="{value}"']
    encoded = quote(value, safe="!#$&+-.^_`~")
    pieces = re.findall(r"(?:%[0-9A-F]{2}|[^%]){1,18}", encoded)
    if len(pieces) == 1:
        return [f"{name}*=utf-8''{encoded}"]
    pieces[0] = f"utf-8''{pieces[0]}"
    return [f"{name}*{number}*={piece}" for number, piece in enumerate(pieces)]


def compose_structured_field(name: str, value: str, parameters: list[str]) -> bytes:
    """Compose a field such as Content-Type, its parameters behind semicolons, folded, with CRLF."""
    return _fold(f"{name}:", [f"{part};" for part in (value, *parameters)[:-1]] + [(value, *parameters)[-1]])


def _encoded_words(text: str, first_room: int) -> Iterator[str]:
    """Cut text into encoded words: whole characters each (RFC 2047 §5), base64 where most of it is not Latin."""
    as_q = {character: "".join(_Q[byte] for byte in character.encode()) for character in set(text)}
    use_q = sum(len(as_q[c]) for c in text) <= 2 * len(text.encode())
    room, piece, size = min(first_room, _WORD_LIMIT) - _OVERHEAD, "", 0
    for character in text:
        cost = len(as_q[character]) if use_q else len(character.encode())
        if piece and (size + cost if use_q else -(-(size + cost) // 3) * 4) > room:
            yield _encoded_word(piece, as_q if use_q else None)
            room, piece, size = _WORD_LIMIT - _OVERHEAD, "", 0
        piece += character
        size += cost
    yield _encoded_word(piece, as_q if use_q else None)


def _encoded_word(piece: str, as_q: dict[str, str] | None) -> str:
    if as_q is None:
        return f"=?utf-8?b?{base64.b64encode(piece.encode()).decode('ascii')}?="
    return f"=?utf-8?q?{''.join(as_q[character] for character in piece)}?="


def _fold(head: str, words: list[str]) -> bytes:
    """Set words behind a field name, with a fold instead of the blank wherever a line would pass 78."""
    lines, current = [], head
    for word in words:
        if len(current) + 1 + len(word) > FOLD_AT and current != head:
            lines.append(current)
            current = ""
        current += f" {word}"
    return ("\r\n".join([*lines, current]) + "\r\n").encode()
