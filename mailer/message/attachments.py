"""Attachments: which files may go with a mail, and how they are named there.

Owns the refusals: programs, archives, documents with macros, files that are not what their name says, and too much.
Never reads a file. Raises `InputProblem` with a sentence for the person who attached it.
Standards F14; a path never leaves this machine (F24).
Gaps: the look inside a document is a search for Office's macro container, no virus scan.
"""

from __future__ import annotations

from collections.abc import Iterable

from mailer.errors import InputProblem
from mailer.message.headers import check_header_value
from mailer.message.values import Attachment, InlineImage

MAX_ENCODED_BYTES = 10_000_000
_PROGRAMS = frozenset(
    {
        *("apk", "app", "appimage", "bat", "bin", "cmd", "com", "cpl", "deb", "dll", "dmg", "exe", "gadget", "hta"),
        *("img", "iso", "jar", "js", "jse", "lnk", "mjs", "msc", "msi", "msp", "pif", "pkg", "ps1", "py", "reg"),
        *("rpm", "scr", "sh", "sys", "url", "vb", "vbe", "vbs", "vhd", "vhdx", "vxd", "ws", "wsc", "wsf", "wsh", "xll"),
        # what else Gmail refuses by name
        *("ade", "adp", "appx", "appxbundle", "chm", "diagcab", "diagcfg", "diagpkg", "ex", "ex_", "ins", "isp"),
        *("jnlp", "lib", "mde", "msix", "msixbundle", "mst", "nsh", "sct", "shb"),
    }
)
_ARCHIVES = frozenset(
    {
        *("7z", "ace", "arj", "bz2", "cab", "gz", "lha", "lz", "lzh", "rar", "tar", "tbz", "tgz", "txz", "xz", "z"),
        *("zip", "zipx", "zst"),
    }
)
_MACROS = frozenset({"docm", "dotm", "potm", "ppam", "ppsm", "pptm", "sldm", "xlam", "xlm", "xlsb", "xlsm", "xltm"})
_MACROS_INSIDE = (b"vbaProject.bin", "_VBA_PROJECT".encode("utf-16-le"))  # of today's Office, and in old .doc and .xls
_SIGNATURES = {
    "pdf": b"%PDF",
    "png": b"\x89PNG",
    "jpg": b"\xff\xd8\xff",
    "jpeg": b"\xff\xd8\xff",
    "gif": b"GIF8",
    **dict.fromkeys(("docx", "xlsx", "pptx", "odt"), b"PK\x03\x04"),
}
# what a file is, whatever it is called: Windows, Linux and macOS programs, scripts, archives
_PROGRAM_STARTS = (b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa", b"#!")
_ARCHIVE_STARTS = (b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
_ZIP_INSIDE = frozenset({"docx", "xlsx", "pptx", "odt", "ods", "odp", "epub"})


def attachment_name(attachment: Attachment) -> str:
    """Return the name under which a file travels: no path, no blanks or dots at the end.

    Raises:
        InputProblem: nothing is left, or it has characters that a header must not have.
    """
    bare = check_header_value(attachment.name, "attachment name").replace("\\", "/").rpartition("/")[2].strip(" ")
    name = bare.rstrip(" .")
    if not name:
        raise InputProblem(f'attachment name: "{attachment.name}" names no file')
    return name


def check_attachment(attachment: Attachment) -> None:
    """Refuse a file that newsrooms' gateways refuse, with the reason.

    Raises:
        InputProblem: a program, an archive, macros, an empty file, or bytes that are not what the name says.
    """
    name, data, reason = attachment_name(attachment), attachment.data, ""
    kind = name.rpartition(".")[2].lower() if "." in name else ""
    expected = _SIGNATURES.get(kind, b"")
    if kind in _PROGRAMS or data.startswith(_PROGRAM_STARTS):
        reason = "is a program; mail servers refuse these"
    elif kind in _ARCHIVES or data.startswith(_ARCHIVE_STARTS):
        reason = "is an archive; many newsrooms refuse these"
    elif kind in _MACROS or any(mark in data for mark in _MACROS_INSIDE):
        reason = "is a document with macros; mail servers refuse these"
    elif not data:
        reason = "is empty"
    elif not data.startswith(expected):
        reason = f"is not a {kind.upper()} file, despite its name"
    elif data.startswith(b"PK\x03\x04") and kind not in _ZIP_INSIDE:
        reason = "is an archive; many newsrooms refuse these"
    if reason:
        raise InputProblem(
            f'the attachment "{name}" {reason}',
            hint="Put the file on your site and name the page in the release: `press_kit: https://…`.",
        )


def check_total_size(attachments: Iterable[Attachment], images: Iterable[InlineImage]) -> None:
    """Refuse more than `MAX_ENCODED_BYTES` of files in one mail, counted as they travel (base64 in lines).

    Raises:
        InputProblem: with the size.
    """
    sizes = [len(item.data) for item in attachments] + [len(item.data) for item in images]
    encoded = sum(-(-size // 57) * 78 for size in sizes)
    if encoded > MAX_ENCODED_BYTES:
        raise InputProblem(
            f"attachments and pictures take {encoded / 1e6:.1f} MB in the mail; "
            f"up to {MAX_ENCODED_BYTES / 1e6:.0f} MB pass most servers",
            hint="Put large files on your site and name the page in the release: `press_kit: https://…`.",
        )
