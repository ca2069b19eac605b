"""Docx package: the ZIP file that a Word document is.

Owns opening it with bounds (parts, sizes, depth: a bomb is refused before it is unpacked), telling what else a file is
that looks like one, and building a package with other parts. Never reads what the parts say.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any, cast
from xml.etree import ElementTree as ET

MAX_DOCX_BYTES = 25_000_000
_MAX_PARTS = 3000
_MAX_XML = 30_000_000
_MAX_DEPTH = 120
_MAX_PARAGRAPHS = 50_000
_PARAGRAPH = re.compile(rb"<(?:\w{1,20}:)?p[\s/>]")
_STEP = 65_536
_SAVE_AS = "open it, and save it as .docx, or paste its text into a .txt file"

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = (
    b"http://purl.oclc.org/ooxml/wordprocessingml/main",
    b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
)


class UnreadableDocx(ValueError):
    """The file is no Word document that can be read; the sentence says what to do."""


class Package:
    """The parts of a Word document, read one by one."""

    def __init__(self, data: bytes) -> None:
        """Open a package.

        Raises:
            UnreadableDocx: it is no .docx, damaged, protected, has macros, or is a bomb.
        """
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            self.names = tuple(self._zip.namelist())
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
            raise UnreadableDocx(
                f"is a damaged Word or ZIP file ({error}): open it in Word, and save it again"
            ) from None
        if len(self.names) > _MAX_PARTS:
            raise UnreadableDocx(f"has {len(self.names)} parts inside, which no Word file of a release has")
        self._refuse_others()
        self.main = next((name for name in self.names if name.lower() == "word/document.xml"), "word/document2.xml")
        if self.main not in self.names:
            raise UnreadableDocx("is a ZIP file, and no Word document is in it: unpack it, and take the document out")

    def _refuse_others(self) -> None:
        names = set(self.names)
        kinds = {
            "Index/Document.iwa": "is a Pages file: in Pages choose File, Export To, Word, or paste its text",
            "Index.zip": "is a Pages file: in Pages choose File, Export To, Word, or paste its text",
            "xl/workbook.xml": "is a spreadsheet: the text of the release is needed, as .docx or .txt",
            "ppt/presentation.xml": "is a presentation: the text of the release is needed, as .docx or .txt",
            "word/vbaProject.bin": "is a Word file with macros: in Word choose Save As, Word Document (.docx)",
        }
        for name, sentence in kinds.items():
            if name in names:
                raise UnreadableDocx(sentence)
        if "mimetype" in names and b"opendocument" in self.read("mimetype", most=200):
            raise UnreadableDocx(f"is an OpenDocument file: {_SAVE_AS}")
        types = self.read("[Content_Types].xml") if "[Content_Types].xml" in names else b""
        if b"macroEnabled" in types:
            raise UnreadableDocx("is a Word file with macros: in Word choose Save As, Word Document (.docx)")

    def read(self, name: str, *, most: int = _MAX_XML) -> bytes:
        """Read a part, no more of it than allowed; an absent one is empty.

        Raises:
            UnreadableDocx: damaged, encrypted, or larger than allowed.
        """
        if name not in self.names:
            return b""
        try:
            with self._zip.open(name) as part:
                data = part.read(most + 1)
        except RuntimeError:
            raise UnreadableDocx("is protected by a password: open it, take the password off, and save it") from None
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError) as error:
            raise UnreadableDocx(f"is damaged ({error}): open it in Word, and save it again") from None
        if len(data) > most:
            raise UnreadableDocx(f"unpacks to more than {most // 1_000_000} MB ({name}), which no release does")
        return data

    def tree(self, name: str) -> ET.Element | None:
        """Parse a part; None where there is none.

        Raises:
            UnreadableDocx: it is no XML, declares entities, or is nested beyond reason.
        """
        data = self.read(name)
        if not data:
            return None
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            raise UnreadableDocx("holds declarations that no Word file has: open it in Word, and save it again")
        paragraphs = len(_PARAGRAPH.findall(data))
        if paragraphs > _MAX_PARAGRAPHS:
            raise UnreadableDocx(f"has {paragraphs:,} paragraphs ({name}); a release has up to {_MAX_PARAGRAPHS:,}")
        data = data.replace(*_STRICT)
        try:
            return _parse(data)
        except (ET.ParseError, ValueError) as error:
            if isinstance(error, UnreadableDocx):
                raise
            raise UnreadableDocx(f"is damaged ({error}): open it in Word, and save it again") from None


def _parse(data: bytes) -> ET.Element | None:
    """Parse XML, watching how deep it goes: what comes after walks it recursively."""
    parser: ET.XMLPullParser[Any] = ET.XMLPullParser(events=("start", "end"))
    depth = 0
    root: ET.Element | None = None
    for at in range(0, len(data), _STEP):
        parser.feed(data[at : at + _STEP])
        if at + _STEP >= len(data):
            parser.close()
        for each in parser.read_events():
            event, element = cast("tuple[str, ET.Element]", each)
            root = element if root is None else root
            depth += 1 if event == "start" else -1
            if depth > _MAX_DEPTH:
                raise UnreadableDocx("is nested too deeply: open it in Word, and save it again")
    return root


def build_package(parts: Mapping[str, bytes]) -> io.BytesIO:
    """Put parts into a package again."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    made.seek(0)
    return made
