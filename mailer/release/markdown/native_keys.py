"""Native keys: the fields of a release by the plain words of the eight languages, `titel` or `fecha` as well as `date`.

Owns which key of ours such a word stands for. A key that speaks of an embargo is always one, whatever stands beside
the word: a hold that is passed over is a release that goes out too early. Spelling mistakes are nobody's word: they
stay errors of `yaml_fields`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches

from mailer.release.words import pattern

_WORDS: Mapping[str, str] = {
    "headline": "überschrift|schlagzeile|titel|hauptzeile|titre|título|titular|titolo|kop|manchete"
    "|見出し|タイトル|件名",
    "subhead": "untertitel|unterzeile|unterüberschrift|dachzeile|vorspann|sous titre|soustitre|chapeau|chapô|subtítulo"
    "|antetítulo|entradilla|bajada|sottotitolo|occhiello|sommario|ondertitel|onderkop|subkop|linha fina"
    "|副題|サブタイトル",
    "date": "datum|fecha|data|日付|発表日|配信日|erscheinungsdatum|veröffentlichungsdatum|date de publication"
    "|fecha de publicación|data di pubblicazione|publicatiedatum|data de publicação|release date",
    "dateline": "place|city|ort|stadt|ortsmarke|lieu|ville|lugar|ciudad|luogo|città|citta|plaats|stad|cidade"
    "|発信地|場所|都市",
    "contacts": "press contact|press contacts|media contact|media contacts|kontakt|kontakte|ansprechpartner"
    "|ansprechpartnerin|pressekontakt|contact presse|contacts presse|contacto|contactos|contacto de prensa|contatto"
    "|contatti|contatto stampa|contatti stampa|contactpersoon|contactpersonen|perscontact|contato|contatos"
    "|contato de imprensa|contacto de imprensa|連絡先|問い合わせ先|お問い合わせ先|問い合わせ|お問い合わせ",
    "boilerplate": "abbinder|über uns|kurzporträt|à propos|a propos|sobre nosotros|acerca de|chi siamo|over ons"
    "|sobre nós|about|about us|会社概要|団体概要",
    "notes_to_editors": "notes|editors notes|anmerkungen|hinweise|hinweise für redaktionen|hinweise an die redaktion"
    "|notes aux rédactions|notes aux rédacteurs|note aux rédactions|notas|notas para editores|note per i redattori"
    "|note per le redazioni|noten|noot voor de redactie|notas aos editores|備考|補足",
    "label": "vermerk|kennzeichnung|mention",
    "language": "sprache|langue|idioma|lingua|taal|língua|言語",
}
_KEYS: Mapping[str, str] = {word: key for key, words in _WORDS.items() for word in words.split("|")}
_LANGUAGES: Mapping[str, str] = {
    name: code
    for code, names in {
        "en": "english|englisch|anglais|inglés|inglese|engels|inglês|英語",
        "de": "deutsch|german|allemand|alemán|tedesco|duits|alemão|ドイツ語",
        "fr": "français|french|französisch|francés|francese|frans|francês|フランス語",
        "es": "español|spanish|spanisch|espagnol|castellano|spagnolo|spaans|espanhol|スペイン語",
        "it": "italiano|italian|italienisch|italien|italiaans|イタリア語",
        "nl": "nederlands|dutch|niederländisch|néerlandais|neerlandés|olandese|neerlandês|オランダ語",
        "pt": "português|portuguese|portugiesisch|portugais|portugués|portoghese|portugees|ポルトガル語",
        "ja": "日本語|japanese|japanisch|japonais|japonés|giapponese|japans|japonês",
    }.items()
    for name in names.split("|")
}
_HOLD = re.compile(r"embarg|sperrfrist|sperrvermerk|sperrzeit|(?<!\w)gesperrt|(?<!\w)bloquead[oa]|エンバーゴ|解禁")
_HOLD_WORDS = ("embargo", "embargoed", "embargado", "embargato", "sperrfrist", "sperrvermerk")
NATIVE_WORDS = (*_HOLD_WORDS, *_KEYS)
_NEAR = 0.8


def find_native_key(name: str) -> str:
    """Return the key of ours that a word means (`untertitel`: subhead), empty where it is no such word."""
    words = " ".join(re.split(r"[\s_-]+", name.strip().lower()))
    if words == "embargo":
        return ""
    return "embargo" if _is_hold(words) else _KEYS.get(words, "")


def _is_hold(words: str) -> bool:
    return _HOLD.search(words) is not None or pattern(r"{embargo}(?:(?!\w)|(?<=:))").match(f"{words}:") is not None


def is_like_hold(name: str) -> bool:
    """Return whether a key is a word for an embargo, or one with a slip in it."""
    lower = name.strip().lower()
    slip = get_close_matches(lower, _HOLD_WORDS, n=1, cutoff=_NEAR)
    return lower == "embargo" or find_native_key(lower) == "embargo" or bool(slip)


def find_language(text: str) -> str:
    """Return the code of a language that is named by its name (`Deutsch`), else the text as it stands."""
    return _LANGUAGES.get(text.lower(), text)
