"""Head: what stands above the story, recognised in a draft.

labels.py (label_line) what it is and when it was issued · embargo_lines.py (embargo_words, holds) when it may be used,
held_words.py the same in a sentence anywhere · headlines.py (headline_lines, headline_case) and subheads.py ·
datelines.py the place and day that open the story · counts.py how long the office says it is
"""
