"""Languages: one table of words each, and the order in which they are asked."""

from mailer.bounces.answers.language import Language
from mailer.bounces.answers.languages.dutch import DUTCH
from mailer.bounces.answers.languages.eastasian import CHINESE, JAPANESE
from mailer.bounces.answers.languages.english import ENGLISH
from mailer.bounces.answers.languages.french import FRENCH
from mailer.bounces.answers.languages.german import GERMAN
from mailer.bounces.answers.languages.iberian import PORTUGUESE, SPANISH
from mailer.bounces.answers.languages.italian import ITALIAN
from mailer.bounces.answers.languages.nordic import FINNISH, SCANDINAVIAN, TURKISH
from mailer.bounces.answers.languages.slavic import CZECH, POLISH, RUSSIAN

LANGUAGES: tuple[Language, ...] = (
    *(ENGLISH, GERMAN, FRENCH, SPANISH, ITALIAN, PORTUGUESE, DUTCH, POLISH, RUSSIAN, JAPANESE, CHINESE),
    *(SCANDINAVIAN, FINNISH, CZECH, TURKISH),
)

__all__ = ["LANGUAGES", "Language"]
