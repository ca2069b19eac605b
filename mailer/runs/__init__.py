"""Runs: the use cases. They join the rooms below and own the order of things; a request goes in, a result comes out.

The floors, from the top; each knows those below it and no neighbour (a contract in pyproject.toml holds it):

demo.py         all of it, on one machine, with invented people
rehearse.py     the real mailing against scripted faults, in a ledger that is thrown away
doctor/         is everything at this desk as it must be
reviewing.py    a release as an editor sees it, with its mails and its links; a waiver written into it
replies.py      what people wrote back: listed, fetched for the eye, assigned, noted, done
watching.py     mailings as somebody at the desk follows them, while they are sent and afterwards; a calendar

plans.py        stored plans: shown to an approver, held against each other, approved and rejected
reports.py      the ledger → figures, a table of every person, what is overdue, at what pace it goes
proofs/         a mailing as a folder that strangers can check: recipients, answers, plans, sums, signature, time stamp
previews.py     one person's mail, or everybody's, as files to look at; the plan of a test
spam.py         what the spam filters of this machine think of finished mails
templates/      template families: listed, copied, checked, shown
people/         one person: why they are in or out, forgotten, told what is held of them
purge.py        what has been kept long enough goes
mailboxes.py    mailboxes read once, or watched
listing.py      what is in the files of the lists, without ledger or keys

collect/        what came back enters the ledger, by mail or by a relay's webhook
sending/        a confirmed mailing goes to its relay, and every reply comes back into the ledger
ready.py        whatever can be sent, planned to be looked at, and confirmed
newsroom.py     the pages of what is out, in a folder, and kept up to date
embargo.py      offers, answers to them, and waves: who gets a release when
planning/       release, lists and templates become a mailing that stands in the ledger, or every problem at once
lists/          the staff's lists: opened, changed on disk and put back, imported, tidied, searched
manuscripts/    a release on file, examined with its pictures, attachments and versions
suppressions/   who must not be mailed, and how they say so
reconcile.py    deliveries in doubt, settled by what proves them
approval.py     may this go out: what must be approved, whose yes counts, and the gate that every message passes
office/         where a command runs, as one value, and what it holds: the guarded ledger, keys that sign, access tokens
untrusted/      files of strangers, read in the sandbox

Whatever two floors need goes to the lower one; a function that a lower floor would have to call stands too high.
"""
