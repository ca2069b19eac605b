"""Planning: turns release, lists and templates into a mailing in the ledger, or reports every problem at once.

request.py  the request, and the times in it        prepare.py  the plan, and how long it takes; or a survey
edition.py  today's files, packed into the ledger and unpacked       rules.py    who is left out: law, embargo, courtesy
making.py   one person's exact message; everybody's, on all cores, checked, and the findings
confirm.py  the plan written, all of it or nothing                   distributing.py  large plans, made by workers too
updates.py  plans of mailings about a release: follow-ups, corrections, retractions
stored.py   a plan as a text to be approved, and made again for comparison before it is sent

A text that changed since people got it, or news under another name, is refused in `prepare._check_ledger`; a mailing
that was changed meanwhile, in `confirm`.
"""
