"""People: one person, across the lists and the ledger.

`opt_out` takes their no, by hand or by token (follow: at their next address; import_optouts and export_optouts: from
and for other tools; reach and standing_against: whom it concerns; skips: who of many has said it). `why` says whether
they are in a mailing. `forget` takes them out of lists, copies and ledger, and blocks them for good; `person_export`
tells everything that is held of them.
"""
