"""Where: a small language that says which people of the lists are meant.

    lexer.py     text → words; how an error points at its place
    parser.py    words → tree, with the grammar
    tree.py      the tree, and back to text
    evaluate.py  the tree held against a contact's merge fields

`beat in ("health", "science") and country == "DE" and not text_only`. Parsed by hand: nothing is ever evaluated by
Python, no expression can loop, and its length and depth are bounded. Pure. Raises `InputProblem`.
Gaps: no regular expressions, no arithmetic, no comparison of one column with another.
"""

from mailer.contacts.audience.where.evaluate import Filter, ListColumns, Missing, make_filter
from mailer.contacts.audience.where.parser import parse_where
from mailer.contacts.audience.where.tree import Expression, say

__all__ = ["Expression", "Filter", "ListColumns", "Missing", "make_filter", "parse_where", "say"]
