"""Release: whatever a press office has of its text, to one `Release` value, and back to Markdown. Pure.

source.py        the bytes of a release to one `Release`: the way in
files/           what kind of source it is, cut into pieces: Word, web page, mail, pasted text
markdown/        the form that staff go on working with, read and written; front matter
head/            label, embargo, headline, subhead, dateline: what stands above the story
quotes/          what is said, and who says it
checks/          what an editor would stop, or frown at
media_contacts   who a journalist may ring       sections  what follows the story
people           names, roles, organisations     times     days, times, zones, embargoes
values           the `Release`                   document  the JSON of it
pieces           a source while it is being read
words            all of it in eight languages

`top` says where the head ends and reads a dateline, `link_kinds` an address; `source` keeps the promise that nothing of
a source is lost, `head.embargo` says what of a release an embargo that is over makes untrue.
"""
