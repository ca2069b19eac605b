"""Desk: the whole work in the browser, for everybody in the office.

Theory of operation. The desk is a second face of the same use cases: a page opens the office as a command does, calls
one use case of `runs`, and shows its result. What the terminal prints is a page of `mailer.pages`, and the desk renders
the same page as HTML (`html`), so that both say the same in the same words. It holds no rule of its own.

A request goes through four hands:

1. `access` (the one middleware) refuses whatever is not of this desk, not from its own pages, not logged in or not
   allowed. Each route names what it takes to see it and to change something by it; one that names nothing is refused.
2. `routing` runs the view of the route in a thread, with the form read and its files bounded.
3. The view (`views/`, one file for each part of the work) calls a use case and chooses a template. What the use case
   refuses (a `MailerError`) is shown where the person is, and nothing they typed is lost.
4. `html` fills the template. Asked for one region of a page (`Desk-Region`), it fills that block alone.

Every page is complete without the script; `desk.js` only replaces regions where a whole page would be loaded anew.
`live` tells pages that they are out of date and carries no data; `Shared` beside it works out what many pages show
once for all of them. `worker` keeps a `mailer worker` running beside the desk, which does the sending: a desk that is
closed, or killed, takes no mailing with it. `shared` is what a desk for the office adds: logins by OpenID Connect.

What lasts from one request to the next is in memory only, and nothing depends on it: `index` (lists as tables),
`works`, `beside` and `planned` (what takes longer than a page may, and the plan that was looked at), `presence` (who
has what open, and files between two clicks).

Gaps: one desk serves an office; two processes of it would each keep a worker, and tell only their own browsers of
changes to files (of the ledger, both know).
"""
