"""What is looked at on a page: each rule finds its slip, and leaves alone what only looks like one."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailer.errors import Severity
from mailer.message.checks import check_message
from mailer.message.checks.mail import subject_checks, words_in
from mailer.message.compose import compose_message
from mailer.message.values import Rendered
from tests.message.samples import OPTOUT_URL, SENDER, SENT_AT
from tests.message.test_compose import FRAME, TO

HEAD = (
    '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">'
    "<title>Seals return to the pier</title>"
)
WORDS = "Wardens counted eleven seals on the lower steps of the pier on Sunday, two of them born this year. " * 2
TEXT = f"Seals return to the pier\n\n{WORDS}\n\n{SENDER.postal_address}\nLeave the list: {OPTOUT_URL}\n"


def page(body: str = "", *, head: str = HEAD, around: str = "background-color: #ffffff; color: #1a1a1a") -> str:
    """Return a page that has nothing wrong with it, but for what is put in."""
    return (
        f'<!doctype html><html lang="en" dir="ltr"><head>{head}</head><body style="{around}">'
        f'<div lang="en" dir="ltr"><h1>Seals return to the pier</h1><p>{WORDS}</p>{body}'
        f'<p>{SENDER.postal_address} <a href="{OPTOUT_URL}">Leave the list</a></p></div></body></html>'
    )


def found(html: str, *, text: str = TEXT, subject: str = "Seals return to the pier", **given: int) -> set[str]:
    data = compose_message(FRAME, Rendered(subject, html, text), TO, date=SENT_AT)
    checks = check_message(data, postal_address=SENDER.postal_address, **given)  # type: ignore[arg-type] # as the test says
    return {check.code for check in checks if not check.passed}


def hidden(style: str = "display: none; mso-hide: all", words: str = "Eleven seals") -> str:
    return f'<div style="{style}">{words}</div>'


def dark(rules: str) -> str:
    return f"{HEAD}<style>@media (prefers-color-scheme: dark) {{ {rules} }}</style>"


def test_a_page_without_slips_passes_everything() -> None:
    assert found(page()) == set()
    assert found(page('<p lang="ar" dir="rtl">الفقمات</p>')) == set()  # words in another language say so


# code, what has the slip, what only looks like it
IN_THE_BODY = [
    ("contrast", '<p style="color: #999999">pale</p>', '<p style="color: #666666">grey</p>'),
    ("contrast", '<p style="color: #666666; background-color: #333333">x</p>', '<p style="color: #ffffff">  </p>'),
    ("text-size", '<p style="font-size: 12px">small print</p>', '<p style="font-size: 14px">small print</p>'),
    ("text-size", '<p style="font: 9pt serif">x</p>', '<p style="font-size: 12px"> </p>'),
    ("width", '<table role="presentation" width="700"><tr><td>x</td></tr></table>', '<p style="width: 640px">x</p>'),
    ("width", '<p style="min-width: 700px">x</p>', '<table role="presentation" style="max-width: 700px"></table>'),
    ("layout-tables", "<table><tr><td>x</td></tr></table>", "<table><tr><th>Year</th></tr><tr><td>1</td></tr></table>"),
    ("style", "<style>p { margin: 0 }</style>", ""),
    ("elements", "<form><input></form>", "<p>a form, an input</p>"),
    ("elements", '<link rel="stylesheet" href="https://example.org/x.css">', ""),
    ("clients", '<div style="display: flex">x</div>', '<div style="display: block">x</div>'),
    ("clients", '<div style="position: absolute">x</div>', '<div style="position: relative">x</div>'),
    ("clients", '<div style="margin: 0 -4px">x</div>', '<div style="margin: 0 4px; border-radius: 4px">x</div>'),
    ("clients", '<div style="max-width: 600px">x</div>', '<table role="presentation" style="max-width: 9px"></table>'),
    (
        "clients",
        '<div style="background-image: url(https://example.org/a.png)">x</div>',
        '<div style="background: #eeeeee url(https://example.org/a.png)">x</div>',
    ),
    (
        "clients",
        '<img alt="Logo" width="80" src="https://example.org/logo.svg">',
        '<img alt="Logo" width="80" src="https://example.org/logo.png">',
    ),
    (
        "clients",
        '<img alt="Seal" width="80" src="https://example.org/a.webp?x=1">',
        '<img alt="webp" width="80" src="https://example.org/webp.jpg">',
    ),
    ("headings", "<h3>Numbers</h3>", "<h2>Numbers</h2><h3>More</h3>"),
    ("headings", "<h1>Another</h1>", "<h2>Another</h2>"),
    ("alt", '<img width="80" src="https://example.org/a.png">', '<img alt="" width="80" src="https://example.org/a.png">'),
    (
        "picture-width",
        '<img alt="Seal" src="https://example.org/a.png">',
        '<img alt="Seal" width="80" src="https://example.org/a.png">',
    ),
    (
        "without-pictures",
        '<a href="https://example.org"><img alt="" width="80" src="https://example.org/a.png"></a>',
        '<a href="https://example.org"><img alt="The trust" width="80" src="https://example.org/a.png"></a>',
    ),
    (
        "pixel",
        '<img alt="" width="1" height="1" src="https://example.org/o.gif">',
        '<img alt="" width="1" height="40" src="https://example.org/rule.gif">',
    ),
    (
        "link-words",
        '<a href="https://example.org/a">Click here</a>',
        '<a href="https://example.org/a">Click here for the figures</a>',
    ),
    ("link-words", '<a href="https://example.org/a">Hier</a>', '<a href="https://example.org/a">Hier die Zahlen</a>'),
    ("link-words", '<a href="https://example.org/a">mehr …</a>', '<a href="https://example.org/a">mehr Zahlen</a>'),
    (
        "link-words",
        '<a href="https://example.org/a?utm_id=1">https://example.org/a?utm_id=1</a>',
        '<a href="https://example.org/a?page=1">https://example.org/a?page=1</a>',
    ),
    (
        "link-words",
        '<a href="https://example.org/x1/9f8e7d6c5b4a39281706f5e4d3c2">https://example.org/x1/9f8e7d6c5b4a39281706f5e4d3c2</a>',
        '<a href="https://example.org/a-very-long-name-of-a-page">https://example.org/a-very-long-name-of-a-page</a>',
    ),
    (
        "underlined",
        '<a style="text-decoration: none" href="https://example.org/a">Figures</a>',
        '<a style="text-decoration: none; border-bottom: 1px solid" href="https://example.org/a">Figures</a>',
    ),
    ("secure-links", '<a href="http://example.org/a">Figures</a>', '<a href="https://example.org/http://a">Figures</a>'),
    ("short-links", '<a href="https://bit.ly/a">Figures</a>', '<a href="https://orbit.ly/a">Figures</a>'),
    ("honest-links", '<a href="https://example.net/a">example.org</a>', '<a href="https://www.example.org/a">example.org</a>'),
    ("links", '<a href="file:///seals.pdf">Figures</a>', '<a href="tel:+44305550142">Ring us</a>'),
    ("preheader", hidden("display: none"), hidden()),
    ("preheader", hidden("display: none; mso-hide: all; color: #ffffff"), hidden()),
    ("preheader", '<p style="font-size: 0">x</p>', '<p style="font-size: 0"> </p>'),
    ("preheader", '<p style="text-indent: -9999px">x</p>', '<p style="text-indent: 2em">x</p>'),
    ("preheader-length", hidden(words="Eleven seals. " * 20), hidden()),
    ("leftovers", "<p>Dear ,</p>", "<p>Dear all,</p>"),
    ("leftovers", "<p>News from {organisation}.</p>", "<p>The set {a, b} of the organisation.</p>"),
    ("leftovers", "<p>Bonjour None,</p>", "<p>Bonjour à tous,</p>"),
    ("leftovers", "<p>Bonjour ,</p>", "<p>Bonjour !</p><p>Madame, Monsieur,</p>"),
    ("leftovers", "<p>Sehr geehrte Frau ,</p>", "<p>Sehr geehrte Damen und Herren,</p>"),
    ("leftovers", "<p>Estimada ,</p>", "<p>Estimada Inés:</p>"),
    ("leftovers", "<p>様</p>", "<p>岡田様</p>"),
    ("leftovers", "<p>Hi jo@daily.example.com,</p>", "<p>Write to jo@daily.example.com</p>"),
    ("leftovers", "<p>N/A</p>", "<table><tr><th>Injured</th></tr><tr><td>N/A</td></tr><tr><td>None</td></tr></table>"),
    ("leftovers", "<table role=presentation><tr><td>None</td></tr></table>", "<p>It was <b>None</b> of ours.</p>"),
    ("leftovers", "<p>None</p>", "<p>None of them left.</p>"),
    ("leftovers", "<p>*|FNAME|*</p>", "<p>5 * 3 | 2</p>"),
    ("leftovers", "<p>[FIRST_NAME]</p>", "<p>[sic]</p>"),
]  # fmt: skip


@pytest.mark.parametrize(
    "code, slip, like_it", IN_THE_BODY, ids=[f"{n}-{each[0]}" for n, each in enumerate(IN_THE_BODY)]
)
def test_a_slip_in_the_body_is_found_and_what_looks_like_one_is_not(code: str, slip: str, like_it: str) -> None:
    assert code in found(page(slip))
    assert code not in found(page(like_it))


@pytest.mark.parametrize(
    "code, html",
    [
        ("dark-mode", page(head="<title>Seals return to the pier</title>")),
        ("dark-mode", page(head=HEAD.replace("supported-color-schemes", "x"))),
        ("contrast-dark", page(head=dark("body { background-color: #101010 !important }"))),
        ("contrast-dark", page(head=dark("p { color: #eeeeee !important }"))),
        ("paper", page(around="color: #1a1a1a")),
        ("style", page(head=f"{HEAD}<style>{'p { margin: 0 } ' * 1100}</style>")),
        ("style", page(head=f"{HEAD}<style>p {{ margin: 0 }}</style><style>b {{ margin: 0 }}</style>")),
        ("style", page(head=f"{HEAD}<style>@import url(https://example.org/x.css);</style>")),
        ("title", page(head=HEAD.replace("Seals return to the pier", " "))),
        ("subject-title", page(head=HEAD.replace("Seals return to the pier", "Press release 24 November"))),
        ("same-links", page('<p><a href="https://example.org/figures">Figures</a></p>')),
        ("without-pictures", page().replace("<h1>Seals return to the pier</h1>", '<h1><img alt="" width="9"></h1>')),
    ],
)  # fmt: skip
def test_a_slip_of_the_whole_page_is_found(code: str, html: str) -> None:
    assert code in found(html)


def test_a_page_with_colours_for_both_screens_passes() -> None:
    rules = "body { background-color: #101010 !important; color: #eeeeee !important } a { color: #9ecbff !important }"
    assert found(page(head=dark(rules))) == set()


@pytest.mark.parametrize(
    "code, subject, like_it",
    [
        ("subject", " ", "S"),
        ("subject-length", "Seals " * 13 + "again", "Seals " * 12 + "again"),
        ("subject-length", "seals, " * 30, "[EMBARGO until 3 March 2027, 09:00 BST] " + "Seals " * 12),
        ("subject-caps", "SEALS RETURN TO THE PIER", "NASA and ESA return to the pier"),
        ("subject-shouting", "Seals return!!", "Seals return! Why?"),
        ("subject-reply", "Re: seals", "Retail seals: a return"),
        ("subject-reply", "AW: seals", "Award: seals"),
    ],
)
def test_a_slip_in_the_subject_is_found(code: str, subject: str, like_it: str) -> None:
    assert code in found(page(), subject=subject)
    assert code not in found(page(), subject=like_it)


def test_a_subject_of_which_less_is_seen_is_a_note_and_one_that_filters_count_a_warning() -> None:
    for length, severity in ((78, None), (79, Severity.NOTE), (200, Severity.NOTE), (201, Severity.WARNING)):
        judged = {each.code: each for each in subject_checks("S" * length, None)}["subject-length"]
        assert (None if judged.passed else judged.severity) is severity, length


def test_parts_that_differ_in_a_tenth_of_their_words_pass_and_in_more_do_not() -> None:
    words = " ".join(f"word{n}" for n in range(100))
    body = f"<p>{words}</p>"
    whole = TEXT + words
    total = len(set(words_in(whole)))
    most = total // 10
    assert "same-words" not in found(page(body), text=whole.replace("word", "other", most))
    assert "same-words" in found(page(body), text=whole.replace("word", "other", most + 1))


@pytest.mark.parametrize("part, says", [("html", "in the page"), ("text", "in the text")])
@pytest.mark.parametrize("what, code", [(SENDER.postal_address, "postal-address"), (OPTOUT_URL, "opt-out")])
def test_postal_address_and_the_way_out_must_stand_in_either_part(part: str, says: str, what: str, code: str) -> None:
    texts = {"html": page(), "text": TEXT}
    texts[part] = texts[part].replace(what, "https://example.org")
    data = compose_message(FRAME, Rendered("Seals return to the pier", **texts), TO, date=SENT_AT)
    checks = {check.code: check for check in check_message(data, postal_address=SENDER.postal_address)}
    assert not checks[code].passed
    assert checks[code].message.endswith(says)
    assert checks[code].severity.value == "error"


def test_the_way_out_at_the_end_alone_is_told_where_no_header_names_it() -> None:
    data = compose_message(FRAME, Rendered("Seals return to the pier", page(), TEXT), TO, date=SENT_AT)
    bare = b"\r\n".join(line for line in data.split(b"\r\n") if not line.startswith(b"List-Unsubscribe"))
    early = bare.replace(b"<h1>", f'<a href=3D"{OPTOUT_URL}">out</a><h1>'.encode().replace(b"\n", b""), 1)

    def codes(data: bytes) -> set[str]:
        return {check.code for check in check_message(data, optouts=(OPTOUT_URL,)) if not check.passed}

    assert "opt-out-early" not in codes(data)
    assert "opt-out-early" in codes(bare)
    assert "opt-out-early" not in codes(early)


def test_a_mail_larger_than_what_the_relay_takes_is_an_error() -> None:
    html = page()
    size = len(compose_message(FRAME, Rendered("Seals return to the pier", html, TEXT), TO, date=SENT_AT))
    assert "whole-size" not in found(html, size_limit=size)
    assert "whole-size" in found(html, size_limit=size - 1)


def test_words_of_a_text_part_that_are_said_again_and_lines_of_japanese_are_no_difference() -> None:
    cells = ("<td>Pier</td><td>1</td>", "<td>Mole</td><td>2</td>")
    table = f"<table><tr><th>Place</th><th>Year</th></tr><tr>{'</tr><tr>'.join(cells)}</tr></table>"
    rows = "Place: Pier\nYear: 1\n\nPlace: Mole\nYear: 2\n" * 3
    assert "same-words" not in found(page(table), text=TEXT + rows)
    sentence = "港のアザラシが東の桟橋に戻ってきた。係員が十一頭を数えた。二頭は今年生まれたものである。"
    broken = "\n".join(sentence[at : at + 5] for at in range(0, len(sentence), 5))
    assert "same-words" not in found(page(f"<p>{sentence}</p>"), text=TEXT + broken)
    assert "same-words" in found(page(f"<p>{sentence}</p>"), text=TEXT)


def test_every_rule_is_tried_here_or_with_the_bytes() -> None:
    """A rule without a slip of its own may have been broken long ago."""
    data = compose_message(FRAME, Rendered("Seals return to the pier", page(), TEXT), TO, date=SENT_AT)
    codes = {check.code for check in check_message(data, postal_address=SENDER.postal_address, size_limit=10_000_000)}
    assert len(codes) > 40
    tried = "".join(file.read_text("utf-8") for file in (Path(__file__), Path(__file__).parents[1] / "test_checks.py"))
    assert {code for code in codes if f'"{code}"' not in tried} == set()


def test_an_address_in_the_text_part_is_one_without_https_before_it() -> None:
    link = page('<p><a href="https://www.example.org/seals">the figures</a></p>')
    assert "same-links" in found(link, text=TEXT)
    assert "same-links" not in found(link, text=f"{TEXT}\nThe figures: www.example.org/seals\n")
    bare = page('<p><a href="https://example.org">the trust</a></p>')
    assert "same-links" in found(bare, text=f"{TEXT}\nWrite to press@example.org\n")
