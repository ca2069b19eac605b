"""Encodings: decoding the bytes of a list or a release, piece by piece; and repairing mojibake.

Theory of operation. Nothing states reliably which encoding a text file is in, so these are tried until one fits:

1. the encoding that a person named: the file is in it, or it is an error;
2. a byte-order mark, UTF-16 by its zeros, ISO-2022-JP by its escapes, UTF-8: none of these fits a text by accident;
3. UTF-8 into which some bytes of another encoding were pasted, which are then guessed;
4. the encoding that the file declares (a page, a mail), unless only another one makes its words read like a language;
5. the old encoding in which the text reads most like words (`_rank_encodings`).

From the third step on there is a `Doubt`, with the words that show it. It is `sure` if no other encoding gives a
reading nearly as good (those that give the same words are no rivals); the caller says whether an unsure reading is a
warning or an error. The first pass settles the encoding in pieces, because a list may be larger than memory; later
passes read line by line.
Decoded text is scored by pairs of letters that a language has, capitals within words, signs within words, and mixed
scripts. The letters and words of the languages of media lists are data (`words/encodings.toml`), loaded for the first
guess.
Text that was once decoded in a wrong encoding (“GroÃŸ”) is repaired line by line, and each repair is reported.
Raises `UnreadableText`: not text, damaged, not in the encoding that was named, or in no known one.
Gaps: a list with a single accent may fit several encodings; then the more common one is taken (Windows-1252 first).
"""

from __future__ import annotations

import codecs
import io
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache, lru_cache
from typing import BinaryIO, Final, TypeAlias

from mailer import lazy_re as re
from mailer.address import printable
from mailer.errors import InputProblem
from mailer.frozen import dataclass
from mailer.words import read_section

LONGEST_LINE: Final = 1_000_000  # characters; a person's row has hundreds
_PIECE: Final = 1 << 20
_HEAD: Final = 4096
_EXAMPLES: Final = 5
_SAMPLE_BYTES: Final = 24_000
_SHOWN: Final = 60  # characters of a sample passage for a doubt

_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_EAST_ASIAN_ESCAPE: Final = re.compile(rb"\x1b\$[@B()]")
_ISO_2022: Final = ("iso2022_jp", "iso2022_jp_2", "iso2022_jp_ext", "iso2022_kr")
_DECLARED: Final = re.compile(
    rb"""<\?xml[^>]{0,80}encoding\s*=\s*["']?([\w.:-]+)|charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE
)
# The encoding that a name stands for in practice, as in every browser (WHATWG Encoding §4.2).
_STANDARD: Final = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "shift_jis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
}
_NOT_TEXT: Final = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})
_UTF8_LETTER: Final = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_ASCII: Final = bytes(range(128))


class UnreadableText(ValueError):
    """The bytes cannot be read as text; the message says why, `line` where."""

    def __init__(self, message: str, line: int | None = None) -> None:
        """Take the message, which continues the file's name, and the line if it is about one."""
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why an encoding is not certain: a message that shows how the words read, and their `line`."""

    message: str
    line: int
    is_sure: bool = True
    is_mixed: bool = False


@dataclass(frozen=True, slots=True)
class Encoding:
    """A codec by Python's name, and the doubt if it was only guessed.

    `examples` are then the first lines that depend on it, with their numbers. `errors` is the handler with which a file
    of mixed encodings is read.
    """

    codec: str
    doubt: Doubt | None = None
    examples: tuple[tuple[int, str], ...] = ()
    errors: str = "strict"


def check_codec(name: str) -> None:
    """Refuse a name that is not a text encoding. Raises InputProblem."""
    try:
        is_text = codecs.lookup(name)._is_text_encoding and codecs.lookup(name).name not in _NOT_TEXT  # noqa: SLF001 - Python has it nowhere else
    except (LookupError, ValueError):
        is_text = False
    if not is_text:
        hint = "Often used: utf-8, cp1252 (Windows), mac_roman, shift_jis, utf-16."
        raise InputProblem(f'"{name}" is not an encoding that can be read', hint=hint)


def find_encoding(data: BinaryIO, *, chosen: str = "", declared: str = "") -> Encoding:
    """Determine the encoding of a text file by reading it through, in pieces. Leaves the file at any position.

    `chosen` is a codec that a person named, `declared` the encoding by something around the text (a mail's header).
    Raises UnreadableText: it is not text, damaged, not in the encoding chosen, or in no known one.
    """
    data.seek(0)
    head = data.read(_HEAD)
    if chosen:
        without_mark = codecs.lookup(chosen).name == "utf-16" and not head.startswith((codecs.BOM_LE, codecs.BOM_BE))
        codec = (_utf16_without_mark(head) or "utf-16-le") if without_mark else chosen  # Python demands the mark
        return _checked_encoding(data, codec, f"cannot be read as {chosen}")
    for mark, codec in _MARKS:
        if head.startswith(mark):
            return _checked_encoding(data, codec, f"claims to be {codec.upper()} but is damaged")
    unmarked = _utf16_without_mark(head)
    if unmarked:
        return _checked_encoding(data, unmarked, f"seems to be {unmarked.upper()} but is damaged")
    if _EAST_ASIAN_ESCAPE.search(head) and head.isascii():
        for codec in _ISO_2022:
            if _first_bad_byte(data, codec) is None:
                return Encoding(codec)
    control = len(re.findall(rb"[\x00-\x08\x0e-\x1f\x7f]", head))
    if control > 0.05 * len(head) and control > 3:
        raise UnreadableText("is not text")
    bad = _first_bad_byte(data, "utf-8")
    return Encoding("utf-8") if bad is None else _guess_encoding(data, bad, _declared_codec(declared, head))


def decode_text(data: bytes, *, declared: str = "") -> tuple[str, Doubt | None]:
    """Decode a whole text; return it, and the doubt if its encoding was guessed. Raises as `find_encoding`."""
    encoding = find_encoding(io.BytesIO(data), declared=declared)
    text = data.decode(encoding.codec, encoding.errors)
    if "\0" in text:
        raise UnreadableText("is not text")
    return text, encoding.doubt


def as_utf8(data: bytes, chosen: str) -> bytes:
    """Convert a text from the encoding that a person named, `chosen`, to UTF-8; one that is Unicode already stays.

    Raises UnreadableText: it is not in that encoding.
    """
    if data.startswith(tuple(mark for mark, _ in _MARKS)) or _is_utf8(data):
        return data
    found = None
    with suppress(UnreadableText):
        found = find_encoding(io.BytesIO(data)).doubt
    if found and found.is_mixed:  # the pasted bytes are in it
        return data.decode("utf-8", _stray_handler(chosen)).encode()
    return data.decode(find_encoding(io.BytesIO(data), chosen=chosen).codec).encode()


def read_lines(data: BinaryIO, encoding: Encoding) -> Iterator[str]:
    r"""Yield the lines of a file from its beginning, with their line ends (`\n`, `\r\n`, `\r`).

    Raises UnreadableText: a line has more than a million characters.
    """
    data.seek(0)
    text = io.TextIOWrapper(data, encoding=encoding.codec, errors=encoding.errors, newline="")
    try:
        while line := text.readline(LONGEST_LINE):
            if len(line) == LONGEST_LINE:
                raise UnreadableText("has a line of more than a million characters")
            yield line
    finally:
        with suppress(ValueError):  # already closed, because a person stopped the reading
            text.detach()  # otherwise the wrapper would close the caller's file


def read_pieces(data: BinaryIO, encoding: Encoding) -> Iterator[str]:
    """Yield the text of a file from its beginning in pieces, regardless of lines."""
    data.seek(0)
    decoder = codecs.getincrementaldecoder(encoding.codec)(encoding.errors)
    while piece := data.read(_PIECE):
        yield decoder.decode(piece)
    yield decoder.decode(b"", final=True)


def _utf16_without_mark(head: bytes) -> str:
    """Return the kind of UTF-16 in which a text of any script has blanks, line ends and stops; empty if neither has."""
    even = head[: len(head) // 2 * 2]
    found: dict[str, int] = {}
    for codec in ("utf-16-le", "utf-16-be"):
        text = even.decode(codec, "replace")
        found[codec] = sum(map(text.count, " @.,;\t\n\r。、")) - 10 * text.count("\0")
    likeliest = max(found, key=lambda codec: found[codec])
    return likeliest if found[likeliest] > max(1, len(even) // 100) else ""


def _declared_codec(name: str, head: bytes) -> str:
    """Return the codec for a name, or the one that the file declares; empty if it cannot be right."""
    match = None if name else _DECLARED.search(head)
    name = (match[1] or match[2]).decode("ascii", "replace") if match else name
    with suppress(LookupError, ValueError):
        codec = codecs.lookup(name).name if name else ""
        codec = _STANDARD.get(codec, codec)
        return "" if codec.startswith("utf") or codec in _NOT_TEXT else codec.replace("-", "_")
    return ""


def _checked_encoding(data: BinaryIO, codec: str, fault: str) -> Encoding:
    bad = _first_bad_byte(data, codec)
    if bad is not None:
        raise UnreadableText(fault, _line_number(data, bad))
    return Encoding(codec)


def _first_bad_byte(data: BinaryIO, codec: str) -> int | None:
    """Decode the whole file in pieces; return the position of the first byte that does not fit, or None."""
    decoder = codecs.getincrementaldecoder(codec)()
    data.seek(0)
    at = 0
    while True:
        piece = data.read(_PIECE)
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            return at - pending + error.start
        if not piece:
            return None
        at += len(piece)


def _line_number(data: BinaryIO, position: int) -> int:
    data.seek(0)
    line, left = 1, position
    while left > 0 and (piece := data.read(min(_PIECE, left))):
        line += piece.count(b"\n")
        left -= len(piece)
    return line


def _guess_encoding(data: BinaryIO, bad: int, declared: str) -> Encoding:
    """Use the declared encoding, or else the likeliest of the old encodings that can read the whole file."""
    lines = _sample_lines(data)
    strays = [(number, found) for number, line in lines if (found := _stray_words(line))]
    if not strays:
        line = _line_number(data, bad)
        data.seek(max(0, bad - _SHOWN))
        strays = [(line, _stray_words(data.read(2 * _SHOWN)))]
    letters = sum(len(_UTF8_LETTER.findall(line)) for _, line in lines)
    others = sum(len(_UTF8_LETTER.sub(b"", line).translate(None, _ASCII)) for _, line in lines)
    # bytes of another encoding are hardly ever valid UTF-8, and whole lines of them never are
    if letters >= 2 * others or len(lines) >= 2 * len(strays):
        return _mixed_encoding(strays)
    data.seek(0)
    ranked = _rank_encodings(b"\n".join(line for _, line in lines), data.read(_SAMPLE_BYTES))
    fitting = [guess for guess in ranked if _first_bad_byte(data, guess.codec) is None]
    readable = [guess for guess in fitting if guess.score > 0]
    if declared and _first_bad_byte(data, declared) is None:
        declared_guess = next((guess for guess in fitting if guess.codec == declared), None)
        # programs declare "iso-8859-1" without knowing: it has to read as well as any other
        trusted = declared_guess is None or (declared_guess.score > 0 and declared != "cp1252")
        if trusted or declared_guess is None or not _is_sure(readable) or readable[0].text == declared_guess.text:
            return Encoding(declared)
        fitting = [declared_guess, *readable]
    elif not readable:  # only signs
        fitting.sort(key=lambda guess: guess.codec != "cp1252")
    if not readable and (not fitting or fitting[0].codec != "cp1252"):
        raise UnreadableText("is in an encoding that cannot be recognised", strays[0][0])
    codec = fitting[0].codec
    examples = tuple((number, line.decode(codec, "replace").strip()) for number, line in lines[:_EXAMPLES])
    return Encoding(codec, _doubt(lines, fitting), examples)


def _is_utf8(line: bytes) -> bool:
    with suppress(UnicodeDecodeError):
        return bool(line.decode() or True)
    return False


def _stray_words(line: bytes) -> bytes:
    return b" ".join(word for word in line.split() if not _is_utf8(word))


def _sample_lines(data: BinaryIO) -> list[tuple[int, bytes]]:
    """Return the first lines with bytes beyond ASCII, by which an encoding is scored, with their numbers."""
    found: list[tuple[int, bytes]] = []
    size, number, rest = 0, 1, b""
    data.seek(0)
    while size < _SAMPLE_BYTES and (piece := data.read(_PIECE)):
        *whole, rest = re.split(rb"\r\n|\n|\r", rest + piece)
        for line in whole:
            if size < _SAMPLE_BYTES and not line.isascii():
                found.append((number, line))
                size += len(line)
            number += 1
    if size < _SAMPLE_BYTES and not rest.isascii():
        found.append((number, rest))
    return found


def _doubt(lines: list[tuple[int, bytes]], ranked: list[_Guess]) -> Doubt:
    """Return the doubt about a guessed encoding, with the readings of the first doubtful words."""
    best = ranked[0].codec
    rival = _rival_of(ranked) or next((each for each in ranked[1:] if ranked[0].score <= 0), None)
    if rival is None:
        line, (shown, _) = _first_difference(lines, best, "ascii")
        readings = f'is not UTF-8; {encoding_name(best)} was assumed, so that this reads "{shown}". '
        return Doubt(f"{readings}If that is wrong, name the right one: --encoding NAME", line)
    line, (shown, other) = _first_difference(lines, best, rival.codec)
    readings = f'{encoding_name(best)} reads "{shown}", {encoding_name(rival.codec)} reads "{other}"'
    remedy = f"Name the right one: --encoding {best}, or --encoding {rival.codec}"
    return Doubt(f"is not UTF-8, and more than one encoding fits: {readings}. {remedy}", line, is_sure=False)


def _first_difference(lines: list[tuple[int, bytes]], best: str, rival: str) -> tuple[int, tuple[str, str]]:
    """Return the line number and both readings of the first passage in which two encodings differ."""
    for number, line in lines:
        both = [re.split(r"[;,\t|]", line.decode(codec, "replace")) for codec in (best, rival)]
        if len(both[0]) != len(both[1]):
            return number, (_shortened("".join(both[0]), 0), _shortened("".join(both[1]), 0))
        for one, other in zip(*both, strict=True):
            if one != other and not one.isascii():
                at = next(i for i, (a, b) in enumerate(zip(one, f"{other}\0", strict=False)) if a != b)
                return number, (_shortened(one, at), _shortened(other, at))
    return lines[0][0], ("", "")


def _shortened(text: str, at: int) -> str:
    """Return the words around a position in a text."""
    start = 0 if at < _SHOWN // 2 else max(text.rfind(" ", 0, at - 15) + 1, at - _SHOWN // 2)
    words = text[start : start + _SHOWN]
    if len(text) > start + _SHOWN and " " in words[at - start :]:
        words = words.rpartition(" ")[0]
    return printable(words.strip(' "'))


def _mixed_encoding(strays: list[tuple[int, bytes]]) -> Encoding:
    """Return UTF-8 with a handler for the few pasted bytes, whose encoding is guessed."""
    ranked = _rank_encodings(b"\n".join(words for _, words in strays), pairs=False)
    codec = ranked[0].codec if ranked and ranked[0].score > 0 else "cp1252"
    number, words = strays[0]
    shown = _shortened(words.decode("utf-8", _stray_handler(codec)), 0)
    text = f'is UTF-8 except for some bytes, which were read as {encoding_name(codec)}, so that this reads "{shown}". '
    text += "If that is wrong, name the right one: --encoding NAME"
    return Encoding("utf-8", Doubt(text, number, _is_sure(ranked), is_mixed=True), errors=_stray_handler(codec))


def _stray_handler(codec: str) -> str:
    """Register an error handler that reads bytes which are not UTF-8 in another encoding; return its name."""

    def read_stray(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        return error.object[error.start : error.end].decode(codec, "replace"), error.end

    name = f"mailer-{codec}"
    codecs.register_error(name, read_stray)
    return name


# Mojibake.

# the first bytes of Western and Japanese letters in UTF-8, each read as a character of its own
_MOJIBAKE: Final = re.compile(
    "[\u00c2-\u00c5\u00e2-\u00e9\u00ef\u00d0\u00d1\u00cb\u221a\u201a][^a-zA-Z0-9\\s.,;:!?'\"()]"
)


Repair: TypeAlias = tuple[int, str, str]  # a line, its words before and after


def repair_mojibake(text: str) -> tuple[str, tuple[Repair, ...]]:
    """Repair text that was once decoded in a wrong encoding (“GroÃŸ”), line by line; correct lines stay.

    Return the text, and each change, so that a person can check it.
    """
    if text.isascii():
        return text, ()
    lines = text.split("\n")
    repairs: list[Repair] = []
    for i, line in enumerate(lines):
        if not _MOJIBAKE.search(line):
            continue
        import ftfy.badness  # noqa: PLC0415 - few texts need it, and it loads slowly

        repaired = ftfy.fix_encoding(line) if ftfy.badness.is_bad(line) else line
        if repaired == line or "\n" in repaired:
            continue
        old, new = line.split(" "), repaired.split(" ")
        before, after = line.strip(), repaired.strip()
        if len(old) == len(new):  # only the changed words
            changed = [pair for pair in zip(old, new, strict=True) if pair[0] != pair[1]]
            before, after = (" … ".join(words) for words in zip(*changed, strict=True))
        repairs.append((i + 1, before, after))
        lines[i] = repaired
    return "\n".join(lines), tuple(repairs)


# The old encodings: in which of them a text reads like words.

# The initial score of each encoding, by its rarity in lists. Of equal readings, the first wins.
_RARITY: Final = {
    0.0: "cp1252",
    -0.8: "cp1250 cp1251 mac_roman cp932",
    -1.0: "cp1254 cp1253 euc_jp",
    -1.2: "iso8859_2 cp1255 cp1256 gb18030 cp949",
    -1.3: "cp1257 iso8859_15",
    -1.4: "koi8_r big5",
    -1.5: "koi8_u cp866 iso8859_7 iso8859_9",
    -1.6: "cp437 cp850 cp852 mac_cyrillic cp874",
    -1.8: "mac_latin2",
    -2.0: "iso8859_5 iso8859_13 cp857 mac_greek",
    -2.2: "mac_turkish mac_croatian mac_romanian mac_iceland",
}
_CANDIDATES: Final = {codec: rare for rare, codecs in _RARITY.items() for codec in codecs.split()}
_EDGES: Final = re.compile(r"[\s,;|\"<>()\[\]/\\@.:&+=_#!?*]+")
_BLANK_AT_EDGE: Final = re.compile(r"(?:^|[\s,;\t|\"])\u00a0+\w|[\w.]\u00a0+(?=[\s,;\t|\"\r\n]|$)|\d\u00a0\S")
_QUOTED: Final = re.compile(r"(?<!\w)[“„«‘](?=\w)[^“”„«»‘’]{1,300}(?<=[\w.,!?])[”“»’](?!\w)")
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_PAIRED: Final = frozenset(["cp932", "euc_jp", "gb18030", "big5", "cp949"])
_OPENING, _CLOSING, _SYMBOLS = "“„«‘‚‹¿¡", "”“»’›…™®", "–—•·©°€£§½¼¾²³ªº"
_NAME_PARTS: Final = frozenset(["mc", "mac", "de", "di", "la", "le"])
_CYRILLIC_VOWELS: Final = frozenset("аеёиоуыэюяіїєъ")
_SINGLE_LETTERS: Final = frozenset("уявиоскіїאב")  # words of one letter in scripts other than Latin


_MARGIN: Final = 2.0  # as much as two letters in pairs that a language has
_MARGIN_A_WORD: Final = 0.1  # of the words that differ


@cache
def _table(section: str) -> Mapping[str, frozenset[str]]:
    """Return a table about the languages of media lists.

    `pairs` are adjacent letters, `small_words` words in ASCII by which a language is recognised, `one_letter` the words
    of one letter, with their languages. `letters` make up most of a text in a script of its own, `signs` most of the
    names and headings in Chinese, Japanese and Korean; `apostrophes` are the words before or after one.
    """
    texts = read_section("encodings", section).items()
    if section in {"letters", "signs"}:
        return {name: frozenset("".join(text)) for name, text in texts}
    return {name: frozenset(" ".join(text).split()) for name, text in texts}


@cache
def _alphabets() -> Mapping[str, frozenset[str]]:
    return {name: frozenset(c for c in "".join(pairs) if not c.isascii()) for name, pairs in _table("pairs").items()}


@cache
def _signs() -> frozenset[str]:
    return frozenset[str]().union(*_table("signs").values())


@dataclass(frozen=True, slots=True)
class _Guess:
    """A codec in which a sample can be read, with its score; at or below 0 the text reads like no language."""

    codec: str
    score: float
    text: str


def encoding_name(codec: str) -> str:
    """Return the common name of an encoding; `codec` is Python's name."""
    return " ".join(read_section("encodings", "names").get(codec, (codec.replace("_", "-"),)))


def _rank_encodings(sample: bytes, around: bytes = b"", *, pairs: bool = True) -> list[_Guess]:
    """Rank the encodings in which a sample can be read, the likeliest first.

    `sample` has lines with bytes beyond ASCII; the text `around` them helps to recognise the language. Without `pairs`,
    encodings in which two bytes make a character are left out.
    """
    ascii_words = frozenset(word.decode("ascii") for word in re.findall(rb"(?<![^\s(])[a-z]{1,7}(?=[\s.,;:)])", around))
    found: list[_Guess] = []
    judged: dict[str, float] = {}
    for codec, rare in _CANDIDATES.items():
        if codec in _PAIRED and not pairs:
            continue
        try:
            text = sample.decode(codec)
        except UnicodeDecodeError:
            continue
        if text not in judged:
            judged[text] = _score_text(text, ascii_words, paired=codec in _PAIRED)
        found.append(_Guess(codec, judged[text] + rare, text))
    return sorted(found, key=lambda guess: -guess.score)


def _is_sure(ranked: list[_Guess]) -> bool:
    """Return whether the first guess reads like a language, and clearly better than every other reading."""
    return bool(ranked) and ranked[0].score > 0 and _rival_of(ranked) is None


def _rival_of(ranked: list[_Guess]) -> _Guess | None:
    """Return the first guess with a different reading that is not clearly worse than the best."""
    best = ranked[0]
    words = {*_EDGES.split(best.text)}
    for guess in ranked[1:]:
        if guess.text == best.text:
            continue
        least = max(_MARGIN, _MARGIN_A_WORD * len(words.difference(_EDGES.split(guess.text))))
        if best.score - guess.score < least:
            return guess
    return None


def _score_text(text: str, around: frozenset[str], *, paired: bool) -> float:
    """Score decoded text: words of a language count for it, characters that nobody types count against it."""
    everything = set(_EDGES.split(text))
    words = {word for word in everything if not word.isascii()}
    blanks = set(_BLANK_AT_EDGE.findall(text))
    ellipsis_lost = "\x85" in text  # a line end that is never typed; in Windows-1252, an ellipsis
    score = 1.5 * len(blanks) - 6.0 * ellipsis_lost + 2.5 * (_QUOTED.search(text) is not None)
    if paired:
        return score + sum(map(_score_paired, words))
    everything |= around
    found = {name: len(small_words & everything) for name, small_words in _table("small_words").items()}
    most = max(found.values())
    spoken = frozenset(name for name, count in found.items() if count > 1 and count >= 0.6 * most)
    # Latin letters all of one language count: a wrong reading has letters of several
    letters = {c for word in words for c in word.replace("İ", "ı").lower() if c.isalpha() and not c.isascii()}
    latin = {c for c in letters if _script(c) == "LATIN"}
    if any(latin <= alphabet for alphabet in _alphabets().values()):
        score += 0.5 * min(len(latin), 4)
    scripts = frozenset(_script(c) for word in words if len(word) > 1 for c in word if c.isalpha())
    return score + sum(_score_word(word, spoken, scripts) for word in words)


@lru_cache(maxsize=20_000)
def _score_word(word: str, spoken: frozenset[str], scripts: frozenset[str]) -> float:
    """Score a word; `spoken` are the likely languages of the text, `scripts` the scripts of its longer words."""
    found = [match[0] for match in _LETTERS.finditer(word) if not match[0].isascii()]
    score = sum(_score_letters(letters, spoken, scripts) for letters in found)
    return score + sum(_sign(word, at, scripts) for at, c in enumerate(word) if not c.isascii() and not c.isalpha())


def _score_letters(letters: str, spoken: frozenset[str], scripts: frozenset[str]) -> float:
    letter_scripts = {_script(c) for c in letters}
    beyond = sum(not c.isascii() for c in letters)
    if len(letter_scripts) > 1:
        return -3.0 * beyond
    script = letter_scripts.pop()
    if len(letters) == 1:  # a letter of the likely language, or else a dash or a bullet that was read wrongly
        if script == "LATIN":
            languages = _table("one_letter").get(letters.lower(), frozenset[str]())
            return 1.0 if spoken & languages else -3.0 if spoken else 0.0 if languages else -0.5
        return 0.0 if letters.lower() in _SINGLE_LETTERS and script in scripts else -2.0
    score = _score_capitals(letters)
    if script == "LATIN":
        crowded = -1.0 * beyond if beyond > 3 and beyond > 0.6 * len(letters) else 0.0
        return score + crowded + _score_language(letters.replace("İ", "ı").lower(), spoken)  # lower() makes two of İ
    common = _table("letters").get(script)
    if common is None:
        return score - 2.0 * beyond
    vowelless = script == "CYRILLIC" and len(letters) > 3 and not _CYRILLIC_VOWELS.intersection(letters.lower())
    capitals = 0.1 * len(letters) if len(letters) > 2 and letters.isupper() else 0.0  # a caseless script misread
    accents = sum(c in "άόίέήύώΐΰ" for c in letters.lower())
    unaccented = len(letters) > 2 and letters[1:].islower() and not accents and _script(letters[0]) == "GREEK"
    greek = 2.0 * ("ς" in letters[:-1]) + 1.0 * max(0, accents - 1) + 1.5 * unaccented
    return score - capitals - 2.0 * vowelless - greek + sum(1.3 if c in common else 0.4 for c in letters.lower())


def _score_language(word: str, spoken: frozenset[str]) -> float:
    """Score a word by the language whose letters fit it best."""
    alphabets = _alphabets()
    strange = [(word[at - 1 : at + 1] if at else "", word[at : at + 2], c) for at, c in enumerate(word) if c > "\x7f"]
    return max(
        sum(
            1.0 + (before in pairs) + (after in pairs) + (language in spoken) if c in alphabets[language] else -2.0
            for before, after, c in strange
        )
        for language, pairs in _table("pairs").items()
    )


def _score_capitals(letters: str) -> float:
    """Score mixed case, which a wrong reading has: a capital after a small letter, a small letter after capitals."""
    wrong = 0
    for at in range(1, len(letters)):
        before, c = letters[at - 1], letters[at]
        if c.isascii() and before.isascii():
            continue
        raised = c.isupper() and letters[:at].casefold() not in _NAME_PARTS and any(map(str.islower, letters))
        fallen = at > 1 and before.isupper() and letters[at - 2].isupper() and c.islower()
        wrong += raised or fallen
    return -3.0 * wrong


def _sign(word: str, at: int, scripts: frozenset[str]) -> float:
    """Score a sign by its position: quotation marks at edges, apostrophes after l' and O', nothing within words."""
    c = word[at]
    is_own_script = _script(c) in _table("letters") and _script(c) in scripts
    if unicodedata.category(c) in {"Cc", "Cn", "Co", "Mn"} and not is_own_script:
        return -6.0
    before, after = word[:at], word[at + 1 :]
    inside = before[-1:].isalpha() and after[:1].isalpha()
    if c == "’" and inside:
        beside = _table("apostrophes")  # l'Écho, O'Brien, don't
        known = before.casefold() in beside["before"] or after.casefold() in beside["after"]
        return 2.5 if known else -1.0
    if inside:
        return -0.5 if c in "–—·-\u00ad" else -3.0
    if _script(c) in _table("letters"):
        return 0.5 if is_own_script else -2.0
    if c in "‘€—…" and after[:1].islower() and _script(after[0]) != "LATIN":
        return -2.0  # in the position of a capital
    opens = c in _OPENING and not before and (after or c == "«")
    if opens or (c in _CLOSING and not after and (before or c in "»…")):
        return 1.0
    if c in _SYMBOLS or c == "\u00a0":
        return 1.5 if word in "•–—" else 1.0 if c in _SYMBOLS else 0.5
    return -2.5 if before[-1:].isalpha() or after[:1].isalpha() else -1.5


def _score_paired(word: str) -> float:
    """Score a word of Chinese, Japanese or Korean, character by character."""
    score = 0.0
    for at, c in enumerate(word):
        if c.isascii():
            continue
        if any("a" <= other <= "z" for other in word[max(at - 1, 0) : at + 2]):
            score -= 2.5
        if "\u3041" <= c <= "\u30ff" or c in _signs():
            score += 3.0
        elif "\uff61" <= c <= "\uff9f":
            score += 0.6 if re.search("[\uff61-\uff9f]{3,}", word) else -2.0
        elif "\u4e00" <= c <= "\u9fff" or "\uac00" <= c <= "\ud7a3":
            score += 0.4
        else:
            score += 0.5 if "\u3000" <= c <= "\u303f" or "\uff01" <= c <= "\uff5e" else -2.0
    return score


@lru_cache(maxsize=5_000)
def _script(c: str) -> str:
    return "LATIN" if c.isascii() else unicodedata.name(c, "NONE").split(" ")[0]
