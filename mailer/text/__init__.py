"""Text: bytes to words, whatever program wrote them, and words to the lines that other programs take. Pure.

encodings.py      the one ladder by which lists and releases are decoded; mojibake put right
guess.py          which of the old encodings a text was written in
content_lines.py  the lines of calendars and cards
"""
