"""Leftover words: how eight languages mark a gap, a comment, a draft.

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
    "name|date|quote|link|title|role|city|place|phone|number|figure|figures|add|placeholder|your|to come|to follow"
    "|tbc|tbd|tba|tk"
    "|organisation|organization|company|headline|image|photo|caption|check|confirm|x+"
    "|namen?|datum|zitat|titel|funktion|ort|stadt|telefon|zahl|ergänzen|folgt|bitte|bild|prüfen"
    "|nom|prénom|citation|titre|fonction|lieu|ville|téléphone|chiffre|à compléter|à confirmer|à venir|à préciser"
    "|nombre|fecha|cita|cargo|ciudad|lugar|teléfono|cifra|por confirmar|pendiente|completar|enlace"
    r"|nome|data(?=\s*[\]］])|citazione|ruolo|città|luogo|telefono|da confermare|da inserire|da completare"
    "|naam|citaat|functie|plaats|telefoon|cijfer|aanvullen|nog in te vullen|volgt"
    "|citação|cidade|telefone|a confirmar|a definir|preencher|completar"
    "|氏名|名前|日付|日時|要確認|確認中|仮|未定|タイトル|引用|写真"
)
INSERT = re.compile(rf"[\[【［]\s*(?:{_INSERTED})\b", re.IGNORECASE)
BRACKETED = re.compile(
    rf"[\[［]\s*(?:{_INSERTED}|{_THINGS})(?:\b|(?<=[぀-ヿ一-鿿]))[^\]］]*[\]］]|【(?:{_INSERTED}|要確認|確認中|仮|未定)[^】]*】"
    r"|<<[^<>]{1,60}>>",
    re.IGNORECASE,
)
_NUMBERED = (
    r"%|per\s?cent|Prozent|pour cent|por ciento|per cento|procent|million|Million|Mio|mille|miles|Euro\b|euros?\b"
)
GAPS = (
    # in capitals, as words of their own
    re.compile(r"(?<![\w/#-])(?:TK+|TKTK|TBC|TBD|TBA|TODO|FIXME|XX+|N\.\s?N\.\s?\(|ＸＸ+)(?![\w-])"),
    re.compile(rf"(?<![\w.])[£$€¥]\s?X+(?![\w])|(?<![\w.])X+(?=\s?(?:{_NUMBERED}))"),
    re.compile(r"\{\{|\}\}|\{%|%[A-Z_]{3,}%|\$\{\w+\}|(?<!\w)_{3,}(?!\w)|\?{3,}|\(\?+\)|(?<!\d)(?:0{3,}[ -]){2,}0*"),
    re.compile(r"[○〇●◯]{2,}|[×✕]{2,}|(?<![.…])\.{5,}"),
    re.compile(
        r"\blorem ipsum\b|\bdolor sit amet\b|\basdf\w*|\b(?:Max|Erika) Mustermann\b|\bJ(?:ohn|ane) Doe\b|\bblindtext\b"
        r"|\bfoo ?bar\b|\bplaceholder (?:text|image|photo|picture|quote|copy|headline|caption)\b"
        r"|\bplatzhalter(?:text|bild)\b"
        r"|^\W*(?:placeholder|platzhalter)\W*$|\btexte à venir\b|\bmarcador de posición\b|\btesto segnaposto\b"
        r"|\bcopy to come\b|\bfigures? to (?:come|follow)\b|ダミー(?:テキスト|文)?",
        re.IGNORECASE,
    ),
)
# «siglo XX», «XX secolo», «the XXX Olympiad»: numerals, the gap being at \0
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
    r"|\{\+\+|\+\+\}|\{--|--\}|\{~~|\{>>|<<\}|\{==|==\}"  # CriticMarkup
    r"|</?(?:ins|del)\b[^>]*>|~~[^~\n]{1,80}~~"
    r"|[<=>|]{7}(?:\s|$)",  # a merge that was never settled
    re.IGNORECASE | re.MULTILINE,
)
_MARKS = (
    "draft(?: \\d+| only| version)?|not for (?:circulation|distribution)|internal(?: use)? only"
    "|strictly confidential|confidential"
    "|entwurf|vertraulich|nur intern|streng vertraulich|vorabversion|brouillon|projet de communiqué|confidentiel"
    "|borrador|confidencial|bozza|riservato|confidenziale|concept(?:versie)?|vertrouwelijk|rascunho|minuta|下書き|草案|ドラフト|社外秘"
)
# at the very beginning, and set apart: «Draft law passes» is a story
DRAFT = re.compile(
    rf"\W*(?P<mark>{_MARKS})(?:\s*(?:v(?:ersion)?\.?\s?)?\d[\d.]*)?\s*(?:[:\]）】)*|–—]|-\s|$)|[\[（(【](?P<other>{_MARKS})[\]）)】]",
    re.IGNORECASE,
)
