"""Release: a press office's text, in any format → one `Release` value, and back to Markdown. Pure.

source.py        bytes of a release → one `Release`: the entry point
files/           each kind of source, cut into pieces: Word, web page, mail, pasted text
markdown/        the form in which staff continue to work, read and written; front matter
head/            label, embargo, headline, subhead, dateline: everything above the story
quotes/          quotes and their speakers
checks/          what an editor would stop or question
media_contacts   people to contact for the press  sections  what follows the story
people           names, roles, organisations     times     days, times, zones, embargoes
values           the `Release`                   document  the JSON of it
pieces           a source while it is being read
words            the words of each language, for all of it

`top` finds the end of the head and reads a dateline, `link_kinds` classifies an address; `source` makes sure that
nothing of a source is lost, and `head.embargo` finds what is no longer true of a release once its embargo is over.
"""
