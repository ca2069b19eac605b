"""Templates: families of templates, tried out before a release needs them.

catalogue.py  which families there are, what each is for, and a copy as the beginning of one's own
samples.py    the sample releases and readers that come with mailer
trial.py      a family, a release and a reader become a mail, as a mailing would make it
checking.py   every sample and every reader through one family: all that is wrong, once each
gallery.py    every family on one page, as different readers see it
"""
