"""Statements: quotes that stand as paragraphs of their own, joined with who says them.

Recognises a lead-in (“Statement from Name, organisation, role:”) with the quoted paragraphs that follow it, a
quoted paragraph or a block quote with an attribution line or a signature under it, and makes one `Quote` of each. A
quote inside an ordinary paragraph stays there, and lines with `>` behind a colon that are no sentences are a list.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from mailer.release.inline import cut, join_lines, split_lines
from mailer.release.people.roles import parse_attribution
from mailer.release.pieces import Draft, Piece, settle_piece
from mailer.release.quotes.quotations import parse_dash, parse_lead_in, unquote
from mailer.release.quotes.quoting import is_signature, names_first
from mailer.release.values import Inline, ListBlock, Paragraph, Quote, plain
from mailer.release.words import guess_language

_SIGNING_LINES = 3
_FEWEST = 2  # items of a list
_ENDED = re.compile(r"[.!?…”\"»“]\s*$")
_BEHIND = re.compile(r"[.!?…][”\"»“]?(?P<dash>\s+(?:[—–―]|--?)\s*)(?=\S[^.!?]{2,120}$)")
_MARK = re.compile(r"[\"“„«「]")


def recognise_statements(draft: Draft) -> None:
    """Join lead-ins, quoted paragraphs and attributions into quotes."""
    done: list[Piece] = []
    pieces = draft.pieces
    runs = _Runs(pieces)
    language = guess_language("\n".join(piece.text for piece in pieces))
    at = 0
    while at < len(pieces):
        quote, after = _quote_at(runs, at, language)
        if quote is None:
            done.append(pieces[at])
            at += 1
            continue
        done.append(quote)
        at = after
    draft.pieces = done


def recognise_marked_quotes(draft: Draft) -> None:
    """Make a quote of each paragraph whose lines all begin with `>`; where most of a text does, it is no quote."""
    draft.pieces = _with_lists(draft.pieces)
    marked = [(i, lines) for i, piece in enumerate(draft.pieces) if (lines := _marked_lines(piece))]
    words = sum(len(draft.pieces[i].text.split()) for i, _ in marked)
    if words * 2 > sum(len(piece.text.split()) for piece in draft.pieces):
        return
    for i, lines in marked:
        draft.pieces[i] = replace(draft.pieces[i], block=read_block_quote([join_lines(lines)]))


def _with_lists(pieces: Sequence[Piece]) -> list[Piece]:
    """Make a list of lines behind a colon that have `>` before them as a bullet, and are no sentences."""
    done: list[Piece] = []
    for is_marked, run in groupby(pieces, key=lambda piece: bool(_marked_lines(piece))):
        together = list(run)
        items = [line for piece in together for line in _marked_lines(piece)] if is_marked else []
        announced = len(items) >= _FEWEST and bool(done) and done[-1].text.endswith(":")
        listed = announced and not any(_ENDED.search(plain(item)) for item in items)
        done.extend([replace(together[0], block=ListBlock(tuple(items)))] if listed else together)
    return done


def _marked_lines(piece: Piece) -> list[Inline]:
    """Return the lines of a paragraph without their `>`; none where one has no such mark."""
    lines = split_lines(piece.inline) if isinstance(piece.block, Paragraph) else []
    marks = [re.match(r"\s*>\s?", plain(line)) for line in lines]
    return [cut(line, mark.end()) for line, mark in zip(lines, marks, strict=True) if mark] if all(marks) else []


@dataclass(slots=True)
class _Runs:
    """Paragraphs that are quotes from end to end, side by side; each is read once, and so is where its run ends."""

    pieces: list[Piece]
    inside: dict[int, Inline | None] = field(default_factory=dict)
    ends: dict[int, int] = field(default_factory=dict)

    def end(self, start: int) -> int:
        """Return the place behind the quotes that stand side by side from a place on."""
        at = start
        while at not in self.ends and self.quoted(at) is not None:
            at += 1
        end = self.ends.get(at, at)
        self.ends.update(dict.fromkeys(range(start, at), end))
        return end

    def quoted(self, at: int) -> Inline | None:
        """Return a paragraph that is a quote from end to end, without its marks."""
        if at not in self.inside:
            is_one = at < len(self.pieces) and isinstance(self.pieces[at].block, Paragraph)
            self.inside[at] = unquote(settle_piece(self.pieces[at])) if is_one else None
        return self.inside[at]

    def between(self, start: int, end: int) -> tuple[Inline, ...]:
        """Return the paragraphs of a run without their marks."""
        return tuple(_trimmed(inline) for at in range(start, end) if (inline := self.quoted(at)) is not None)


def _quote_at(runs: _Runs, at: int, language: str) -> tuple[Piece | None, int]:
    """Return the quote that begins at a piece, and where the rest goes on."""
    pieces = runs.pieces
    piece = pieces[at]
    own = _signed(piece)
    if own is not None:
        return replace(piece, block=own), at + 1
    lead_in = parse_lead_in(piece.text, language) if isinstance(piece.block, Paragraph) else None
    start = at + 1 if lead_in else at
    if start < len(pieces) and isinstance(pieces[start].block, Quote):
        return _block_quote(pieces, start, lead_in, language)
    after = runs.end(start)
    if after == start:
        return None, at
    dash = _dash_at(pieces, after) or (None if lead_in else _signature_at(pieces, after, language))
    who = dash or lead_in
    if who is None:
        return None, at
    quote = _attributed(Quote(runs.between(start, after)), dash, lead_in)
    return Piece(quote, piece.line, piece.gap), after + (dash is not None)


def _signed(piece: Piece) -> Quote | None:
    """Read a paragraph that is a quote with its attribution on the last line; None where it is not."""
    *lines, last = split_lines(piece.inline)
    who = parse_dash(plain(last)) if lines and isinstance(piece.block, Paragraph) else None
    inside = unquote(_trimmed(join_lines(lines))) if who else None
    return _attributed(Quote((_trimmed(inside),)), who, None) if inside else None


def _attributed(quote: Quote, who: Quote | None, lead_in: Quote | None) -> Quote:
    speaks = who or lead_in
    if speaks:
        quote = replace(quote, speaker=speaks.speaker, role=speaks.role, organisation=speaks.organisation)
    return replace(quote, lead_in=lead_in.lead_in if lead_in else quote.lead_in)


def _trimmed(inline: Inline) -> Inline:
    return settle_piece(Piece(Paragraph(inline), 0))


def _dash_at(pieces: list[Piece], at: int) -> Quote | None:
    if at >= len(pieces) or not isinstance(pieces[at].block, Paragraph):
        return None
    return parse_dash(pieces[at].text)


def _signature_at(pieces: list[Piece], at: int, language: str) -> Quote | None:
    """Read a line under a quote that names a person and what they are, without a dash."""
    if at >= len(pieces) or not isinstance(pieces[at].block, Paragraph) or not is_signature(pieces[at].text, language):
        return None
    return parse_attribution(pieces[at].text)


def _block_quote(pieces: list[Piece], start: int, lead_in: Quote | None, language: str) -> tuple[Piece | None, int]:
    block = pieces[start].block
    if not isinstance(block, Quote):
        return None, start
    after = start + 1
    dash = None
    if not block.speaker:
        dash = _dash_at(pieces, after) or (None if lead_in else _signature_at(pieces, after, language))
        after += dash is not None
    if lead_in is None and dash is None:
        return pieces[start], after
    who = dash or (None if block.speaker else lead_in)
    line = pieces[start - 1].line if lead_in else pieces[start].line
    return Piece(_attributed(block, who, lead_in), line, pieces[start].gap), after


def read_block_quote(paragraphs: list[Inline]) -> Quote:
    """Make a quote of a block quote's paragraphs, line ends still as in the source.

    An attribution at its end becomes the speaker: a line behind a dash, up to three lines that name a person and what
    they are, or a dash and a person behind the last full stop. There must be something said above it.
    """
    who: Quote | None = None
    if paragraphs:
        *lines, last = split_lines(paragraphs[-1])
        who = parse_dash(plain(last)) if lines or len(paragraphs) > 1 else None
        if who is None:
            who, lines = _signed_lines([*lines, last], alone=len(paragraphs) == 1)
        if who is None:
            who, lines = _signed_behind([*lines, last])
        if who is not None:
            paragraphs = [*paragraphs[:-1], *([join_lines(lines)] if lines else [])]
    bare = [unquote(inline) for inline in paragraphs]
    # a paragraph with more than what is said keeps its marks, and then all do: they tell the one from the other
    speech = any(inner is None and _MARK.search(plain(whole)) for inner, whole in zip(bare, paragraphs, strict=True))
    inside = paragraphs if speech else [inner or whole for inner, whole in zip(bare, paragraphs, strict=True)]
    return _attributed(Quote(tuple(map(_trimmed, inside))), who, None)


def _signed_lines(lines: list[Inline], *, alone: bool) -> tuple[Quote | None, list[Inline]]:
    """Read up to three last lines that sign a quote; return the lines above them as well. `alone`: some must stay."""
    texts = [plain(line).strip() for line in lines]
    language = guess_language(" ".join(texts))
    for at in range(max(int(alone), len(lines) - _SIGNING_LINES), len(lines)):
        text = ", ".join(filter(None, texts[at:]))
        if names_first(texts[at], language) and is_signature(text, language):
            return parse_attribution(text), lines[:at]
    return None, lines


def _signed_behind(lines: list[Inline]) -> tuple[Quote | None, list[Inline]]:
    """Read the dash and the person behind the last sentence of a quote; return the lines without them as well."""
    inline = join_lines(lines)
    text = plain(inline)
    match = _BEHIND.search(text)
    if match is None:
        return None, lines
    rest, language = " ".join(text[match.end("dash") :].split()), guess_language(text)
    if not (names_first(rest, language) and is_signature(rest, language)):
        return None, lines
    return parse_attribution(rest), split_lines(cut(inline, 0, match.start("dash")))
