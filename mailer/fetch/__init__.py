"""Fetch: outgoing HTTP, for what mail itself needs of the web.

questions.py  access tokens and the certificates of relays' notices: https alone, no redirects, all of it secret
pages.py      whether the pages that a release links to are there: any site, redirects followed, nothing kept
"""

from mailer.fetch.pages import Page, Web, look_at
from mailer.fetch.questions import LIMIT_S, MOST_BYTES, Answer, Unreachable, get, post_form

__all__ = ["LIMIT_S", "MOST_BYTES", "Answer", "Page", "Unreachable", "Web", "get", "look_at", "post_form"]
