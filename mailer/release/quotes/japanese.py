"""Japanese: who stands behind 「…」, by titles, names and particles.

Owns what the rules of `quoting` cannot tell, since no blanks part the words: a name is known by the title before or
behind it, and speech by the verb that follows its particle.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from mailer import lazy_re as re
from mailer.release.quotes.marks import Stretch
from mailer.release.quotes.speakers import Named, People, Speaker, find_names
from mailer.release.words import phrases
from mailer.words import read_section

_KANJI = r"[\u4e00-\u9fff々ヶ]"
_KANA = r"[\u3041-\u3096]"
_KATAKANA = r"[\u30a1-\u30faー]"
_FULL = (
    rf"(?:{_KANJI}{{1,4}}[ 　・]{_KANJI}{{1,4}}{_KANA}{{0,2}}(?![ぁ-ん]{{3}})|{_KANJI}{{1,4}}[ 　・]{_KANA}{{2,4}}"
    rf"|{_KANJI}{{2,6}}|{_KATAKANA}{{2,10}}[・ 　=＝]{_KATAKANA}{{2,12}})"
)
_POLITE = r"(?:氏|さん|様|さま|先生)"
_ENDS_NAME = r"(?=[はがもの、。（(）)「『：:\s　」]|$|氏|さん|様|と(?!い)|コメント|より|から|も)"
_SAYS, _NO_SPEECH = (re.compile(read_section("quotes", "japanese")[name][0]) for name in ("says", "no_speech"))
_ENOUGH = 12  # characters: fewer are a term
_LINE = 40  # of a line that says who somebody is


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    """Return the patterns of a title, of a name behind titles, of one before a title, and of a title alone."""
    title = f"(?i:{phrases('title', 'ja')})"
    between = r"(?:[\s　・：:の、/／]|である|を務める)*"
    return tuple(
        re.compile(form)
        for form in (
            title,
            rf"(?:{title}{between})+(?:（[^（）]*）)?(?P<name>{_FULL}){_ENDS_NAME}",
            rf"(?P<name>{_FULL}|{_KANJI}{{1,6}})[ 　]?(?P<title>{_POLITE}|{title})(?=[はがもの、。（）「：:と]|$)",
            rf"(?:^|[、。\s　同])(?:同|当)?(?P<title>{title})(?=[はがも、：:]|$)",
            # a family and a given name with a blank between them, and who acts
            (
                rf"(?<!{_KANJI})(?P<name>{_KANJI}{{1,4}}[ 　]{_KANJI}{{1,4}}{_KANA}{{0,2}}?)(?:{_POLITE})?"
                r"(?=[はがも、（(]|$)"
            ),
        )
    )


def find_japanese(
    stretches: Iterable[Stretch], text: str, people: People, *, announced: bool
) -> Iterator[tuple[Stretch, Speaker | None]]:
    """Yield the stretches of a paragraph that are somebody's words, each with its speaker.

    What is said has a verb of saying behind it, a colon before it, or nothing beside it.
    """
    for one in stretches:
        before, behind = text[: one.start], text[one.end :]
        who = japanese_speaker(before, behind, people)
        if len(one.text) < _ENOUGH or one.mark in "『‘'":
            continue
        if _SAYS.match(behind) and (who is not None or announced):
            yield one, who
        elif not _NO_SPEECH.match(behind):
            led = not before.strip() or before.rstrip()[-1:] in "：:。\n" or "\n" in before[-3:]
            led = led or re.search(r"コメント[\s　]*$", before) is not None
            if led and (not behind.strip(" 。\n") or behind.lstrip()[:1] in "（(―—–-\n"):
                yield one, who


def names_of(texts: Iterable[str]) -> People:
    """Collect the people a Japanese text names by a title."""
    text = "\n\n".join(texts)
    people = People(text, "ja")
    for match in _patterns()[1].finditer(text):
        name = _bare(match["name"])
        if not _patterns()[0].search(name):
            people.named.append(Named(match.start("name"), match.end("name"), name, _role(match)))
            people.roles.append(_role(match))
    return people


def _bare(name: str) -> str:
    return re.sub(rf"{_POLITE}[はがもの]?$", "", name.strip("　 "))


def _role(match: re.Match[str]) -> str:
    return match.group()[: match.start("name") - match.start()].strip("の　 ：:、")


def japanese_speaker(before: str, behind: str, people: People, *, alone: bool = False) -> Speaker | None:
    """Read who speaks from the words before 「, or from those behind 」; `alone` of a line that only announces."""
    signed = re.match(r"\s*[（(―—–-]\s?([^（）()\n]{2,50})", behind)
    if signed:
        found = _name_in(signed[1], people)
        if found or re.fullmatch(_FULL, signed[1].strip()):
            return found or Speaker(signed[1].strip())
    sentence = re.split(r"[。」\n]", before.rstrip("。\n　 "))[-1]
    named = _patterns()[1].search(before) if alone and len(before) <= _LINE else None
    signs = named is not None and named.end() == len(before.rstrip())  # a line that is somebody's title and name
    if alone and not signs and not re.search(r"コメント|(?:述べ|語|話)[^。]{0,12}[。：:]?$|[：:]$", before):
        return None
    found = _name_in(sentence, people)
    return found or (_name_in(re.split(r"[。「\n]", behind)[0], people) if behind else None)


def _name_in(sentence: str, people: People) -> Speaker | None:
    title, after_title, before_title, alone, spaced = _patterns()
    for match in after_title.finditer(sentence):
        if not title.search(match["name"]):
            return Speaker(_bare(match["name"]), _role(match))
    latin = next((one for one in find_names(sentence, "en") if one.kind == "person" and one.name.isascii()), None)
    if latin:
        return Speaker(latin.name, latin.title)
    for one in people.named:
        if one.name in sentence or re.sub(r"[\s　]", "", one.name) in sentence:
            return Speaker(one.name, one.title)
    if titled := before_title.search(sentence):
        whole = next((one for one in people.named if one.name.startswith(titled["name"])), None)
        if whole:
            return Speaker(whole.name, whole.title)
        return Speaker(titled["name"], "" if re.fullmatch(_POLITE, titled["title"]) else titled["title"])
    if apart := spaced.search(sentence):
        return Speaker(apart["name"])
    known = alone.search(sentence)
    whole = next((one for one in people.named if known and known["title"] in one.title), None)
    return Speaker(whole.name, whole.title) if whole else None
