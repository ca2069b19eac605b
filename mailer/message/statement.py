"""Statement: who speaks, what they say, and apart from it all the rest.

Owns the values that a statement is made of in templates: `release.speaker`, `said_html`, `said_text`, `rest`,
`portrait`. The speaker is whoever the portrait names, else who is named first as quoted: a face never stands beside the
name of somebody else who is quoted. What others say stays in the rest. Never leaves a block out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from mailer.message.markup import picture_tag, picture_words, quoted, render_picture, said_paragraphs
from mailer.message.prose import render_text_blocks, text_of
from mailer.message.script import script_of
from mailer.message.text import wrap
from mailer.message.values import InlineImage
from mailer.release.values import Block, Image, Quote
from mailer.settings import Tongue

PORTRAIT_WIDTH: Final = 240
FACE_WIDTH: Final = 96
_INDENT: Final = "    "


def statement_context(
    body: Sequence[Block], blocks: Sequence[dict[str, str]], tongue: Tongue, portrait: Image | None = None
) -> dict[str, Any]:
    """Return what the speaker says, all of it, and the other blocks; `blocks` are those of `body`, rendered."""
    quotes = [block for block in body if isinstance(block, Quote)]
    named = [quote for quote in quotes if quote.speaker] or quotes
    first = next((quote for quote in named if portrait and _shows(portrait, quote)), named[0] if named else None)
    is_said = _said(body, first.speaker) if first else [False] * len(body)
    said = [block for block, here in zip(body, is_said, strict=True) if here and isinstance(block, Quote)]
    rest = [made for made, here in zip(blocks, is_said, strict=True) if not here]
    return {
        "speaker": {
            "name": first.speaker if first else "",
            "role": script_of(tongue.tag).comma.join(part for part in (first.role, first.organisation) if part)
            if first
            else "",
        },
        "said_html": Markup("\n").join(said_paragraphs(quote, tongue) for quote in said),
        "said_text": "\n\n".join(
            wrap(part, first=_INDENT) for quote in said for part in quoted(quote, tongue, text_of)
        ),
        "rest": rest,
        "rest_text": "\n\n".join(block["text"] for block in rest),
    }


def portrait_context(image: Image, tongue: Tongue, images: Mapping[str, InlineImage]) -> dict[str, str]:
    """A portrait: `face` beside a name, `html` as a picture of its own, `words` and `text` what is said about it.

    Raises:
        InputProblem: it is neither on the web nor in `images`.
    """
    return {
        "html": render_picture(image, tongue, images, width=PORTRAIT_WIDTH),
        "face": picture_tag(image, images, width=FACE_WIDTH),
        "words": picture_words(image, tongue, with_alt=False),
        "text": "".join(render_text_blocks((image,), tongue=tongue)),
    }


def _shows(portrait: Image, quote: Quote) -> bool:
    """Return whether the words of a portrait name who is quoted; the photographer's name is none of them."""
    words = f"{portrait.alt} {portrait.caption}".casefold()
    return bool(quote.speaker) and quote.speaker.casefold() in words


def _said(body: Sequence[Block], speaker: str) -> list[bool]:
    """Say of each block whether the speaker says it; a quote of nobody is theirs where it stands beside their words."""
    said = [isinstance(block, Quote) and block.speaker == speaker for block in body]
    for order in (range(1, len(body)), range(len(body) - 2, -1, -1)):
        for at in order:
            block = body[at]
            if isinstance(block, Quote) and not block.speaker:
                said[at] |= said[at - order.step]
    return said
