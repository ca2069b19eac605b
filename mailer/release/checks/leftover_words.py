"""Leftover words: how eight languages mark a gap or a comment; `remark_words` has drafts and editors' remarks.

Owns the regular expressions; their words are `[gaps]` of `leftovers.toml` in `mailer.words`.

Gaps: what an office marks gaps with in its own way («@@@», colours) is not known here.
"""

from __future__ import annotations

import re

from mailer.words import read_section

# what `mailer release new` writes to be replaced
STARTER = frozenset(
    {
        "What it means, in one sentence",
        "CITY",
        "Name of the press officer",
        "+00 00 0000 0000",
    }
)

_GAPS = read_section("leftovers", "gaps")
_INSERTED, _THINGS, _OPEN, _THING, _NUMBERED, _REMOVED = (
    "|".join(_GAPS[name]) for name in ("inserted", "things", "open", "thing", "numbered", "removed")
)
INSERT = re.compile(rf"[\[【［<]\s*(?:{_INSERTED})\b", re.IGNORECASE)
BRACKETED = re.compile(
    rf"[\[［]\s*(?:{_INSERTED}|{_THINGS})(?:\b|(?<=[぀-ヿ一-鿿.]))[^\]］]*[\]］]"
    rf"|【[^】]{{0,20}}?(?:{_INSERTED}|要確認|確認中|仮|未定)[^】]*】|※\s?(?:要確認|確認中|未定)"
    rf"|[(（]\s*(?:[^()（）\n]{{1,30}}\s)?(?:{_OPEN})[.!?…]*\s*[)）]"
    rf"|\b(?:insert|insérer|insertar|inserire|inserir)\s(?:\w+\s){{0,2}}(?:{_THING})\s(?:\w+\s){{0,2}}(?:here|ici|aquí|qui|aqui)\b"
    rf"|\bhier\s(?:\w+\s)?(?:{_THING})\s(?:einfügen|einsetzen|invoegen)\b"
    rf"|<\s?(?:{_INSERTED})\b[^<>\n]{{0,60}}>|<<[^<>]{{1,60}}>>",
    re.IGNORECASE,
)
# fields that nobody filled in, of this and of other programs: where one goes out, the mail itself is refused
FIELD = re.compile(
    r"\{\{.{0,80}?\}\}|\{%.{0,80}?%\}|\*\|[\w:]+\|\*|%%\w+%%|\$\{\w+\}|<<\w+>>"
    r"|\[(?:FIRST|LAST|FULL|SUR)?[_ -]?NAME\]|\[(?:EMAIL|OUTLET|MEDIUM)\]"
)
# a letter of Japanese ends a word: TBC年 is a gap as TBC is
_START = r"(?<![^\W぀-ヿ一-鿿])"
_END = r"(?![^\W぀-ヿ一-鿿])"
GAPS = (
    # in capitals, as words of their own
    re.compile(rf"{_START}(?<![/#-])(?:TK+|TKTK|TBC|TBD|TBA|TODO|FIXME|XX+|ＸＸ+|tbc|tbd){_END}(?!-)"),
    re.compile(r"(?<![\w.])N\.\s?N\.(?!\s?[A-ZÀ-Ý])"),
    re.compile(
        rf"(?<![\w.])[£$€¥]\s?(?:X+|xx+)(?:[mk]|bn|mn|Mio|M)?{_END}|{_START}(?<!\.)(?:X+|xx+)(?=\s?(?:{_NUMBERED}))"
        r"|(?<!\w)[Xx]{2}[./][Xx]{2}\b"
    ),
    FIELD,
    re.compile(
        r"\{\{|\}\}|\{%|\{(?:[a-z]+_[a-z_]+|name|email|date|city)\}|%[A-Z_]{3,}%|(?<!\w)_{3,}(?!\w)"
        r"|\?{3,}|(?<!\S)\?{2}(?!\S)|\(\?+\)|(?<!\d)(?:0{3,}[ -]){2,}0*"
    ),
    re.compile(r"[○〇●◯]{2,}|[×✕]{2,}|(?<![.…])\.{5,}"),
    re.compile(
        r"\blorem ipsum\b|\bdolor sit amet\b|\basdf\w*|\b(?:Max|Erika) Mustermann\b|\bJ(?:ohn|ane) Doe\b|\bblindtext\b"
        r"|\bfoo ?bar\b|\bplaceholder (?:text|image|photo|picture|quote|copy|headline|caption)\b"
        r"|\bplatzhalter(?:text|bild)\b"
        r"|^\W*(?:placeholder|platzhalter)\W*$|\btexte à venir\b|\bmarcador de posición\b|\btesto segnaposto\b"
        r"|\b(?:copy|quote|caption|headline|figures?) to (?:come|follow)\b|ダミー(?:テキスト|文)?",
        re.IGNORECASE,
    ),
)
# “siglo XX”, “XX secolo”, “the XXX Olympiad”: numerals, the gap being at \0
CENTURIES = re.compile(
    r"(?:siglos?|séculos?|secolo|secoli|siècles?|sec\.|s\.|Jahrhundert|century|Papa|Pope|Luis|Olympi\w+"
    r"|Super Bowl|Dos Equis|Title|rated|[ck]h?romosom\w*)\W{1,3}\0"
    r"|\0\W{1,2}[ck]h?romosom"
    r"|(?:siglos?|séculos?|siècles?)\s.{0,24}\0"
    r"|\0\s+(?:secol|siècle|edici|edizion|ediç|édition|congre|olymp|olimp|giochi|jogos|juegos|jeux|jornad|aniversari"
    r"|anniversari|encuentr|festival|premio|prémio|concurs|cumbre|summit|internat|internaz|internac|giornat|fiera"
    r"|feria|fest|asamblea|assemblea|corps|army|legio|bienal|biennal|winter|summer|games)",
    re.IGNORECASE,
)
REVIEW = re.compile(
    rf"^(?:{_REMOVED})\s?(?:\[[^\]]*\]|\([^)]*\))?\s?[:：]\s"
    rf"|\[(?:{_REMOVED})(?:\s?[:：]|\s[A-Z]{{1,3}}\d)[^\]]*\]|\((?:{_REMOVED})\s?[A-Z]{{1,3}}\d*\)"
    r"|\[[A-Z]{2,3}\d{1,3}\](?!\()"  # Word's [AB12]
    r"|\{(?:\+\+|--|~~|>>|==)[^{}\n]{0,80}?(?:\+\+|--|~~|<<|==)\}"  # CriticMarkup, whole or torn
    r"|\{\+\+|\+\+\}|\{--|--\}|\{~~|\{>>|<<\}|\{==|==\}"
    r"|</?(?:ins|del)\b[^>]*>|~~[^~\n]{1,80}~~"
    r"|[<=>|]{7}(?:\s|$)",  # a merge that was never settled
    re.IGNORECASE | re.MULTILINE,
)
