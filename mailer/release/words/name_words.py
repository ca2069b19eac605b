"""Name words: the small words around the names of people, whatever the language.

Owns tables alone; `people/names` and `quotes/speakers` read them.
"""

from __future__ import annotations

# small words inside a name
PARTICLES = frozenset(
    (
        *("af", "al", "bin", "d'", "da", "das", "de", "del", "della", "den", "der", "di", "do", "dos", "du"),
        *("d’", "e", "el", "i", "ibn", "l'", "la", "las", "le", "los", "l’", "op", "ten", "ter", "van", "von"),
        *("y", "zu", "zur"),
    )
)
# particles that people are given as a name: so they are read where they have a capital before another one
GIVEN_LIKE_PARTICLES = frozenset(("al", "del", "di", "van"))
# begin a family name, and are names or other words by themselves: only where nothing but a name is written
BEGINNINGS = frozenset(("'t", "des", "in't", "mac", "mc", "o'", "san", "st.", "te", "vom"))
# before a family name alone
HONORIFICS = frozenset(
    (
        *("dhr", "dom", "don", "dona", "doña", "dña", "frau", "herr", "herrn", "m", "madame", "meneer", "mevr"),
        *("mevrouw", "miss", "mlle", "mme", "monsieur", "mr", "mrs", "ms", "mx", "senhor", "senhora", "señor"),
        *("señora", "sig", "signor", "signora", "sr", "sra", "srta"),
    )
)
# before a name, and part of it
ACADEMIC = frozenset(
    (
        *("arch", "avv", "dame", "dipl", "dipl-ing", "dipl.-ing", "doctor", "dott", "dott.ssa", "dottssa"),
        *("dr", "dra", "drs", "eng", "hon", "ing", "ir", "lady", "lord", "mag", "pd", "pr", "priv.-doz"),
        *("prof", "rev", "reverend", "sir", "univ-prof"),
    )
)
# family names that are titles elsewhere
FAMILIES_LIKE_TITLES = frozenset(
    (
        *("baker", "bauer", "bishop", "chancellor", "coach", "constable", "cook", "dean", "farmer", "father"),
        *("förster", "judge", "juge", "justice", "kaufmann", "leader", "maire", "major", "marshal", "meister"),
        *("pfarrer", "preside", "provost", "ranger", "richter", "sacristan", "senior", "singer", "vicar"),
        *("warden",),
    )
)
# begin a sentence with a capital, and no name
OPENERS = frozenset(
    (
        *("además", "after", "ainda", "ainsi", "already", "also", "although", "and", "as", "así", "auch"),
        *("before", "both", "but", "commenting", "così", "daarbij", "dabei", "dazu", "during", "enfin", "even"),
        *("gleichzeitig", "here", "however", "if", "infine", "inoltre", "ma", "maar", "mais", "mas"),
        *("meanwhile", "now", "ook", "para", "per", "pero", "por", "pour", "reacting", "responding", "secondo"),
        *("segundo", "según", "selon", "since", "so", "speaking", "still", "también", "também", "then"),
        *("there", "though", "today", "volgens", "welcoming", "when", "while", "yesterday", "yet", "zudem"),
    )
)
# family names that are places elsewhere
FAMILIES_LIKE_PLACES = frozenset(
    (*("banks", "bay", "bridge", "church", "day", "forest", "hall", "house", "lake", "new", "park", "west"),)
)
