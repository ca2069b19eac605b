"""Site: the office's newsroom on the web: releases in, files by path out. Pure.

    values.py     the contents of a page: a story, its pictures, its corrections; and the address of each, for mails too
    pages.py      every file of the site: pages, press kits, plain text, feed, sitemap, and a release as data
    templates/    the pages themselves, and their style sheet

Theory of operation. The whole site is one mapping of paths to bytes, which depends only on the stories: no clock, no
files, no directory order. The same stories make the same bytes, so that the caller can see what has changed, and what
is not in the mapping is not on the site: a release under embargo is absent from pages, feed, sitemap and press kit
because it is not a story yet.

A page has no scripts, cookies or fonts, and its Content-Security-Policy lets nothing run: its one style sheet is inline
and allowed by its hash; pictures come from the site and from the hosts that the release itself links to.
"""
