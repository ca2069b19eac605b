"""Runs: the use cases. Each takes a request and returns a result; together they join the rooms and order the steps.

The floors, from the top; each imports those below it and no neighbour (a contract in pyproject.toml checks this):

demo.py         the whole job on one machine, with invented people
rehearse.py     the real mailing against scripted faults, in a temporary ledger
doctor/         checks of the set-up
reviewing.py    a release as an editor checks it, with its mails and its links; adding a waiver to it
replies.py      replies from people: listed, fetched to be read, assigned, noted, done
following.py    mailings as the desk follows them, while they are sent and afterwards; a calendar

plans.py        stored plans: shown to an approver, compared, approved and rejected
reports.py      the ledger → figures, a table of all recipients, what is overdue, the pace
proofs/         proof of a mailing, which strangers can check: recipients, answers, plans, sums, signature, time stamp
previews.py     one person's mail, or everybody's, as files to look at; the plan of a test
spam.py         scores of finished mails by the spam filters on this machine
templates/      template families: listed, copied, checked, shown
people/         one person: why they are in or out, their data, erasing it
purge.py        deletes what is past its retention date
mailboxes.py    mailboxes read once, or watched
listing.py      the contents of the lists' files, without ledger or keys

collect/        records what came back, by mail or by a relay's webhook
sending/        sends a confirmed mailing to its relay, and records every reply
ready.py        anything that can be sent: planned for review, and confirmed
newsroom.py     the pages of published releases, in a folder, kept up to date
offers.py       offers, answers to them, and waves
planning/       turns release, lists and templates into a mailing in the ledger, or reports every problem at once
lists/          the staff's lists: opened, changed on disk and restored, imported, tidied, searched
manuscripts/    a release file, examined with its pictures, attachments and versions
suppressions/   who must not be mailed, and how they opt out
reconcile.py    settles deliveries in doubt by proof
approval.py     what must be approved, whose approval counts, and the gate that every message passes
office/         the context of a command, as one value: the guarded ledger, signing keys, access tokens
untrusted/      untrusted files, read in the sandbox

What two floors need goes into the lower one; a function that a lower floor would have to call is too high.
"""
