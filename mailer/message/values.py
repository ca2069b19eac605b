"""Values: the contents of a mail, and the results of checking one.

Owns the frozen values that the other files of this room exchange: rendered texts, the recipient of a message, pictures
and attachments, checks. Never renders, encodes or judges.
"""

from __future__ import annotations

from mailer.address import Address
from mailer.errors import Severity
from mailer.frozen import dataclass, field
from mailer.settings import Look, Tongues


@dataclass(frozen=True, slots=True)
class Rendered:
    """One person's mail as text: a subject of one line, a whole HTML page with its CSS inlined, and the text part.

    `html` is empty if the person wants plain text.
    """

    subject: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class Bodies:
    """The two parts of a mail, each with the name of its transfer encoding; the HTML's are empty in plain text."""

    text_encoding: bytes
    text: bytes
    html_encoding: bytes = b""
    html: bytes = b""


@dataclass(frozen=True, slots=True)
class Addressee:
    """The recipient of one message, and what identifies it.

    `message_id` has its angle brackets; `list_unsubscribe` holds bare URIs, at most one of them https (RFC 8058).
    `references` are the messages of ours that this one answers, the oldest first, each with its angle brackets.
    """

    to: Address
    name: str
    message_id: str
    list_unsubscribe: tuple[str, ...] = ()
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InlineImage:
    """A picture inside the mail; the HTML names it `cid:` + `content_id`. Width and height in pixels, 0 if unknown.

    On a web page the HTML names its `url` instead.
    """

    content_id: str
    media_type: str
    data: bytes
    name: str = ""
    width: int = 0
    height: int = 0
    url: str = ""


@dataclass(frozen=True, slots=True)
class Styling:
    """What a family has besides its templates: its languages, its look, its logo if that is a file."""

    tongues: Tongues = field(repr=False)
    look: Look = field(default_factory=Look)
    logo: InlineImage | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file attached to the mail; `name` may include a path, which never leaves this machine."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Check:
    """One check of the finished bytes, with its result as a sentence, whether it passed or not.

    If it did not pass, `severity` is how bad that is, `hint` what to do about it, and `faults` the single faults that
    it names, if any.
    """

    code: str
    passed: bool
    message: str
    severity: Severity = Severity.ERROR
    hint: str = ""
    faults: tuple[str, ...] = ()
