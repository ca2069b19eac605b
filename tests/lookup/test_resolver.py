"""One name server, asked over real sockets."""

from __future__ import annotations

from mailer.lookup import AnswerKind, DnsAnswer, Resolver, fetch_domains
from tests.nameserver import NameServer, name_server

LONG = "v=DKIM1; k=rsa; p=" + "A" * 2600
STRINGS = " ".join(f'"{LONG[start : start + 250]}"' for start in range(0, len(LONG), 250))
ZONE = f"""
example.org TXT "v=spf1 " "-all"
example.org TXT "other"
example.org MX 20 second.example.org.
example.org MX 10 First.Example.org.
long.example.org TXT {STRINGS}
alias.example.org CNAME example.org.
both.example.org A 192.0.2.1
both.example.org AAAA 2001:db8::1
25.2.0.192.in-addr.arpa PTR mail.example.org.
none.example.org MX 0 .
"""


def resolver(server: NameServer, timeout_s: float = 60.0) -> Resolver:
    return Resolver(("127.0.0.1", server.port), timeout_s=timeout_s)


def test_every_kind_of_record_is_given_as_plain_text() -> None:
    with name_server(ZONE) as server:
        dns = resolver(server)
        assert set(dns.ask("Example.ORG.", "TXT").records) == {"v=spf1 -all", "other"}
        assert dns.ask("example.org", "MX").records == ("first.example.org", "second.example.org")
        assert dns.ask("none.example.org", "MX").records == (".",)
        assert set(dns.ask("alias.example.org", "TXT").records) == {"v=spf1 -all", "other"}
        assert dns.addresses("both.example.org").records == ("192.0.2.1", "2001:db8::1")
        assert dns.addresses("[192.0.2.7]").records == ("192.0.2.7",)
        assert dns.host_names("192.0.2.25").records == ("mail.example.org",)


def test_an_answer_that_does_not_fit_comes_over_tcp() -> None:
    with name_server(ZONE) as server:
        assert resolver(server).ask("long.example.org", "TXT").records == (LONG,)
        assert [way for _, _, way in server.asked] == ["udp", "tcp"]


def test_nothing_of_this_kind_and_no_such_name_are_told_apart() -> None:
    with name_server(ZONE) as server:
        dns = resolver(server)
        assert dns.ask("both.example.org", "TXT") == DnsAnswer(AnswerKind.NONE)
        assert dns.ask("nowhere.example.org", "TXT") == DnsAnswer(AnswerKind.NO_NAME)
        assert dns.addresses("nowhere.example.org").kind is AnswerKind.NO_NAME


def test_a_question_is_asked_once() -> None:
    with name_server(ZONE) as server:
        dns = resolver(server)
        assert dns.ask("example.org", "MX") is dns.ask("EXAMPLE.org.", "MX")
        assert len(server.asked) == 1


def test_a_broken_server_and_a_name_that_is_none_are_no_word_about_the_name() -> None:
    with name_server(ZONE, broken=frozenset({"example.org"})) as server:
        dns = resolver(server)
        assert dns.ask("example.org", "TXT").why == "its name server is broken (SERVFAIL)"
        assert not dns.ask("a..b", "TXT").known
        assert not dns.ask("x" * 70 + ".example.org", "TXT").known


def test_a_server_that_never_answers_is_soon_asked_no_more() -> None:
    names = [f"{letter}.example.org" for letter in "abcdefgh"]
    with name_server(silent=frozenset(names)) as server:
        dns = resolver(server, timeout_s=0.05)
        reasons = [dns.ask(name, "TXT").why for name in names]
        assert f"{names[-1]}." not in {name for name, _, _ in server.asked}
    assert reasons[0] == "no answer in time"
    assert reasons[-1] == "the name server does not answer at all"


def test_a_server_that_knows_no_name_in_the_world_says_nothing_of_any() -> None:
    with name_server("printer.internal A 192.0.2.9\n") as server:
        answer = resolver(server).ask("example.org", "MX")
        assert (answer.kind, "closed network" in answer.why) == (AnswerKind.SILENT, True)
        answers = fetch_domains(["example.org"], nameserver=("127.0.0.1", server.port), timeout_s=60)
        assert (dict(answers.dead), answers.silent) == ({}, ("example.org",))
