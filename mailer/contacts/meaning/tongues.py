"""Tongues: the language that a cell names, as a BCP 47 tag.

Owns the names of languages as lists have them ("Deutsch", "German", "allemand", "de_AT", "ger"), in the languages that
lists are kept in. Never guesses: what is neither a name nor a tag is no language.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from mailer.contacts.folding import fold
from mailer.contacts.meaning.flags import is_yes

_NAMES: Final = {
    "en": "english,eng,englisch,anglais,inglés,inglese,engels,inglês,angielski,英語",
    "de": "german,deu,ger,deutsch,allemand,alemán,tedesco,duits,alemão,niemiecki,ドイツ語",
    "fr": "french,fra,fre,französisch,français,francés,francese,frans,francês,francuski,フランス語",
    "es": "spanish,spa,esp,spanisch,espagnol,español,castellano,spagnolo,spaans,espanhol,hiszpański,スペイン語",
    "it": "italian,ita,italienisch,italien,italiano,italiaans,włoski,イタリア語",
    "nl": "dutch,nld,dut,niederländisch,holländisch,néerlandais,neerlandés,holandés,olandese,nederlands,holandês,"
    "neerlandês,niderlandzki,holenderski,オランダ語",
    "pt": "portuguese,por,portugiesisch,portugais,portugués,portoghese,portugees,português,portugalski,ポルトガル語",
    "pl": "polish,pol,polnisch,polonais,polaco,polacco,pools,polonês,polski,ポーランド語",
    "ja": "japanese,jpn,japanisch,japonais,japonés,giapponese,japans,japonês,japoński,日本語",
    "ar": "arabic,ara,arabisch,arabe,árabe,arabo,arabski,arapça,العربية,アラビア語",
    "da": "danish,dan,dänisch,danois,danés,danese,deens,dinamarquês,dansk",
    "sv": "swedish,swe,schwedisch,suédois,sueco,svedese,zweeds,svenska",
    "no": "norwegian,nor,norwegisch,norvégien,noruego,norvegese,noors,norsk",
}
_CODES: Final = {fold(name): code for code, names in _NAMES.items() for name in names.split(",")}
_TAG: Final = re.compile(r"([A-Za-z]{2,3})((?:[-_][A-Za-z0-9]{2,8})*)")
_PLAIN: Final = frozenset(
    map(
        fold,
        (
            "text",
            "plain",
            "plain text",
            "text only",
            "txt",
            "nur text",
            "texte",
            "texte seul",
            "texte brut",
            "solo texto",
            "solo testo",
            "alleen tekst",
            "apenas texto",
            "tylko tekst",
            "テキスト",
        ),
    )
)


@lru_cache(maxsize=1024)
def language_tag(cell: str) -> str:
    """Return the tag of the language that a cell names, the first where it names several; empty where it names none."""
    first = re.split(r"[,;/|\n]", cell, maxsplit=1)[0].strip()
    named = _CODES.get(fold(first))
    if named:
        return named
    tag = _TAG.fullmatch(first)
    if tag is None:
        return ""
    parts = [part.upper() if len(part) == 2 else part for part in re.split("[-_]", tag[2]) if part]
    return "-".join([tag[1].lower(), *parts])


@lru_cache(maxsize=1024)
def wants_plain_text(cell: str) -> bool:
    """Return whether a cell under "text only" asks for mail without HTML: a yes in any language, or "plain text"."""
    return is_yes(cell) or fold(cell) in _PLAIN
