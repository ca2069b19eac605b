"""Site: the office's newsroom on the web: releases as values in, files by their paths out. Pure.

    addresses.py  where each page and each picture is, which mails must know as well
    values.py     what a page is made of: a story, its pictures, what became of it
    pages.py      every file of the site: pages, press kits, plain text, feed and sitemap
    wire.py       a release as data: ninjs 3.1, JSON-LD
    templates/    the pages themselves, and their style sheet

Theory of operation. Everything that is on the site stands in one mapping of paths to bytes, which follows from the
stories alone: no clock, no file, no order of a disk. The same stories make the same bytes, so that whoever writes them
can see what has changed, and whatever is not in the mapping is not on the site: a release under embargo is absent from
pages, feed, sitemap and press kit because it is no story yet.

A page has no script, no cookie and no font of its own, and its Content-Security-Policy lets nothing run: its one style
sheet stands in it and is allowed by its hash, pictures come from the site and from where the release itself links them.
"""
