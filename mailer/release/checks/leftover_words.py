"""Leftover words: how eight languages mark a gap or a comment; `remark_words` has drafts and editors' remarks.

Owns the tables, as regular expressions made of plain words. A language more is a line more in each.

Gaps: what an office marks gaps with in its own way («@@@», colours) is not known here.
"""

from __future__ import annotations

import re

# what `mailer release new` writes to be replaced
STARTER = frozenset(
    {
        "What it means, in one sentence",
        "CITY",
        "Name of the press officer",
        "+00 00 0000 0000",
    }
)

_INSERTED = "insert|einfügen|einsetzen|insérer|inserer|insertar|inserire|invoegen|inserir|挿入"
# what stands alone, or first, within square brackets
_THINGS = (
    "name|date|quote|link|title|figure|figures|add|placeholder|your|to come|to follow"
    "|tbc|tbd|tba|tk|to be (?:confirmed|added|announced)|headline|image|photo|caption|check|confirm|x+"
    # “[city officials]” is what an editor adds to a quote
    r"|(?:role|job|city|place|phone|number|company|organi[sz]ation)(?=\s*[\]］:,?/]|\s(?:of|to|from|here|names?|title|tbc)\b)"
    "|namen?|datum|zitat|titel|funktion|ort|stadt|telefon|zahl|ergänzen|folgt|bitte|bild|prüfen|platzhalter|wird noch"
    "|wird ergänzt|wird nachgereicht"
    "|nom|prénom|citation|titre|fonction|lieu|ville|téléphone|chiffre|à (?:compléter|confirmer|venir|préciser|valider)"
    "|nombre|fecha|cita|cargo|ciudad|lugar|teléfono|cifra|por (?:confirmar|definir)|pendiente|completar|enlace"
    r"|nome|data(?=\s*[\]］])|citazione|ruolo|città|luogo|telefono"
    "|da (?:confermare|inserire|completare|verificare|definire)"
    "|naam|citaat|functie|plaats|telefoon|cijfer|aanvullen|invullen|nog in te vullen"
    r"|nader te bepalen|volgt|n\.t\.b\."
    "|citação|cidade|telefone|a (?:confirmar|definir)|preencher|completar"
    "|氏名|名前|日付|日時|要確認|確認中|仮|未定|タイトル|引用|写真"
)
# what is never meant in round brackets either
_OPEN = (
    "tbc|tbd|tba|tk|to be confirmed|to come|(?:zitat|name|bild|foto|text|zahl|datum) (?:folgt|fehlt)|wird ergänzt"
    "|à (?:compléter|confirmer|préciser|valider)|por confirmar|da (?:confermare|completare|verificare)"
    "|nog in te vullen|nader te bepalen|a confirmar|要確認|確認中|未定"
)
_THING = "quote|names?|date|link|photo|picture|image|text|logo|title|figures?|zitat|namen|bild|foto|datum|citation|nom"
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
_NUMBERED = (
    r"%|per\s?cent|Prozent|pour cent|por ciento|per cento|procent|million|Million|Mio|mille|miles|Euro\b|euros?\b"
    r"|pounds|dollars"
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
_REMOVED = (
    "deleted|inserted|formatted|comment(?:ed)?|moved|gelöscht|eingefügt|formatiert|kommentar|supprimé|inséré"
    "|mis en forme|commentaire|eliminado|insertado|con formato|comentario|eliminato|inserito|formattato|commento"
    "|verwijderd|ingevoegd|opgemaakt|opmerking|excluído|inserido|formatado|comentário|削除|挿入|書式変更|コメント"
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
