"""People: one person, across lists, ledger, files and mailings.

Stands above the floors that plan and collect, since its answers join what all of them know.

why.py            in or out of a mailing, and every reason; the plan is made as `send` makes it
forget.py         out of lists, copies and ledger, and suppressed for good
person_export.py  everything that is held of them, as the law grants it
search.py         where the workspace has them: rows of lists, and files
link_page.py      what the page behind the opt-out link of a mail may show
"""
