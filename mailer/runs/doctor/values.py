"""Values: what a look found, what to publish where something is missing, and with what the looking is done.

Every finding has a code of one table, at the end, with how bad it is: a program, a test and a page of the manual can
name it. Nothing is looked at here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from mailer.errors import MailerError, Severity
from mailer.lookup import Resolver
from mailer.message.records import Ask
from mailer.settings import Settings
from mailer.workspace import Workspace

ASK_ANOTHER: Final = "Look again later, or ask another name server: mailer doctor --nameserver IP"


class Group(StrEnum):
    """Under which heading a check is told, in this order."""

    DESK = "This desk"
    LEDGER = "The ledger"
    BACK = "What comes back"
    RELAY = "The relay"
    DOMAIN = "The sender's domain"
    VERDICT = "What the receiver's server says"
    SIGNATURE = "The signatures"
    WAY = "The way it came"
    CHANGED = "What the way made of it"
    MAIL = "The mail itself"


class Rule(StrEnum):
    """What Gmail, Yahoo and Microsoft ask of everybody who writes to many (standards §4)."""

    SPF = "spf"
    DKIM = "dkim"
    DMARC = "dmarc"
    ALIGNED = "aligned"
    TLS = "tls"
    REVERSE = "reverse"
    ONE_CLICK = "one-click"
    ADDRESSES = "addresses"
    COMPLAINTS = "complaints"


@dataclass(frozen=True, slots=True)
class Record:
    """A DNS record to publish, word for word."""

    name: str
    kind: str
    value: str

    def __str__(self) -> str:
        """Return it on one line, as a person would type it into a form."""
        return (
            f'{self.name} {self.kind} "{self.value}"' if self.kind == "TXT" else f"{self.name} {self.kind} {self.value}"
        )


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: what is true of it, what is wrong with it (a code; "": good), and the figures.

    `records` are to be published. `rule` is the bulk senders' rule that it is about, and `met` whether that is met
    (None: it could not be told).
    """

    name: str
    message: str
    code: str = ""
    hint: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    records: tuple[Record, ...] = ()
    rule: Rule | None = None
    met: bool | None = None

    @property
    def severity(self) -> Severity | None:
        """Return how bad it is; None: good."""
        return severity_of(self.code)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the operator asked for: what is left out, whom the DNS is asked, and what else is known.

    `selectors` name DKIM keys that are not in mailer.toml, `outgoing` are the addresses from which one's own server
    delivers. With `offer_sender` the relay is asked whether it takes our MAIL FROM.
    """

    offline: bool = False
    only: tuple[str, ...] = ()
    selectors: tuple[str, ...] = ()
    outgoing: tuple[str, ...] = ()
    offer_sender: bool = False
    limit_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Visit:
    """With what the looking is done."""

    workspace: Workspace
    environ: Mapping[str, str]
    settings: Settings
    wishes: Wishes
    resolver: Resolver
    now: Callable[[], datetime]

    @property
    def ask(self) -> Ask:
        """Return the DNS as the pure rooms know it."""
        return ask_with(self.resolver)

    @property
    def from_domains(self) -> tuple[str, ...]:
        """Return the domains that mail is from, each once, in the order of mailer.toml."""
        return tuple(dict.fromkeys(sender.domain for sender in self.settings.senders.values()))


@dataclass(frozen=True, slots=True)
class Step:
    """A look that is taken by itself: its name for `--only`, its heading, and whether it calls others."""

    name: str
    group: Group
    look: Callable[[Visit], Iterator[Check]]
    calls: bool = False
    label: str = ""

    @property
    def title(self) -> str:
        """Return what is shown while it is taken."""
        return self.label or self.name


def ask_with(resolver: Resolver) -> Ask:
    """Return a resolver as the pure rooms know it: () where there is nothing, None where nobody answered."""

    def ask(name: str, kind: str) -> tuple[str, ...] | None:
        answer = resolver.ask(name, kind)
        return answer.records if answer.known else None

    return ask


def wrong(name: str, problem: MailerError, code: str, more: str = "") -> Check:
    """Return a problem as a check that found it."""
    return Check(name, f"{problem}: {more}" if more else str(problem), code, problem.hint)


# Codes: everything that the doctor can find, as one table.

_WRONG = """
    settings-broken        mailer.toml cannot be used.
    package-missing        A package that mailer.toml asks for is not installed.
    keys-broken            The keys cannot be used.
    workspace-closed       A list, a release or mailer.toml cannot be read.
    workspace-locked       The folder cannot be written to.
    files-open             Others on this machine can read secrets or people's addresses.
    disk-full              The disk is full.
    clock-wrong            This machine's clock is more than five minutes off.
    ledger-place           The ledger lies where no ledger may lie.
    ledger-broken          The ledger cannot be opened.
    ledger-damaged         The ledger is damaged.
    ledger-other           The ledger is not the one that this workspace had before.
    ledger-keys            The keys are not the ones that the ledger was made with.
    ledger-fleeting        A power loss can undo what the ledger was told.
    ledger-older           The ledger is an older copy, or was never used here.
    optouts-waiting        Opt-outs that could be tied to nobody wait for longer than 48 hours.
    mailbox-failing        A mailbox could not be read for longer than 48 hours.
    mailbox-unreadable     A mailbox cannot be read now.
    mailbox-none           Nobody reads the opt-out or the bounce address.
    one-click-unreachable  The opt-out host cannot be reached.
    one-click-strange      At the opt-out host something else than `mailer serve` answers.
    sender-sample          A sender still says who it is as the sample of `mailer init` does.
    optout-none            There is no way off the list but an answer.
    relay-settings         A password or a certificate that the relay needs cannot be had.
    relay-connect          The relay cannot be reached, or wants nobody.
    relay-tls              The connection to the relay cannot be made secure.
    relay-login            The relay refuses the login.
    relay-sender           The relay refuses our MAIL FROM.
    sender-shared          The sender's address is in a domain that millions share.
    mx-no-domain           There is no such domain.
    mx-null                The domain says that it takes no mail.
    mx-none                The domain has no mail server.
    mx-lame                No mail server of the domain has an address.
    spf-none               There is no SPF record.
    spf-unreadable         There is a record that nobody reads as SPF.
    spf-misplaced          The SPF record stands at the domain written twice.
    spf-several            There are several SPF records.
    spf-broken             The SPF record has words that are none.
    spf-questions          The SPF record makes receivers ask more than ten questions.
    spf-empty              More than two of the SPF record's questions come back empty.
    spf-everybody          The SPF record allows everybody in the world.
    spf-provider           The SPF record leaves your provider out.
    dkim-key               The private key cannot be used.
    dkim-none              There is no key in the DNS.
    dkim-misplaced         The key stands at the domain written twice.
    dkim-several           There are several keys under one name.
    dkim-revoked           The key is revoked.
    dkim-broken            The key's record cannot be read.
    dkim-other             The key in the DNS is not the half of the one that signs.
    dkim-short             The key has less than 1024 bits.
    dmarc-none             There is no DMARC policy.
    dmarc-unreadable       There is a record that nobody reads as a policy.
    dmarc-misplaced        The policy stands under another name.
    dmarc-several          There are several policies.
    dmarc-broken           The policy has words that are none.
    alignment-none         Neither the signature nor MAIL FROM belongs to From.
    reverse-none           The address that delivers has no name.
    reverse-astray         The name of the address that delivers does not lead back to it.
    look-refused           A look ended with a problem.
    arrived-spf            The receiver says that SPF did not pass.
    arrived-unsigned       The receiver found no signature.
    arrived-dkim           The receiver says that no signature passed.
    arrived-no-dmarc       The receiver found no DMARC policy.
    arrived-dmarc          The receiver says that DMARC did not pass.
    signature-none         The mail is not signed.
    signature-broken       A signature does not hold, or has no key.
    button-hidden          No good signature covers the opt-out fields, so that no button is shown.
    opt-out-encoded        List-Unsubscribe was encoded on the way.
    opt-out-broken         List-Unsubscribe has a blank within an address.
    one-click-lost         The https address was taken out of List-Unsubscribe.
    opt-out-twice          There are two List-Unsubscribe fields.
"""
_WARNING = """
    state-folder           No folder remembers which ledger was used here.
    files-stray            Other programs left files, or copies that nobody chose.
    files-no-list          A file among the lists is no list.
    git-exposed            People's addresses and keys would go into a repository.
    disk-low               There is little room on the disk.
    clock-off              This machine's clock is more than a minute off.
    one-click-none         Opt-outs come by mail alone.
    one-click-private      Nobody outside this network can call the opt-out host.
    one-click-ends         The certificate of the opt-out host ends soon.
    relay-ends             The certificate of the relay ends soon.
    relay-pace             mailer.toml is faster than the provider allows.
    sender-free            The sender's address is in a domain that millions share, over its own relay.
    sender-mute            The sender's address looks as if nobody read it.
    mx-silent              The DNS gave no answer about the mail servers.
    mx-implied             There is no MX record, only an address.
    mx-one-lame            One of the mail servers has no address.
    spf-silent             The DNS gave no answer about SPF.
    spf-weak               The SPF record can be used, and has faults.
    spf-relay              The SPF record does not allow the relay's address.
    spf-relay-silent       The DNS did not answer all that SPF asks about the relay.
    dkim-silent            The DNS gave no answer about the key.
    dkim-testing           The key's record says that you are only trying.
    dkim-weak              The key has less than 2048 bits.
    dmarc-silent           The DNS gave no answer about DMARC.
    dmarc-reports-refused  Reports go to a domain that does not take them.
    alignment-relay        MAIL FROM is elsewhere, and you do not sign.
    reverse-silent         The DNS gave no answer about the address that delivers.
    look-late              Nobody answered in time.
    look-broken            A fault of mailer's own ended a look.
    arrived-foreign        A signature passed, and none is of From's domain.
    signature-open         A signature leaves the end of the body, or From, open.
    button-none            The mail offers no one-click opt-out.
    way-clear              The mail went a step without TLS.
    way-slow               The mail took more than five minutes for a step.
    filter-spam            A filter on the way takes it for spam.
    return-lost            The token in the return address was lost.
    return-other           The relay set a return address of its own.
    links-rewritten        Links were rewritten to count clicks.
    pixel                  A picture that counts openings was added.
    footer                 A footer was added.
    text-lost              The plain text part is gone.
    fields-lost            Message-ID or Date is missing.
    format                 The mail as it arrived breaks a rule of format, words or law.
"""
_NOTE = """
    settings-empty         mailer.toml names no sender, or no relay.
    clock-unknown          The clock could not be checked: no server told the time.
    relay-none             mailer.toml names no relay.
    relay-small            The relay takes smaller messages than mailer makes.
    relay-few              The relay takes fewer messages on a connection than mailer.toml says.
    relay-beyond           mailer.toml is faster than the provider publishes.
    spf-nearly             The SPF record asks nine or ten of ten questions.
    spf-relay-unknown      The address that delivers is not known here.
    spf-relay-some         The SPF record allows some of the relay's addresses.
    spf-provider-own       The SPF record leaves out a provider that sets MAIL FROM itself.
    dkim-untold            Whether the relay signs cannot be told from here.
    dmarc-remarks          The policy can be used, and has words that nobody heeds.
    dmarc-unheard          Nobody gets the reports.
    alignment-provider     The provider sets MAIL FROM, so that its signature has to be yours.
    reverse-unknown        The address that our own relay shows the world is not known here.
    arrived-untold         The mail has no Authentication-Results.
    arrived-strange        The results are from a server that did not take this mail.
    arrived-no-spf         The receiver says nothing of SPF.
    arrived-spf-later      The DNS did not answer the receiver.
    arrived-dmarc-untold   The receiver says nothing of DMARC, or could not read the policy.
    arrived-stranger       The mail is from no sender of mailer.toml.
    signature-unsure       A signature was not verified here, has ended, or held when the receiver looked.
    way-unknown            The mail has no Received field.
    return-known           The relay sets the return address, as mailer.toml says.
    links-guarded          Links were rewritten on the reader's side.
    banner                 The receiver put a warning before the text.
    encoded-anew           The mail was encoded anew on the way.
    subject-marked         The receiver marked the subject.
    message-id             Message-ID was replaced.
    from-rewritten         A mailing list rewrote From.
    fields-added           Fields were added on the way.
    format-note            The mail as it arrived differs in what may differ.
"""


def _rows(listed: str, severity: Severity) -> dict[str, tuple[Severity, str]]:
    rows = (line.split(maxsplit=1) for line in listed.strip().splitlines())
    return {code: (severity, means.strip()) for code, means in rows}


CODES: Final[Mapping[str, tuple[Severity, str]]] = MappingProxyType(
    _rows(_WRONG, Severity.ERROR) | _rows(_WARNING, Severity.WARNING) | _rows(_NOTE, Severity.NOTE)
)


def severity_of(code: str) -> Severity | None:
    """Return how bad a finding is; what has no code is good."""
    return CODES[code][0] if code else None
