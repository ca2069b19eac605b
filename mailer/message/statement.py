"""Statement: who speaks, what they say, and apart from it all the rest.

Owns the values that a statement is made of in templates: `release.speaker`, `said_html`, `said_text`, `rest`,
`portrait`. The speaker is whoever the portrait names, else who is quoted first: a face never stands beside the name of
somebody else who is quoted. What others say stays in the rest. Never leaves a block out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from mailer.message.markup import attribution, picture_tag, picture_words, quoted, render_inline, render_picture
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
    """Give what the speaker says, all of it, and the other blocks; `blocks` are those of `body`, rendered."""
    quotes = [block for block in body if isinstance(block, Quote)]
    first = next((quote for quote in quotes if portrait and _shows(portrait, quote)), quotes[0] if quotes else None)
    by = attribution(first, tongue) if first else ""
    is_said = [isinstance(block, Quote) and attribution(block, tongue) in {by, ""} for block in body]
    said = [part for block, here in zip(body, is_said, strict=True) if here for part in _paragraphs(block)]
    rest = [made for made, here in zip(blocks, is_said, strict=True) if not here]
    opening, closing = tongue.quotes
    last = len(said) - 1
    html = (
        Markup("<p>{}{}{}</p>").format(opening, render_inline(part), closing if number == last else "")
        for number, part in enumerate(said)
    )
    return {
        "speaker": {
            "name": first.speaker if first else "",
            "role": script_of(tongue.tag).comma.join(part for part in (first.role, first.organisation) if part)
            if first
            else "",
        },
        "said_html": Markup("\n").join(html),
        "said_text": "\n\n".join(wrap(each, first=_INDENT) for each in quoted([text_of(p) for p in said], tongue)),
        "rest": rest,
        "rest_text": "\n\n".join(block["text"] for block in rest),
    }


def portrait_context(image: Image, tongue: Tongue, images: Mapping[str, InlineImage]) -> dict[str, str]:
    """Give a portrait: `face` beside a name, `html` as a picture of its own, `words` and `text` what is said about it.

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
    """Say whether the words of a portrait name who is quoted; the photographer's name is none of them."""
    words = f"{portrait.alt} {portrait.caption}".casefold()
    return bool(quote.speaker) and quote.speaker.casefold() in words


def _paragraphs(block: Block) -> Sequence[Any]:
    return block.paragraphs if isinstance(block, Quote) else ()
