"""Checking: a release with everything around it (the office's texts, its files, the web), and its finished mails.

examine.py   a release on file → everything that is found (`release.checks` judges the text)
versions.py  `release.fr.md` beside `release.md`
online.py    whether the links lead somewhere; only when asked to
mails.py     every mail of a list, made and looked at whole
spam.py      what the spam filters of this machine think of one: spamassassin.py, rspamd.py (as nobody.py), scores.py,
             in the words of spam_words.py
watching.py  every finished mail of a plan, looked at as it is made; findings.py: what did not pass, and for whom
"""

from mailer.runs.checking.examine import Manuscript, examine
from mailer.runs.checking.online import look_online

__all__ = ["Manuscript", "examine", "look_online"]
