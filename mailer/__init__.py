"""mailer: sends a press release to media lists, and accounts for every recipient.

The packages are called rooms, and each is named with a noun. A room imports only from the rooms below it, never from a
sibling (import-linter checks both).

    cli/          Typer commands. The only room that prints, prompts, reads argv, sets exit codes
    desk/         the whole work in the browser: the same use cases and pages as `cli`, as HTML (Starlette)
    public/       what strangers open or call: opt-out page and one-click, answers to offers, relay webhooks (Starlette)
    fleet/        the duties and wake-ups of workers: in one loop on SQLite, as jobs on PostgreSQL
    pages/        results → pages as data (facts, tables, figures, next steps) and → JSON, one file per noun. Pure
    runs/         the use cases: a request goes in, a result comes out; joins rooms, owns the order of steps
    site/         releases → the pages of the newsroom, feed, sitemap, ninjs. Pure
    ledger/       tables, migrations, claims, queries. The only room that imports SQLAlchemy
    smtp/         the connection to the relay: connect, TLS, login, one message after the other
    preview/      the embedded SMTP server: preview inbox, scripted faults for demo and rehearsal; the contact sheet
    inbox/        IMAP, POP3, Maildir, mbox, .eml → raw messages; finds copies of our mail in them
    sandbox.py    runs a parser of untrusted bytes in a child with limits of time and memory
    lookup.py     DNS, by the system's name servers or one that mailer.toml names
    fetch.py      outgoing HTTP: access tokens, the certificates that relays sign with, links that are checked
    platform/     what differs between systems: locks, signals, owners and modes, clocks that jump
    config/       the only reader of TOML, environment, secrets → settings
    workspace.py  the staff's folder: finds it, reads files, writes them atomically, keeps the undo copies
    message/      render (Jinja2 → HTML, text), compose (→ MIME bytes), checks on those bytes, sign (DKIM), parsers of
                  DNS records and of a copy that arrived. Pure
    bounces/      bytes → Report (DSN, complaint, auto-reply, opt-out in words, relay event …) → verdict. Pure
    release/      Word, web pages, RTF, mails, Markdown, text → Release, by the words of each language; checks. Pure
    contacts/     bytes of lists → Contacts + problems, and back; audience: who gets it, who is left out and why. Pure
    text/         bytes → text: the encodings of lists and releases, mojibake, header values; lines of calendars and
                  cards. Pure
    settings/     frozen values (Relay, Sender, …), the tables of mailer.toml
    reply/        Stage, Reply, Outcome, classify(): what one reply of a relay means (what a returned mail leads to:
                  runs.collect.matching.judge; when a deferred delivery is tried again: settings.Retry)
    events.py     Delivery, Event, EventKind, the transition table
    words/        words and patterns as data: a file per language for letters and releases, else a file per subject
    address.py    Address: parse, IDNA, NFC, `.key` for comparison
    tokens.py     HMAC tokens, ids; Envelope; VERP and opt-out addresses, both directions
    errors.py     the exception tree, and Problem
    lazy_re.py    the `re` of the standard library, whose patterns are compiled when they are first used
    frozen.py     `dataclass` of the standard library, made faster

Beside the package, `templates/` has the look and the texts of mails (families, `layout/`, a file for each language in
`i18n/`), sample releases, `workspace/` that `mailer init` copies, and `deploy/`; `lists/` has sample lists. The wheel
includes both.

Data flows one way: file bytes → Release, Contact → audience → Delivery rows → Envelope bytes → Reply → Outcome →
Event. What comes back enters again as new bytes through inbox or public.
"""
