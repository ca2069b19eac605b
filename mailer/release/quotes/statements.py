"""Statements: quotes that are paragraphs of their own, with their speakers.

Recognises a lead-in (“Statement from Name, organisation, role:”) with the quoted paragraphs that follow it, a quoted
paragraph or a block quote with an attribution line or a signature below it, and makes one `Quote` of each. A quote
inside an ordinary paragraph stays there (`quoting` finds it).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mailer import lazy_re as re
from mailer.release.people import parse_attribution
from mailer.release.pieces import BREAK, Draft, Piece, cut, find_links, join_lines, settle, settle_piece, split_lines
from mailer.release.quotes.quoting import Context, is_signature, last_stop, names_first, speaker_announced, speech_verbs
from mailer.release.quotes.speakers import People
from mailer.release.values import Inline, Paragraph, Quote, plain
from mailer.release.words import LANGUAGES, guess_language, pattern, primary

PAIRS = {"“": "”", "„": "“”", "«": "»", "»": "«", "‘": "’", '"': '"', "「": "」", "『": "』"}
_LEAD_WORDS = 30
_MORE = 5  # words of a lead-in that are neither the speaker nor a verb
_DASH_WORDS = 25
_SIGNING_LINES = 3
_DASH = re.compile(r"^\s*(?:[—–―]|-{1,2})\s*(?=\S)")
_BEHIND = re.compile(r"[.!?…][”\"»“]?(?P<dash>\s+(?:[—–―]|--?)\s*)(?=\S[^.!?]{2,120}$)")
_MARK = re.compile(r"[\"“„«「]")


def unquote(inline: Inline) -> Inline | None:
    """Strip the quotation marks from a paragraph that is one quote from end to end; None if it is not.

    A paragraph that only opens a quote counts as well: the next one continues it.
    """
    text = plain(inline)
    start = len(text) - len(text.lstrip(" \t\n" + BREAK))
    bare = text.strip(" \t\n" + BREAK)
    closing = PAIRS.get(bare[:1], "")
    inside = bare[1:]
    if not closing or bare[:1] == "‘" or not any(map(str.isalnum, inside)):
        return None
    end = next((i for i, character in enumerate(inside) if character in closing), len(inside))
    return cut(inline, start + 1, start + 1 + end) if end >= len(inside) - 1 else None


def parse_dash(text: str) -> Quote | None:
    """Parse an attribution line, `— Name, role, organisation`; None if it is not one."""
    match = _DASH.match(text)
    rest = text[match.end() :].strip() if match else ""
    is_attribution = (rest[:1].isalpha() or rest[:1] == "[") and len(rest.split()) <= _DASH_WORDS
    return parse_attribution(rest) if is_attribution else None


def parse_lead_in(text: str, language: str = "") -> Quote | None:
    """Parse a line that only announces a quote: `Statement from Name, role:`, `Name, role, said:`; else None.

    A line with more information stays a paragraph, since the mail names the speaker and drops the line. Without a known
    language, all are tried.
    """
    bare = text.strip()
    if len(bare.split()) > _LEAD_WORDS or not bare.endswith((":", ",")) or last_stop(bare):
        return None
    known = primary(language) in LANGUAGES
    for tried in [language] if known else sorted(LANGUAGES, key=lambda each: not speech_verbs(each).search(bare)):
        if bare.endswith(",") and not pattern(r"(?<!\w){said},$", tried).search(bare):
            continue
        speaker = speaker_announced(f"{bare[:-1]}:", Context(People.of([bare], tried), tried))
        if speaker and speaker.is_person and speaker.name[:1].isupper():
            known_words = f"{speaker.name} {speaker.role} {speaker.organisation}".split()
            rest = pattern(r"(?<!\w)(?:{said}|{statement}|{according})(?!\w)", tried).sub(" ", bare)
            if sum(word not in known_words for part in rest.split() if (word := part.strip(",.:()"))) <= _MORE:
                return Quote((), speaker.name, speaker.role, speaker.organisation, bare)
    return None


def recognise_statements(draft: Draft) -> None:
    """Join lead-ins, quoted paragraphs and attributions into quotes."""
    pieces = draft.pieces
    language = guess_language("\n".join(piece.text for piece in pieces))
    # the text of each paragraph that is one whole quote, without its marks
    quoted = [unquote(settle_piece(piece)) if isinstance(piece.block, Paragraph) else None for piece in pieces]
    ends = [*range(len(pieces) + 1)]  # for each position, the end of the run of quotes that begins there
    for at in range(len(pieces) - 1, -1, -1):
        ends[at] = ends[at + 1] if quoted[at] is not None else at
    joined: list[Piece] = []
    at = 0
    while at < len(pieces):
        piece = pieces[at]
        is_text = isinstance(piece.block, Paragraph)
        lead_in = parse_lead_in(piece.text, language) if is_text else None
        start = at + (lead_in is not None)
        after = min(ends[start], len(pieces))
        block = pieces[start].block if start < len(pieces) else None
        if is_text and (own := _read_signed(piece)):
            piece, after = replace(piece, block=own), at + 1
        elif isinstance(block, Quote):
            speaker = None if block.speaker else _speaker_at(pieces, start + 1, language, announced=lead_in is not None)
            after = start + 1 + (speaker is not None)
            if lead_in or speaker:
                line = piece.line if lead_in else pieces[start].line
                speaker = speaker or (None if block.speaker else lead_in)
                piece = Piece(_attributed(block, speaker, lead_in), line, pieces[start].gap)
        else:
            below = _speaker_at(pieces, after, language, announced=lead_in is not None) if after > start else None
            if speaker := below or (lead_in if after > start else None):
                inside = tuple(find_links(settle(inline)) for inline in quoted[start:after] if inline is not None)
                piece = Piece(_attributed(Quote(inside), below or lead_in, lead_in), piece.line, piece.gap)
                after += below is not None
            else:
                after = at + 1
        joined.append(piece)
        at = after
    draft.pieces = joined


def _speaker_at(pieces: Sequence[Piece], at: int, language: str, *, announced: bool) -> Quote | None:
    """Read the attribution under a quote: behind a dash, or a signature if no line announced the quote."""
    if at >= len(pieces) or not isinstance(pieces[at].block, Paragraph):
        return None
    text = pieces[at].text
    signed = not announced and is_signature(text, language)
    return parse_dash(text) or (parse_attribution(text) if signed else None)


def _read_signed(piece: Piece) -> Quote | None:
    """Read a paragraph that is a quote with its attribution on the last line; None if it is something else."""
    *lines, last = split_lines(piece.inline)
    speaker = parse_dash(plain(last)) if lines else None
    inside = unquote(find_links(settle(join_lines(lines)))) if speaker else None
    return _attributed(Quote((find_links(settle(inside)),)), speaker, None) if inside else None


def _attributed(quote: Quote, speaker: Quote | None, lead_in: Quote | None) -> Quote:
    if source := speaker or lead_in:
        quote = replace(quote, speaker=source.speaker, role=source.role, organisation=source.organisation)
    return replace(quote, lead_in=lead_in.lead_in if lead_in else quote.lead_in)


def recognise_marked_quotes(draft: Draft) -> None:
    """Build a quote of each paragraph whose lines all begin with `>`, unless most of the text does."""
    marked: list[tuple[int, list[Inline]]] = []
    for i, piece in enumerate(draft.pieces):
        lines = split_lines(piece.inline) if isinstance(piece.block, Paragraph) else []
        marks = [mark for line in lines if (mark := re.match(r"\s*>\s?", plain(line)))]
        if lines and len(marks) == len(lines):
            marked.append((i, [cut(line, mark.end()) for line, mark in zip(lines, marks, strict=True)]))
    words = sum(len(draft.pieces[i].text.split()) for i, _ in marked)
    if words * 2 <= sum(len(piece.text.split()) for piece in draft.pieces):
        for i, lines in marked:
            draft.pieces[i] = replace(draft.pieces[i], block=read_block_quote([join_lines(lines)]))


def read_block_quote(paragraphs: list[Inline]) -> Quote:
    """Build a quote from a block quote's paragraphs, whose line ends are still those of the source.

    An attribution at its end becomes the speaker: a line behind a dash, up to three lines that name a person and a
    role, or a dash and a person behind the last full stop. There must be quoted words above it.
    """
    speaker: Quote | None = None
    if paragraphs:
        speaker, left = _signed_below(split_lines(paragraphs[-1]), alone=len(paragraphs) == 1)
        if speaker is not None:
            paragraphs = [*paragraphs[:-1], *([join_lines(left)] if left else [])]
    bare = [unquote(inline) for inline in paragraphs]
    # a paragraph with more than quoted words keeps its marks, and then all do: they separate the one from the other
    is_mixed = any(inner is None and _MARK.search(plain(whole)) for inner, whole in zip(bare, paragraphs, strict=True))
    inside = paragraphs if is_mixed else [inner or whole for inner, whole in zip(bare, paragraphs, strict=True)]
    return _attributed(Quote(tuple(find_links(settle(inline)) for inline in inside)), speaker, None)


def _signed_below(lines: list[Inline], *, alone: bool) -> tuple[Quote | None, list[Inline]]:
    """Return who signs the lines of a quote, and the lines above; `alone`, at least one line must be left."""
    texts = [plain(line).strip() for line in lines]
    if (len(lines) > 1 or not alone) and (speaker := parse_dash(plain(lines[-1]))):
        return speaker, lines[:-1]
    language = guess_language(" ".join(texts))
    for at in range(max(int(alone), len(lines) - _SIGNING_LINES), len(lines)):
        text = ", ".join(filter(None, texts[at:]))
        if names_first(texts[at], language) and is_signature(text, language):
            return parse_attribution(text), lines[:at]
    inline = join_lines(lines)
    if match := _BEHIND.search(plain(inline)):
        rest = " ".join(plain(inline)[match.end("dash") :].split())
        if names_first(rest, language) and is_signature(rest, language):
            return parse_attribution(rest), split_lines(cut(inline, 0, match.start("dash")))
    return None, lines
