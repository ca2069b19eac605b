"""Guess: which of the old encodings a text was written in, judged by whether it reads like words.

Owns the candidates, their order where nothing speaks for one, and the judgement of decoded text: letters that stand
beside each other in a language, capitals within words, signs within words, scripts that mix. Never reads a file.
A guess is sure where it reads better than every other *reading*: encodings that give the same words are no rivals.
Gaps: a list with a single accent may fit several encodings; then the more common one is taken (Windows-1252 first).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

# What each encoding starts with: how rarely lists come in it. Equal readings go to the first.
_RARE: Final = {
    0.0: "cp1252",
    -0.8: "cp1250 cp1251 mac_roman cp932",
    -1.0: "cp1254 cp1253 euc_jp",
    -1.2: "iso8859_2 cp1255 cp1256 gb18030 cp949",
    -1.3: "cp1257 iso8859_15",
    -1.4: "koi8_r big5",
    -1.5: "koi8_u cp866 iso8859_7 iso8859_9",
    -1.6: "cp437 cp850 cp852 mac_cyrillic cp874",
    -1.8: "mac_latin2",
    -2.0: "iso8859_5 iso8859_13 cp857 mac_greek",
    -2.2: "mac_turkish mac_croatian mac_romanian mac_iceland",
}
CANDIDATES: Final = {codec: rare for rare, codecs in _RARE.items() for codec in codecs.split()}
NAMES: Final = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32": "UTF-32",
    "cp1252": "Windows-1252",
    "cp1250": "Windows-1250 (Central European)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1254": "Windows-1254 (Turkish)",
    "cp1255": "Windows-1255 (Hebrew)",
    "cp1256": "Windows-1256 (Arabic)",
    "cp1257": "Windows-1257 (Baltic)",
    "mac_roman": "Mac Roman",
    "mac_cyrillic": "Mac Cyrillic",
    "mac_latin2": "Mac Central European",
    "mac_turkish": "Mac Turkish",
    "mac_greek": "Mac Greek",
    "mac_croatian": "Mac Croatian",
    "mac_romanian": "Mac Romanian",
    "mac_iceland": "Mac Icelandic",
    "cp932": "Shift_JIS (Japanese)",
    "euc_jp": "EUC-JP (Japanese)",
    "iso2022_jp": "ISO-2022-JP (Japanese)",
    "gb18030": "GB 18030 (Chinese)",
    "big5": "Big5 (Chinese)",
    "cp949": "EUC-KR (Korean)",
    "cp437": "DOS 437",
    "cp850": "DOS 850",
    "cp852": "DOS 852",
    "cp857": "DOS 857",
    "cp866": "DOS 866 (Cyrillic)",
    "koi8_r": "KOI8-R (Cyrillic)",
    "koi8_u": "KOI8-U (Cyrillic)",
    "iso8859_2": "ISO 8859-2",
    "iso8859_5": "ISO 8859-5",
    "iso8859_7": "ISO 8859-7",
    "iso8859_9": "ISO 8859-9",
    "iso8859_13": "ISO 8859-13",
    "iso8859_15": "ISO 8859-15",
    "cp874": "Windows-874 (Thai)",
}

_EDGES: Final = re.compile(r"[\s,;|\"<>()\[\]/\\@.:&+=_#!?*]+")
_BLANK_AT_EDGE: Final = re.compile(r"(?:^|[\s,;\t|\"])\u00a0+\w|[\w.]\u00a0+(?=[\s,;\t|\"\r\n]|$)|\d\u00a0\S")
_QUOTED: Final = re.compile(r"(?<!\w)[“„«‘](?=\w)[^“”„«»‘’]{1,300}(?<=[\w.,!?])[”“»’](?!\w)")
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_PAIRED: Final = frozenset(["cp932", "euc_jp", "gb18030", "big5", "cp949"])
_OPENING, _CLOSING, _SPEAKING = "“„«‘‚‹¿¡", "”“»’›…™®", "–—•·©°€£§½¼¾²³ªº"
# Before or after an apostrophe stands one of these, or it is none: l'Écho, O'Brien, don't.
_BEFORE: Final = frozenset(
    [
        "l",
        "d",
        "j",
        "m",
        "n",
        "s",
        "t",
        "c",
        "qu",
        "o",
        "dell",
        "all",
        "nell",
        "dall",
        "sull",
        "un",
        "quell",
        "lorsqu",
        "jusqu",
        "aujourd",
        "rock",
        "απ",
        "γι",
        "κι",
        "σ",
    ]
)
_AFTER: Final = frozenset(["s", "t", "re", "ve", "ll", "d", "m", "n", "er"])
_NAME_PARTS: Final = frozenset(["mc", "mac", "de", "di", "la", "le"])
_CYRILLIC_VOWELS: Final = frozenset("аеёиоуыэюяіїєъ")
_ALONE: Final = frozenset("уявиоскіїאב")  # words of one letter in other scripts than Latin


_MARGIN: Final = 2.0  # two letters that stand where a language has them
_MARGIN_A_WORD: Final = 0.1  # of those that read otherwise


@dataclass(frozen=True, slots=True)
class Guess:
    """A codec in which a sample can be read, and how much speaks for it; at or below 0 it reads like no language."""

    codec: str
    score: float
    text: str


def rank_encodings(sample: bytes, around: bytes = b"", *, pairs: bool = True) -> list[Guess]:
    """Rank the encodings in which a sample can be read, the likeliest first.

    Takes lines of a file that hold bytes beyond ASCII; the text `around` them helps to know its language. `pairs` off
    leaves out the encodings in which two bytes make a sign.
    """
    ascii_words = frozenset(word.decode("ascii") for word in re.findall(rb"(?<![^\s(])[a-z]{1,7}(?=[\s.,;:)])", around))
    found: list[Guess] = []
    judged: dict[str, float] = {}
    for codec, rare in CANDIDATES.items():
        if codec in _PAIRED and not pairs:
            continue
        try:
            text = sample.decode(codec)
        except UnicodeDecodeError:
            continue
        if text not in judged:
            judged[text] = _judge(text, ascii_words, paired=codec in _PAIRED)
        found.append(Guess(codec, judged[text] + rare, text))
    return sorted(found, key=lambda guess: -guess.score)


def is_sure(ranked: list[Guess]) -> bool:
    """Return whether the first of some guesses reads like a language, and clearly more so than every other reading."""
    return bool(ranked) and ranked[0].score > 0 and rival_of(ranked) is None


def rival_of(ranked: list[Guess]) -> Guess | None:
    """Return the first guess with another reading that is not clearly worse than the best."""
    best = ranked[0]
    words = {*_EDGES.split(best.text)}
    for guess in ranked[1:]:
        if guess.text == best.text:
            continue
        least = max(_MARGIN, _MARGIN_A_WORD * len(words.difference(_EDGES.split(guess.text))))
        if best.score - guess.score < least:
            return guess
    return None


def _judge(text: str, around: frozenset[str], *, paired: bool) -> float:
    """Score decoded text: what reads like a language counts for it, what no writer types counts against it."""
    everything = set(_EDGES.split(text))
    words = {word for word in everything if not word.isascii()}
    blanks = set(_BLANK_AT_EDGE.findall(text))
    lost = "\x85" in text  # a line end that nobody types, and three dots in Windows
    score = 1.5 * len(blanks) - 6.0 * lost + 2.5 * (_QUOTED.search(text) is not None)
    if paired:
        return score + sum(map(_paired, words))
    everything |= around
    found = {name: len(small & everything) for name, small in SMALL_WORDS.items()}
    most = max(found.values())
    spoken = frozenset(name for name, count in found.items() if count > 1 and count >= 0.6 * most)
    score += _one_language(words)
    scripts = frozenset(_script(c) for word in words if len(word) > 1 for c in word if c.isalpha())
    return score + sum(_word(word, spoken, scripts) for word in words)


def _one_language(words: set[str]) -> float:
    """Score a text whose Latin letters are all of one language: a wrong reading has letters of several."""
    letters = {c for word in words for c in word.replace("İ", "ı").lower() if c.isalpha() and not c.isascii()}
    latin = {c for c in letters if _script(c) == "LATIN"}
    return 0.5 * min(len(latin), 4) if any(latin <= alphabet for alphabet in ALPHABETS.values()) else 0.0


@lru_cache(maxsize=20_000)
def _word(word: str, spoken: frozenset[str], scripts: frozenset[str]) -> float:
    """Score a word; `spoken` are the languages that the text seems to be in, `scripts` those of its longer words."""
    found = [match[0] for match in _LETTERS.finditer(word) if not match[0].isascii()]
    score = sum(_letters(letters, spoken, scripts) for letters in found)
    return score + sum(_sign(word, at, scripts) for at, c in enumerate(word) if not c.isascii() and not c.isalpha())


def _letters(letters: str, spoken: frozenset[str], scripts: frozenset[str]) -> float:
    own = {_script(c) for c in letters}
    beyond = sum(not c.isascii() for c in letters)
    if len(own) > 1:
        return -3.0 * beyond
    script = own.pop()
    if len(letters) == 1:
        return _alone(letters, script, spoken, scripts)
    score = _capitals(letters)
    if script == "LATIN":
        crowded = -1.0 * beyond if beyond > 3 and beyond > 0.6 * len(letters) else 0.0
        return score + crowded + _as_language(letters.replace("İ", "ı").lower(), spoken)  # lower() makes two signs of İ
    common = COMMON_LETTERS.get(script)
    if common is None:
        return score - 2.0 * beyond
    dumb = script == "CYRILLIC" and len(letters) > 3 and not _CYRILLIC_VOWELS.intersection(letters.lower())
    shouted = 0.1 * len(letters) if len(letters) > 2 and letters.isupper() else 0.0  # scripts without case may look so
    score -= shouted + 2.0 * dumb + _wrong_greek(letters)
    return score + sum(1.3 if c in common else 0.4 for c in letters.lower())


def _alone(letter: str, script: str, spoken: frozenset[str], scripts: frozenset[str]) -> float:
    """Score a word of one letter: one of the language that is spoken, or else a dash or a bullet was read wrongly."""
    if script == "LATIN":
        its: set[str] = WORDS_OF_ONE_LETTER.get(letter.lower(), set())
        return 1.0 if spoken & its else -3.0 if spoken else 0.0 if its else -0.5
    return 0.0 if letter.lower() in _ALONE and script in scripts else -2.0


def _as_language(word: str, spoken: frozenset[str]) -> float:
    """Score a word as the language whose letters it fits best."""
    strange = [(word[at - 1 : at + 1] if at else "", word[at : at + 2], c) for at, c in enumerate(word) if c > "\x7f"]
    return max(
        sum(
            1.0 + (before in pairs) + (after in pairs) + (language in spoken) if c in ALPHABETS[language] else -2.0
            for before, after, c in strange
        )
        for language, pairs in PAIRS.items()
    )


def _capitals(letters: str) -> float:
    """Count against a word what only a wrong reading has: a capital after a small letter, a small one in capitals."""
    wrong = 0
    for at in range(1, len(letters)):
        before, c = letters[at - 1], letters[at]
        if c.isascii() and before.isascii():
            continue
        raised = c.isupper() and letters[:at].casefold() not in _NAME_PARTS and any(map(str.islower, letters))
        fallen = at > 1 and before.isupper() and letters[at - 2].isupper() and c.islower()
        wrong += raised or fallen
    return -3.0 * wrong


def _wrong_greek(letters: str) -> float:
    accents = sum(c in "άόίέήύώΐΰ" for c in letters.lower())
    unaccented = len(letters) > 2 and letters[1:].islower() and not accents and _script(letters[0]) == "GREEK"
    return 2.0 * ("ς" in letters[:-1]) + 1.0 * max(0, accents - 1) + 1.5 * unaccented


def _sign(word: str, at: int, scripts: frozenset[str]) -> float:
    """Score a sign by where it stands: quotation marks at edges, apostrophes behind l' and O', nothing within words."""
    c = word[at]
    own = _script(c) in COMMON_LETTERS and _script(c) in scripts
    if unicodedata.category(c) in {"Cc", "Cn", "Co", "Mn"} and not own:
        return -6.0
    before, after = word[:at], word[at + 1 :]
    inside = before[-1:].isalpha() and after[:1].isalpha()
    if c == "’" and inside:
        known = before.casefold() in _BEFORE or after.casefold() in _AFTER
        return 2.5 if known else -1.0
    if inside:
        return -0.5 if c in "–—·-\u00ad" else -3.0
    if _script(c) in COMMON_LETTERS:
        return 0.5 if own else -2.0
    if c in "‘€—…" and after[:1].islower() and _script(after[0]) != "LATIN":
        return -2.0  # stands where a capital is
    opens = c in _OPENING and not before and (after or c == "«")
    if opens or (c in _CLOSING and not after and (before or c in "»…")):
        return 1.0
    if c in _SPEAKING or c == "\u00a0":
        return 1.5 if word in "•–—" else 1.0 if c in _SPEAKING else 0.5
    return -2.5 if before[-1:].isalpha() or after[:1].isalpha() else -1.5


def _paired(word: str) -> float:
    """Score a word of Chinese, Japanese or Korean: signs count for two, as they are two bytes."""
    score = 0.0
    for at, c in enumerate(word):
        if c.isascii():
            continue
        beside = word[max(at - 1, 0) : at + 2]
        score += _east_asian(c, word)
        score -= 2.5 if any("a" <= other <= "z" for other in beside) else 0.0
    return score


def _east_asian(c: str, word: str) -> float:
    if "\u3041" <= c <= "\u30ff":
        return 3.0
    if "\uff61" <= c <= "\uff9f":
        return 0.6 if re.search("[\uff61-\uff9f]{3,}", word) else -2.0
    if any(c in signs for signs in COMMON_SIGNS.values()):
        return 3.0
    if "\u4e00" <= c <= "\u9fff" or "\uac00" <= c <= "\ud7a3":
        return 0.4
    return 0.5 if "\u3000" <= c <= "\u303f" or "\uff01" <= c <= "\uff5e" else -2.0


@lru_cache(maxsize=5_000)
def _script(c: str) -> str:
    return "LATIN" if c.isascii() else unicodedata.name(c, "NONE").split(" ")[0]


# Languages: which letters stand beside which in the languages of media lists.

_PAIRS: Final = {
    "German": (
        "fü ür üb rü ün mü ül hü üh gü üc kü üs sü üd lü üt bü üg tü üf jü dü wü zü üß üm kö ön öl lö öh hö ör fö "
        "öf mö öt gö öß rö ös bö öb nö sö öd zö öw ök pö tö mä än är äu fä lä äs kä ät rä äf hä äh wä äl nä äc gä "
        "äd bä jä tä sä äg zä pä äm ße aß uß oß iß eß äß ßm ßh ßb ßl ßn ßi ßf ßk"
    ),
    "French": (
        "dé ré té mé pé sé né lé cé bé gé vé fé hé jé ué ié él én ér és ét éc éd ép ém ée év ég éa éo éu éb éf éj "
        "éq éz rè iè tè lè mè pè cè sè dè nè hè vè fè gè èr èl èn èt ès èm èv èg èc èq èd èb èz êt ên rê mê tê vê "
        "bê pê fê êc êl êm êq êv là jà nç aç eç ço ça çu çé çi aî îc ît oî în rî dî îl îm aï oï ïc ïs ïd ïv ïm ïl "
        "ïf ôt cô hô pô dô rô nô tô ôl ôm ôn ôp ôc ôq ût oû sû ûr dû fû où œu cœ sœ vœ bœ mœ oë aë në ël ës ât âc "
        "âg âb âm ân bâ râ hâ pâ éà"
    ),
    "Spanish": (
        "nú ió ón cí ía rí lí dí tí ín ís fí gí mí pí ví ít íc íd ír íz íg ím íl ól óp óm óg ód ór óc ós ót ób ró "
        "gó ló nó mó dó tó zá ád án ár ás áz ál áv át áb ác ái bá má rá lá tá dá gá cá pá sá né én és ér él éd éx "
        "ém éc ép ét ré mé lé té pé dé cé jé sé ús úl úb úm úñ úr út úc rú lú mú gú ún ña ño ñe ñí ñó ñi ñu uñ eñ "
        "ñá iñ oñ añ üe üi gü sí bí ní vó hé íb"
    ),
    "Portuguese": (
        "çã ão ãe õe çõ nã rã mã sã lã ça ço nç aç iç ên êm ês ân âm âs ôn ôm rê tê vê lê ví ár ál én ér ós ón ír "
        "ís ín ív úb úl ús ún íd éi éd éc ép át áv ác ór ód óg uí aí lú sú cú râ lâ"
    ),
    "Catalan": ("ès èc èn èr òm òn òl òr ór ós ió íc çó ça nç úl àt àn àl àc ïn ïm ít"),
    "Italian": ("tà là rà cà gà sà nà dà bà iù cò lò rò nò hé lì rì dì sì hè iè cè tè lè"),
    "Danish": (
        "ør øn jø øv sø øb lø øg kø mø øj tø rø bø øl dø øs hø gø fø øk nø pø vø øm ød øt æn æl ær væ sæ læ ræ æs "
        "kæ æk bæ hæ jæ æv æt næ fæ mæ dæ æg år ån på gå lå rå så må få då bå hå nå åd ås ål åb åg tå åt åk vå kå "
        "åe åf"
    ),
    "Swedish": (
        "öm ög ör ön öv ös öd öl öt jö rö sö bö kö tö mö ök hö nö äm än är ät äs äk äg äv äd äl ää öö yö hä jä mä "
        "lä nä tä rä sä kä dä fä gä vä pä år ån på gå lå rå så må få då bå hå nå åd ås ål åb åg tå åk vå åt"
    ),
    "Dutch": ("eë ië oë ën ël ër ïn eï oï ée uü eü"),
    "Icelandic": (
        "ða ði ðr ðu að ið eð uð rð óð áð úð æð þó þo þr þu þe þj ýs ýr ýn ár án ás ál át já jó jö ór ón ói óh ót "
        "ín ír ís ít íu úr ún úl ús úk éð ét él ær æn öð ör ön ös"
    ),
    "Polish": (
        "ńs dń zń oń eń ań ńc ść śl śn śc ąś aś oś iś ęd ęb ęk ęt ęs ęc ęż ęg rę tę ię wę cę ąb ąd ąc ąz ąg ąk ią "
        "wą rą tą cą ał ła ło łu ły eł oł ół łó łą łę ów zó wó kó gó ró ód óż óz ór óc mó ió ćw ić ać ąć żb że ża "
        "ży żo uż yż eż aż iż oż źn źd źr aź eź óź św śm śr śp śd łk łn łb łż łs uł ył ił"
    ),
    "Czech": (
        "ář ří řá tř př oř ře řě ěř bř dř eř kř iř žř ží že ža žd už až iž ož ýž má ná vá ká rá lá dá tá há ák án "
        "ár ás ál át áč áš áz áv ác ád áb áh ný ký rý tý ým ýc vý lý mý ýr čk če či ča čá čí oč ač eč ič uč yč ěj "
        "ně tě vě mě pě dě bě ěk ěl ěm ěn ěs ět ěd ěz ěž ův ům ůl ůr ůs ůž rů dů vů lů íč ín ík ír ím íš íž íř ít "
        "íc ís íd lí ní tí dí mí sí pí jí rí cí oš aš eš iš uš yš šk šo ša še ši šť šn šl ďá ďo ďk aď eď ťa ťo ať "
        "oť ňa ňo ňk áň oň eň aň éh ém én éř né ké té ľa ľu ľk eľ aľ ôž ôs kô vô ôn ĺž ŕš ôr út úl úř"
    ),
    "Hungarian": (
        "ős ők ől őt őr nő rő lő tő vő fő bő dő ző jő gő űv űs űz űr fű mű űl sű tű hű ás ár ál án át ák áb áz ág "
        "ám ád áv áj ác lá há tá ná rá bá má sá vá ká dá gá fá és él én ér ét ék éz ég éb ép ém éd év zé né ré té "
        "lé vé ké sé bé gé dé fé mé pé hé ór ós ól ón ók óz ót óv ód ró tó jó gó ló só zó dó bó kó mó vó út úr úl "
        "új öz ör öl ön ök öt ös öv kö tö gö rö zö dö ül ün üg üz üt ür üs kü tü"
    ),
    "Romanian": (
        "ăr ăt ăc ăd ăl ăm ăn ăs tă nă că ră lă ță dă mă să bă gă pă vă țe ți ța țu uț eț iț oț aț și șt șe șo șa "
        "uș eș aș iș oș ân ât âr în îm îl ţi ţe ţa ţu aţ eţ uţ oţ iţ şi şt şe şo şa uş eş aş iş oş cş"
    ),
    "Croatian": (
        "ić ći će ća ću ać oć eć uć čk če či ča ač ič eč uč oč čn šk še ši ša aš eš iš uš oš št šn šć ža že ži žu "
        "už až ož iž ež žn đe đa đu ađ eđ uđ đi ođ iđ rđ nđ"
    ),
    "Turkish": (
        "yı ıl dı ız lı rı ın ış ım ır sı nı kı tı ıs ıt ıy ıd ık ıç ıo cı mı zı bı ğı ğl oğ ağ iğ uğ eğ üğ öğ ğa "
        "ğu ğr ğd ği şa şe şi şı iş aş eş uş üş oş şt şk şl şm şb ço çe ça çi çı aç uç iç eç üç oç çü gü ün ür üs "
        "ül üz kü dü tü mü çö ör öz öy gö kö ön öl dö hö şü üy"
    ),
    "Lithuanian": (
        "ės ėj ėn ėl ėt ėd tė nė lė kė rė dė vė ių jų tų nų lų rų sų dų ūr ūn ūt ūs ūl ūd rū sū jū lū bū šk šė ši "
        "ša aš iš eš žė ži ža že už až iž če či ča ač ič eč yč įm ąs ąž ęs ėž"
    ),
    "Latvian": (
        "ās ār āj ān āk āl āt āv ām āc lā nā rā tā kā mā dā vā jā zā bā ēr ēt ēj ēs ēn ēd ēk lē nē rē dē bē mē vē "
        "pē īg īb īt īn īv īs īj īc rī lī zī nī vī tī sī ūr ūt ūn ūs rū jū lū šu ša šķ ši iš aš ņa ņi ņu aņ iņ ļa "
        "ļu ļi eļ iļ ķi ķe ķa ņē ģi ģe ģa žu ža že žo ču ča či čū"
    ),
}
PAIRS: Final = {language: frozenset(pairs.split()) for language, pairs in _PAIRS.items()}
ALPHABETS: Final = {
    language: frozenset(c for pair in pairs for c in pair if not c.isascii()) for language, pairs in PAIRS.items()
}

# Small words in ASCII by which a text is known to be in a language, whatever its encoding.
SMALL_WORDS: Final = {
    language: frozenset(words.split())
    for language, words in {
        "English": "the and of to in for that with is was on by at from has",
        "German": "der die und das von den mit ist ein eine nicht auf dem zu sich",
        "French": "le la les des du et en un une est pour que dans par sur",
        "Spanish": "el la los las del que en un una por para con se su",
        "Portuguese": "o os do da dos das que em um uma para com por no na",
        "Catalan": "el la els les del que en un una per amb dels",
        "Italian": "il la di che del della un una per con nel sono gli",
        "Danish": "og det er den til af som med en for har ikke at",
        "Swedish": "och det som den av till en ett med har inte att",
        "Dutch": "de het een van en in is dat op te voor met zijn",
        "Icelandic": "og er sem ekki hefur eru til var um",
        "Polish": "w na z do nie jest od po przez oraz dla ale",
        "Czech": "a v na se je do pro za od ve ale jako sa",
        "Hungarian": "a az nem egy hogy meg ez van volt mint",
        "Romanian": "de la cu pe din nu un o care pentru sau este",
        "Croatian": "je u na se za da su od koji ki in ni so",
        "Turkish": "ve bir bu ile da de olan olarak daha en",
        "Lithuanian": "ir kad yra tai su iki bei nuo",
        "Latvian": "un ir no par ar kas bet tas",
    }.items()
}
# Words of one letter that is no ASCII letter, and whose they are.
WORDS_OF_ONE_LETTER: Final = {
    "à": {"French", "Italian", "Portuguese", "Catalan"},
    "è": {"Italian"},
    "é": {"Portuguese"},
    "ó": {"Spanish", "Portuguese"},
    "å": {"Danish", "Swedish"},
    "ö": {"Swedish"},
    "á": {"Icelandic", "Portuguese"},
    "í": {"Icelandic"},
    "ő": {"Hungarian"},
}

# The letters that make up most of a text in a script of its own.
COMMON_LETTERS: Final = {
    "CYRILLIC": frozenset("оеаинтсрвлкмдпуяьйіў"),
    "GREEK": frozenset("αοιετσνρκλπμςηυωάόίέήύώγδθχ"),
    "HEBREW": frozenset("יוהלאתרםמבשנחקד"),
    "ARABIC": frozenset("النميرتبوسدعهحفقجشكة"),
    "THAI": frozenset("านรอกเงมยลวดทสตะปบคหแพช"),
}

# Letters of names, outlets and headings, as often as lists have them.
COMMON_SIGNS: Final = {
    "kanji": frozenset(
        "日本新聞社報道記者編集部局放送電話番号氏名前媒体会役職担当所属住国語備考配信停止可不経済政治文化科学医療社会東京"
        "大阪京都名古屋中村田山川木林井上下小高藤佐鈴橋渡辺伊加吉松本美子一二三郎太雄夫男和明正光真直人香恵由紀智愛優花"
        "毎朝読売産週刊誌雑通共同時事英米仏独担部門長論説委員写真地方北南西海道福岡県市区町健康技術産業業界金融環境"
    ),
    "hanzi": frozenset(
        "中国日报新闻社记者编辑部电视台广播网站姓名邮箱地址电话手机媒体职位单位公司北京上海广州深圳人民经济晚早青年科技"
        "财经文化体育生活周刊杂志主任长王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋"
        "明华建国文平志伟丽芳娜秀英敏静强磊军洋勇艳杰涛超霞刚桂香备注语言家国际教育健康医"
    ),
    "hanzi (traditional)": frozenset(
        "中國日報新聞社記者編輯部電視台廣播網站姓名郵箱地址電話手機媒體職位單位公司台北香港高雄時報聯合自由蘋果經濟"
        "科技財經文化體育生活週刊雜誌主任長王李張劉陳楊黃趙吳周徐孫馬朱胡林郭何高羅鄭梁謝宋許韓曾蔡備註語言國際教育健康"
        "明華建國文志偉麗芳美玲淑惠雅婷怡君俊傑家豪"
    ),
    "hangul": frozenset(
        "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민준지영현수진경희미은혜선호"
        "일보신문방송기자이름성명매체회사전화번호메일주소부서직책국가언어서울한국경제문화사회정치과학부산대구인천광주"
        "편집장국제연합뉴스조선중앙동아겨레매일시사주간의약건강산업기술비고"
    ),
}
