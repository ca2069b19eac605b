"""Scores: what a spam filter thinks of a finished mail, in plain words (standards H12).

The shapes that both filters' answers are brought into, the bounds between good and bad, and a table of what their rules
mean. A rule's name tells a press officer nothing; what to change tells them everything. No program is run here.
"""

from __future__ import annotations

import email
import email.policy
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from mailer.errors import MailerError

# Traits: what is true of a finished mail, so that a hint about a spam rule is only given where it fits. A rule fires
# for several reasons: rspamd's FORGED_SENDER for each bounce address that is not the sender's, be it at the same
# domain or not. A row of the table below that needs a trait is passed over for a mail that has it not, and the next
# row for that rule speaks of what is left.

_TAG = re.compile(r"<img\b[^>]{0,4000}>", re.IGNORECASE)
_UNSEEN = re.compile(
    r"""\b(?:width|height)\s*[=:]\s*["']?[01](?:px)?\s*["';>\s]|display\s*:\s*none|visibility\s*:\s*hidden""",
    re.IGNORECASE,
)
_LINK = re.compile(r"""https?://[^\s"'<>)\]]{1,2000}""", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{2,}")


class Trait(StrEnum):
    """What a hint needs to be true of a mail."""

    BOUNCES_ELSEWHERE = "bounces elsewhere"
    INVISIBLE_PICTURE = "invisible picture"
    LINK_OF_TWO_SCRIPTS = "link of two scripts"
    WORD_OF_TWO_SCRIPTS = "word of two scripts"


def traits_of(data: bytes, mail_from: str) -> frozenset[Trait]:
    """Return what is true of a mail, from its bytes and the address that bounces go to."""
    mail = email.message_from_bytes(data, policy=email.policy.default)
    sender = mail["From"]
    domains = {each.domain.lower() for each in getattr(sender, "addresses", ())}
    bodies = [mail.get_body((kind,)) for kind in ("html", "plain")]
    page, plain = (str(body.get_content()) if body is not None else "" for body in bodies)
    found_links = (link for link in _LINK.findall(page + " " + plain) if "[" not in link)  # half an IPv6 address raises
    links = [urlsplit(link).hostname or "" for link in found_links]
    found = {
        Trait.BOUNCES_ELSEWHERE: bool(domains) and mail_from.rpartition("@")[2].lower() not in domains,
        Trait.INVISIBLE_PICTURE: any(_UNSEEN.search(tag) for tag in _TAG.findall(page)),
        Trait.LINK_OF_TWO_SCRIPTS: any(_has_two_scripts(label) for host in links for label in _labels(host)),
        Trait.WORD_OF_TWO_SCRIPTS: any(_has_two_scripts(word) for word in _WORD.findall(f"{mail['Subject']} {plain}")),
    }
    return frozenset(trait for trait, holds in found.items() if holds)


def _labels(host: str) -> list[str]:
    """Return the labels of a host name, in letters: `xn--` is read back."""
    try:
        return [
            label.encode("ascii").decode("idna") if label.startswith("xn--") else label for label in host.split(".")
        ]
    except UnicodeError:
        return []


def _has_two_scripts(word: str) -> bool:
    """Return whether letters of alphabets that look alike stand in one word, as in a look-alike name."""
    scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in word if letter.isalpha()}
    return len(scripts & {"LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "CHEROKEE"}) > 1


MOST_POINTS = {"SpamAssassin": 0.5, "rspamd": 1.0}  # of a mail that has nothing to object to
_NOTICED = 0.05


class SpamProblem(MailerError):
    """A spam filter that is there cannot be used."""

    code = "spam"
    exit_code = 1


@dataclass(frozen=True, slots=True)
class Letter:
    """A finished mail with its envelope."""

    data: bytes = field(repr=False)
    mail_from: str
    rcpt_to: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that a mail met, its points (below zero: in its favour), and the program's own words."""

    rule: str
    points: float
    said: str = ""
    traits: frozenset[Trait] = frozenset()  # of the mail

    @property
    def meaning(self) -> Meaning:
        """Return what it means for this mail in plain words, and what to do."""
        return meaning_of(self.rule, self.said, self.traits)


@dataclass(frozen=True, slots=True)
class Score:
    """What a filter thinks: the points, how many would make it spam, and the rules behind them."""

    program: str
    points: float
    threshold: float
    hits: tuple[Hit, ...] = ()

    @property
    def costly(self) -> tuple[Hit, ...]:
        """Return the rules that cost points, the dearest first."""
        return tuple(sorted((hit for hit in self.hits if hit.points >= _NOTICED), key=lambda hit: -hit.points))

    @property
    def is_good(self) -> bool:
        """Return whether the filter has nothing to object to that is worth mending."""
        return self.points <= MOST_POINTS.get(self.program, 1.0)

    @property
    def sentence(self) -> str:
        """Return the total against the threshold, in a sentence."""
        verdict = (
            "it would be taken for spam"
            if self.points >= self.threshold
            else "nothing to object to"
            if self.is_good
            else "it passes, and other machines may be stricter"
        )
        return f"{self.program}: {self.points:.1f} of {self.threshold:g} points that make spam; {verdict}"


# Spam words: what the rules of spam filters mean, and what to do about them. The table has the rules that press mails
# meet in SpamAssassin 4 and rspamd 3, by patterns of their names, since many come in steps (`HTML_IMAGE_ONLY_12`,
# `_16` …). For all others the program's own description has to do. Sources: the rule files of both programs, what they
# are found to fire on, standards H12.


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a rule is about, and what to do; `hint` is empty where nothing need be done."""

    sentence: str
    hint: str = ""


_CONTENT = "Say it another way, if there is one; a single such phrase does no harm."
_RELAY = "The relay or the sender's domain is at fault, not the text: mailer doctor looks at both."
_OURS = "This is a fault of the program, not of the release: please report it."
_LIST = "Set list_id of the sender and [optout] in mailer.toml."
_PICTURES = "Write more, show less: the text of a release belongs into the mail itself."


class _Row(NamedTuple):
    pattern: str
    sentence: str
    hint: str
    needs: Trait | None = None


# (pattern of names, what it is about, what to do, what has to be true of the mail)
_TABLE: tuple[tuple[str, str, str] | tuple[str, str, str, Trait], ...] = (
    # how the text looks
    ("SUBJ_ALL_CAPS", "the subject is in capitals", "Write the headline as a sentence."),
    ("LONG_SUBJ|R_LONG_SUBJECT", "the subject is very long", "Shorten the headline, or let subject.txt say less."),
    (
        "SUBJ(ECT)?_(HAS|ENDS)_EXCLAIM|PLING_.*|SUBJECT_HAS_EXCLAIM",
        "the subject has an exclamation mark",
        "End it without.",
    ),
    ("SUBJECT?_(HAS|ENDS)_QUESTION", "the subject asks a question", ""),
    ("SUBJ(ECT)?_(HAS_)?(CURRENCY|DOLLAR).*", "the subject names money by its sign", _CONTENT),
    (
        "SUBJECT_ENDS_SPACES|SUBJECT_HAS_SPACES|SUBJECT_NEEDS_ENCODING|R_BAD_CTE.*",
        "the subject is written oddly",
        _OURS,
    ),
    ("GAPPY_SUBJECT.*", "letters of the subject stand apart", "Write words in one piece."),
    ("UPPERCASE_.*", "much of the text is in capitals", "Write names and headings as sentences are written."),
    (
        "SUBJ_(YOUR|AS|BUY|FREE|DOLLARS|ILLEGAL).*|SUBJECT_(DRUG|SEXUAL|IN).*",
        "the subject reads like an offer",
        _CONTENT,
    ),
    ("HTML_TITLE_SUBJ_DIFF", "the title of the page is not the subject", "Let the template's <title> be the headline."),
    # pictures and text
    ("HTML_IMAGE_ONLY_.*|R_EMPTY_IMAGE|HTML_SHORT_LINK_IMG.*", "there are pictures, and few words", _PICTURES),
    ("HTML_IMAGE_RATIO_.*", "pictures take more room than words", _PICTURES),
    ("DC_(PNG|GIF|IMAGE)_.*|MIME_IMAGE_.*", "one large picture is most of the mail", _PICTURES),
    ("T?_?REMOTE_IMAGE|REMOTE_IMG|HAS_ONE_IMAGE.*", "pictures come from the web", ""),
    (
        "URI_COUNT_ODD",
        "an odd number of links, as a counting pixel makes",
        "Take invisible pictures out of the template.",
        Trait.INVISIBLE_PICTURE,
    ),
    ("URI_COUNT_ODD", "an odd number of links; by itself it does no harm", ""),
    (
        "(MPART_ALT_DIFF.*|R_PARTS_DIFFER)",
        "the text part does not say what the page says",
        "Let email.txt print all of it.",
    ),
    ("MIME_HTML_ONLY.*|MIME_HTML_NO_.*|CTYPE_.*", "there is no text part", _OURS),
    (
        "BODY_SINGLE_.*|BODY_EMPTY|TVD_SPACE_RATIO.*|SHORT_PART_BAD_HEADERS",
        "there is hardly any text",
        "Write the release.",
    ),
    # hidden and faint
    ("MANY_INVISIBLE_PARTS", "a part of the page is hidden: the preheader", ""),
    (
        "HTML_FONT_LOW_CONTRAST",
        "text has nearly the colour of its paper",
        "Make it darker; hide a preheader by display: none.",
    ),
    ("FONT_INVIS_.*|.*_INVIS(IBLE)?_.*", "text is hidden by its colour", "Hide a preheader by display: none alone."),
    (
        "ZERO_FONT|R_WHITE_ON_WHITE|HTML_VISIBLE_CHECKS",
        "text is hidden by size or colour",
        "Hide by display: none alone.",
    ),
    ("HTML_FONT_SIZE_(HUGE|LARGE)", "text is very large", "Keep headlines below 36 pixels."),
    ("HTML_FONT_(TINY|SIZE_NONE).*|HTML_TINY_FONT", "text is too small to be read", "Set it to 14 pixels or more."),
    # how the page is built
    ("HTML_MESSAGE", "the mail has a page", ""),
    (
        "HTML_(EXTRA_CLOSE|TAG_BALANCE.*|BADTAG.*|NONELEMENT.*)",
        "the HTML is broken",
        "Look at the own template's tags.",
    ),
    (
        "HTML_(EMBEDS|IFRAME.*)|HTML_META_REFRESH_URL|JS_.*|.*_JAVASCRIPT.*",
        "the page has active parts",
        "Take them out.",
    ),
    ("HTML_(OBFUSCATE|COMMENT).*|.*_OBFU.*", "words are taken apart by markup", "Write words in one piece."),
    (
        "HTML_MIME_NO_HTML_TAG|HTML_UNBALANCED_TAG|BROKEN_HTML.*",
        "the page is no whole page",
        "Look at the own template.",
    ),
    ("EXT_CSS", "a style sheet is fetched from the web", "Write CSS into the template."),
    ("DATA_URI_OBFU|HAS_DATA_URI", "a picture is written into the page", "Send it inside the mail, or link to it."),
    # links
    (
        "HTTPS_HTTP_MISMATCH|HTTP_TO_HTTPS|PHISHING|.*_SPOOFED_URL|URI_PHISH",
        "a link shows one address, goes to another",
        "Let them agree.",
    ),
    ("(SHORT_URI|.*SHORTENE[RD].*|REDIRECTOR_URL.*)", "a link goes through a shortener", "Link to the page itself."),
    ("WEIRD_PORT|NORMAL_HTTP_TO_IP|NUMERIC_HTTP_ADDR|HTTP_TO_IP|R_IP_URL", "a link names a machine", "Link to a name."),
    (
        "URI_HEX.*|URI_(TRUNCATED|OBFU).*|HTTP_(EXCESSIVE|ESCAPED).*|TRACKER_ID",
        "a link is hard to read",
        "Link to the page.",
    ),
    (
        "R_SUSPICIOUS_URL|R_MIXED_CHARSET_URL|SUSPICIOUS_URL.*|URI_UNICODE.*",
        "a link mixes scripts",
        "Type the link anew.",
        Trait.LINK_OF_TWO_SCRIPTS,
    ),
    (
        "R_SUSPICIOUS_URL|R_MIXED_CHARSET_URL|SUSPICIOUS_URL.*|URI_UNICODE.*",
        "a link looks odd to it",
        "Open each link of the release, and use the plain address of the page that comes.",
    ),
    (
        "R_MIXED_CHARSET",
        "words mix letters of two scripts",
        "Type the word anew; it may be copied from a PDF.",
        Trait.WORD_OF_TWO_SCRIPTS,
    ),
    ("R_MIXED_CHARSET", "the text has words in several scripts", ""),
    (
        "CHARSET_FARAWAY.*|HTML_CHARSET_FARAWAY|UNWANTED_LANGUAGE.*",
        "it is in a script this machine does not expect",
        "",
    ),
    # words
    ("LOTS_OF_MONEY|MILLION_.*|.*_MONEY.*|ADVANCE_FEE.*|MONEY_.*", "it speaks of much money", _CONTENT),
    ("CLICK_BELOW.*|EXCUSE_.*|.*_CLICK.*", "it asks to click", "Put the link on words that name what is there."),
    ("URG_BIZ|URGENT.*|.*_ACTION_.*", "it sounds urgent, as frauds do", _CONTENT),
    (
        "(FREE_|TVD_|FUZZY_|BANG_|STOCK_|DRUGS_|INVESTMENT|GUARANTEED|NO_(RISK|COST|MEDICAL)).*",
        "words of spam",
        _CONTENT,
    ),
    ("LEAD_GEN|MARKETING_.*|.*_UNSUB(SCRIBE)?_.*", "it reads like advertising", _CONTENT),
    # who and when
    ("FAKE_REPLY.*", "Re: or Fwd: without a mail that is answered", "Take it out of the subject."),
    ("DATE_IN_(PAST|FUTURE).*|INVALID_DATE.*", "the date of the mail is not now", "Look at this machine's clock."),
    (
        "MISSING_(DATE|MID|FROM|TO|SUBJECT|HEADERS|MIME_VERSION)|R_MISSING_CHARSET|R_NO_SPACE_IN_FROM",
        "a header is missing",
        _OURS,
    ),
    ("R_UNDISC_RCPT|FORGED_RECIPIENTS|TO_(MALFORMED|EQ_FROM|NO_BRKTS.*)", "the address in To is odd", _OURS),
    (
        "FORGED_SENDER|HEADER_FROM_DIFFERENT_DOMAINS|FROM_NEQ_ENVFROM",
        "bounces go to another domain than the sender's",
        "Where you can, let [bounces] address be at the sender's own domain.",
        Trait.BOUNCES_ELSEWHERE,
    ),
    (
        "FORGED_SENDER|HEADER_FROM_DIFFERENT_DOMAINS|FROM_NEQ_ENVFROM",
        "bounces go to an address of their own, as they should",
        "",
    ),
    ("FROM_(NO_DN|NAME_HAS_TITLE|EXCESS.*|.*_BASE64)|FROM_HAS_DN", "how the sender's name is written", ""),
    (
        "FREEMAIL_.*|FROM_FREEMAIL.*|REPLYTO_.*FREEMAIL.*",
        "the sender writes from a free mailbox",
        "Use your own domain.",
    ),
    ("FROM_NEEDS_ENCODING|.*_EXCESS_(QP|BASE64)|.*_ILLEGAL_CHARS|R_BAD_CTE", "a header is encoded oddly", _OURS),
    ("REPLYTO_.*|HAS_REPLYTO", "answers go to an address of their own", ""),
    ("SUSPICIOUS_RECIPS|RCPT_COUNT_.*|TO_DN_.*|RCVD_.*", "how many it is addressed to, and over which servers", ""),
    ("(MID_|INVALID_MSGID|MSGID_|MISSING_XM).*", "the name of the mail (Message-ID)", ""),
    ("HAS_X_(PRIO|ANTIABUSE|PHP|SOURCE|POS).*|PRECEDENCE_BULK", "it is marked as sent to many", ""),
    # lists
    ("LIST_PARTIAL.*", "it goes to a list that has no name", _LIST),
    ("HAS_LIST_UNSUB|MAILLIST", "it names the way off the list", ""),
    ("MISSING_.*UNSUB.*|NO_UNSUB.*", "it names no way off the list", _LIST),
    # parts
    ("MIME_(GOOD|TRACE)", "the parts are of known kinds", ""),
    (
        "MIME_(BAD|UNKNOWN|DOUBLE_BAD|ENCRYPTED|OBFUSCATED|ARCHIVE|EXE).*",
        "an attachment of a kind that carries viruses",
        "Link to it instead.",
    ),
    ("MIME_(BASE64|QP)_.*|BASE64_.*|R_BAD_CTE_7BIT|MIME_BASE64_TEXT", "how the text is encoded", ""),
    ("PDF_.*|.*_ATTACH(MENT)?.*|HAS_ATTACHMENT", "a file is attached", "Link to it instead of sending it along."),
    ("CTE_CASE|CT_EXTRA_SEMI|.*_BOUNDARY.*|MIME_HEADER_CTYPE_ONLY|MIME_MA_.*", "how the parts are named", _OURS),
    # the way it came; not seen from here
    ("NO_RECEIVED|NO_RELAYS|UNPARSEABLE_RELAY|ONCE_RECEIVED.*|DIRECT_TO_MX", "it has not travelled yet", ""),
    ("(R_)?SPF_.*|(R_)?DKIM_.*|DMARC_.*|ARC_.*|T_SPF.*|AUTH_NA.*", "who may send for the sender's domain", _RELAY),
    ("(RCVD_IN|RBL|URIBL|SURBL|DBL|SEM|RSPAMD_URIBL)_.*", "an address on a block list", _RELAY),
    ("(HFILTER|RDNS|HELO|KHOP_HELO).*", "the name of the server that sends", _RELAY),
    ("BAYES_.*", "mails like it that this machine has learnt from", ""),
    ("TXREP|AWL|WHITELIST_.*|WELCOMELIST_.*|USER_IN_.*", "what this machine knows of the sender", ""),
)


_ROWS = tuple(_Row(*row) for row in _TABLE)


@lru_cache(maxsize=512)
def meaning_of(rule: str, said: str = "", traits: frozenset[Trait] = frozenset()) -> Meaning:
    """Return what a rule means for a mail with these traits.

    `said` is the program's own description, for a rule that is not in the table.
    """
    name = rule.removeprefix("T_")
    for row in _ROWS:
        fits = row.needs is None or row.needs in traits
        if fits and (re.fullmatch(row.pattern, rule) or re.fullmatch(row.pattern, name)):
            return Meaning(row.sentence, row.hint)
    own = re.sub(r"^(?:BODY|URI|RAW|META|FULL|HTML|Informational): ", "", said).strip()
    return Meaning(own or f"the program says no more than its name, {rule}")


def known_patterns() -> Mapping[str, str]:
    """Return the sentences of the table by the patterns of the rules' names."""
    return {row.pattern: row.sentence for row in _ROWS}
