"""Text: bytes to words, whatever program wrote them. Pure.

encodings.py  the one ladder by which lists and releases are decoded
guess.py      which of the old encodings a text was written in
mojibake.py   what was once decoded in a wrong encoding, put right
"""
