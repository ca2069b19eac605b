"""A letter for the eye: its text as lines, whatever it was made of."""

from __future__ import annotations

from email.message import EmailMessage

from mailer.bounces.letter import parse_letter

QUOTED = "On Fri, 2 Oct 2026 at 10:00, Press <press@example.org> wrote:\n> The museum opens\n"


def made(text: str = "", *, html: str = "") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Zoë Long <zoe@daily.example.com>"
    message["Subject"] = "Re: Lampen für alle"
    if text:
        message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html") if text else message.set_content(html, subtype="html")
    return message


def test_the_writer_s_own_words_stand_apart_from_what_is_quoted() -> None:
    letter = parse_letter(made(f"Could you send photos?\n\n{QUOTED}").as_bytes())
    assert (letter.sender, letter.subject) == ("Zoë Long <zoe@daily.example.com>", "Re: Lampen für alle")
    assert letter.text == "Could you send photos?"
    assert letter.whole == f"Could you send photos?\n\n{QUOTED}".strip()
    assert letter.asks["picture"] == "Could you send photos?"


def test_html_becomes_text_and_nothing_of_it_is_run_or_fetched() -> None:
    page = "<p>May we film?</p><p>&nbsp;</p><div><br></div><script>alert(1)</script><img src='https://tracker.example.net/x.gif'><p>Zo&euml;</p>"
    letter = parse_letter(made(html=page).as_bytes())
    assert "May we film?" in letter.text
    assert "Zoë" in letter.text
    assert "\n\n\n" not in letter.text
    assert not [word for word in ("alert", "tracker", "<") if word in letter.text + letter.whole]


def test_attachments_are_named_and_their_content_is_not_shown() -> None:
    message = made("See attached.")
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="cellar.png")
    message.add_attachment("secret notes", filename="notes.txt")
    letter = parse_letter(message.as_bytes())
    assert letter.attachments == ("cellar.png", "notes.txt")
    assert "secret" not in letter.whole


def test_any_bytes_are_a_letter() -> None:
    for data in (b"", b"\xff\x00\xfe", b"Content-Type: multipart/mixed\n\n--\n", b"\n" * 50_000):
        assert parse_letter(data).text == ""
