"""Encodings: the bytes of a text to its words, whatever program wrote them.

Owns the ladder: byte-order mark, what the source declares, UTF-16 by its zero bytes, ISO-2022-JP by its escapes, UTF-8,
then the old code pages by how their letters stand in words (Japanese by its kana). Puts mojibake right, and says where.
Never knows what a release is.

Gaps: Central European and Cyrillic code pages are read as Western ones unless the source declares them.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(
    rb"""<\?xml[^>]{0,80}encoding\s*=\s*["']?([\w.:-]+)|charset\s*=\s*["']?\s*([\w.:-]+)""",
    re.IGNORECASE,
)
_NAMES = {
    "cp1252": "Windows-1252",
    "iso8859-15": "ISO 8859-15",
    "mac-roman": "Mac Roman",
    "cp850": "DOS code page 850",
    "cp932": "Shift-JIS",
    "euc_jp": "EUC-JP",
    "utf-8": "UTF-8",
}
# what the first bytes of Western and Japanese letters in UTF-8 look like when they are read one by one
_TWICE = re.compile("[\u00c2-\u00c5\u00e2-\u00e9\u00ef\u00d0\u00d1\u00cb\u221a\u201a][^a-zA-Z0-9\\s.,;:!?'\"()]")
_SAMPLE = 200_000  # enough bytes to judge a code page by
_SMALL = "àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿœß"
_GOOD = re.compile(rf"[a-z][{_SMALL}]|[{_SMALL}][a-z]|\b[ÀÁÂÄÇÈÉÊÍÎÖØÓÚÜ][a-z]|[\s(“‘][“‘„«‚]\w|\w[.,!?]?[”’»]|\d\s?€")
_ODD = re.compile(
    rf"[a-z{_SMALL}][^\W\d_a-z{_SMALL}]|[a-z][^\w\s.,;:!?()'’\"”“«»/…&@%+*=_#\[\]€-][a-z]|[\x80-\x9f�¤¨¸]"
)
_KANA = re.compile(r"[\u3041-\u30ff\u4e00-\u9fff\u3001\u3002\u300c\u300d\uff01-\uff5e]")
_SYLLABLES = re.compile(r"[\u3041-\u3096\u30a1-\u30fa]")
_HALF_KANA = re.compile(r"[\uff61-\uff9f]")
_UNFAMILIAR = re.compile(r"[\ue000-\uf8ff\u0400-\u04ff\u2500-\u257f]")


@dataclass(frozen=True, slots=True)
class Repair:
    """Mojibake that was put right: its line, the words before and after."""

    line: int
    before: str
    after: str


class UnreadableText(ValueError):
    """The bytes are no text, or are damaged; the sentence says how."""


def decode_text(data: bytes, *, declared: str = "") -> tuple[str, str]:
    """Decode a text; gives it and, where the encoding was guessed, a sentence that says so.

    `declared` is what something around the text says of its encoding (a mail header); else the first bytes are asked.

    Raises:
        UnreadableText: the bytes are no text.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _decoded_surely(data, encoding), ""
    wide = _wide(data)
    if wide:
        return wide, "has no byte-order mark: read as UTF-16. Look at it, then save it as UTF-8"
    if b"\0" in data:
        raise UnreadableText("is not text; save the release as .docx, .md or .txt, in UTF-8")
    if re.search(rb"\x1b\$[@B]", data):
        return data.decode("iso2022_jp_2", errors="replace"), ""
    try:
        return data.decode("utf-8"), ""
    except UnicodeDecodeError as error:
        first = data[: error.start].count(b"\n") + 1
    return _by_name(data, declared or _declared_in(data)) or _guessed(data, first)


def _decoded_surely(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableText(f"is damaged: {error.reason}; save it again as UTF-8") from None


def _wide(data: bytes) -> str:
    """Read UTF-16 without a mark: every other byte of Western text is zero."""
    sample = data[:4000]
    if len(data) % 2 or len(sample) < 4 or (data.isascii() and b"\0" not in data):
        return ""
    for encoding, zeros in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[::2])):
        if zeros.count(0) * 10 > len(zeros) * 4 and b"\0\0\0" not in sample:
            try:
                text = data.decode(encoding)
            except UnicodeDecodeError:
                continue
            return "" if "\0" in text else text
    for encoding in ("utf-16-le", "utf-16-be"):
        text = data.decode(encoding, errors="replace")
        kana = len(_SYLLABLES.findall(text))
        if kana * 8 > len(text) and len(_KANA.findall(text)) * 10 > len(text) * 8:
            return text
    return ""


def _declared_in(data: bytes) -> str:
    match = _DECLARED.search(data[:4096])
    return (match.group(1) or match.group(2)).decode("ascii") if match else ""


def _by_name(data: bytes, name: str) -> tuple[str, str] | None:
    """Decode as declared; Latin-1 means Windows-1252, as in every browser (WHATWG Encoding §4.2)."""
    try:
        encoding = codecs.lookup(name).name if name else ""
    except LookupError:
        return None
    encoding = {"iso8859-1": "cp1252", "ascii": "cp1252", "shift_jis": "cp932", "gb2312": "gb18030"}.get(
        encoding, encoding
    )
    if not encoding or encoding.startswith("utf") or encoding in {"idna", "punycode", "unicode_escape"}:
        return None
    try:
        return data.decode(encoding), ""
    except (UnicodeDecodeError, LookupError, ValueError):
        return None


def _guessed(data: bytes, line: int) -> tuple[str, str]:
    text, name = _japanese(data) or _mixed(data) or _western(data)
    return text, f"is not UTF-8 (line {line}): read as {name}. Look at the special characters, then save it as UTF-8"


def _japanese(data: bytes) -> tuple[str, str] | None:
    """Read as Shift-JIS or EUC-JP where that gives Japanese letters for nearly all that is not ASCII."""
    best: tuple[float, str, str] | None = None
    for encoding in ("cp932", "euc_jp"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        other = [c for c in text[:_SAMPLE] if ord(c) > 0x7F]
        joined = "".join(other)
        share = (len(_KANA.findall(joined)) - 2 * len(_HALF_KANA.findall(joined))) / max(1, len(other))
        share -= len(_UNFAMILIAR.findall(joined)) / max(1, len(other))
        kana = len(_SYLLABLES.findall(joined))
        if share > 0.8 and kana * 8 > len(other) and (best is None or share > best[0]):
            best = (share, text, _NAMES[encoding])
    return best[1:] if best else None


def _mixed(data: bytes) -> tuple[str, str] | None:
    """Read UTF-8 into which a few bytes of an old code page were pasted."""
    letters = len(re.findall(rb"[\xc2-\xf4][\x80-\xbf]+", data))
    text = data.decode("utf-8", errors="surrogateescape")
    strays = re.findall(r"[\udc80-\udcff]", text)
    if len(strays) * 2 > letters:
        return None
    mended = re.sub(
        r"[\udc80-\udcff]", lambda match: bytes([ord(match.group()) & 0xFF]).decode("cp1252", "replace"), text
    )
    return mended, "UTF-8 with a few characters of Windows-1252 in it"


def _western(data: bytes) -> tuple[str, str]:
    """Choose the code page whose letters stand where letters stand in words; Windows-1252 unless one is better."""
    sample = data[:_SAMPLE]
    scores = {
        encoding: _plausible(sample.decode(encoding, errors="replace"))
        for encoding in ("cp1252", "iso8859-15", "mac-roman", "cp850")
    }
    best = max(scores, key=lambda encoding: scores[encoding])
    return data.decode(best, errors="replace"), _NAMES[best]


def _plausible(text: str) -> int:
    return len(_GOOD.findall(text)) - 3 * len(_ODD.findall(text))


def mend_mojibake(text: str) -> tuple[str, tuple[Repair, ...]]:
    """Put right what was once decoded in a wrong encoding («GroÃŸ»), line by line; a line that is fine stays.

    Gives the text, and each change, so that a person can look at it.
    """
    if text.isascii():
        return text, ()
    lines = text.split("\n")
    repairs: list[Repair] = []
    for i, line in enumerate(lines):
        if not _TWICE.search(line):
            continue
        import ftfy.badness  # noqa: PLC0415 - few texts need it, and all would wait for it

        mended = ftfy.fix_encoding(line) if ftfy.badness.is_bad(line) else line
        if mended != line and "\n" not in mended:
            repairs.extend(Repair(i + 1, *pair) for pair in _changes(line, mended))
            lines[i] = mended
    return "\n".join(lines), tuple(repairs)


def _changes(before: str, after: str) -> Iterator[tuple[str, str]]:
    """Give the words that changed; the whole line where the words do not stand against each other."""
    old, new = before.split(" "), after.split(" ")
    if len(old) != len(new):
        yield before.strip(), after.strip()
        return
    changed = [pair for pair in zip(old, new, strict=True) if pair[0] != pair[1]]
    yield " … ".join(pair[0] for pair in changed), " … ".join(pair[1] for pair in changed)


def repair_sentences(repairs: tuple[Repair, ...], *, done: bool) -> Iterator[tuple[int, str]]:
    """Give a sentence with its line for each repair; `done` says that it was made, and not only proposed."""
    for repair in repairs:
        if done:
            yield repair.line, f'wrongly decoded characters were put right: "{repair.before}" is now "{repair.after}"'
        else:
            yield repair.line, f'looks wrongly decoded: is "{repair.before}" meant to be "{repair.after}"?'
