"""Planning: release, lists and templates become a mailing that stands in the ledger, or every problem at once.

`prepare` makes the plan (sources, edition, grounds, merge; findings: what is wrong in the finished mails), `estimate`
says how long it takes, `confirm` writes it in one transaction, `schedule` lets it wait for its moment.
"""
