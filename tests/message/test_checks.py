"""Checks: each finds what it is for, in bytes that are otherwise good."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from mailer.errors import Severity
from mailer.message.checks import check_message
from mailer.message.checks.mail import word_overlap
from mailer.message.compose import compose_frame, compose_message
from mailer.message.parts import parse_parts, read_page
from mailer.message.values import Rendered
from tests.message.samples import CASES, OPTOUT_URL, SENDER, SENT_AT, compiled
from tests.message.test_compose import FRAME, TO

GOOD = CASES["full"].compose()
RENDERED = compiled().render(CASES["full"].context())


def failed(data: bytes, **given: object) -> set[str]:
    checks = check_message(data, postal_address=SENDER.postal_address, **given)  # type: ignore[arg-type] # as the test says
    return {check.code for check in checks if not check.passed}


def with_texts(*, html: str = RENDERED.html, text: str = RENDERED.text, subject: str = "Seals") -> bytes:
    return compose_message(FRAME, Rendered(subject, html, text), TO, date=SENT_AT)


def replaced(old: bytes, new: bytes) -> Callable[[], bytes]:
    assert old in GOOD
    return lambda: GOOD.replace(old, new, 1)


def in_html(old: str, new: str) -> Callable[[], bytes]:
    assert old in RENDERED.html
    return lambda: with_texts(html=RENDERED.html.replace(old, new))


def in_text(old: str, new: str) -> Callable[[], bytes]:
    assert old in RENDERED.text
    return lambda: with_texts(text=RENDERED.text.replace(old, new))


def test_good_mail_passes_everything() -> None:
    assert failed(GOOD) == set()
    assert failed(with_texts()) == set()


@pytest.mark.parametrize(
    "code, make",
    [
        ("line-ends", replaced(b"\r\nDate:", b"\nDate:")),
        ("line-ends", lambda: GOOD[:-2]),
        ("line-length", replaced(b"Subject: ", b"Subject: " + b"x" * 1000)),
        ("body-line-length", replaced(b"=3D=3D", b"=3D" * 30)),
        ("seven-bit", replaced(b"Notes to editors", "Nötes to editors".encode())),
        ("fields-once", replaced(b"Subject: ", b"Subject: a\r\nSubject: ")),
        ("fields-once", replaced(b"Date: ", b"X-Date: ")),
        ("fields-once", replaced(b"List-Id: ", b"List-Id: a\r\nlist-id: ")),
        ("one-recipient", replaced(b"To: Ada Brook", b"To: x@evil.example, Ada Brook")),
        ("one-recipient", replaced(b"Subject: ", b"Cc: x@evil.example\r\nSubject: ")),
        ("list-unsubscribe-plain", replaced(b"List-Unsubscribe: <https", b"List-Unsubscribe: =?utf-8?q?=3Chttps?=")),
        ("one-click", replaced(b"List-Unsubscribe=One-Click", b"List-Unsubscribe=one-click")),
        ("one-click", replaced(b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", b"")),
        ("encoded-words", replaced(b"Subject: ", b"Subject: =?utf-8?q??= ")),
        ("encoded-words", replaced(b"Subject: ", b"Subject: =?utf-8?q?" + b"a" * 80 + b"?= ")),
        ("subject", lambda: with_texts(subject="")),
        ("subject-length", lambda: with_texts(subject="seals, " * 40 + "seals")),
        ("plain-first", lambda: GOOD.replace(b"text/plain", b"text/xyz").replace(b"text/html", b"text/plain")),
        (
            "pictures-inside",
            in_html('src="https://www.example.org/seals/lower-steps.jpg"', 'src="cid:gone@example.org"'),
        ),
        ("size", in_html("</h1>", "</h1><p hidden>" + "x" * 81_000 + "</p>")),
        ("language", in_html('lang="en"', "")),
        ("language", in_html('<html lang="en"', '<html lang="de"')),
        ("language", replaced(b"Content-Language: en", b"Content-Language: de")),
        ("title", lambda: with_texts(html=re.sub(r"<title>.*?</title>", "", RENDERED.html))),
        ("alt", in_html('alt="', 'title="')),
        ("headings", in_html("h2", "h4")),
        ("headings", in_html("h1", "h2")),
        ("layout-tables", in_html('role="presentation"', "")),
        ("elements", in_html("</h1>", "</h1><script>x</script>")),
        ("elements", in_html('src="https:', 'src="data:')),
        ("links", in_html('href="https://www.example.org/press"', 'href="javascript:x"')),
        ("honest-links", in_html('href="https://www.example.org/press"', 'href="https://track.example.net/r"')),
        ("no-templates", in_html("Outer mole", "{{ release.place }}")),
        ("same-words", lambda: with_texts(text="Please view this mail in a browser.")),
        ("leftovers", in_text("Dear Ada,", "Dear ,")),
        ("leftovers", in_text("Dear Ada,", "Dear None,")),
        ("leftovers", in_text("Outer mole", "{{ contact.city }}")),
        ("leftovers", in_text("030 555 0142", "None")),
        ("leftovers", in_html("Dear Ada,", "Dear ,")),
        ("plain-text", in_text("Outer mole", "Outer&nbsp;mole")),
        ("postal-address", in_text("1 Example Street", "Example Street")),
        ("postal-address", in_html("1 Example Street", "Example Street")),
        ("opt-out", in_text(OPTOUT_URL, "https://www.example.org")),
        ("opt-out", in_html(OPTOUT_URL, "https://www.example.org")),
    ],
)
def test_check_finds_what_it_is_for(code: str, make: Callable[[], bytes]) -> None:
    assert code in failed(make())


def test_opt_out_is_looked_for_as_given() -> None:
    assert "opt-out" in failed(GOOD, optouts=("https://press.example.org/o/other",))


def test_list_unsubscribe_is_missed_where_a_way_out_was_given_and_nowhere_else() -> None:
    bare = re.sub(rb"List-Unsubscribe.*(?:\r\n .*)*\r\n", b"", GOOD)
    assert b"List-Unsubscribe" not in bare
    assert failed(bare, optouts=(OPTOUT_URL,)) - {"opt-out-early"} == {"list-unsubscribe"}
    assert "list-unsubscribe" not in failed(bare)


def test_mail_without_opt_out_address_is_warned_of_and_not_stopped() -> None:
    bare = re.sub(rb"List-Unsubscribe.*(?:\r\n .*)?\r\n", b"", GOOD)
    check = {check.code: check for check in check_message(bare.replace(b"Reply-To: ", b"X-To: "))}["opt-out"]
    assert check.passed
    assert check.severity is Severity.WARNING


def test_size_is_an_error_only_where_gmail_cuts() -> None:
    def severity(size: int) -> Severity:
        html = RENDERED.html.replace("</h1>", "</h1><p hidden>" + "x" * size + "</p>")
        return next(check.severity for check in check_message(with_texts(html=html)) if check.code == "size")

    assert (severity(82_000), severity(110_000)) == (Severity.WARNING, Severity.ERROR)


@pytest.mark.parametrize(
    "words", ["None of the seals left.", "Dear readers, look.", "The {curly} pier", "Hello, everybody"]
)
def test_honest_words_are_no_leftovers(words: str) -> None:
    both = with_texts(text=f"{RENDERED.text}\n{words}", html=RENDERED.html.replace("ENDS", f"ENDS</p><p>{words}"))
    assert "leftovers" not in failed(both)


@pytest.mark.parametrize(
    "data", [b"", b"\r\n", b"garbage", b"\x00\xff\r\n\r\n\xff", b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"]
)
def test_garbage_is_judged_and_never_raises(data: bytes) -> None:
    assert failed(data)


def test_reader_takes_apart_what_it_did_not_compose() -> None:
    message = parse_parts(CASES["files"].compose())
    assert [part.media_type for part in message.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png",
        "application/pdf",
    ]  # fmt: skip
    assert message.text("text/plain").startswith("[TEST]")


def test_reader_of_pages_hears_what_is_visible() -> None:
    page = read_page(
        '<head><title>T</title></head><p>a <b>b</b></p><div style="display:none">no<p>no</p></div><img alt="c">'
    )
    assert page.words.split() == ["a", "b", "c"]
    assert page.title == "T"


@pytest.mark.parametrize(
    "one, two, share", [("a b", "A b", 1), ("", "", 1), ("a b", "a", 0.5), ("a <https://x.example/b/c>", "a", 1)]
)
def test_word_overlap_is_a_share_of_the_longer(one: str, two: str, share: float) -> None:
    assert word_overlap(one, two) == share


def test_frame_in_another_language_is_noticed() -> None:
    frame = compose_frame(SENDER, language="fr", seed=b"x")
    assert "language" in failed(compose_message(frame, RENDERED, TO, date=SENT_AT))
