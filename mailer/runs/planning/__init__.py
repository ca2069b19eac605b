"""Planning: release, lists and templates become a mailing that stands in the ledger, or every problem at once.

`prepare` makes the plan (sources, edition, planner, courtesy, grounds, merge), `estimate` says how long it takes,
`confirm` writes it in one transaction, `schedule` lets it wait for its moment.
"""
