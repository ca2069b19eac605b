"""Holds: sentences that ask for this release to be held back, distinguished from those about something else.

Theory of operation. There is one scan, `find_holds`, which all users share: the reader that takes an embargo out of a
release, the checks for one that nobody set, and the removal of one that is over. It cuts a text into sentences, and
weighs each: `WEIGHTS` gives the weight of the evidence, and `ENOUGH` the threshold for a hold. The evidence for one is
the words that ask (`embargoed until`, a negation and a verb of publishing, "keep this to yourself"), a date or time
beside them, and a sentence that consists only of such words (the tables below; languages in which releases are not read
have their bans at the end, which have no weight: a sentence is one or is not). The evidence against one is words about
something else: goods ("the embargo on tea"), the past, the future ("will not be published"), a speaker. A hold keeps
its evidence, so that a person can be shown why a mailing stops.

A sentence outside these tables may ask in any words: "keep it under your hat till the ribbon is cut". For these, the
kinds of their words add up (`_add_up`): a negation, waiting, silence, a draft, a verb for using a text, "until", a
person who is asked. Such a sentence is reported, but never sets an embargo, since its date would be a guess.

Nothing is listed here for a single sentence: a word goes into the tables of its language, a new kind of evidence into
`WEIGHTS`. A doubtful sentence may be called a hold, since that stops a mailing and can be waived with a reason; a
release whose hold was missed cannot be called back.

Gaps: about one unseen wording in ten is missed. Never reads a date for use (`times` does).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache

from mailer import lazy_re as re
from mailer.frozen import dataclass
from mailer.release.pieces import Draft
from mailer.release.times import FIXED, OPEN, REGIONS, find_date, find_day, find_times, narrow
from mailer.release.words import JAPANESE, LANGUAGES, months, pattern, regular_expression, weekdays, written
from mailer.words import beginnings, read_section, without_accents

# the weights of the evidence for and against a hold, by the names that a person reads
WEIGHTS: Mapping[str, int] = dict(read_section("heads", "weights")["hold"])
ENOUGH = 4
# the weights of the kinds of words that add up to a hold, each counted once in a sentence (`_EVIDENCE`)
WORDS: Mapping[str, int] = dict(read_section("heads", "weights")["hold_words"])
_ENOUGH_INSIDE = 5  # the threshold in the middle of a paragraph
_SHORT_WORDS = 10  # words of a short line
_OPENERS = ("no", "wait", "secret", "draft", "use", "until")
# a statement that there is no embargo in the words of a release label
NO_EMBARGO_LABEL = r"\W*(?:embargo|sperrfrist|エンバーゴ|(?:情報)?解禁(?:日時?)?)\s*[:：]\s*(?P<label>{immediate})\W*"
SURE = 6  # from this weight on, it is read as the embargo of the release, not only reported
_MOST_OTHERS = 4
_LONGEST = 400  # characters of a sentence that are weighed together
_MOST_PARTS = 30  # words of a file's name
_NEAR = 6  # words between a no and its verb

_SIGNS = {name: "|".join(words) for name, words in read_section("holding", "signs").items()}
_SECTIONS = (read_section(tag, "holding") for tag in ("en", "fr", "de", "es", "it", "nl", "pt"))
_HOLD_WORDS = frozenset(
    word for section in (read_section("holding", "words"), *_SECTIONS) for words in section.values() for word in words
)


def _compile_words(name: str) -> re.Pattern[str]:
    """Compile a table of whole words, and the Japanese for the same."""
    signs = f"|{_SIGNS[f'{name}_japanese']}" if f"{name}_japanese" in _SIGNS else ""
    return re.compile(rf"(?<!\w)(?:{_SIGNS[name]})(?!\w){signs}", re.IGNORECASE)


_SECRET = _compile_words("secret")
_LOOSE = re.compile(_SIGNS["loose"], re.IGNORECASE)
_ASKING = re.compile(rf"\*\*\s*hold\s*\*\*|(?<!\w)(?:{_SIGNS['asking']})(?!\w)", re.IGNORECASE)
_TERM = re.compile(
    rf"(?<!\w)(?:{_SIGNS['term']})\s*[:：]|(?<!\w)for\s+release(?=\s+\w+\s+\d)|{_SIGNS['term_japanese']}", re.IGNORECASE
)
_LATER = _compile_words("later")
# a statement that there is no embargo
NONE = re.compile(_SIGNS["none"], re.IGNORECASE)
_PAST = _compile_words("past")
_FUTURE = _compile_words("future")
_THIS = re.compile(
    rf"(?<!\w)(?:{_SIGNS['this']})\s+(?:press\s+|news\s+)?(?:{_SIGNS['text']})"
    r"|(?<!\w)die\s+(?:meldung|mitteilung|pressemitteilung)|la\s+notizia|(?:この|本)(?:情報|資料|リリース|件|内容)",
    re.IGNORECASE,
)
_PLEA = _compile_words("plea")
# words that may add up to a hold if no other table has them; for text `without_accents`
_EVIDENCE_WORDS = {
    kind: tuple(map(without_accents, words)) for kind, words in read_section("holding", "evidence").items()
}
_DRAFT_ENDS = (
    r"(?=\W*$|\s*[-–—:;,.|(]|\s+(?:v?\d|not|no|only|for|await|pend|por|noch|ni|non|nao|nog|wacht|ikke|afvent|inte|avvakt|annu"
    r"|nie|czeka|не|do|en|in)\b)"
)
_DRAFTS = tuple(word + _DRAFT_ENDS for word in _EVIDENCE_WORDS["drafts"])
_EVIDENCE = {
    kind: beginnings(words + _DRAFTS if kind == "draft" else words)
    for kind, words in _EVIDENCE_WORDS.items()
    if kind != "drafts"
}

_ENDS = re.compile(r"[\n\t|。※]|\s{3,}|(?P<dot>[.!?])[”\"»)]*(?=\s+(?P<after>[^\W_]+)|\s|$)")
_STARTS = re.compile(r"[:：;,、]\s*|\s[-–—]\s|[(（\[【*“\"]+")
_STOPS = re.compile(r"[:：]\s|\s[-–—]\s|[)）\]】]|\*\*")
_SET_OFF = re.compile(r"(?:^|[:：;(（\[【*]|\s[-–—]\s)\W*$")
_TOKEN = re.compile(r"[^\W_]+")
_KANA = re.compile(r"[\u3040-\u30ff]")
_STATE = written("holds", "state")
_EMBARGO = re.compile(r"(?<!\w)embarg(?!o-)\w*", re.IGNORECASE)
_MAYBE = re.compile(r"(?<!\w)gesperrt(?!\w)|解禁", re.IGNORECASE)
_NAME_OPENS = re.compile(
    r"(?<!\w)(?:EMBARGO(?:ED)?|(?i:^embargo(?:ed)?(?!\s+(?:on|against|of|ends?)\s))|(?i:embargo(?:ed)?(?=\s+(?:\d|until))))(?!\w)"
)
_QUOTED = re.compile(r'(?P<before>^|(?<=[\s(\[:;/–—-]))?[“”„«»「」『』"](?P<behind>(?=[\s)\].,:;!?/–—-]|$))?')
_ALL_QUOTED = re.compile(r"\s*[“”„«»「『\"][^“”„«»「」『』\"]+[“”«»」』\"][\s.!]*")
_JA = {name: "|".join(rows) for name, rows in read_section("holding", "japanese").items()}
_JA_USE = re.compile(f"{_JA['press']}|{_JA['loose']}")
_JA_BAN, _JA_LOOSE_BAN = (
    re.compile(_JA["ban"].replace("{use}", _JA[use]).replace("{no}", _JA["no"])) for use in ("press", "loose")
)
_JA_OF = re.compile(r"([^\W\d_]+)の解禁")
_JA_SECRET = re.compile(_JA["secret"])
_JA_PERMIT = re.compile(_JA["leave"].replace("{use}", _JA_USE.pattern))
_JA_OWN = re.compile("|".join(_JA[name] for name in ("press", "loose", "no", "own")))
# a weekday, perhaps with the time of day in one word: “Freitagmittag”; those of two letters are also words: “so”, “di”
_WEEKDAY = re.compile(
    rf"(?<!\w){regular_expression(name for name in weekdays() if len(name) > 2)}"
    r"(?:früh|morgen|vormittag|mittag|nachmittag|abend|nacht|ochtend|middag|avond|namiddag)?(?!\w)",
    re.IGNORECASE,
)
_USE = r"(?<!\w){hold_use}(?!\w)"
_UNTIL = r"(?<!\w){hold_until}(?!\w)(?!\s+{hold_use}(?!\w))"  # “niet voor publicatie” is not an until
_ONLY_AFTER = (
    rf"(?<!\w)(?:(?:{_SIGNS['only']})\s+(?:\w+\s+)?|qu['’])(?:{{hold_from}}|{{hold_until}}|{_SIGNS['after']})(?!\w)"
)
_FROM = re.compile(rf"\s(?:{_SIGNS['from']})", re.IGNORECASE)
_PERMIT = "allows it from then on"
_FOREIGN = "says so in another language"
_ASKS = frozenset({"forbids publication", "forbids use", "asks to keep it back", "is confidential until"})
# a year, not a time: 20:40
_YEAR = re.compile(r"(?<![\w.:/-])(?:19|20)\d\d(?!\w|[.:/-]\d|\s*(?:h|hrs|hours|uhr|[A-Z]{2,4})(?!\w))")
# a date in a language without months here: "1 czerwca 2027", "2027. június 1."
_STRANGE_DATE = re.compile(
    r"(?<![\w.])(?P<day>[0-3]?\d)\.?\s+[^\W\d_]{3,}\.?\s+(?P<year>20\d\d)(?!\w)"
    r"|(?<!\w)(?P<first>20\d\d)\.?\s+[^\W\d_]{3,}\s+(?P<last>[0-3]?\d)(?![\w:])"
)
_SPEECH = written("holds", "said")
_NUMBER = re.compile(r"no\.?\s*\d", re.IGNORECASE)  # "Release No. 4"
_BARE_LOOSE = frozenset({"forbids use", "says nothing else"})
_ALONE = frozenset({"forbids publication", "has only words of an embargo"})
_AROUND = " \t\n*_#>-–—•[](){}.:!¡¿\"“”„«»'"
_MARKS = ' \t“”„«»「」『』"'
_NAMED = frozenset({"says that it is embargoed", "has the word embargo", "has a word that may mean an embargo"})


@dataclass(frozen=True, slots=True)
class Hold:
    """A sentence that asks for a hold, and the evidence; `is_whole` if it is all of its line."""

    text: str
    evidence: tuple[str, ...]
    is_whole: bool = False

    @property
    def weight(self) -> int:
        """Return the total weight of the evidence."""
        return sum(WEIGHTS[one] for one in self.evidence)

    @property
    def is_sure(self) -> bool:
        """Return whether it may be read as the embargo of its release."""
        return self.weight >= SURE

    @property
    def is_dated(self) -> bool:
        """Return whether it names a day."""
        return "names a day" in self.evidence

    @property
    def is_named(self) -> bool:
        """Return whether it has a word for an embargo."""
        return any(one in _NAMED for one in self.evidence)

    @property
    def is_foreign(self) -> bool:
        """Return whether it is in a language in which no release is read."""
        return _FOREIGN in self.evidence

    @property
    def is_permit(self) -> bool:
        """Return whether it only allows use from some time on."""
        return _PERMIT in self.evidence and not any(one in _ASKS | _NAMED for one in self.evidence)

    @property
    def why(self) -> str:
        """Return the evidence for the hold, in words."""
        return ", ".join(one for one in dict.fromkeys(self.evidence) if WEIGHTS[one] > 0)


def find_holds(text: str, *, edge: bool = False) -> Iterator[Hold]:
    """Find the sentences of a text that ask for the release to be held back.

    `edge` marks a line of the head, a subject or a file name, where a label needs fewer words.
    """
    if not _may_hold(text):
        return
    at = 0
    is_quoted = _ALL_QUOTED.fullmatch(text) is not None  # a notice in quotation marks, without a speaker
    for sentence in _sentences(text):
        if _may_hold(sentence):
            spoken = not is_quoted and _is_spoken(text[max(0, at - 2 * _LONGEST) : at + 2])
            hold = weigh(sentence, edge=edge, spoken=spoken)
            opens = not text[:at].strip() or text[:at].rstrip(" \t").endswith("\n")
            if hold.weight < ENOUGH and opens and (sentence.endswith("\n") or not text[at + len(sentence) :].strip()):
                # a line of its own, anywhere in the text
                lone_hold = weigh(sentence, edge=True, spoken=spoken)
                hold = lone_hold if not _ALONE.isdisjoint(lone_hold.evidence) else hold
            if hold.weight >= ENOUGH:
                yield hold
        at += len(sentence)


def _may_hold(text: str) -> bool:
    """Return whether a text has any word that may ask for a hold; most texts have none and are not weighed."""
    if any(key.search(text) for key in _keys()):
        return True
    plain_text = without_accents(text)
    return any(_EVIDENCE[kind].search(plain_text) for kind in ("use", "secret", "draft", "wait"))


@cache
def _keys() -> tuple[re.Pattern[str], ...]:
    words = (_EMBARGO, _MAYBE, _STATE, _ASKING, _SECRET, _TERM, _JA_USE, _JA_SECRET)
    return (_ban_keys(), *words, pattern(r"(?<!\w)(?:{hold_use}|{hold_free})(?!\w)"))


@lru_cache(maxsize=4096)  # the reader and the checks ask about the same sentences
def weigh(sentence: str, *, edge: bool = False, spoken: bool = False) -> Hold:
    """Weigh a sentence; one that no table can read may be a hold in another language, or its words may add up to one.

    The heaviest of its clauses counts, with or without the text that follows it. Clauses begin at the start of the
    sentence, and at the last mark before its first and its last key.
    """
    speech = ("is speech",) if spoken or _SPEECH.search(sentence) else ()
    clauses = [Hold(sentence.strip(), ())]
    if _requests(_without_times(_without_day(narrow(sentence)))[0], bare=True):
        is_denied = NONE.search(sentence) is not None or pattern(NO_EMBARGO_LABEL).search(sentence) is not None
        keys = [match.start() for key in _keys() for match in key.finditer(sentence)]
        starts = [0, *(match.end() for match in _STARTS.finditer(sentence))]
        edges = {min(keys, default=0), max(keys, default=0)}
        for start in {0, *(max(start for start in starts if start <= at) for at in edges)}:
            stop = _STOPS.search(sentence, start + 1)
            for end in {len(sentence), stop.start() if stop else len(sentence)}:
                evidence = tuple(_evidence(sentence[:end], start, edge=edge, is_denied=is_denied))
                if set(evidence) == _BARE_LOOSE and not has_only_hold_words(sentence[end:]):
                    evidence = ()  # "Do not use: the kettle is recalled"
                elif evidence and not speech and _is_spoken(sentence[: start + 1]) and sentence[:start].strip(_MARKS):
                    evidence += ("is speech",)
                words = sentence[start:end].strip(" \t\n|([【（*")
                is_whole = not start and end == len(sentence)
                clauses.append(Hold(words, evidence + speech if evidence else (), is_whole=is_whole))
    hold = max(clauses, key=lambda hold: (hold.weight >= ENOUGH, hold.is_dated, hold.weight, hold.is_whole))
    if hold.weight >= ENOUGH:
        return hold
    if not spoken and _is_ban(narrow(sentence)):
        return Hold(sentence.strip(), (_FOREIGN,), is_whole=True)
    if not spoken and _add_up(sentence) >= (ENOUGH if edge else _ENOUGH_INSIDE):
        day = ("names a day",) * names_day(sentence)
        return Hold(sentence.strip(), ("has only words of an embargo", *day), is_whole=True)
    return hold


def _evidence(sentence: str, start: int, *, edge: bool, is_denied: bool) -> Iterator[str]:
    """Yield the evidence in the clause that begins at a character of its sentence; none without a request."""
    clause = narrow(sentence[start:])
    if (_EMBARGO.search(clause) or _STATE.search(clause)) and find_date(clause) is None:
        # a date counts in any language
        clause = _STRANGE_DATE.sub(
            lambda date: f"{date['day'] or date['last']} May {date['year'] or date['first']}", clause, 1
        )
    other_words, rest = _count_others(clause)
    is_alone = not other_words and not rest and _SET_OFF.search(sentence[:start]) is not None
    dayless = _without_day(clause)
    left, has_time = _without_times(dayless)
    means_this, is_plea_to = _THIS.search(clause) is not None, _PLEA.search(clause) is not None
    requests = _requests(left, bare=is_alone and (edge or means_this or is_plea_to or (clause.isupper() and not start)))
    has_day = dayless != clause or any(one.search(clause) for one in (_WEEKDAY, _LATER))
    if is_denied:
        requests -= _NAMED
    if not (has_day or has_time):
        requests.discard(_PERMIT)
    if not requests:
        return
    yield from sorted(requests)
    yield from ("another word",) * min(other_words, _MOST_OTHERS)
    # the event behind an until has a tense of its own: "until the family has been told"
    main_clause = clause if has_day or has_time else clause[: _first_until(clause)]
    names_embargo = not _NAMED.isdisjoint(requests)
    signs = {
        "names a day": has_day,
        "names a time": has_time,
        "names no end": OPEN.search(clause),
        "says nothing else": is_alone,
        "means this text": means_this,
        "is a request": is_plea_to,
        "begins with it": not is_alone and not other_words and "forbids publication" in requests,
        "is about the past": _PAST.search(main_clause),
        "tells of the future": not names_embargo and _FUTURE.search(main_clause),
        "is about goods": names_embargo and _is_about_goods(clause),
    }
    yield from (sign for sign, holds in signs.items() if holds)


def _requests(clause: str, *, bare: bool) -> set[str]:
    """Return the requests in a clause without its date and time; `bare` lets a ban without an until count."""
    requests: set[str] = set()
    if _STATE.search(clause):
        requests.add("says that it is embargoed")
    elif _EMBARGO.search(clause):
        requests.add("has the word embargo")
    elif _MAYBE.search(clause):
        requests.add("has a word that may mean an embargo")
    verb = ban = _ban(clause)
    if not (ban and (bare or _has_until(clause))):
        use = pattern(_USE).search(clause) if pattern(_ONLY_AFTER).search(clause) else None
        verb = use.group() if use else ""
    if verb:
        requests.add("forbids use" if _LOOSE.fullmatch(verb) else "forbids publication")
    if _ASKING.search(clause):
        requests.add("asks to keep it back")
    elif _SECRET.search(clause) and _has_until(clause):
        requests.add("is confidential until")
    if not ban and (_TERM.search(clause) or _is_permit(clause)):
        requests.add(_PERMIT)
    if JAPANESE.search(clause):
        if _JA_BAN.search(clause):
            requests.add("forbids publication")
        elif _JA_LOOSE_BAN.search(clause):
            requests.add("forbids use")
        if _JA_SECRET.search(clause):
            requests.add("is confidential until")
        if _TERM.search(clause) or _JA_PERMIT.search(clause):
            requests.add(_PERMIT)
    return requests


def _has_until(clause: str) -> bool:
    return pattern(_UNTIL).search(clause) is not None


def _ban(clause: str) -> str:
    """Return the verb of a ban, which is a no near a verb of use in one language; empty if there is none."""
    for language in LANGUAGES:
        use = pattern(_USE if language != "ja" else "(?!)", language)  # Japanese has its bans in `_JA_BAN`
        for match in pattern(r"(?<!\w){hold_not}(?!\w)", language).finditer(clause):
            if _NUMBER.match(clause, match.start()):
                continue
            near = " ".join(clause[match.end() :].split()[:_NEAR])
            verb = use.search(near) or use.search(" ".join(clause[: match.start()].split()[-_NEAR:]))
            if verb:
                return verb.group()
    return ""


def _is_permit(clause: str) -> bool:
    """Return whether a clause allows use from some time on: “frei ab”, "for release at"."""
    leading = pattern(rf"\W*{{hold_use}}(?:\s\w+)?\s(?:{_SIGNS['from']})(?!\w)")
    if _FROM.search(clause) and leading.match(clause):
        return True
    now = r"(?<!\w){immediate}(?!\w)(?!\W+(?:ab|erst|vanaf|from|after|à\s+partir|a\s+partir)(?!\w))"
    if pattern(now).search(clause):
        return False
    lead = pattern(
        r"(?<!\w)(?:for|to\s+be|pour|zur|zum|para|per|voor|à|da|te|a(?=\s+\w{3,}er(?!\w))|{hold_free}"
        r"|may|can|darf|dürfen|pouvez|podr[áa]n?|pueden?|potete|può|podem|pode|mag|mogen|kunt)(?!\w)"
    ).search(clause)
    use = lead and pattern(_USE).search(clause[lead.end() :][:80])
    return bool(use or pattern(r"(?<!\w){hold_free}\s(?:\w+\s)?{hold_from}(?!\w)").search(clause))


def _is_about_goods(clause: str) -> bool:
    """Return whether the embargo of a clause is on arms, tea or a house, not on a text."""
    words = [one.group().split()[0] for one in re.finditer(r"\S+\s+(?=embarg)", clause, re.IGNORECASE)]
    of = _JA_OF.search(clause)
    words += [_JA_OWN.sub("", of[1])] if of else []
    return any(word.isalpha() and not _is_known(word, timed=True) for word in words)


def _add_up(sentence: str) -> int:
    """Return the total weight of the words of a sentence; 0 if none of them asks for a hold."""
    plain_text = without_accents(narrow(sentence)).strip(_AROUND)
    words = {kind: match for kind, pattern in _EVIDENCE.items() if (match := pattern.search(plain_text))}
    found = set(words)
    is_quiet = bool(found & {"secret", "draft"}) and bool(found & {"no", "wait", "use", "until", "asks"})
    if not (is_quiet or "use" in found or found >= {"wait", "until"}):
        return 0
    if any(_EVIDENCE[kind].match(plain_text) for kind in _OPENERS):
        found.add("order")
    asks = is_quiet or bool(found & {"no", "wait"})
    if not asks and not ("until" in found and found & {"order", "asks"}):
        return 0
    if any(one.search(sentence) for one in (NONE, pattern(NO_EMBARGO_LABEL), _SPEECH)):
        return 0
    if names_day(sentence) or names_time(sentence) or any(one.search(plain_text) for one in (_WEEKDAY, _LATER)):
        found.add("moment")
    if len(plain_text.split()) <= _SHORT_WORDS:
        found.add("short")
    # the event that is waited for has words and a tense of its own
    end = words["until"].start() if "until" in words else len(plain_text)
    tenses = {"past": _PAST, "future": _FUTURE}
    found |= {kind for kind, tense in tenses.items() if tense.search(narrow(sentence)[:end])}
    if _KANA.search(plain_text):
        has_others = _count_japanese_others(plain_text) > 0
    else:
        tokens = [token for token in _TOKEN.finditer(plain_text[:end]) if not JAPANESE.search(token.group())]
        known = _EVIDENCE.values()
        has_others = not all(
            _is_known(token.group(), timed=True) or any(one.match(plain_text[:end], token.start()) for one in known)
            for token in tokens
        )
    against = 0
    if has_others and not is_quiet:  # "do not use the cream before 1 March"
        loose = "use" in words and _LOOSE.match(words["use"].group()) is not None
        against = 4 if "moment" in found else 1 + loose
    return sum(WORDS[kind] for kind in found) - against - (not asks)


def report_holds(draft: Draft, where: str, words: str, line: int | None) -> None:
    """Report each hold where no reader sees it: a comment, a property of the file."""
    for hold in find_holds(" ".join(words.split()), edge=True):
        draft.report("out-of-sight", f'{where}, which no reader sees, says: "{hold.text}"', line)


def has_only_hold_words(text: str) -> bool:
    """Return whether every sentence of a text consists of the words of holds."""
    return all(_count_others(narrow(one)) == (0, 0) for one in _sentences(text))


def names_hold(name: str) -> bool:
    """Return whether the name of a file asks for its contents to be held back: `hall_EMBARGO_3-March`.

    It needs no date or time: a name has little room. A name about some embargo (`tea-embargo-ends`) does not count.
    """
    words = " ".join(re.split(r"[\W_]+", name)).strip()
    if NONE.search(words):
        return False
    signs = "解禁" in words and any(map(str.isdigit, words))
    if signs or _NAME_OPENS.search(words) or _STATE.search(words):
        return True
    parts = words.split()[:_MOST_PARTS]  # what the release is about may come first: `hall_do-not-publish-before-monday`
    found = [[*find_holds(" ".join(parts[at:]), edge=True)] for at in range(len(parts))]
    return any(found[:1]) or any(not hold.is_named for holds in found for hold in holds)


def names_day(text: str) -> bool:
    """Return whether a text names a day, with its year or without."""
    return find_date(text) is not None or find_day(text) is not None


def names_time(text: str) -> bool:
    """Return whether a text names a time of day."""
    return _without_times(_without_day(text))[1]


def _without_day(text: str) -> str:
    found = find_date(text) or find_day(text)
    return f"{text[: found.start]} {text[found.end :]}" if found else text


def _without_times(text: str) -> tuple[str, bool]:
    text = _YEAR.sub(lambda year: "x" * len(year.group()), narrow(text))
    try:
        times = find_times(text)
    except ValueError:  # midnight, which is a time but ambiguous
        return text, True
    for time in reversed(times):
        text = f"{text[: time.start]} {text[time.end :]}"
    return text, bool(times)


def _sentences(text: str) -> Iterator[str]:
    """Cut a text into sentences with their ends, none longer than `_LONGEST`."""
    at = 0
    for match in [*_ENDS.finditer(text), None]:
        if match and match["dot"] == "." and not _ends_there(text, match):
            continue
        end = match.end() if match else len(text)
        yield from (text[start : min(start + _LONGEST, end)] for start in range(at, end, _LONGEST))
        at = end


def _ends_there(text: str, match: re.Match[str]) -> bool:
    """Return whether a full stop ends a sentence, and not "a.m." or “1. Juni”."""
    before = text[max(0, match.start() - 4) : match.start()]
    after = match["after"] or ""
    if before[-3:].isalpha() or (len(before) == 4 and before.isdigit() and not after[:1].islower()):
        return True
    follows = after[:1].isupper() and (len(after) == 1 or not after.isupper())
    goes_on = any(after.casefold() in names for names in (months(), weekdays(), _ZONE_WORDS))
    return not after or (follows and not goes_on)


def _is_spoken(before: str) -> bool:
    """Return whether the text that follows is inside quotation marks.

    Any mark at the beginning of a word opens, and any mark behind a word closes: „…“ and »…« are German.
    """
    is_inside = False
    for match in _QUOTED.finditer(before):
        begins, ends = match["before"] is not None, match["behind"] is not None
        mark = match.group()
        is_inside = begins if begins != ends else mark in "“„«「『" or (mark == '"' and not is_inside)
    return is_inside


def _count_others(clause: str) -> tuple[int, int]:
    """Count the words of a clause that holds do not have: up to its date and time, and behind them."""
    if 3 * len(JAPANESE.findall(clause)) > sum(map(str.isalpha, clause)):  # Japanese, not a text with a name in it
        return _count_japanese_others(clause), 0
    end = _first_until(clause)  # behind an until is an event: "until the family has been told"
    known = (_ASKING, _SECRET, pattern(_ONLY_AFTER), _TERM, OPEN, _LATER)
    for one in (*known, _PLEA, _THIS, _STATE):
        clause = one.sub(lambda match: " " * len(match.group()), clause)
    tokens = list(_TOKEN.finditer(clause))
    has_digits = any(map(str.isdigit, clause))
    foreign = [token.start() for token in tokens if not _is_known(token.group(), timed=has_digits)]
    time_ends = [one.end() for one in tokens if any(map(str.isdigit, one.group())) or _WEEKDAY.fullmatch(one.group())]
    if time_ends:
        stop = re.search(r"[:;,.(–—]", clause[time_ends[-1] :])
        end = time_ends[-1] + stop.start() if stop else len(clause)
    before = sum(at < end for at in foreign)
    return before, len(foreign) - before


def _count_japanese_others(clause: str) -> int:
    """Count the words of a Japanese clause that holds do not have."""
    words = re.findall(r"[^\W\d_]+", _JA_OWN.sub(" ", _without_times(_without_day(clause))[0]))
    return sum(word not in weekdays() and not _is_known(word, timed=True) for word in words)


def _first_until(clause: str) -> int:
    """Return the end of the first until of a clause, else the end of the clause."""
    found = (pattern(_UNTIL).search(clause), pattern(_ONLY_AFTER).search(clause))
    return min((match.end() for match in found if match), default=len(clause))


_HOLD_FIELDS = (
    *(f"hold_{name}" for name in ("not", "use", "until", "free", "from")),
    "genre",
    "date_lead",
    "immediate",
    "embargo",
)
_PHRASES = (phrase for words in LANGUAGES.values() for name in _HOLD_FIELDS for phrase in getattr(words, name))
_ALL_HOLD_WORDS = _HOLD_WORDS | {token.casefold() for phrase in _PHRASES for token in _TOKEN.findall(phrase)}
_ZONE_WORDS = frozenset(token for name in REGIONS for token in _TOKEN.findall(name.casefold()))


def _is_known(token: str, *, timed: bool) -> bool:
    """Return whether a word may be part of a hold."""
    small = token.casefold()
    return (
        any(small in words for words in (_ALL_HOLD_WORDS, months(), weekdays()))
        or (any(map(str.isdigit, token)) and not JAPANESE.search(token))
        or (token.isupper() and token in FIXED)
        or (timed and small in _ZONE_WORDS)
        or any(one.fullmatch(token) for one in (_WEEKDAY, _EMBARGO, _STATE))
    )


# Bans: sentences in a language of which no release is read.
#
# Such a language has a section `[ban]`, pieces of regular expressions by kind. Stories also have a no, a verb and an
# until (“the names are not made public until …”), so most count only in an order: one of them opens its clause, the no
# is a “must not”, or the sentence has a word that asks or means the text. The verbs are in the forms of orders, never
# in those of the past. The date and time of a ban are not read.

# Swedish with Danish and Norwegian, alike enough for one table; Czech with Slovak; Russian with Ukrainian and Bulgarian
_BAN_TAGS = ("sv", "fi", "pl", "cs", "ru", "hu", "ro", "tr", "el", "ar", "he")
_BANS = tuple(frozenset(line.split()) for line in read_section("holding", "bans")["rows"])
_BAN_KEYS = ("use", "loose", "never", "bare", "leave", "secret", "term")  # every ban has one of these
_BAN_OPENERS = ("no", "use", "leave", "secret", "only")
_BAN_WORDS = 7
_BAN_LEAD, _BAN_LETTERS = 2, 4  # words before an order, and their letters: “får”, “ke”, “może”
_DAY_NUMBER = re.compile(r"(?<!\d)(?!(?:19\d\d|20[01]\d)(?!\d))\d+")
_EMBARGO_STEMS = ("embarg", "эмбарго", "ембарго", "εμπάργκο", "ambargo", "אמברגו")
_CLAUSE = re.compile(r"[:;.!?()\[\]*|]|\s[-–—]\s|,\s")
_CHINESE_NO, _PUBLISH = ("|".join(read_section("zh", "ban")[field]) for field in ("no", "use"))
_KOREAN = "|".join(read_section("ko", "ban")["use"])
# scripts without blanks between words, or with endings that no word boundary separates
_BAN_SIGNS = re.compile(
    _SIGNS["ban"].replace("{no}", _CHINESE_NO).replace("{use}", _PUBLISH).replace("{korean}", _KOREAN)
)


@cache
def _ban_words() -> tuple[Mapping[str, re.Pattern[str]], ...]:
    """Return the words of each language by kind. Embargoes may be on goods, so a date or time must follow at once."""
    tables: list[Mapping[str, re.Pattern[str]]] = []
    for tag in _BAN_TAGS:
        words = dict(read_section(tag, "ban"))
        words["only"] += words.pop("free", ())
        until, day = "|".join(words["until"]), "|".join(words["day"])
        clock = r"(?:(?:kl|klo|godz|dne|dnia|den|på|om)\b\W*)?"
        time = rf"\W*(?:(?:{until})(?!\w)\W*)?{clock}(?:\d\w*|{day})"
        words["term"] = [term + time * term.startswith(_EMBARGO_STEMS) for term in words["term"]]
        tables.append(
            {kind: re.compile(rf"(?<!\w)(?:{'|'.join(terms)})(?!\w)", re.IGNORECASE) for kind, terms in words.items()}
        )
    return tuple(tables)


@cache
def _ban_keys() -> re.Pattern[str]:
    """Compile the words of which every ban in these languages has one."""
    words = "|".join(words[kind].pattern for words in _ban_words() for kind in _BAN_KEYS if kind in words)
    return re.compile(rf"{words}|{_PUBLISH}|{_KOREAN}|ambargo|엠바고|保密|禁[运運发發]|解禁", re.IGNORECASE)


def _is_ban(sentence: str) -> bool:
    """Return whether a sentence forbids use before some time, in a language in which no release is read."""
    if _BAN_SIGNS.search(sentence):
        return True
    for table in _ban_words():
        if not any(table[kind].search(sentence) for kind in _BAN_KEYS if kind in table):
            continue
        found = {kind: match for kind, one in table.items() if (match := one.search(sentence))}
        if "asks" in found and "loose" in found:
            found.setdefault("use", found["loose"])
        kinds = set(found)
        if "day" in found or _DAY_NUMBER.search(sentence):
            kinds.add("moment")
        if len(sentence.split()) <= _BAN_WORDS:
            kinds.add("short")
        before = [_CLAUSE.split(sentence[: found[kind].start()])[-1].split() for kind in _BAN_OPENERS if kind in found]
        if "asks" in found or any(
            len(words) <= _BAN_LEAD and all(len(one) <= _BAN_LETTERS for one in words) for words in before
        ):
            kinds.add("order")
        if any(ban <= kinds for ban in _BANS):
            return True
    return False
