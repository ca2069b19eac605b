"""Why: whether one person is in a mailing, with every reason.

Combines the plan's decision about a person, the ledger's data, and the rows of the lists. Reads only. For a mailing
that has not gone out, the plan is made as by `send`, so that the answer is the one that `send` would act on; for a
mailing that has gone out, the ledger answers.
Raises `InputProblem`.

Gap: for a mailing that went out, the reasons for leaving people out are only counted, not kept for each person.
"""

from __future__ import annotations

from collections.abc import Mapping

from mailer.address import Address, parse_address, printable
from mailer.contacts.traces import Traces
from mailer.errors import InputProblem, MailerError, Problem, gather
from mailer.events import DeliveryState
from mailer.frozen import dataclass, field, replace
from mailer.ledger.mailings import Has, read_has, require_mailing
from mailer.ledger.person import Person, SentTo, read_person
from mailer.ledger.suppressions import Suppression, find_suppressions, wider_digests
from mailer.runs.collect.taking import describe_row, read_row
from mailer.runs.lists import Opening
from mailer.runs.office import Office
from mailer.runs.people import PersonRow, find_rows
from mailer.runs.planning.prepare import prepare
from mailer.runs.planning.request import Request
from mailer.runs.suppressions import REASON_WORDS, Watch
from mailer.tokens import address_digest


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: a word for programs, a sentence for people, and the row that it is about, if any."""

    code: str
    message: str
    list_name: str = ""
    row: int | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """All about a person, and about them in one mailing.

    `is_in` is None if no mailing was named. The first of `reasons` decides. `stops` are problems that stop the whole
    mailing. `soft_row` is a sentence about soft bounces in a row.
    """

    address: Address
    name: str
    mailing: str = ""
    is_in: bool | None = None
    reasons: tuple[Reason, ...]
    stops: tuple[Problem, ...] = ()
    rows: tuple[PersonRow, ...]
    person: Person = field(repr=False)
    delivery: SentTo | None = None
    list_problems: tuple[Problem, ...] = ()
    soft_row: str = ""
    has: tuple[Has, ...] = ()


def why(
    office: Office, email: str, *, mailing: str = "", request: Request | None = None, opening: Opening | None = None
) -> Why:
    """Return all about a person, and whether they are in a mailing that was sent, or in one still to be sent.

    `opening` replaces `open_list` in the search for their rows, for lists that are not read from their files.
    """
    address = parse_address(email)
    if request is not None:
        return _would_get(office, address, request, opening)
    if not mailing:
        return _answer(office, address, opening)
    if office.ledger is None:
        raise InputProblem(f'there is no mailing "{printable(mailing)}": nothing was sent from here yet')
    with office.ledger.reading() as connection:
        found = require_mailing(connection, mailing)
    answer = _answer(office, address, opening)
    delivery = next((each for each in answer.person.deliveries if each.mailing == found.full_name), None)
    if delivery is None:
        counted = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in found.left_out.items() if count)
        left_out = f"; when it was planned, it left out: {counted}" if counted else ""
        first = Reason("not_planned", f"is not in {found.name}{left_out}")
    else:
        at = delivery.finished_at or delivery.attempted_at
        state = _STATES.get(delivery.state, delivery.state)
        parts = [f"{state}{f' on {at:%Y-%m-%d %H:%M} UTC' if at else ''}", delivery.reason.replace("_", " ")]
        words = delivery.text or " ".join(str(part) for part in (delivery.code, delivery.enhanced) if part)
        again = f"; next try {delivery.next_attempt_at:%Y-%m-%d %H:%M} UTC" if delivery.next_attempt_at else ""
        sentence = ": ".join(filter(None, ["; ".join(filter(None, parts)), words])) + again
        first = Reason(delivery.state, sentence, delivery.list_name, delivery.row)
    is_in = delivery is not None and delivery.state not in _OUT
    return replace(answer, mailing=found.name, is_in=is_in, reasons=(first, *answer.reasons), delivery=delivery)


def _would_get(office: Office, address: Address, request: Request, opening: Opening | None) -> Why:
    """Answer by the plan that `send` would make."""
    watch = Watch(address)
    stops: tuple[Problem, ...] = ()
    try:
        prepare(office, request, watch=watch).spool.close()
    except MailerError as error:
        stops = gather(error)
    planned = watch.planned
    answer = _answer(office, address, opening, outlet=planned.fields["outlet"] if planned else "")
    reasons: list[Reason] = []  # the one that decides first; rows further down repeat the person
    if planned is not None:
        row = (planned.list_name, planned.row, planned.line)
        reason, _, reach = watch.skipped.partition(" ")
        if reason:
            words = REASON_WORDS.get(reason, reason) + (f", {reach}" if reach else "")
            reasons.append(Reason("skipped", f"is suppressed ({words})", *row))
        else:
            reasons.append(Reason("planned", f"is in {planned.list_name} line {planned.line}", *row))
        if planned.address.needs_smtputf8:
            reasons.append(Reason("needs_smtputf8", "can only be reached over a relay that offers SMTPUTF8"))
    elif not stops and not watch.left_out:
        of = "not on " if len(request.lists) == 1 else "on none of these lists: "
        reasons.append(Reason("not_listed", f"is {of}{', '.join(request.lists)}"))
    reasons += [Reason(e.reason.value, e.message, e.list_name, e.row, e.line) for e in watch.left_out]
    return replace(
        answer,
        name=planned.name if planned else answer.name,
        mailing=request.release,
        is_in=planned is not None and not watch.skipped and not stops,
        reasons=(*reasons, *answer.reasons),
        stops=stops,
    )


_OUT = {DeliveryState.SKIPPED.value, DeliveryState.CANCELLED.value, DeliveryState.EXPIRED.value}
_STATES = {
    "pending": "waits to be sent",
    "claimed": "is being sent now",
    "attempted": "is being sent now",
    "accepted": "was accepted by the relay",
    "rejected": "was rejected",
    "deferred": "was put off and is tried again",
    "in_doubt": "may have got it: the connection broke before the answer",
    "skipped": "was skipped",
    "cancelled": "was cancelled",
    "expired": "expired before it could be sent",
}


def _answer(office: Office, address: Address, opening: Opening | None, *, outlet: str = "") -> Why:
    person, soft_row, wider, has = Person(), "", list[Suppression](), list[Has]()
    named: Mapping[str, str] = {}
    if office.ledger is not None:
        digest = address_digest(office.keys, address.key)
        with office.reading(office.ledger) as connection:
            person, has = read_person(connection, digest), read_has(connection, digest)
            named = next((each.fields for each in reversed(person.deliveries) if each.fields), {})
            soft_row = describe_row(read_row(connection, office, digest), office.settings.bounces)
            # suppressions of the person's whole domain or outlet
            beyond = wider_digests(address.ascii_domain, outlet or named.get("outlet", ""))
            wider = find_suppressions(connection, beyond)
    rows, problems = find_rows(office.workspace, Traces(address), opening=opening)
    reasons: list[Reason] = []
    for each in (*person.active, *wider):
        about = f" with all of {each.address}" if each in wider else ""
        scope = "" if each.scope == "everywhere" else f", for {each.scope}"
        source = f"{each.reason.replace('_', ' ')}, by {each.source}{scope}"
        note = f": {each.note}" if each.note else ""
        reasons.append(Reason("suppressed", f"suppressed{about} since {each.created_at:%Y-%m-%d} ({source}){note}"))
    return Why(
        address=address,
        name=named.get("name", ""),
        reasons=tuple(reasons),
        rows=tuple(rows),
        person=person,
        list_problems=tuple(problems),
        soft_row=soft_row,
        has=tuple(has),
    )
