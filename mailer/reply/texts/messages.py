"""Messages: what is wrong with the mail itself: spam, a virus, its size, its form.

Owns the judgements on one text. Standards B6: they say nothing of the address.
"""

from __future__ import annotations

from mailer.reply.reasons import Reason
from mailer.reply.texts.rows import row

ROWS = (
    row(
        Reason.VIRUSDETECTED,
        "554 5.7.1 A virus was found in your message",
        *(" virus ", "malware", "infected", " worm ", "trojan", "eicar", "malicious", "phishing"),
        *("executable", "dangerous attachment", "forbidden attachment", "banned attachment", "attachment type"),
        *("potentially harmful", "prohibited attachment", "banned file", "file type * not allowed", "unsafe file"),
        *("attachment * not allowed", "attachment * blocked", "attachments * not accepted", "disallowed attachment"),
        *("blocked * attachment", "security issue * attachment", "zip * encrypted", "sanesecurity", "clamav"),
    ),
    row(
        Reason.MESGTOOBIG,
        "552 5.3.4 Message size exceeds the fixed limit",
        *(
            "size limit",
            "message too large",
            "message is too large",
            "message too big",
            "message is too big",
        ),
        *(
            "message larger than",
            "message exceeds",
            "message exceeded",
            "size exceeds",
            "exceeds * size",
            "too much data",
        ),
        *("exceeds maximum", "maximum * size", "mail too large", "mail is too large", "mail too big", "mail size"),
        *(
            "size of * message * exceed",
            "message length",
            "message body too large",
            "data size exceeded",
            "size violation",
        ),
        *(
            "max message size",
            "message file too big",
            "larger than the current",
            "message header size",
            "size exceeded",
        ),
        *("exceeding * size", "exceeds * limit * bytes", "letter is too big", "exceeded message size", "line limit"),
    ),
    row(
        Reason.SPAMDETECTED,
        "550 5.7.1 Your message looks like spam",
        *(
            "message * spam",
            "mail * spam",
            "content * spam",
            "considered spam",
            "as spam",
            "be spam",
            "is spam",
            "spam message",
        ),
        *(
            "identified * spam",
            "classified as",
            "spam content",
            "spam score",
            "spamassassin",
            "spam detected",
            "spam rule",
        ),
        *(
            "spam reject",
            "spam filter",
            "rejected * spam",
            "spam email",
            "spam mail",
            "high spam",
            "spam not",
            "no spam",
        ),
        *("unsolicited", "spamming", "is junk", "junk mail", "bulk mail", "bulk e mail", "bulk email", "spam pattern"),
        *(
            "possible spam",
            "probable spam",
            "anti spam",
            "antispam",
            "spamming not allowed",
            "appears to be spam",
        ),
        *(
            "spam or",
            "rejected for spam",
            "reject * spam",
            "spam source",
            "spammy",
            "content filter",
            "contents filter",
        ),
        *(
            "suspected unsolicited",
            "high probability of spam",
            "cloudmark",
            "rspamd",
            "for spam",
            "spam from",
        ),
        *("because of spam", "spam policy", "message scored", "message contains * url", "listed url", "surbl", "uribl"),
        *("junkmail", "blocked * content"),
    ),
    row(
        Reason.NOTCOMPLIANTRFC,
        "550 5.7.1 Messages without a valid From header are not taken, see RFC 5322",
        *("rfc 5322", "rfc5322", "rfc 2822", "rfc2822", "rfc 5321", "rfc 822", "multiple from", "duplicate header"),
        *("missing * header", "header missing", "headers missing", "without * header", "no valid from", "from header"),
        *("no date header", "message id header", "bare lf", "bare line feed", "line too long", "lines too long"),
        *("syntactically invalid header", "multiple addresses in from", "duplicated header", "non compliant"),
        *("malformed header", "header * syntax", "invalid header", "empty subject", "date header"),
    ),
    row(
        Reason.CONTENTERROR,
        "554 5.6.0 The MIME structure of this message is broken",
        *(
            "8 bit data in",
            "8 bit characters",
            "mime error",
            "mime structure",
            "malformed mime",
            "malformed message",
            "mime header",
        ),
        *("content encoding", "charset", "character set", "too many received", "too many mime"),
        *("illegal character", "smtputf8", "utf8 addresses", "utf 8", "unparseable"),
        *(
            "invalid content",
            "invalid mime",
            "message mangling",
            "message content invalid",
            "header content",
            "subject contains",
        ),
    ),
)
