"""`mailer doctor` and SPF: every fault of a record that it knows, each in a zone on a local name server."""

from __future__ import annotations

import pytest

from tests.office import Desk
from tests.zones import GOOD, GOOGLE, LOCAL, SES, STRANGER, look, records, settings, without

SPF = "example.org TXT "
TEN = " ".join(f"include:i{number}.example" for number in range(11))
ZONES = "\n".join(f'i{number}.example TXT "v=spf1 ip4:198.51.100.{number} -all"' for number in range(11))
MEANT = "example.org TXT v=spf1 mx ~all"
SPF_FAULTS = [
    ("none", "", "spf-none", "has no SPF record", "example.org TXT v=spf1 a:relay.example.net ~all"),
    (
        "two",
        f'{SPF}"v=spf1 mx ~all"\n{SPF}"v=spf1 a -all"',
        "spf-several",
        "2 SPF records",
        "example.org TXT v=spf1 a mx ~all",
    ),
    ("quoted twice", f'{SPF}"\\"v=spf1 mx ~all\\""', "spf-unreadable", "can be read as one", MEANT),
    ("another version", f'{SPF}"spf2.0/pra mx ~all"', "spf-unreadable", "can be read as one", None),
    ("domain twice", 'example.org.example.org TXT "v=spf1 mx ~all"', "spf-misplaced", "example.org.example.org", MEANT),
    ("no such term", f'{SPF}"v=spf1 ipv4:192.0.2.1 ~all"', "spf-broken", 'did you mean "ip4"', None),
    ("no blank", f'{SPF}"v=spf1 include:_spf.example.net~all"', "spf-broken", "a blank is missing", None),
    ("no address", f'{SPF}"v=spf1 ip4:192.0.2.300 ~all"', "spf-broken", "no IPv4 address", None),
    ("web address", f'{SPF}"v=spf1 include:https://example.net ~all"', "spf-broken", "not a web or mail address", None),
    ("a macro", f'{SPF}"v=spf1 exists:%{{x}}.example.net ~all"', "spf-broken", "no macro", None),
    ("two in one", f'{SPF}"v=spf1 mx v=spf1 a ~all"', "spf-broken", "two records were merged into one", None),
    (
        "include of nothing",
        f'{SPF}"v=spf1 include:nothing.example.net ~all"',
        "spf-broken",
        "has no SPF record, which",
        None,
    ),
    ("include of two", f'{SPF}"v=spf1 include:two.example.net ~all"', "spf-broken", "has 2 SPF records, which", None),
    ("a circle", f'{SPF}"v=spf1 include:round.example.net ~all"', "spf-broken", "leads back", None),
    ("too many questions", f'{SPF}"v=spf1 {TEN} ~all"', "spf-questions", "11 DNS lookups", None),
    (
        "too many empty",
        f'{SPF}"v=spf1 a:a.void.example a:b.void.example mx:c.void.example ~all"',
        "spf-empty",
        "lookups find nothing",
        None,
    ),
    ("a fault in an include", f'{SPF}"v=spf1 include:bad.example.net ~all"', "spf-broken", "in bad.example.net:", None),
    ("everybody", f'{SPF}"v=spf1 mx +all"', "spf-everybody", "anyone in the world", None),
    ("no end", f'{SPF}"v=spf1 mx"', "spf-weak", 'without "~all"', None),
    ("a neutral end", f'{SPF}"v=spf1 mx ?all"', "spf-weak", "does not cover other senders", None),
    ("ptr", f'{SPF}"v=spf1 mx ptr ~all"', "spf-weak", '"ptr" is slow', None),
    ("behind the end", f'{SPF}"v=spf1 mx ~all ip4:192.0.2.1"', "spf-weak", "never evaluated: ip4:192.0.2.1", None),
    ("redirect beside all", f'{SPF}"v=spf1 mx ~all redirect=example.net"', "spf-weak", "never evaluated", None),
    ("one empty", f'{SPF}"v=spf1 a:a.void.example mx ~all"', "spf-weak", "there is no answer for", None),
    (
        "nobody answers inside",
        f'{SPF}"v=spf1 include:slow.example.net ~all"',
        "spf-weak",
        "there was no answer about",
        None,
    ),
    ("ten questions", f'{SPF}"v=spf1 {TEN[: TEN.rindex(" ")]} ~all"', "spf-nearly", "needs 10 of 10", None),
    ("redirect", f'{SPF}"v=spf1 redirect=_spf.example.net"', None, "needs 1 of 10", None),
]
AROUND = f"""{without(GOOD, "example.org TXT")}
two.example.net TXT "v=spf1 -all"
two.example.net TXT "v=spf1 ~all"
round.example.net TXT "v=spf1 include:example.org -all"
bad.example.net TXT "v=spf1 ip4:192.0.2.999 -all"
{ZONES}
"""


@pytest.mark.slow
@pytest.mark.parametrize("zone, code, words, record", [each[1:] for each in SPF_FAULTS], ids=[f[0] for f in SPF_FAULTS])
def test_every_fault_of_an_spf_record_is_told(
    desk: Desk, zone: str, code: str | None, words: str, record: str | None
) -> None:
    settings(desk)
    found = look(desk, AROUND + zone, "--only", "spf", broken=frozenset({"slow.example.net"}))["spf example.org"]
    assert found["code"] == code, found["message"]
    assert words in found["message"]
    if record is not None:
        assert records(found) == [record]


def test_what_costs_most_questions_is_named(desk: Desk) -> None:
    settings(desk)
    heavy = 'big.example.net TXT "v=spf1 ' + " ".join(f"a:h{n}.example.net" for n in range(10)) + ' -all"\n'
    hosts = "".join(f"h{number}.example.net A 192.0.2.{number}\n" for number in range(10))
    zone = f'{AROUND}{heavy}{hosts}{SPF}"v=spf1 mx include:big.example.net ~all"'
    found = look(desk, zone, "--only", "spf")["spf example.org"]
    assert found["lookups"] == 12
    assert found["costs"] == {"mx": 1, "include:big.example.net": 11}
    assert found["hint"].index('"include:big.example.net" asks 11') < found["hint"].index('"mx" asks 1')


INCLUDED = """
example.org TXT "v=spf1 include:_spf.google.com ~all"
_spf.google.com TXT "v=spf1 ip4:203.0.113.0/24 ~all"
"""
RELAYS = [
    ("allowed", STRANGER, "", None, "allows 192.0.2.25", None),
    ("not allowed", STRANGER, 'example.org TXT "v=spf1 mx -all"', "spf-relay", "does not allow 192.0.2.25",
     "example.org TXT v=spf1 mx a:relay.example.net -all"),
    ("one of two", STRANGER, "relay.example.net AAAA 2001:db8::25", "spf-relay-some", "(not 2001:db8::25)", None),
    ("provider included", GOOGLE, INCLUDED, None, "includes Google", None),
    ("provider left out", GOOGLE, "", "spf-provider", "does not include Google",
     "example.org TXT v=spf1 ip4:192.0.2.25 include:_spf.example.net include:_spf.google.com ~all"),
    ("provider with its own MAIL FROM", SES, "", "spf-provider-own", "does not include Amazon SES",
     "example.org TXT v=spf1 ip4:192.0.2.25 include:_spf.example.net include:amazonses.com ~all"),
    ("this machine", LOCAL, "", "spf-relay-unknown", "not known whether SPF allows it", None),
    ("no such host", 'host = "gone.example.net"', "", "spf-relay-unknown", "whose address is unknown", None),
]  # fmt: skip


@pytest.mark.parametrize("relay, more, code, words, record", [each[1:] for each in RELAYS], ids=[e[0] for e in RELAYS])
def test_whether_spf_allows_the_relay_is_told(
    desk: Desk, relay: str, more: str, code: str | None, words: str, record: str | None
) -> None:
    settings(desk, relay)
    zone = without(GOOD, "example.org TXT") + "\n" + more if "v=spf1" in more else f"{GOOD}\n{more}"
    found = look(desk, zone, "--only", "spf")["spf example.org main"]
    assert found["code"] == code, found["message"]
    assert words in found["message"]
    assert records(found) == ([] if record is None else [record])


def test_a_relay_is_not_judged_by_half_an_answer(desk: Desk) -> None:
    settings(desk)
    zone = f'{AROUND}{SPF}"v=spf1 include:slow.example.net ip4:192.0.2.25 ~all"'
    found = look(desk, zone, "--only", "spf", broken=frozenset({"slow.example.net"}))["spf example.org main"]
    assert found["code"] == "spf-relay-silent"


def test_an_outgoing_address_is_judged_in_place_of_a_relay_on_this_machine(desk: Desk) -> None:
    settings(desk, LOCAL)
    allowed = look(desk, GOOD, "--only", "spf", "--only", "reverse", "--outgoing", "192.0.2.25")
    assert allowed["spf example.org main"]["state"] == "ok"
    assert allowed["reverse main 192.0.2.25"]["state"] == "ok"
    refused = look(desk, GOOD, "--only", "spf", "--outgoing", "203.0.113.9")["spf example.org main"]
    assert records(refused) == ["example.org TXT v=spf1 ip4:192.0.2.25 include:_spf.example.net ip4:203.0.113.9 ~all"]
