"""Desk: all of mailer in the browser, for everyone in the office.

Theory of operation. The desk is a second interface to the same use cases: a page opens the office as a command does,
calls a use case of `runs` (to confirm a plan, `planned` calls three in a row), and shows its result. The terminal
prints a page of `mailer.pages`, and the desk renders the same page as HTML (`html`), so that both use the same words.
It has no rules of its own.

A request passes through four modules:

1. `access` (the only middleware) refuses requests that are not for this desk, not from its own pages, not logged in or
   not allowed. Each route names the rights to see it and to change something through it; without them it is refused.
2. `routing` runs the view of the route in a thread, with the form read and the size of its files limited.
3. The view (`views/`, one file for each part of the work) calls a use case and chooses a template. An error of the use
   case (a `MailerError`) is shown on the user's page, and nothing they typed is lost.
4. `html` fills the template. If one region of a page is requested (`Desk-Region`), it fills only that block.

Every page works without the script; `desk.js` only replaces regions where a whole page would be reloaded.
`live` signals that pages are out of date and carries no data; `Shared` beside it computes once what many pages show.
`worker` keeps a `mailer worker` running beside the desk, which does the sending: a desk that is closed or killed takes
no mailing with it. `shared` adds logins by OpenID Connect for a desk that the office shares.

State between requests is in memory only, and nothing depends on it: `index` (lists as tables), `jobs`, `background`
and `planned` (work that takes too long for a page, and the plan under review), `presence` (who has what open, and files
between two clicks).

Gaps: one desk serves an office; two processes of it would each keep a worker, and signal changes to files only to
their own browsers (changes to the ledger reach both).
"""
