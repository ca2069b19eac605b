"""Planning: release, lists and templates become a mailing that stands in the ledger, or every problem at once.

request.py  what a person asks for, and the moments they type        plan.py     what a send would do, and how long
edition.py  today's files, packed into the ledger and unpacked       rules.py    who is left out: law, embargo, courtesy
text.py     what mails are made of beside the people                 findings.py what is wrong in the finished mails
merge.py    one person's exact message                               making.py   everybody's, on all cores, looked at
prepare.py  all of it made into a plan; nothing is written           confirm.py  the plan written, all of it or nothing
updates.py  the plans of what goes out around a release: follow-ups, corrections, retractions
surveying.py  who would get it and who would not, counted before any mail is made
stored.py   a plan as a text to be approved, and made again to be held against it before it is sent
"""
