"""Preview: the embedded mail server, and the pages on which people look at mail.

    server.py    an SMTP server on a free loopback port, in the running event loop; faults it plays on demand; a Maildir
    returns.py   the mails that come back from it: delivery reports and opt-outs
    page.py      the preview inbox, and the contact sheet

Never sends anything anywhere: what reaches this server stays on this machine. The only room that knows aiosmtpd.
"""
