"""Asides: rows of a list that are about the list and not a person.

Owns the recognition of headings of groups, totals, comments, footers ("Exported on …"), rules of dashes and headers
that stand again further down. Only a row without an address of its own can be one, so that nobody is lost to a guess
here. Never counts rows, never decides where the header stands.
Gaps: a heading of one ordinary word in the first cell is told from a person without an address by a table of words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from mailer.contacts.meaning.columns import is_address_like, recognised
from mailer.contacts.meaning.words import TOTAL_WORDS, compact


class Aside(StrEnum):
    """What a row without a person is, in words for people."""

    HEADING = "a heading or a total"
    FOOTER = "a note about the file"
    HEADER_AGAIN = "the header again"


_BEGINNING: Final = 200  # characters of a cell that are looked at
_NARROW: Final = 3  # with fewer columns, a row of one cell may well be a person
# How notes about a file begin: when and by what it was made, how many rows it has, who may see it.
_NOTES: Final = (
    r"(data )?export(ed|iert|é|ado|ata|ato|eret|erad)?\b|geëxporteerd|wyeksportowano|generated|généré|"
    r"generado|generato|gegenereerd|gerado|wygenerowan|erstellt|erzeugt|created (on|by|with|at)|"
    r"créée? (le|par)|édité|creado (el|por)|aangemaakt|downloaded|heruntergeladen|téléchargé|"
    r"printed (on|by)|gedruckt|imprimé|report (run|generated|date|name)|as of \d|stand( vom)?:? \d|"
    r"état au|page \d|seite \d|pagina \d|página \d|source ?:|quelle ?:|fuente ?:|fonte ?:|bron ?:|"
    r"źródło ?:|©|\(c\) |copyright|confidential|vertraulich|confidentiel|confidencial|riservato|"
    r"vertrouwelijk|poufne|all rights|alle rechte|tous droits|todos los derechos|tutti i diritti|"
    r"for internal|nur (für|zum) |usage interne|uso interno|do not (forward|distribute|share)|end of |"
    r"ende der|fin d|fine |this (list|file|report|export|document)|diese (liste|datei)|cette liste|"
    r"ce (fichier|document)|esta lista|este (archivo|documento)|questo (elenco|documento)|powered by|"
    r"filters?( applied)?:|search:|suche:|recherche :|query:|legend|legende|légende|leyenda|disclaimer|"
    r"haftungsausschluss|datenschutz|hinweis ?:|note ?:|nb ?:|last updated|updated:|aktualisiert|"
    r"mis à jour|actualizado|aggiornato|出力日|作成日|更新日|エクスポート|以上|導出|导出|生成"
)
_COUNTS: Final = (
    r"(grand )?totals?\b|summe\b|gesamt|insgesamt|somme\b|suma\b|totale\b|totaal|razem|合計|総計|件数|合计|总计|"
    r"(number|no\.?) of |anzahl|nombre d|número de |numero di |aantal|liczba|count ?:|records? ?:|"
    r"\d[\d., ]* (records?|rows?|contacts?|results?|journalists?|subscribers?|entries|people|recipients?|"
    r"einträge|kontakte|zeilen|treffer|datensätze|lignes|enregistrements|contactos|"
    r"registros|filas|contatti|righe|regels|rekordów)\b"
)
_ABOUT: Final = re.compile(rf"\W*({_NOTES})", re.IGNORECASE)
_COUNT: Final = re.compile(rf"\W*({_COUNTS})", re.IGNORECASE)
_RULE: Final = re.compile(r"\W{3,}.*|.*[:：]|.*[-=*_~#•]{3,}")
_GROUP_WORDS: Final = (
    "print,broadcast,radio,tv,television,online,digital,web,podcast,podcasts,blogs,bloggers,freelance,"
    "freelancers,agencies,news agencies,wires,wire services,national,regional,local,international,trade,"
    "trade press,magazines,magazine,newspapers,dailies,weeklies,press,media,influencers,presse,hörfunk,"
    "rundfunk,fernsehen,zeitungen,zeitschriften,agenturen,nachrichtenagenturen,tageszeitungen,"
    "wochenzeitungen,fachpresse,überregional,lokal,freie,freie journalisten,blogger,onlinemedien,"
    "presse écrite,presse nationale,presse régionale,quotidiens,agences,télévision,médias en ligne,prensa,"
    "prensa escrita,televisión,agencias,diarios,revistas,stampa,televisione,agenzie,quotidiani,riviste,"
    "kranten,tijdschriften,televisie,prasa,telewizja,agencje"
)
_GROUPS: Final = frozenset(compact(word) for word in _GROUP_WORDS.split(","))


def find_aside(cells: Sequence[str], header: Sequence[str], *, padded: bool) -> Aside | None:
    """Return what a row is that is no person's, or None for a row that is somebody's.

    Takes the cells of a row with something in it. `padded` says that the file fills short rows up, as workbooks do; in
    a text table a row of one cell under a wide header stands outside the table.
    """
    filled = [cell for cell in cells if cell]
    if any(map(is_address_like, filled)):
        return None
    first = filled[0]
    if len(first) < 80 and compact(first) in TOTAL_WORDS:
        return Aside.HEADING
    if _is_header_again(cells, header):
        return Aside.HEADER_AGAIN
    if first.startswith("# ") and not header:
        return Aside.FOOTER
    if header and len(header) < _NARROW:
        return None
    return _note(filled) or (_only_cell(cells, header, padded=padded) if len(filled) == 1 else None)


def _note(filled: Sequence[str]) -> Aside | None:
    first = filled[0][:_BEGINNING]
    if len(filled) <= 2 and (_ABOUT.match(first) or first.startswith("#")):
        return Aside.FOOTER
    return Aside.HEADING if len(filled) <= 3 and _COUNT.match(first) else None


def _only_cell(cells: Sequence[str], header: Sequence[str], *, padded: bool) -> Aside | None:
    text = next(cell for cell in cells if cell)
    if "@" in text:
        return Aside.FOOTER if len(text.split()) > 3 and len(header) >= _NARROW else None
    outside = not padded and len(cells) == 1 and len(header) >= _NARROW
    return Aside.HEADING if outside or _heads_a_group(text, cells) else None


def _is_header_again(cells: Sequence[str], header: Sequence[str]) -> bool:
    if not header or sum(map(bool, cells)) < 2:
        return False
    again = [compact(cell) for cell in cells if cell]
    names = {compact(cell) for cell in header if cell}
    alike = sum(word in names for word in again)
    return alike > 1 and alike >= 0.8 * len(again) and (alike == len(names) or recognised(cells) > 0)


def _heads_a_group(text: str, cells: Sequence[str]) -> bool:
    """Return whether the only cell of a row heads the rows below it: PRINT, "Radio:", "--- Berlin ---"."""
    if not cells[0] or len(text) > 60:
        return False
    shouted = text.upper() == text and sum(map(str.isalpha, text)) > 2 and text.casefold() != text
    return shouted or bool(_RULE.fullmatch(text)) or compact(text) in _GROUPS
