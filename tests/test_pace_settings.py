"""How fast, how many, over which relay and when again: the settings in mailer.toml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.config.reading import read_settings
from mailer.errors import ConfigProblem
from mailer.settings import DomainPace, Pacing, Relay, Retry, Security, Settings
from mailer.words import read_section

FREE = {"security": Security.PLAIN, "host": "127.0.0.1"}


def relay(key: str = "main", **changes: Any) -> Relay:
    values: dict[str, Any] = {"key": key, "host": "smtp.example.org"}
    return Relay(**(values | changes))


def read(tmp_path: Path, text: str, **environ: str) -> Settings:
    (tmp_path / "mailer.toml").write_text(text, "utf-8")
    return read_settings(tmp_path, environ)


# What providers publish; a figure that changes here must change in docs/settings.md too.
@pytest.mark.parametrize(
    "preset, host, step_s, per_day, connections, messages",
    [
        ("gmail", "smtp.gmail.com", 0, 500, 3, 50),
        ("gmail-workspace", "smtp.gmail.com", 0, 2_000, 3, 50),
        ("google-relay", "smtp-relay.gmail.com", 0, 10_000, 3, 50),
        ("microsoft-365", "smtp.office365.com", 2, 10_000, 3, 50),
        ("amazon-ses", "own.example.org", 1, 200, 3, 50),
        ("sendgrid", "smtp.sendgrid.net", 0, 0, 10, 5_000),
        ("postmark", "smtp-broadcasts.postmarkapp.com", 0, 0, 10, 50),
        ("mailgun", "smtp.mailgun.org", 0, 0, 3, 50),
    ],
)
def test_a_preset_fills_what_nobody_wrote(
    tmp_path: Path, preset: str, host: str, step_s: float, per_day: int, connections: int, messages: int
) -> None:
    own = '\nhost = "own.example.org"' if preset == "amazon-ses" else ""
    text = f'[relays.main]\npreset = "{preset}"\nusername = "u"\npassword_env = "P"{own}'
    found = read(tmp_path, text).relays["main"]
    assert (found.host, found.step_s, found.per_day) == (host, step_s, per_day)
    assert (found.connections, found.messages_per_connection) == (connections, messages)
    assert (found.security, found.port_number) == (Security.STARTTLS, 587)


def test_every_preset_is_one_that_a_relay_takes_and_the_docs_name() -> None:
    docs = (Path(__file__).parent.parent / "docs" / "settings.md").read_text("utf-8")
    for name, known in read_section("settings", "presets").items():
        values: dict[str, Any] = {"host": "h.example.org", "password_env": "P", "username": "u"}
        assert Relay(key="main", preset=name, **(values | dict(known))).preset == name
        assert f"`{name}`" in docs


def test_what_stands_in_the_file_or_the_environment_beats_the_preset(tmp_path: Path) -> None:
    text = '[relays.main]\npreset = "microsoft-365"\nrate = "10/min"\nhost = "smtp.example.org"\n'
    found = read(tmp_path, text, MAILER_RELAYS__MAIN__PER_DAY="800").relays["main"]
    assert (found.host, found.rate, found.per_day, found.connections) == ("smtp.example.org", "10/min", 800, 3)


def test_a_preset_that_is_none_is_told_with_its_line_and_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigProblem) as caught:
        read(tmp_path, '[relays.main]\nhost = "smtp.example.org"\npreset = "gmial"\n')
    (problem,) = caught.value.problems
    assert str(problem).startswith('mailer.toml:3: relays.main.preset: there is no "gmial"; ')
    assert str(problem).endswith('; did you mean "gmail"?')


def test_pacing_is_read_from_the_file(tmp_path: Path) -> None:
    text = """\
[relays.main]
host = "smtp.example.org"
rate = "30/min"
per_day = 2000
warm_up = [200, 500, 1000]
from_domains = ["example.org"]
in_flight_per_domain = 4

[pacing.domains."Gmail.com"]
rate = "20/min"
in_flight = 2

[pacing.domains."bücher.example"]
rate = "1/s"
"""
    found = read(tmp_path, text)
    main = found.relays["main"]
    assert (main.warm_up, main.from_domains, main.in_flight_per_domain) == ((200, 500, 1000), ("example.org",), 4)
    paces = found.pacing.by_domain()
    assert paces == {
        "gmail.com": DomainPace(rate="20/min", in_flight=2),
        "xn--bcher-kva.example": DomainPace(rate="1/s"),
    }
    assert [pace.step_s for pace in paces.values()] == [3, 1]


def test_a_misspelt_key_of_a_domain_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigProblem) as caught:
        read(tmp_path, '[pacing.domains."gmail.com"]\nrat = "20/min"\n')
    assert [str(problem) for problem in caught.value.problems] == [
        'mailer.toml:2: pacing.domains.gmail.com.rat: there is no such key; did you mean "rate"?'
    ]


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: relay(per_day=-1), "per_day: a number"),
        (lambda: relay(in_flight_per_domain=-1), "in_flight_per_domain: a number"),
        (lambda: relay(warm_up=(200, 100)), "warm_up: .*growing"),
        (lambda: relay(warm_up=(0, 100)), "warm_up: "),
        (lambda: relay(from_domains=("example org",)), "from_domains: .*is not a domain"),
        (lambda: relay(from_domains=("",)), "from_domains: "),
        (lambda: relay(rate="fast"), "rate: .*is not a rate"),
        (lambda: DomainPace(rate="0/min"), "rate: .*is not a rate"),
        (lambda: DomainPace(in_flight=-2), "in_flight: "),
        (lambda: Pacing(domains={"@gmail.com": DomainPace()}), "domains: "),
        (lambda: Retry(jitter=1.5), "jitter: a share"),
        (lambda: Retry(jitter=-0.1), "jitter: a share"),
    ],
)
def test_a_pace_that_cannot_be_is_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    "sender, chosen",
    [
        ("example.org", ["org", "first", "last"]),
        ("press.example.org", ["org", "first", "last"]),
        ("notexample.org", ["first", "last"]),
        ("xn--bcher-kva.example", ["books", "first", "last"]),
    ],
)
def test_the_senders_domain_chooses_the_relay_then_the_order(sender: str, chosen: list[str]) -> None:
    relays = [
        relay("first"),
        relay("org", from_domains=("Example.org",)),
        relay("books", from_domains=("bücher.example",)),
        relay("last"),
    ]
    settings = Settings(relays={each.key: each for each in relays})
    assert [each.key for each in settings.relays_for(sender)] == chosen


def test_no_relay_in_clear_text_stands_in_for_a_secured_one() -> None:
    relays = {"main": relay("main"), "local": relay("local", **FREE), "spare": relay("spare")}
    assert [each.key for each in Settings(relays=relays).relays_for("example.org")] == ["main", "spare"]
    turned = {"local": relays["local"], "main": relays["main"]}
    assert [each.key for each in Settings(relays=turned).relays_for("example.org")] == ["local", "main"]


@given(attempts=st.integers(1, 50), seed=st.binary(min_size=1, max_size=16), jitter=st.floats(0, 1))
def test_jitter_only_lengthens_a_delay_and_is_the_same_every_time(attempts: int, seed: bytes, jitter: float) -> None:
    retry = Retry(delays_s=(60, 300, 900), jitter=jitter)
    plain = retry.delay_s(attempts)
    assert plain <= retry.delay_s(attempts, seed) <= plain * (1 + jitter)
    assert retry.delay_s(attempts, seed) == retry.delay_s(attempts, seed)


def test_people_deferred_together_do_not_come_back_together() -> None:
    delays = sorted(Retry().delay_s(1, number.to_bytes(8, "big")) for number in range(1000))
    assert len(set(delays)) > 990
    assert delays[0] < 61
    assert delays[-1] > 71
    assert 65 < sum(delays) / 1000 < 67


def test_a_greylisting_servers_own_wait_is_kept_at_the_first_retry_alone() -> None:
    retry = Retry(delays_s=(60, 300), jitter=0)
    assert retry.delay_s(1, asked_s=299) == 299
    assert retry.delay_s(2, asked_s=299) == 300
    assert retry.delay_s(1, asked_s=86400) == 3600  # nobody's word puts news off to tomorrow
