"""Preview: the embedded mail server, and the pages that show mail.

    server.py    an SMTP server on a free loopback port, in the running event loop; scripted faults; a Maildir; and the
                 mails that come back: delivery reports and opt-outs
    page.py      the preview inbox, and the contact sheet

Sends nothing anywhere: what reaches this server stays on this machine. The only room that uses aiosmtpd.
"""
