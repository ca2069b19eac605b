"""Tails: pictures that came only as words, and what the reader is asked to do.

Recognises a caption (a labelled line, or a short sentence set apart that describes what is seen) and a call to action
(“Sign up for …”, or a link alone) near the end of a release. Both are guesses by words and place, so both are told to
the person.
"""

from __future__ import annotations

import re
from dataclasses import replace

from mailer.errors import Severity
from mailer.release.inline import find_links
from mailer.release.pieces import Draft, Line, Piece, settle_piece
from mailer.release.top import language_of
from mailer.release.values import Image, Paragraph
from mailer.release.words import pattern

_CAPTION_WORDS = 30
_CALL_WORDS = 30
_BUTTON_WORDS = (2, 9)
_CREDIT = re.compile(r"[\s(]((?:(?:Photo|Picture|Image|Photograph|Foto|Bild|Credit)(?:\s+credit)?\s*:|©|\(c\)).*?$)")
_CREDIT_LABEL = re.compile(
    r"\W?(?:[^\s:]+\s+)?(?:\w*cr[eé]dit\w*|\w*nachweis|bildquelle|bildrechte|courtesy|写真提供|画像提供|撮影|クレジット)"
    r"[^:：]{0,30}[:：]",
    re.IGNORECASE,
)
_TAIL = 4  # pieces from the end in which a call to action can stand
_MODAL = re.compile(
    r"(?<!\w)(?:may|can|will|should|must|could|might|would|shall|to|not)(?!\w)", re.IGNORECASE
)  # tells no picture


def recognise_call_to_action(draft: Draft) -> None:
    """Extract the call to action from the last pieces; what stays in the middle of a story is part of it."""
    if not draft.wants("call_to_action"):
        return
    language = language_of(draft)
    over = next((i for i, piece in enumerate(draft.pieces) if piece.after_end), len(draft.pieces))
    near = [*range(len(draft.pieces) - 1, len(draft.pieces) - _TAIL - 1, -1), *range(over - 1, over - _TAIL - 1, -1)]
    for i in (one for one in near if one > 0):
        piece = draft.pieces[i]
        if not isinstance(piece.block, Paragraph) or len(piece.text.split()) > _CALL_WORDS:
            continue
        if _calls(piece, language):
            draft.call_to_action = settle_piece(piece)
            draft.found("call to action", piece.text, piece.line)
            del draft.pieces[i]
            return


def _calls(piece: Piece, language: str) -> bool:
    """Whether a paragraph asks its reader to do something: in so many words, with a link to do it, or as a button.

    With a link it has to begin with what is asked, or to invite somebody; a sentence of the story about others that
    only has a link in it does neither. A button is nothing but a link, with words of its own and no sentence.
    """
    if pattern(r"(?:please\s+)?{call_to_action}(?!\w)").match(piece.text):
        return True
    spans = [span for span in piece.inline if re.search(r"\w", span.text)]
    if len({span.url for span in spans}) == 1 and spans[0].url.startswith("http"):
        text = "".join(span.text for span in spans)
        shown = re.search(r"[\w-]\.\w{2,}|@", text)  # an address is where something is to be had
        if _BUTTON_WORDS[0] <= len(text.split()) <= _BUTTON_WORDS[1] and shown is None and text[-1:] not in ".:":
            return True
    if not any(span.url for span in settle_piece(piece)) or re.search(r"[“„«「]", piece.text):
        return False
    asked = pattern(r"\W*(?:(?:please|bitte|por favor)\s+)?{call_verb}(?!\w)", language).match(piece.text)
    return asked is not None or pattern(r"(?<!\w){call_invite}(?!\w)", language).search(piece.text) is not None


def recognise_captions(draft: Draft) -> None:
    """Give captions to the pictures beside them, and make pictures of those that are alone."""
    taken: set[int] = set()
    label = pattern(r"\W?{caption_label}\s*:\s+(?=\S)")
    for i, piece in enumerate(draft.pieces):
        if i == 0 or not isinstance(piece.block, Paragraph) or not _is_caption(draft, i, piece):
            continue
        text, match = piece.text, label.match(piece.text)
        if match:  # `Photo:`, whose words are kept beside the picture
            draft.keep("picture", Line(piece.line, match.group().strip()))
            text = text[match.end() :]
        image, is_credit = caption_image(text), _CREDIT_LABEL.match(piece.text) is not None
        above = max((at for at in range(i) if at not in taken), default=-1)
        for at in (above, i + 1):
            block = draft.pieces[at].block if 0 <= at < len(draft.pieces) else None
            # a picture that came with the source, and lacks these words
            if isinstance(block, Image) and block.src and not (block.credit if is_credit else block.caption):
                credit = piece.text if is_credit else image.credit or block.credit
                words = replace(block, credit=credit)
                if not is_credit:
                    words = replace(words, caption=image.caption, alt=block.alt or image.alt)
                draft.pieces[at] = replace(draft.pieces[at], block=words)
                taken.add(i)
                break
        else:
            draft.pieces[i] = Piece(image, piece.line, piece.gap, after_end=False)
            draft.found("picture", piece.text, piece.line)
            if not _is_labelled(piece):
                message = (
                    f'"{piece.text}" reads like the caption of a picture that is not here; it goes out as a sentence'
                )
                draft.say("unsure-caption", message, piece.line, Severity.WARNING)
    for i in sorted(taken, reverse=True):
        del draft.pieces[i]


def _is_labelled(piece: Piece) -> bool:
    return pattern(r"\W?{caption_label}\s*(?:\([^)]*\))?\s*[:–—]\s+\S").match(piece.text) is not None


def _is_caption(draft: Draft, index: int, piece: Piece) -> bool:
    text, later = piece.text, draft.pieces[index + 1 : index + 2]
    is_long = len(text.split()) > _CAPTION_WORDS or len(piece.lines()) > 2
    if is_long or any(span.url for span in find_links(piece.inline)):  # it says where pictures are to be had
        return False
    if _is_labelled(piece):
        return True
    apart = piece.gap > 1 or not later or later[0].gap > 1
    several = re.search(r"[.!?]\s+[A-Z]|\d{3}", text)
    described = pattern(r"{caption_start}\s+(?:\w+\s+){1,6}?{caption_verb}(?!\w)").match(text)
    return apart and not several and described is not None and not _MODAL.search(described.group())


def caption_image(text: str, *, src: str = "", alt: str = "") -> Image:
    """Build a picture of a caption; a credit at its end is told from it."""
    caption, credit = split_credit(text)
    return Image(src=src, alt=alt or caption or credit, caption=caption, credit=credit)


def split_credit(text: str) -> tuple[str, str]:
    """Return a caption and the credit after it: after a bar, or from `Photo:` or © on."""
    if text.lstrip().startswith("|"):
        return "", text.strip(" |")
    if " |" in text:
        caption, _, credit = text.rpartition(" |")
        return caption.strip(), credit.strip()
    found = [match for match in _CREDIT.finditer(text) if match.start()]
    if not found:
        return text.strip(), ""
    return text[: found[-1].start()].strip(), found[-1].group(1).strip().rstrip(")")
