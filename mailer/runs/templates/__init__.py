"""Templates: families of templates, tried out before a release needs them.

known.py      which families there are, and what each is for
copying.py    a family of one's own, begun as a copy of another
samples.py    the sample releases and readers that come with mailer
trial.py      a family, a release and a reader become a mail, as a mailing would make it
checking.py   every sample and every reader through one family: all that is wrong, once each
gallery.py    every family on one page, in the frames of frames.py; gallery_page.py: its tags
"""
