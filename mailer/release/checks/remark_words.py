"""Remark words: what editors write to one another in a text, and how eight languages call it a draft.

Owns the tables, as regular expressions made of plain words. A language more is a line more in each.

Gaps: a remark in a sentence of its own («Ada, is this right?») is not known from the text.
"""

from __future__ import annotations

import re

_TO_CHECK = (
    "(?:double[- ]?)?check|verify|confirm|prüfen|überprüfen|nachprüfen|klären|abklären|checken"
    "|vérifier|confirmer|revoir|relire|revisar|comprobar|verificar|confirmar|verificare|controllare|confermare"
    "|rivedere|controleren|nakijken|bevestigen|conferir|rever"
)
_PLEASE = (
    "please|pls|to|to be|bitte|noch|noch zu|nochmals?|zu|merci de|à|por|por favor|favor|a|da|per favore|nog|nog te"
    "|s\\.?v\\.?p\\.?|graag"
)
_THING = (
    "names?|dates?|spelling|figures?|numbers?|titles?|facts?|sources?|quotes?|year|namen?|datum|zahl(?:en)?|titel"
    "|funktion|schreibweise|quelle|zitat|jahr|noms?|prénoms?|chiffres?|titre|fonction|orthographe|citation|année"
    "|nombres?|fechas?|cifras?|cargo|datos?|fuente|cita|año|nom[ei]|cognome|data|ruolo|fonte|citazione|anno"
    "|naam|cijfers?|bron|functie|citaat|jaar|números?|citação|ano"
)
_WITH = (
    r"\s(?:with|mit|avec|con|met|com|by|par)\s"
    r"(?:(?:the\s)?(?:legal|finance|marketing|client)|(?-i:[A-ZÀ-Ý]\w+)(?:\s(?-i:[A-ZÀ-Ý]\w+))?)"
)
_SURE = (
    "ok|okay|sure|right|correct|is (?:this|that) (?:right|correct|ok)|stimmt(?: das| so)?|richtig"
    "|c['’]est juste|klopt(?: dit)?"
)
_OPEN = (
    "noch offen|wird noch (?:geklärt|geprüft|ergänzt)|folgt|pendiente|"
    rf"(?:missing|fehlt|falta|manca|manque|ontbreekt)\s(?:{_THING})|(?:{_THING})\s(?:missing|fehlt|falta|manca|ontbreekt|volgt)"
)
_CHECKED = "(?:checked|verified|confirmed|approved)"
_UNTIL = r"(?:confirm\w+|préciser|compléter|valider|definir|definire|completar\w*)"
_IN, _OUT = r"[(（\[［]\s*", r"\s?[!?.…]*\s*[)）\]］]"
# alone within brackets: «(check!)», «(Zahl prüfen)», «(fonte?)»; «(check our website)» is meant for readers
REMARK = re.compile(
    rf"{_IN}(?:(?:{_THING})\s)?(?:(?:{_PLEASE})\s)*(?:{_TO_CHECK})(?:\s(?:{_THING})|{_WITH})?{_OUT}"
    rf"|{_IN}(?:(?:{_THING})\s)?to be {_CHECKED}(?:{_WITH})?{_OUT}"
    rf"|{_IN}(?-i:[A-ZÀ-Ý]\w*)\sto\s(?:check|confirm|verify|approve|supply){_OUT}"
    rf"|{_IN}(?:à|por|da|a|nog te)\s{_UNTIL}{_WITH}{_OUT}"
    rf"|{_IN}(?:{_OPEN}){_OUT}|{_IN}¿?\s?(?:{_THING}|{_SURE})\s?[?？]+\s*[)）\]］]"
    r"|[（［【(]\s?要チェック\s?[）］】)]|\[(?-i:[A-Z]{2,3}):\s[^\]\n]*[?!][^\]\n]*\]",
    re.IGNORECASE,
)

_CAPITALS = (
    "DRAFT|ENTWURF|VORABVERSION|VERTRAULICH|BROUILLON|PROJET|CONFIDENTIEL|BORRADOR|CONFIDENCIAL|BOZZA|RISERVATO"
    "|CONFIDENZIALE|CONCEPT|CONCEPTVERSIE|VERTROUWELIJK|RASCUNHO|MINUTA|CONFIDENTIAL|EMBARGOED DRAFT"
)
_MARKS = (
    "(?:final |working |first |rough )?draft(?: only| version)?|not for (?:circulation|distribution|publication)"
    "|internal(?: use)? only|do not (?:circulate|distribute|publish|forward)|nicht zur veröffentlichung"
    "|ne pas diffuser|no difundir|non diffondere|niet voor publicatie|não divulgar|strictly confidential|confidential"
    "|entwurf|vertraulich|nur intern|streng vertraulich|vorabversion|arbeitsfassung|vorläufige fassung"
    "|brouillon|projet de communiqué|confidentiel|(?:version|document) de travail|version provisoire|(?-i:PROJET)"
    "|borrador|confidencial|versión (?:preliminar|de trabajo)|bozza|riservato|confidenziale|versione provvisoria"
    "|concept(?:versie)?|werkversie|vertrouwelijk|rascunho|minuta|versão preliminar|下書き|草案|ドラフト|社外秘"
)
_VERSION = r"(?:\s*(?:v(?:ersion)?\.?\s?)?\d[\d.]*)?"
_OF_DAY = r"(?:,?\s(?:vom|stand|as of|état au|en date du)\s[^:–—\n]{0,12}\d[^:–—\n]{0,12})?"
# at the very beginning, and set apart or in capitals: «Draft law passes» is a story
DRAFT = re.compile(
    rf"\W*(?P<mark>{_MARKS}){_VERSION}{_OF_DAY}\s*(?:[:：\]）】)*|–—]|-\s|$)"
    rf"|\W*(?P<loud>(?-i:{_CAPITALS})){_VERSION}\s+(?=\S*(?-i:[a-zà-ÿ]))"
    rf"|[\[（(【](?P<other>{_MARKS}){_VERSION}[\]）)】]|(?P<plan>（案）)"
    r"|\W*(?P<version>(?:final\s)?v\d[\d.]*)\s?(?:[:：]|[-–—]\s)",
    re.IGNORECASE,
)
# at the end of a headline
DRAFT_BEHIND = re.compile(
    rf"(?:[\[（(【]\s?(?P<mark>{_MARKS}){_VERSION}\s?[\]）)】]|\s[-–—|]\s?(?P<other>{_MARKS}){_VERSION}"
    r"|(?P<version>_v\d+\w*|[_\s]v\d+[_\s-]?final))\W*$",
    re.IGNORECASE,
)
# anywhere: in brackets and in capitals, or a line of its own
DRAFT_WITHIN = re.compile(
    rf"[\[（(【]\s?(?P<mark>(?:{_CAPITALS}){_VERSION})\s?[\]）)】]|^\W*(?P<alone>(?:{_CAPITALS}){_VERSION})\W*$"
)
