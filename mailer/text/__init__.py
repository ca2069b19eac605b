"""Text: bytes to words, whatever program wrote them, and words to the lines that other programs take. Pure.

encodings.py      the one ladder by which lists and releases are decoded; the old encodings, judged by how a text
                  reads in them; mojibake put right
headers.py        header values of mail: encoded-words, in whatever charset
content_lines.py  the lines of calendars and cards
"""
