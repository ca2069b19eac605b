"""Templates: families of templates, tried out before a release needs them.

catalogue.py  which families there are, a copy as the beginning of one's own, and a page of all of them
trials.py     the samples that come with mailer: a family, a release and a reader become a mail
checking.py   every sample and every reader through one family: all that is wrong, once each
"""
