"""Quotes: what is said in a release, and by whom.

quoting.py      the quotes of a draft (utterances those of a paragraph, marks where quotation marks open and close)
quotations.py   paragraphs that are a quote as a whole (statements joins them with who says them)
attributions.py from the words beside a quote to its speaker (speakers whom the text names, japanese_speakers by titles)
"""
