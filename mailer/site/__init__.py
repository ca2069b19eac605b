"""Site: the office's newsroom on the web: releases in, files by path out. Pure.

    addresses.py  the address of each page and picture, which mails also use
    values.py     the contents of a page: a story, its pictures, its corrections
    pages.py      every file of the site: pages, press kits, plain text, feed and sitemap
    wire.py       a release as data: ninjs 3.1, JSON-LD
    templates/    the pages themselves, and their style sheet

Theory of operation. The whole site is one mapping of paths to bytes, which depends only on the stories: no clock, no
files, no directory order. The same stories make the same bytes, so that the caller can see what has changed, and what
is not in the mapping is not on the site: a release under embargo is absent from pages, feed, sitemap and press kit
because it is not a story yet.

A page has no scripts, cookies or fonts, and its Content-Security-Policy lets nothing run: its one style sheet is inline
and allowed by its hash; pictures come from the site and from the hosts that the release itself links to.
"""
