"""Links and pictures: findings by their addresses, without opening them."""

from __future__ import annotations

import pytest

from mailer.errors import Severity
from mailer.release import link_kinds as kinds
from mailer.release.checks.links import Link, shown_elsewhere
from mailer.release.values import Image
from tests.release.checks.desk import codes, findings, good, paragraph

SAFELINK = (
    "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwww.example.org%2Fseals%3Futm_source%3Dx&data=05"
)


@pytest.mark.parametrize(
    "url, found",
    [
        ("https://www.example.org/seals?id=3#top", []),
        ("https://www.example.org/p?page=2", []),
        ("mailto:press@example.org", []),
        ("https://93.184.216.34/a", []),
        ("https://developers.example.org/", []),
        ("https://testing-ground-museum.example.org/", ["link-staging"]),  # to be waived if it is a name
        ("https://staging.example.org/", ["link-staging"]),
        ("https://www-dev.example.org/", ["link-staging"]),
        ("https://preview2.example.org/", ["link-staging"]),
        ("https://www.example.org/?p=123&preview=true", ["link-staging"]),
        ("https://www.example.org/drafts/seals", ["link-staging"]),
        ("https://seals.netlify.app/", ["link-staging"]),
        ("https://localhost:8000/x", ["link-private"]),
        ("https://seals/", ["link-private"]),
        ("https://cms.local/", ["link-private"]),
        ("https://192.168.1.4/x", ["link-private"]),
        ("https://[::1]/x", ["link-private"]),
        ("https://ada:secret@www.example.org/", ["link-secret"]),
        ("https://docs.google.com/document/d/1AbC/edit?usp=sharing", ["link-edit"]),
        ("https://docs.google.com/document/d/e/2PACX/pub", []),
        ("https://example.sharepoint.com/:w:/s/press/Eabc", ["link-edit"]),
        ("https://www.example.org/wp-admin/post.php?post=1", ["link-edit"]),
        ("https://bit.ly/3abc", ["link-shortened"]),
        ("https://www.example.org/?utm_source=mail&utm_medium=pr", ["link-tracking"]),
        ("https://www.example.org/?mc_eid=abc", ["link-tracking"]),
        ("https://www.example.org/?si=abc", []),
        ("https://youtu.be/abc?si=def", ["link-tracking"]),
        (SAFELINK, ["link-tracking"]),
        ("https://www.google.com/url?q=https://www.example.org/a&sa=D", ["link-tracking"]),
        ("https://www.google.com/maps/place/Eastport", []),
        ("http://www.example.org/", ["link-http"]),
        ("https://https://www.example.org/", ["link-broken"]),
        ("https://www..example.org/", ["link-broken"]),
        ("https://www.example,com/", ["link-broken"]),
        ("https://www.example.org:port/", ["link-broken"]),
    ],
)
def test_an_address_tells_what_it_is(url: str, found: list[str]) -> None:
    assert codes(good(body=(paragraph("the count of this winter", url=url),))) == found


@pytest.mark.parametrize(
    "url, plain",
    [
        (SAFELINK, "https://www.example.org/seals"),
        ("https://www.example.org/x?utm_source=a&id=3#top", "https://www.example.org/x?id=3#top"),
        ("https://urldefense.com/v3/__https://www.example.org/a__;!!x", "https://www.example.org/a"),
        ("https://urldefense.proofpoint.com/v2/url?u=https-3A__www.example.org_a&d=x", "https://www.example.org/a"),
        ("https://l.facebook.com/l.php?u=https%3A%2F%2Fwww.example.org%2F%3Ffbclid%3Dx", "https://www.example.org/"),
        ("https://www.example.org/a?b=1", "https://www.example.org/a?b=1"),
    ],
)
def test_the_plain_address_is_offered(url: str, plain: str) -> None:
    assert kinds.plain_address(url) == plain


def test_a_link_that_follows_whoever_opens_it_is_told_with_the_plain_one() -> None:
    (problem,) = findings(good(body=(paragraph("the count", url="https://www.example.org/?mc_eid=a1"),)))
    assert problem.code == "link-tracking"
    assert problem.hint == "Write https://www.example.org/ instead."


def test_a_machine_nearby_stops_a_mailing_and_a_test_site_only_warns() -> None:
    severities = [
        findings(good(body=(paragraph("the count", url=url),)))[0].severity
        for url in ("https://localhost/x", "https://staging.example.org/x")
    ]
    assert severities == [Severity.ERROR, Severity.WARNING]


@pytest.mark.parametrize(
    "text, url, differs",
    [
        ("www.example.org", "https://www.example.org/a", False),
        ("example.org", "https://www.example.org/a", False),
        ("https://www.example.org/a", "https://www.example.net/a", True),
        ("www.example.org", "https://example.com/a", True),
        ("report.pdf", "https://www.example.org/report.pdf", False),
        ("the count", "https://www.example.org/", False),
        ("ada@example.org", "mailto:ada@example.org", False),
        ("Ada@example.org", "mailto:ada@example.org?subject=Seals", False),
        ("ada@example.org", "mailto:bo@example.org", True),
        ("ada@example.org", "https://www.example.net/", True),
        ("+44 20 7946 0182", "tel:+442079460182", False),
        ("020 7946 0182", "tel:+442079460182", False),
        ("020 7946 0182", "tel:+442079460199", True),
    ],
)
def test_what_a_link_shows_is_where_it_goes(text: str, url: str, *, differs: bool) -> None:
    assert bool(shown_elsewhere(Link(url, text))) is differs
    assert ("link-text" in codes(good(body=(paragraph(text, url=url),)))) is differs


@pytest.mark.parametrize(
    "text", ["here", "Click here", "hier", "En savoir plus", "aquí", "qui", "aqui", "こちら", "more →"]
)
def test_words_that_say_nothing_are_told(text: str) -> None:
    assert codes(good(body=(paragraph(text, url="https://www.example.org/a"),))) == ["link-vague"]


def picture(**changes: str) -> Image:
    values = {"src": "seals.jpg", "alt": "Two seals", "caption": "Seals on Saturday.", "credit": "Photo: Ada Brook"}
    values |= changes
    return Image(values["src"], values["alt"], values["caption"], values["credit"])


@pytest.mark.parametrize(
    "changes, found",
    [
        ({}, []),
        ({"alt": ""}, ["image-alt"]),
        ({"alt": "IMG_2024"}, ["image-alt"]),
        ({"alt": "seals.jpg"}, ["image-alt"]),
        ({"alt": "Seals"}, ["image-alt"]),
        ({"caption": ""}, ["image-caption"]),
        ({"credit": ""}, ["image-credit"]),
        ({"credit": "", "caption": "Seals. © Ada Brook"}, []),
        ({"src": "img/logo_trust.png", "credit": "", "caption": ""}, []),
        ({"alt": "Logo of the Seal Trust", "credit": "", "caption": ""}, []),
        ({"alt": "The logotypist at work", "credit": ""}, ["image-credit"]),
        ({"src": "seals.svg"}, ["image-format"]),
        ({"src": "https://www.example.org/a.webp?x=1"}, ["image-format"]),
        ({"src": "seals.HEIC"}, ["image-format"]),
        ({"src": "https://www.example.org/download?id=3"}, []),
        ({"src": "http://www.example.org/a.jpg"}, ["link-http"]),
    ],
)
def test_a_picture_says_what_is_seen_and_whose_it_is(changes: dict[str, str], found: list[str]) -> None:
    assert codes(good(body=(paragraph("One seal."), picture(**changes)))) == found
