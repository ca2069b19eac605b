"""Optout: a person who asks, in their own words, to get no more mail.

Owns how a wish is told from talk about wishes: by sentence, in the tables of `languages`; what only looks like a wish
is cut out first, a sentence that is a footer, a guest list or about a photograph is none, and what stands in quotation
marks is somebody else's. A word like “unsubscribe” alone, with nothing but politeness beside it, is a wish too.
Standards B10: such a reply is a valid objection; GDPR Art. 21. Never raises, never decides what follows.

Gaps: a wish that is spread over several sentences (“I get these every week. Please end that.”), irony, dialect.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from mailer.bounces.answers.guess import guess_languages
from mailer.bounces.answers.language import LANGUAGES, Language, pattern
from mailer.bounces.answers.sentences import Sentence, fold, parse_sentences

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
