"""Words: the names of the parts of a release, by language.

Owns the tables that every recogniser reads, and the meaning of each of their fields. A new language is a file of
`mailer.words` with a section `[release]`, and its tag here; all languages are searched at once, since a French release
may well have an English label.

Japanese has no blanks between words: a phrase may begin or end inside what a regular expression considers a word, so
`pattern` has its own word boundaries.

A search checks at each letter of a text whether one of hundreds of phrases begins there: a list of alternatives would
try them all, but a tree of common beginnings only looks at the next letter (`regular_expression`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, cast

from mailer import lazy_re as re
from mailer.frozen import dataclass
from mailer.words import read_section


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of one language, as phrases; an empty tuple if the language has none."""

    months: tuple[tuple[str, ...], ...] = ()
    weekdays: tuple[tuple[str, ...], ...] = ()
    immediate: tuple[str, ...]  # a line that allows immediate use
    genre: tuple[str, ...]  # a line that names the kind of text
    date_label: tuple[str, ...] = ()
    date_updated: tuple[str, ...] = ()  # labels of the date on which a page was changed
    date_posted: tuple[str, ...] = ()  # labels of the date on which a page was put up
    date_lead: tuple[str, ...] = ()  # small words that begin a date
    embargo: tuple[str, ...] = ()
    hold_not: tuple[str, ...] = ()  # with a use and an until: a release may not be used yet
    hold_use: tuple[str, ...] = ()
    hold_until: tuple[str, ...] = ()
    hold_free: tuple[str, ...] = ()  # with a from: when it may be used
    hold_from: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    about: tuple[str, ...] = ()  # a heading begins with it, and a name follows
    about_home: tuple[str, ...] = ()  # the same, but a common word elsewhere: only in a release of this language
    about_alone: tuple[str, ...] = ()  # the whole heading
    about_behind: tuple[str, ...] = ()  # a heading ends with it, and a name comes first
    end: tuple[str, ...] = ()
    phone: tuple[str, ...] = ()
    phone_kind: tuple[str, ...] = ()  # the kind of telephone, which a journalist should know
    phone_place: tuple[str, ...] = ()  # the same, but also an ordinary word: only where it is set apart
    email: tuple[str, ...] = ()
    web: tuple[str, ...] = ()
    name_label: tuple[str, ...] = ()
    role: tuple[str, ...] = ()
    organisation: tuple[str, ...] = ()
    statement: tuple[str, ...] = ()
    said: tuple[str, ...] = ()  # verbs of saying, in the forms of an attribution
    according: tuple[str, ...] = ()  # the speaker follows at once
    pronoun: tuple[str, ...] = ()  # stands for the person named before
    title: tuple[str, ...] = ()  # the role of a speaker; a person's name may follow it
    myself: tuple[str, ...] = ()  # the speaker, in the first person
    titled: tuple[str, ...] = ()  # before the title of a work, a motto, a law, the words of a sign
    body: tuple[str, ...] = ()  # part of the name of a body, a place or a thing, never of a person
    call_to_action: tuple[str, ...] = ()  # is a call to action by itself
    call_verb: tuple[str, ...] = ()  # the same, if the sentence that it begins has a link
    call_invite: tuple[str, ...] = ()  # the same, anywhere in a paragraph with a link
    caption_label: tuple[str, ...] = ()
    caption_start: tuple[str, ...] = ()
    caption_verb: tuple[str, ...] = ()
    stop: tuple[str, ...] = ()  # small words by which the language is recognised
    # contacts: the words around them, and their roles
    core: tuple[str, ...] = ()  # announces a contact: a noun of a heading, or the verb of a sentence
    ask: tuple[str, ...] = ()  # asks to call or to write, but is also a label before a number
    press: tuple[str, ...] = ()  # the press, as addressees; may be a heading by itself
    info: tuple[str, ...] = ()  # subject of a request: “for further information”; with a person, an announcement too
    around: tuple[str, ...] = ()  # other words of such headings and sentences
    glue: tuple[str, ...] = ()  # small words between a name and its number
    fax: tuple[str, ...] = ()  # a number that nobody calls
    field_label: tuple[str, ...] = ()  # before a role, a body or an address: “Position: …”
    post: tuple[str, ...] = ()  # a role
    post_end: tuple[str, ...] = ()  # the end of a compound for a role
    firm: tuple[str, ...] = ()  # a word in the name of a body of people
    firm_end: tuple[str, ...] = ()
    honorific: tuple[str, ...] = ()  # precedes a name
    street: tuple[str, ...] = ()  # a word of a postal address, or the country under it
    other: tuple[str, ...] = ()  # numbers for the public, not for the press


_TAGS = ("en", "de", "fr", "es", "it", "nl", "pt", "ja")
LANGUAGES: Mapping[str, Words] = {tag: Words(**read_section(tag, "release")) for tag in _TAGS}
OTHERS = Words(**read_section("others", "release"))  # the head words of languages without a table
_ALL = (OTHERS, *LANGUAGES.values())


# letters of words; Japanese characters (kana, kanji) are left out, since nothing separates its words
_LETTER = r"(?-i:[^\W\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uff66-\uff9f])"
JAPANESE = re.compile(r"[\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uff66-\uff9f]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_NOT_LATIN = re.compile(r"[^\u0000-\u024f\u1e00-\u1eff]")
_ENOUGH_KANA = 3
_SHORT_TEXT = 20  # words; below that, the share of small words says nothing
_SHARE = 0.13  # of small words in a text: 0.16 and more in its own language, 0.12 at most in another
_FOREIGN = 0.1  # of the words of an English text, at most, with letters that English lacks
UNKNOWN = "und"


def primary(language: str) -> str:
    """Return the language of a BCP 47 tag without its region: `pt` of `pt-BR`."""
    return language.lower().replace("_", "-").partition("-")[0]


@cache
def phrases(field: str, language: str = "") -> str:
    """Return a regular expression (a group without a name) of all phrases of a field, the longest first.

    With `language`, a tag, only those of that language; for a language without a table all of them, since its releases
    borrow labels from others. A field without phrases matches nothing.
    """
    primary_tag = primary(language)
    chosen = (LANGUAGES[primary_tag],) if primary_tag in LANGUAGES else _ALL
    found = {phrase for words in chosen for phrase in getattr(words, field)}
    return regular_expression(sorted(found))


_WIDE_CHARACTER = re.compile(r"[^\x00-\u2fff]")


class _Bordered:
    """A pattern with word boundaries; those of Japanese take long to compile, and are only used where they count."""

    def __init__(self, plain: re.Pattern[str], exact: re.Pattern[str]) -> None:
        self._plain, self._exact = plain, exact

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any attribute of a pattern
        if name not in {"search", "match", "fullmatch", "finditer", "findall", "sub"}:
            return getattr(self._exact, name)

        def search(*args: Any, **options: int) -> object:  # noqa: ANN401 - `sub` has the replacement before the text
            text = args[name == "sub"]
            chosen = self._plain if text.isascii() or not _WIDE_CHARACTER.search(text) else self._exact
            return getattr(chosen, name)(*args, **options)

        vars(self)[name] = search  # from now on without __getattr__
        return search


@cache
def pattern(template: str, language: str = "") -> re.Pattern[str]:
    r"""Compile a pattern in which `{field}` stands for the phrases of that field; case does not matter.

    `(?<!\w)` and `(?!\w)` in it are word boundaries that also hold between Japanese characters.
    """
    filled = re.sub(r"\{([a-z_]+)\}", lambda match: phrases(match.group(1), language), template)
    exact = filled.replace(r"(?<!\w)", f"(?<!{_LETTER})").replace(r"(?!\w)", f"(?!{_LETTER})")
    plain = re.compile(filled, re.IGNORECASE)
    return plain if exact == filled else cast("re.Pattern[str]", _Bordered(plain, re.compile(exact, re.IGNORECASE)))


@cache
def months() -> Mapping[str, int]:
    """Return every name of a month, lower case, with its number."""
    return {name: i for words in _ALL for i, names in enumerate(words.months, 1) for name in names}


@cache
def weekdays() -> Mapping[str, int]:
    """Return every name of a weekday, lower case, with its number (Monday 0)."""
    return {name: i for words in _ALL for i, names in enumerate(words.weekdays) for name in names}


@cache
def _weights() -> Mapping[str, Mapping[str, float]]:
    """Return the weight of each small word for each language: a third for one that three languages share."""
    shared = Counter(word for words in LANGUAGES.values() for word in words.stop)
    return {name: {word: 1 / shared[word] for word in words.stop} for name, words in LANGUAGES.items()}


def guess_language(text: str) -> str:
    """Return the main language of a text: Japanese by its characters, the others by their small words.

    A language without a table, and a text without a clear language, is `und` (BCP 47); a few plain words are
    English.
    """
    letters = sum(map(str.isalpha, text))
    signs = len(JAPANESE.findall(text))
    if len(_KANA.findall(text)) >= _ENOUGH_KANA and signs * 4 > letters:
        return "ja"
    if 2 * sum(map(str.isalpha, _NOT_LATIN.findall(text))) > letters:
        return UNKNOWN
    found = Counter(re.findall(r"[^\W\d_]+", text.casefold()))
    scores = {name: sum(weight * found[word] for word, weight in table.items()) for name, table in _weights().items()}
    best = max(scores, key=lambda name: (scores[name], name == "en"))
    count = found.total()
    foreign = sum(times for word, times in found.items() if not word.isascii())
    if best == "en":
        sure = foreign <= _FOREIGN * count and (count < _SHORT_TEXT or scores["en"] >= _SHARE * count or not foreign)
    else:
        sure = scores[best] >= _SHARE * count
    return best if sure else UNKNOWN


def written(section: str, name: str, flags: int = re.IGNORECASE) -> re.Pattern[str]:
    """Compile the rows of a pattern in `heads.toml`; case does not matter."""
    return re.compile("|".join(read_section("heads", section)[name]), flags)


_APOSTROPHE = "['’]"
_LAST_WESTERN = "ÿ"  # a class of letters up to here is a small table
_Tree = dict[str, "_Tree"]  # keyed by the next step; "" where a phrase ends


@cache
def _step(letter: str) -> str:
    """Return the regular expression of a letter."""
    small = letter.lower()
    return {" ": r"\s+", "'": _APOSTROPHE}.get(letter) or re.escape(small if len(small) == 1 else letter)


def regular_expression(phrases: Iterable[str]) -> str:
    """Return a group without a name that matches any of the phrases, the longest first; without phrases, nothing.

    Compile it with `re.IGNORECASE`: capitals count as lower case. Blanks match any blanks, and an
    apostrophe any apostrophe.
    """
    tree: _Tree = {}
    for phrase in phrases:
        branch = tree
        for letter in " ".join(phrase.split()):
            branch = branch.setdefault(_step(letter), {})
        branch[""] = {}
    groups: list[str] = []
    for is_western in (True, False):
        bare = ((step.removeprefix("[").removeprefix("\\"), step, branch) for step, branch in tree.items())
        branches = {step: branch for letter, step, branch in bare if (letter <= _LAST_WESTERN) == is_western}
        firsts = ("'’" if step == _APOSTROPHE else step for step in branches)
        cases = "".join(sorted({case for letter in firsts for case in (letter, letter.upper())}))
        # a lookahead for the first letter, case included: one that ignores case takes longer to compile
        first = f"[{cases}]" if is_western else rf"[^\x00-{_LAST_WESTERN}]"
        groups += [f"(?=(?-i:{first})){_tree_expression(branches)}"] if branches else []
    return f"(?:{'|'.join(groups) or '(?!)'})"


def _tree_expression(tree: _Tree) -> str:
    """Return the expression of a branch: a shorter phrase is tried last, so that the longest counts."""
    prefix = ""
    while len(tree) == 1:  # as in most of a word
        ((step, tree),) = tree.items()
        prefix += step
    if not tree:
        return prefix
    alternatives = "|".join([step + _tree_expression(branch) for step, branch in tree.items() if step])
    return f"{prefix}(?:{alternatives})?" if "" in tree else f"{prefix}(?:{alternatives})"


# Page words: the names of page furniture, in the languages of releases (`page_furniture.toml`).

_NAMES, _LINES = (
    {name: "|".join(words) for name, words in read_section("page_furniture", section).items()}
    for section in ("names", "lines")
)


def _name(name: str) -> re.Pattern[str]:
    """Compile the words of an `id` or a `class`, which are separated by other characters than those of a text."""
    return re.compile(rf"(?<![a-z])(?:{_NAMES[name]})(?![a-z])", re.IGNORECASE)


def _line(name: str) -> re.Pattern[str]:
    return re.compile(rf"\W*(?:{_LINES[name]})\W*", re.IGNORECASE)


FURNITURE_NAME, BESIDE_NAME = _name("furniture"), _name("beside")
CONTENT_NAME = _name("content")
CONTENT_ID = re.compile(_NAMES["content_id"])
SUBHEAD_NAME, LEAD_NAME, KICKER_NAME = _name("subhead"), _name("lead"), _name("kicker")
CARD_NAME, BOILERPLATE_NAME = _name("card"), _name("boilerplate")
OTHER_NEWS = _line("other_news")
PAGE_LINE = _line("page")
CHROME = _line("chrome")
MENU = re.compile(r"(?:[^|›»>·]{1,30}\s[|›»>·]\s){2,}[^|›»>·]{1,40}")
TRAIL = re.compile(r"(?:[>›/|]|^[^«]*»)\s*$|^\W*(?:home|accueil|startseite|inicio|início|ホーム)\b", re.IGNORECASE)
MAILING = re.compile(rf"(?<!\w)(?:{_LINES['mailing']})(?!\w)|{_LINES['mailing_japanese']}", re.IGNORECASE)
SHARE_ROW = re.compile(
    rf"\W*(?:(?:{_LINES['share']})(?![a-z])(?:[^:：]{{0,30}}[:：])?\s*|(?:seite|artikel|beitrag|meldung) teilen\W+)?"
    rf"(?:(?:\w[\w ]{{0,20}}:\s)?(?:{_LINES['shared']})(?!\w)[\s|·•,/]*){{2,}}\W*",
    re.IGNORECASE,
)
COPYRIGHT = re.compile(r"\W{0,2}(?:©|\(c\)|copyright\b|&copy;).{0,160}", re.IGNORECASE)
BREADCRUMB = re.compile(rf"\W*(?:{_LINES['trail']})\s*[»›>/|→].*", re.IGNORECASE)
PRESS_CONTACT = re.compile(_LINES["press_contact"], re.IGNORECASE)
WIRE = re.compile(_LINES["wire"], re.IGNORECASE)
