"""Optout: a person who asks, in their own words, to get no more mail.

Owns how a wish is told from talk about wishes: by sentence, in the tables of `languages`; what only looks like a wish
is cut out first, a sentence that is a footer, a guest list or about a photograph is none, and what stands in quotation
marks is somebody else's. A word like “unsubscribe” alone, with nothing but politeness beside it, is a wish too.
Standards B10: such a reply is a valid objection; GDPR Art. 21. Never raises, never decides what follows.

Gaps: a wish that is spread over several sentences (“I get these every week. Please end that.”), irony, dialect.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

from mailer.bounces.answers.guess import guess_languages
from mailer.bounces.answers.language import LANGUAGES, Language, pattern
from mailer.bounces.answers.sentences import Sentence, fold, parse_sentences
from mailer.bounces.parts import Part
from mailer.words import read_section

MAX_ALONE = 25
_EARLY = 3  # a lone “unsubscribe” further down a long mail is the link in somebody's footer
_SHORT = 300
_CURT = 120
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_ADDRESS = re.compile(r"<?[^\s<>@]{1,64}@[^\s<>@]{1,255}>?")
_QUOTE = re.compile(r'"[^"]{1,200}"')
_UNSUBSCRIBE = re.compile(r"\b(?:un|de|dis?)[- ]?subscri(?:be?|ption)(?=e?(?:d|s|ing|r)?\b)|\b[uoid][a-z]{7,13}\b")
_CLOSE = re.compile(r"[uoi].{0,3}[sc].{0,3}[bcs].{0,4}[ri]")
_REMOVE = re.compile(r"\b(?:remvoe|reomve|rmeove|remov|remve|remoove|removce|rempve|remobe|reove)\b")
_REQUEST = re.compile(  # a question that asks for something to be done
    r"\b(?:can|could|would|will|may|how|please|pls|plz|konnten|konnen|wurden|kannst|konntest"
    "|wurdest|wie|bitte|pourriez|pouvez|peux|pourrais|comment|podrian?|pueden?|podeis|podriais"
    "|como"
    r"|potete|potrebbe\w*|potreste|puo|come|podem|poderiam?|pode|kunt|kan|kunnen|zou|zouden|wilt"
    "|hoe|czy|moga|moge|mozna|jak|mozecie|moglibyscie|можете|могли|как|можно|пожалуйста|kunne"
    "|skulle"
    r"|voitteko|muzete|mohli)\b|[\u3040-\u30ff\u3400-\u9fff]"
)
_NEWSLETTER = re.compile(
    "view (?:this |it )?(?:e-?mail )?(?:in|online|in your) ?(?:your |a )?(?:web ?)?(?:browser"
    "|online)|manage (?:your )?(?:subscription|preferences)|update (?:your )?preferences"
    "|im browser (?:ansehen|offnen)|you(?:'re| are) receiving this (?:e-?mail|newsletter|because)"
    "|online version|all rights reserved"
)
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_PREFIX = re.compile(
    "^(?:(?:re|aw|wg|fw|fwd|tr|rv|sv|vs|odp|res|enc|antw|rif|r|回复|回覆|答复|转发|返信|転送|ynt"
    r"|atb)(?:\[\d+\])? ?: ?)+"
)
_WHOLE = frozenset(
    {
        "stop",
        "remove",
        "off",
        "delete",
        "austragen",
        "stopp",
        "unsub",
        "raus",
        "stop!",
        "removed",
        "стоп",
        "停止",
        "basta",
    }
)
_STOP = frozenset({"stop", "stopp", "стоп", "arretez", "basta", "stoppen"})
_DELETE = frozenset(
    {
        "delete",
        "remove",
        "loschen",
        "loeschen",
        "entfernen",
        "streichen",
        "verwijderen",
        "supprimer",
        "eliminar",
        "borrar",
        "apagar",
        "cancellare",
        "usunac",
        "удалить",
        "удалите",
    }
)
_DASH = re.compile(r" [-:] |, ")
_IF = re.compile(r"\W*(?:if|should|in case|wenn|falls|sollten|si|se|als|indien|jesli|если)\b")
_NO = re.compile(
    r"\W*(?:please |por favor |bitte )?(?:no(?! longer| more)|not|non|nao|niet|nie|не|ne|nicht|inte"
    r"|ikke)\b"
)
_CLAUSE = re.compile(r"[,;:]| - ")
_THIS = frozenset(
    {"it", "this", "endlich", "falsche", "falscher", "wrong", "person", "empfanger", "adresse", "address", "hiermit"}
)
_CONTEXT = re.compile(
    r"\b(?:add?resse?|adresse|spam|abgemeldet|unsubscribe\w*|wrong person|verteiler|zugestimmt"
    r"|indirizzo|direccion|endereco|adres|адрес\w*|mailing list|your list|interested|interesse"
    r"|relevant|retired|journalist|not my (?:beat|area|field)|do not cover|gdpr|dsgvo)\b"
)
_THINGS = re.compile(
    r"\b(?:photos?|pictures?|images?|attachments?|version|draft|file|pdf|foto|bild|anhang|entwurf"
    r"|datei|paragraph|sentence|quote)\b"
)
_ALONE = frozenset(word for each in LANGUAGES for word in each.alone)
_FILLER = frozenset(word for each in LANGUAGES for word in each.filler)
_PIECES = sorted((word for word in _ALONE | _FILLER if _CJK.search(word)), key=len, reverse=True)


def find_wish(text: str, subject: str, languages: Sequence[Language]) -> Sentence | None:
    """Find the sentence that asks for no more mail, in what a person wrote anew or in their subject.

    `text` is free of quotations (`quoted.new_text`). A subject counts where a person made it, and where the text does
    not talk about something else.
    """
    sentences = parse_sentences(text)
    if _NEWSLETTER.search(fold(text)):
        return None
    return _wish_among(text, sentences, languages) or _subject_wish(text, sentences, subject)


def is_wish(subject: str) -> bool:
    """Return whether a subject by itself asks for no more mail."""
    bare = _PREFIX.sub("", mend(fold(subject)))
    return _stands_alone(bare) or _wishes(bare, find_tables(bare, guess_languages(bare)))


def find_tables(plain: str, languages: Sequence[Language]) -> list[Language]:
    """Return the languages, of those guessed and of all, in which the text has a piece that every wish has."""
    asked = [each for each in languages if any(stem in plain for stem in each.stems)]
    return asked or (
        [each for each in LANGUAGES if any(stem in plain for stem in each.stems)] if len(plain) < _SHORT else []
    )


def _wish_among(text: str, sentences: Sequence[Sentence], languages: Sequence[Language]) -> Sentence | None:
    plains = [mend(each.plain) for each in sentences]
    tables = find_tables(" ".join(plains), languages)
    one_word = len(text) <= _CURT and "?" not in text
    for place, (sentence, plain) in enumerate(zip(sentences, plains, strict=True)):
        if (place < _EARLY or len(text) <= _SHORT) and _stands_alone(_first_word(plain) if one_word else plain):
            return sentence
        if _wishes(plain, tables):
            return sentence
    whole = " ".join(plains)
    curt = [each for each, plain in zip(sentences, plains, strict=True) if _is_curt(plain, whole)]
    if curt and len(whole) <= _SHORT:
        return curt[0]
    if len(whole) <= _SHORT and len(sentences) > 1 and _wishes(whole, tables):
        return Sentence(" ".join(each.words for each in sentences), whole)  # lines of a few words, broken anywhere
    return sentences[0] if len(sentences) == 1 and _is_whole(whole) else None


def _is_curt(plain: str, whole: str) -> bool:
    """Whether a sentence is “Please stop.” and nothing more, or “Please delete.” in a letter about the address."""
    words = set(_WORD.findall(plain))
    if words & _STOP and "?" not in whole:
        return words <= _STOP | _FILLER | _THIS
    if _IF.match(plain) or not _CONTEXT.search(whole) or _THINGS.search(whole):
        return False
    clauses = (set(_WORD.findall(clause)) for clause in _CLAUSE.split(plain))
    return any(clause & _DELETE and clause <= _DELETE | _FILLER | _THIS for clause in clauses)


def _is_whole(plain: str) -> bool:
    """Return whether a letter that is one sentence is “Remove.”, “Raus bitte” and nothing more."""
    words = set(_WORD.findall(plain))
    return bool(words & _WHOLE) and words <= _WHOLE | _FILLER


def _wishes(plain: str, tables: Sequence[Language]) -> bool:
    """Return whether one sentence is a wish in one of the languages, and in none of them anything else."""
    open_words = _QUOTE.sub(" ", plain) if plain.count('"') >= 2 else plain
    if open_words.rstrip(' ")').endswith("?") and not _REQUEST.search(open_words):
        return False
    for table in tables:
        if pattern(table.refusals).search(open_words):
            return False
        open_words = pattern(table.harmless).sub(" # ", open_words)
    return any(pattern(table.wishes).search(open_words) for table in tables)


def _subject_wish(text: str, sentences: Sequence[Sentence], subject: str) -> Sentence | None:
    plain = mend(fold(subject))
    bare = _PREFIX.sub("", plain)
    answer = bare != plain
    if not bare or not (
        _stands_alone(bare) or (not answer and _wishes(bare, find_tables(bare, guess_languages(bare))))
    ):
        return None
    talks = "?" in text or "？" in text or len(text) > 250
    return None if talks or (answer and sentences) else Sentence(subject, bare)


def _stands_alone(plain: str) -> bool:
    """Return whether a text is a word like “unsubscribe” with nothing but politeness beside it."""
    bare = _ADDRESS.sub(" ", plain)
    if _CJK.search(bare):
        return _stands_alone_unspaced(bare)
    words = _WORD.findall(bare)
    if _NO.match(bare):
        return False
    return bool(words) and len(words) <= MAX_ALONE and _known(words) and any(word in _ALONE for word in words)


def _first_word(plain: str) -> str:
    """Return the “unsubscribe” of “Unsubscribe - wrong department”, else all of it."""
    first = _DASH.split(plain)[0]
    return first if len(first.split()) <= 2 else plain


def _stands_alone_unspaced(bare: str) -> bool:
    rest = "".join(_WORD.findall(bare))
    if not any(word in rest for word in _ALONE if _CJK.search(word)):
        return False
    for piece in _PIECES:
        rest = rest.replace(piece, "")
    return len(rest) <= 2


def _known(words: Iterable[str]) -> bool:
    return all(word in _FILLER or word in _ALONE for word in words)


def mend(plain: str) -> str:
    """Put right the typing errors in the words that matter most: `unsuscribe`, `un-subscribe`, `remvoe`."""
    return _REMOVE.sub("remove", _UNSUBSCRIBE.sub(_mended, plain))


def _mended(found: re.Match[str]) -> str:
    word = found[0]
    if word.startswith("unsubscri"):
        return word
    if "subscri" in word and word.startswith(("un-", "un ", "de", "dis", "di")):
        return "unsubscribe"
    if not _CLOSE.match(word):
        return word
    return next((right for right in ("unsubscribe", "unsubscribed") if _distance(word, right) <= 2), word)


def _distance(one: str, other: str) -> int:
    """Count the insertions, deletions, changes and swaps of neighbours between two words."""
    before: list[int] = []
    line = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        older, before, line = before, line, [i]
        for j, b in enumerate(other, start=1):
            cost = min(before[j] + 1, line[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            line.append(cost)
    return line[-1]


# Quoted: what a person wrote themselves, above and between what they quote.
#
# Gaps: a quotation without any mark at all is taken for the person's words.

MAX_TEXT = 20_000
MAX_NEW = 4_000
MAX_LINES = 400
_ATTRIBUTION_LINES = 3
_LONG_LINE = 55  # a quoted line that was wrapped without its mark follows one at least this long

_QUOTED = re.compile(r"[ \t]{0,3}(?:>|&gt;|＞|\||»|[A-Za-z]{1,4}>)")
_RULE = re.compile(r"\s*[-_=*~—─━▼]{2,}\s?[^-_=*~—─━\n]{3,60}?\s?[-_=*~—─━▼]{2,}\s*$")
_QUOTED_WORDS = read_section("bounces", "quoted")
_FROM = re.compile(rf"\W{{0,4}}(?:{'|'.join(_QUOTED_WORDS['from'])})\W{{0,3}}[:：]", re.IGNORECASE)
_HEAD_FIELD = re.compile(rf"\W{{0,4}}(?:{'|'.join(_QUOTED_WORDS['head_field'])})\W{{0,3}}[:：]", re.IGNORECASE)
_VERB = re.compile(
    rf"\b(?:{'|'.join(_QUOTED_WORDS['verb'])})\b|書きました|のメール|写道|寫道|さん(?:は|の)", re.IGNORECASE
)
_EVIDENCE = re.compile(r"\d{1,4}[./:年-]|\d{4}|@|\d{1,2}\.? \w{3,}")
_SIGNATURE = re.compile(r"(?:--|—|–|-- ?|__+)[ \t]*$")
_MOBILE = re.compile(rf"\W{{0,3}}(?:{'|'.join(_QUOTED_WORDS['mobile'])})", re.IGNORECASE)


def new_text(root: Part) -> str:
    """Return what the writer of a message wrote anew, at most `MAX_NEW` characters of it."""
    bodies = [part for part in root.walk() if _is_body(part)]
    plain = next((part for part in bodies if part.content_type == "text/plain"), None)
    text = cut_quotation(plain.text()) if plain else ""
    if not text:
        markup = next((part for part in bodies if part.content_type == "text/html"), None)
        text = cut_quotation(markup_text(markup.text())) if markup else ""
    return text


def cut_quotation(text: str) -> str:
    """Drop from a body what is quoted, the signature, and the lines that a mail program adds."""
    lines = text[:MAX_TEXT].replace("\u00a0", " ").split("\n")[:MAX_LINES]
    kept: list[str] = []
    at = 0
    while at < len(lines):
        if _ends(lines, at):
            break
        span = _attribution(lines, at)
        if span and not _quotes(lines, at + span):
            break
        if not span and not _dropped(lines, at):
            kept.append(lines[at].rstrip())
        at += span or 1
    return "\n".join(kept).strip()[:MAX_NEW]


def _is_body(part: Part) -> bool:
    return not part.parts and not part.header("content-disposition").strip().lower().startswith("attachment")


def _ends(lines: list[str], at: int) -> bool:
    """Return whether everything from this line on is old: a head of the quoted mail, a rule, a signature."""
    line = lines[at]
    if _SIGNATURE.match(line) or (_RULE.match(line) and any(map(str.isalpha, line))):
        return True
    return bool(_FROM.match(line)) and any(_HEAD_FIELD.match(each) for each in lines[at + 1 : at + 5])


def _dropped(lines: list[str], at: int) -> bool:
    line = lines[at]
    if _QUOTED.match(line) or _MOBILE.match(line):
        return True
    torn = 0 < at < len(lines) - 1 and len(lines[at - 1]) >= _LONG_LINE and bool(line.strip())
    return torn and bool(_QUOTED.match(lines[at - 1]) and _QUOTED.match(lines[at + 1]))


def _attribution(lines: list[str], at: int) -> int:
    """Return how many lines “On … wrote:” takes from here, or 0."""
    joined = ""
    for span, line in enumerate(lines[at : at + _ATTRIBUTION_LINES], start=1):
        if not line.strip():
            return 0
        joined = f"{joined} {line.strip()}"[:500]
        if joined.rstrip().endswith((":", "：")):
            return span if _VERB.search(joined) and _EVIDENCE.search(joined) else 0
        if len(joined) > 400 or joined.endswith((".", "!", "?")):
            return 0
    return 0


def _quotes(lines: list[str], at: int) -> bool:
    """Return whether the next line with anything on it is marked as quoted."""
    following = next((line for line in lines[at:] if line.strip()), "")
    return bool(_QUOTED.match(following))


# Markup: an HTML body as lines of text, with what is quoted in it marked as in plain text.

MAX_MARKUP = 120_000
_NAME = re.compile(r"/?[a-zA-Z][a-zA-Z0-9]*")
_SPACE = re.compile(r"\s+")
_MAILTO = re.compile(r"""href\s*=\s*["']?mailto:([^"'?>\s]{3,200})""", re.IGNORECASE)
_UNREAD = frozenset({"style", "script", "head", "title"})
_BREAKS = frozenset({"br", "p", "div", "tr", "li", "hr", "table", "h1", "h2", "h3", "ul", "ol", "pre", "td"})
_OLD = re.compile(
    (
        "divrplyfwdmsg|appendonsend|mail-editor-reference-message|outlookmessageheader|yahoo[_-]quoted"
        "|isforwardcontent"
        r"|isreplycontent|ntes-mailmaster-quote|name=\W?quote\b|border-top: ?solid #"
        "|border-left: ?solid (?:blue|#)"
        "|protonmail_quote|zmail_extra|reply-intro"
    ),
    re.IGNORECASE,
)
_PAGE_SIGNATURE = re.compile(
    r"gmail_signature\b|moz-signature|outlook-mobile-signature|appleMailSignature", re.IGNORECASE
)


def markup_text(markup: str) -> str:
    """Return the text of an HTML body as lines; a quotation is one line `> `, what lies behind a reply's head is gone.

    At most `MAX_MARKUP` characters are looked at.
    """
    markup = markup[:MAX_MARKUP]
    out: list[str] = []
    position = depth = 0
    link = ""
    while (start := markup.find("<", position)) >= 0:
        if not depth:
            out.append(_flat(markup[position:start]))
        position = _tag_end(markup, start)
        tag = markup[start + 1 : position - 1][:2_000]
        found = _NAME.match(tag)
        name = found[0].lower() if found else ""
        if _OLD.search(tag):
            return "".join(out)
        if name in _UNREAD:
            position = _behind(markup, name, position)
        if name == "blockquote":
            depth += 1
            out.append("\n> \n" if depth == 1 else "")
        elif name == "/blockquote":
            depth = max(0, depth - 1)
        elif not depth:
            link = _step(out, name, tag, link)
    return "".join(out) if depth else "".join(out) + _flat(markup[position:])


def _step(out: list[str], name: str, tag: str, link: str) -> str:
    """Write what a tag means into the text; return the address that an open link leads to."""
    if _PAGE_SIGNATURE.search(tag):
        out.append("\n-- \n")
    if name.strip("/") in _BREAKS:
        out.append("\n\n" if name in {"/p", "/table"} else "\n")
    if name == "a":
        found = _MAILTO.search(tag)
        return found[1] if found else ""
    if name == "/a" and link:
        if not any("@" in piece for piece in out[-3:]):
            out.append(f" <{link}>")
        return ""
    return link


def _tag_end(markup: str, start: int) -> int:
    comment = markup.startswith("<!--", start)
    end = markup.find("-->" if comment else ">", start)
    return len(markup) + 1 if end < 0 else end + (3 if comment else 1)


def _behind(markup: str, name: str, position: int) -> int:
    found = re.compile(f"</{name}", re.IGNORECASE).search(markup, position)
    return found.start() if found else len(markup)


def _flat(piece: str) -> str:
    return _SPACE.sub(" ", html.unescape(piece))
