"""Planning: release, lists and templates become a mailing that stands in the ledger, or every problem at once.

request.py  what a person asks for, and the moments they type        prepare.py  a plan of it, and how long; or a survey
edition.py  today's files, packed into the ledger and unpacked       rules.py    who is left out: law, embargo, courtesy
making.py   one person's exact message; everybody's, on all cores, looked at, and what is wrong in them
confirm.py  the plan written, all of it or nothing                   distributing.py  large plans, made by workers too
updates.py  the plans of what goes out around a release: follow-ups, corrections, retractions
stored.py   a plan as a text to be approved, and made again to be held against it before it is sent
"""
