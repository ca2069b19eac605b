"""Text: decoding bytes from any program, and writing lines for other programs. Pure.

encodings.py      the order in which encodings of lists and releases are tried; scoring the old encodings by how a
                  text reads in them; repairing mojibake
headers.py        header values of mail: encoded-words in any charset
content_lines.py  the lines of calendars and cards
"""
