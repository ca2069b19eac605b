"""Answers: what people and their programs write back, out of the text above what they quote.

What is a line's file here?

    quoted.py       a message → what its writer wrote anew
    sentences.py    text → sentences, and the plain form that all tables are written in
    guess.py        which of them are asked
    optout.py       no more mail, please
    reading.py      the order in which all of this is asked

Nothing here looks into a table before the cheap signs have spoken; nothing reads more than 4,000 characters.
"""

from mailer.bounces.answers.reading import Answer, read_answer

__all__ = ["Answer", "read_answer"]
