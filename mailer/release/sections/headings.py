"""Section headings: the lines that open what follows a story, told by the words of `words`.

Owns whether one text is an end mark, the heading of notes to editors, of a boilerplate, or of contacts. Never looks at
what stands around it (`sections` does).
"""

from __future__ import annotations

import re

from mailer.release.top import count_length
from mailer.release.words import LANGUAGES, pattern, primary

_SIGNS = re.compile(
    r"#(?:\s*#){2,}|\*(?:\s*\*){2,}|[-–—=*\s]*\b30\b[-–—=*\s]+|X{3}|~(?:\s*~){2,}|[-–—]*\s*[oO0]{3}\s*[-–—]*|-x-|§{3}"
    r"|■{3}|//+|\+(?:\s*\+){2,}"
)
_ABBREVIATED = re.compile(
    r"(?<!\w)(?:Inc|Ltd|Co|Corp|Bros|e\.\s?V|S\.?A|S\.?L|S\.p\.A|S\.r\.l|B\.V|N\.V|Ltda)\.$", re.IGNORECASE
)
_GLUED_MARK = re.compile(
    r"[.!?”\"»)。]\s+(?P<mark>#{3,}|# # #|[-–—]\s?30\s?[-–—]|[-–—]?\s?(?:ENDS|ENDE|FIN|EINDE|FINE|FIM)\s?[-–—]?"
    r"|[-–—]\s?(?:ends|ende|fin|einde|fine|fim)\s?[-–—]|以上)\s*$"
)
_HEADING_WORDS = 11
_TERMS_WORDS = 30
_FRAME = " \t\u3000*_#■□◆◇●○▼▽▲△【】［］〔〕<>＜＞《》〈〉[]()（）=~-–—–:：|・"
_WEAK_NOTES = frozenset(
    {"notes", "note", "anmerkung", "anmerkungen", "notas", "noten", "footnotes", "備考", "参考", "補足"}
)
_JAPANESE_BODY = re.compile(
    r"株式会社|会社|財団|法人|大学|協会|機構|研究所|組合|学会|委員会|市|県|町|村|省|庁|館|団体|連盟|[A-Za-z]{3,}"
    r"|製作所|工業|産業|電機|製薬|銀行|商店|工房|劇場|農園|酒造|鉄道|交通|建設|食品|病院|学園|グループ|ホールディングス|の会"
)
_ORDINARY_ABOUT = re.compile(r"(?:お申し?込み|参加|今後|本件|取材|開催|掲載|内容|背景|使用|利用|ご|お)")


# “Example Trust at a glance”
_IN_BRIEF = re.compile(
    r"(?-i:[^\W\d_a-zß-öø-ÿ])\S*(?:\s\S+){0,8}?\s(?:at a glance|in brief|en bref|in kürze|auf einen blick|im profil"
    r"|im überblick"
    r"|in breve|en breve|de un vistazo|in het kort|em resumo|em síntese|in sintesi)",
    re.IGNORECASE,
)
_COMMON = re.compile(r"(?:sobre|over|über|su)\s", re.IGNORECASE)  # words that also open an ordinary sentence
_SHORT = 4  # words: what is longer has the name right behind its first words, or is a sentence
_NAMED = re.compile(
    r"(?:\S+\s){1,3}?(?:(?:the|der|die|das|den|dem|le|la|les|l['’]|el|los|las|il|lo|gli|i|de|het|o|a|os|as|our"
    r"|unser\w*|notre)\s?)?"
    r"(?-i:[^\W\d_a-zß-öø-ÿ\s]|[“\"„«])|.*[^\x00-\u04ff]",
    re.IGNORECASE,
)


def is_abbreviated(text: str) -> bool:
    """Return whether a text ends in a full stop that only shortens a word of a name (`Example Ltd.`)."""
    return _ABBREVIATED.search(text) is not None


def split_end_mark(text: str) -> str:
    """Return the end mark that is glued to the end of a paragraph, empty where none is."""
    match = _GLUED_MARK.search(text)
    return match.group("mark") if match else ""


def is_end_mark(text: str) -> bool:
    """Return whether a line is a mark that the release ends here: ###, -30-, ENDS, 以上."""
    bare = text.strip().replace("\\", "")
    if _SIGNS.fullmatch(bare):
        return True
    match = pattern(r"[\s\-–—*#=_+~/.…<>(（【＜〈―ー\[]*{end}[\s\-–—*#=_+~/.…<>)）】＞〉―ー\]]*").fullmatch(bare)
    if match is None:
        return False
    letters = "".join(filter(str.isalpha, bare))
    return bare.isupper() or letters != bare or len(bare) > 3 or not letters.isascii()


def is_notes_heading(text: str) -> bool:
    """Return whether a line is the heading of the notes to editors."""
    bare = text.strip(_FRAME)
    match = pattern(r"(?P<words>{notes})(?P<rest>\s*[(（/,–-].{0,50}|\s*\d*)").fullmatch(bare)
    if match is None:
        return False
    weak = match.group("words").casefold() in _WEAK_NOTES
    return not match.group("rest").strip() or not weak


def is_about_heading(text: str, language: str = "") -> bool:
    """Return whether a line is the heading of a boilerplate: `About Example Trust`, `Über uns`, 会社概要.

    `language` is that of the release: some words for it are too common elsewhere.
    """
    bare = text.strip(_FRAME)
    if not bare or count_length(bare) > _HEADING_WORDS:
        return False
    if pattern(r"(?:{about_alone})\W*").fullmatch(bare):
        return True
    if bare.endswith((".", "?", "!", ",", "。", "、", ";")) and not _ABBREVIATED.search(bare):
        return False
    if pattern(r"\S.*{about_behind}").fullmatch(bare):
        return _JAPANESE_BODY.search(bare) is not None and not _ORDINARY_ABOUT.match(bare)
    if _IN_BRIEF.fullmatch(bare):
        return True
    named = pattern(r"{about}\s+(?!\d)\S.*|[àa]\s+propos\s+d['’]\S.*").match(bare)
    if named is None and primary(language) in LANGUAGES:
        named = pattern(r"{about_home}\s+(?!\d)\S.*", language).match(bare)
    return (
        named is not None
        and bare[:1].isupper()
        and not (_COMMON.match(bare) and len(bare.split()) > _SHORT and not _NAMED.match(bare))
    )


def is_contact_heading(text: str) -> bool:
    """Return whether a line is the heading of contacts, whoever stands under it."""
    bare = text.strip(_FRAME)
    return count_length(bare) <= _HEADING_WORDS and pattern(r"{contacts}(?!\w).{0,40}").fullmatch(bare) is not None


_REPRINT = re.compile(
    r"\W*(?:(?:ab|nach)?druck\s(?:ist\s)?(?:honorar|kosten)?frei|(?:ab|nach)druck\s(?:\S+\s){0,3}?(?:honorarfrei|kostenfrei"
    r"|kostenlos|gestattet|erlaubt)|(?:um\s)?beleg(?:exemplar\w*)?\s(?:wird\s)?(?:erbeten|gebeten)"
    r"|(?:free\s(?:to|of\scharge\sfor)\s(?:reprint|reproduc)|reprint(?:ing)?\s(?:is\s)?(?:free|permitted))"
    r"|reproduction\s(?:libre|gratuite|autorisée)|libre\sde\sdroits"
    r"|reproducción\s(?:libre|gratuita|autorizada)|libre\sde\sderechos"
    r"|riproduzione\s(?:libera|gratuita|consentita)"
    r"|(?:overname|publicatie)\s(?:\S+\s){0,4}?(?:vrij|toegestaan|kosteloos)|rechtenvrij"
    r"|reprodução\s(?:livre|gratuita|autorizada)|転載(?:自由|可)|無償で転載)(?!\w).*",
    re.IGNORECASE | re.DOTALL,
)


def is_reprint_terms(text: str) -> bool:
    """Whether a paragraph tells editors on what terms it may be printed: “Abdruck honorarfrei, Beleg erbeten”."""
    return count_length(text) <= _TERMS_WORDS and _REPRINT.fullmatch(text) is not None


def is_tail_heading(text: str) -> bool:
    """Return whether a heading opens what stands around a release on a page, and no part of its story."""
    return (
        pattern(
            r"\W*(?:related|further|more|similar|latest|other|recent|weitere|verwandte|mehr|plus|autres?|à lire"
            r"|lire aussi|voir aussi|otr[ao]s|más|noticias|altri|altre|leggi|meer|lees|ander|outr[ao]s|mais|leia|関連"
            r"|その他|links?|downloads?|share|newsletter|subscribe|tags?|categor|archiv|comments?|navigation|menu|search"
            r"|references|sources|quellen|media kit|press kit|resources|documents?|attachments?|images?|photos?|bilder"
            r"|fotos|materialien|dateien|pressebilder)(?!\w).*"
        ).fullmatch(text.strip())
        is not None
    )
