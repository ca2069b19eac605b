"""Message: from a release and a person to the exact bytes of a mail.

    family.py       a set of templates, compiled once, rendered for each person (Jinja, css-inline)
    context.py      what templates may say: the release, the sender, the person; uses greeting, telephone, words
    markup.py       a release's text as HTML; prose.py: as plain text, in the lines of text.py
    compose.py      the MIME tree, once a mailing and once a person, of headers.py and body.py
    attachments.py  which files may go out; pictures.py: those that stand inside the mail
    sign.py         DKIM signatures in front of it, over canonical.py's form, with the keys of dkim_key.py
    checks.py       what is looked at in the finished bytes, read with parts.py and page.py

Pure: no clock, no randomness (but for a new DKIM key), no files. Raises `InputProblem`; about keys `ConfigProblem`.
"""

from mailer.message.attachments import MAX_ENCODED_BYTES
from mailer.message.calendar import make_calendar
from mailer.message.checks import check_message
from mailer.message.compose import (
    Frame,
    Stencil,
    compose_frame,
    compose_message,
    compose_parts,
    compose_plain_frame,
    content_hash,
    make_mark,
    make_stencil,
)
from mailer.message.context import Context, mailing_context, person_context, release_context
from mailer.message.dkim_key import SigningKey, dns_name, dns_strings, dns_value, make_dkim_key
from mailer.message.family import Family, compile_family
from mailer.message.pictures import make_inline_image, refuse_white_logo
from mailer.message.sign import Signer, make_signer, sign_message
from mailer.message.values import Addressee, Attachment, Bodies, Check, InlineImage, Rendered, Styling

__all__ = [
    "MAX_ENCODED_BYTES",
    "Addressee",
    "Attachment",
    "Bodies",
    "Check",
    "Context",
    "Family",
    "Frame",
    "InlineImage",
    "Rendered",
    "Signer",
    "SigningKey",
    "Stencil",
    "Styling",
    "check_message",
    "compile_family",
    "compose_frame",
    "compose_message",
    "compose_parts",
    "compose_plain_frame",
    "content_hash",
    "dns_name",
    "dns_strings",
    "dns_value",
    "mailing_context",
    "make_calendar",
    "make_dkim_key",
    "make_inline_image",
    "make_mark",
    "make_signer",
    "make_stencil",
    "person_context",
    "refuse_white_logo",
    "release_context",
    "sign_message",
]
