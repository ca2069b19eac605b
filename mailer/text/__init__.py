"""Text: bytes to words, whatever program wrote them. Pure.

encodings.py  the one ladder by which lists and releases are decoded; mojibake put right
guess.py      which of the old encodings a text was written in
"""
