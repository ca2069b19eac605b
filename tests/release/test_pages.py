"""Saved web pages: text around the release is left out and reported, metadata of the page is used."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mailer.release.document import release_document
from mailer.release.source import parse_release

LEAD = (
    "The council of Eastport has voted to keep the old swimming hall open for three more winters, after two thousand "
    "people signed a petition that also asked for warmer water."
)
MORE = "Work on the roof begins in June and will take until the autumn, when the first swimmers are expected back."
STORY = f"<p>{LEAD}</p><p>{MORE}</p>"
HEADLINE = "Swimming hall stays open for three winters"


def read(page: str, source: str = "hall.html") -> dict[str, Any]:
    return release_document(parse_release(page.encode(), source=source, slug="hall"))


def left_out(document: dict[str, Any]) -> str:
    return "\n".join(one["message"] for one in document["problems"] if one["code"] == "left-out")


def body(document: dict[str, Any]) -> list[str]:
    return [block["text"] for block in document["body"]]


BLOG = f"""<html lang=en><head><title>{HEADLINE} – Eastport Swimming Trust</title></head>
<body class="single has-sidebar"><a href="#content">Skip to content</a>
<header><p><a href="/">Eastport Swimming Trust</a></p><nav><ul><li>Home</li><li>About</li></ul></nav></header>
<main><article><header><h1>{HEADLINE}</h1>
<div class="entry-meta">Posted on <time>March 3, 2027</time> by <a>Ada Brook</a> in <a>News</a></div></header>
<p><em>Two thousand people signed for warmer water</em></p>{STORY}<p>###</p>
<h3>About Eastport Swimming Trust</h3><p>The trust has run the hall since 1961.</p>
<div class="sharedaddy"><h3>Share this:</h3><ul><li><a>Twitter</a></li><li><a>Facebook</a></li></ul></div>
<div class="disclaimer">Opinions are our own.</div></article>
<aside><h2>Recent Posts</h2><ul><li>Library opens on Sundays</li></ul></aside></main>
<button>Accept all</button><footer>© 2027 Eastport Swimming Trust</footer></body></html>"""


def test_a_blog_post_is_freed_of_its_page() -> None:
    found = read(BLOG)
    assert (found["headline"], found["date"], found["end_mark"]) == (HEADLINE, "2027-03-03", "###")
    assert found["subhead"] == "Two thousand people signed for warmer water"
    assert body(found) == [LEAD, MORE]
    assert [one["text"] for one in found["boilerplate"]] == ["The trust has run the hall since 1961."]
    for words in ("Share this:", "Twitter", "Opinions are our own.", "Library opens on Sundays", "Accept all"):
        assert words in left_out(found)


def test_words_that_are_left_out_stay_apart() -> None:
    assert "Recent Posts Library" in left_out(read(BLOG))
    assert "Home About" in left_out(read(BLOG))


WIRE = f"""<html><head><title>Gull Systems Keeps Hall Open</title></head><body><section>
<h1>Gull Systems Keeps Hall Open</h1><p><b>News provided by</b><br><a><strong>Gull Systems</strong></a></p>
<p>Mar 03, 2027, 09:00 ET</p><div class="share">Share this article</div>
<p><i>Sensors save half of the heat; three more towns to follow</i></p>
<p><span>EASTPORT, Maine</span>, <span>March 3, 2027</span> /ExampleWire/ -- {LEAD}</p><p>{MORE}</p>
<p>SOURCE Gull Systems</p></section></body></html>"""


def test_a_page_of_a_wire_service_has_its_subhead_behind_who_provided_it() -> None:
    found = read(WIRE)
    assert found["subhead"] == "Sensors save half of the heat; three more towns to follow"
    assert (found["date"], found["dateline"]["city"]) == ("2027-03-03", "EASTPORT")
    assert body(found) == [LEAD, MORE]
    assert "SOURCE Gull Systems" in left_out(found)
    subhead = "<p><i>Sensors save half of the heat; three more towns to follow</i></p>\n"
    together = WIRE.replace(subhead, "").replace("</h1>", f"</h1>{subhead}").replace("</p>\n<p>Mar", ", Inc.<br>Mar")
    assert (body(read(together)), read(together)["date"]) == ([LEAD, MORE], "2027-03-03")


def test_what_the_page_itself_calls_kicker_and_subhead_is_believed() -> None:
    found = read(
        f'<div><h2 class="antetitulo">Sport</h2><h1>{HEADLINE}</h1>'
        f'<h3 class="subtitle">Two thousand people signed</h3><h3>How it came about</h3>{STORY}'
        f"<h3>What is next</h3><p>{MORE}</p></div>"
    )
    assert (found["headline"], found["subhead"]) == (HEADLINE, "Two thousand people signed")
    assert "How it came about" in body(found)


def test_a_long_heading_under_the_headline_is_no_section_of_the_story() -> None:
    found = read(
        f"<h1>{HEADLINE}</h1><h2>Two thousand people have signed for warmer water</h2>{STORY}"
        f"<h2>Background</h2><p>{MORE}</p>"
    )
    assert found["subhead"] == "Two thousand people have signed for warmer water"


def test_fields_that_only_their_tags_set_apart_are_read_apart() -> None:
    found = read(
        f'<div><span class="tag">Press release</span><span class="date">3 March 2027</span><h1>{HEADLINE}</h1>'
        f"{STORY}</div>"
    )
    assert (found["label"], found["date"]) == ("Press release", "2027-03-03")


@pytest.mark.parametrize(
    "style", ['<font size="5">{}</font>', '<span style="font-size:24px">{}</span>', '<b style="font-size:1.6em">{}</b>']
)
def test_large_letters_make_a_headline_where_no_tag_does(style: str) -> None:
    found = read(f"<p>Eastport Swimming</p><p>{style.format(HEADLINE)}</p>{STORY}")
    assert found["headline"] == HEADLINE


def test_a_banner_above_the_headline_may_be_an_embargo() -> None:
    found = read(
        '<div class="ribbon">EMBARGOED: Not for release before 3-Mar-2027 14:00 U.S. Eastern Time</div>'
        f"<h1>{HEADLINE}</h1>{STORY}"
    )
    assert found["embargo_until"] == "2027-03-03T14:00:00-05:00"


@pytest.mark.parametrize(
    "row",
    [
        "Share this: Facebook | LinkedIn | Copy link",
        "Teilen: Mastodon, Xing, E-Mail",
        "Partager : Facebook · WhatsApp",
        "Compartilhe: Facebook Twitter Link para copiar",
        "シェア ツイート LINE",
    ],
)
def test_a_row_of_networks_is_left_out_and_told(row: str) -> None:
    found = read(f"<h1>{HEADLINE}</h1>{STORY}<p>{row}</p>")
    assert body(found) == [LEAD, MORE]
    assert row in left_out(found)


@pytest.mark.parametrize(
    "line",
    [
        "You are receiving this e-mail because you write about water. Unsubscribe",
        "Vous recevez ce message car vous êtes inscrit. Se désinscrire",
        "Sie möchten keine Presseinformationen mehr erhalten? Eine kurze Mail genügt.",
    ],
)
def test_the_foot_of_a_mailing_is_left_out(line: str) -> None:
    found = read(f"<h1>{HEADLINE}</h1>{STORY}<p>{line}</p>")
    assert body(found) == [LEAD, MORE]
    assert line in left_out(found)
    assert line in left_out(read(f"{HEADLINE}\n\n{LEAD}\n\n{MORE}\n\n{line}\n", "hall.txt"))


def test_a_story_about_networks_stays() -> None:
    story = f"{MORE} The hall is on Facebook and X, where people share what they swam."
    assert story in body(read(f"<h1>{HEADLINE}</h1><p>{LEAD}</p><p>{story}</p>"))


def test_the_picture_above_an_article_stays_and_a_logo_does_not() -> None:
    found = read(
        '<img src="logo.png" alt="Swimming Trust logo"><img src="hall.jpg" alt="The hall at night">'
        f"<article><h1>{HEADLINE}</h1>{STORY}</article>"
    )
    assert [image["alt"] for image in found["images"]] == ["The hall at night"]


def test_a_layout_table_keeps_its_paragraphs() -> None:
    found = read(
        f"<table><tr><td>PRESS RELEASE</td><td>3 March 2027</td></tr><tr><td colspan=2><h1>{HEADLINE}</h1></td></tr>"
        f"<tr><td colspan=2>{LEAD}<br><br>{MORE}</td></tr>"
        "<tr><td colspan=2>Press contact: Ada Brook, 020 7946 0001</td></tr></table>"
    )
    assert body(found) == [LEAD, MORE]


def test_a_covering_note_above_a_mail_that_was_passed_on_is_left_out_and_told() -> None:
    found = read(
        "From: Ada Brook <ada@example.org>\nSubject: FW: Hall stays open for three winters\n\n"
        "Hi all, see below. Happy to talk to you about it on Tuesday.\n\n"
        "---------- Forwarded message ---------\nFrom: Wire <wire@example.net>\nDate: Wed, 3 Mar 2027 09:00:00 +0000\n"
        f"Subject: Hall stays open for three winters\n\nHall stays open for three winters\n\n{LEAD}\n\n{MORE}\n",
        "hall.txt",
    )
    assert found["headline"] == "Hall stays open for three winters"
    assert body(found) == [LEAD, MORE]
    assert "Hi all, see below." in left_out(found)


def test_marks_before_the_lines_of_a_mail_that_was_passed_on_are_no_part_of_it() -> None:
    release_text = f"{HEADLINE}\n\nWarmer water from June\n\n{LEAD}\n\n{MORE}\n\n- ENDS -"
    marked = "\n".join(f"> {line}".rstrip() for line in release_text.split("\n"))
    found = read(f"From: Ada Brook <ada@example.org>\nSubject: Hall\nTo: press\n\n{marked}\n", "hall.txt")
    assert (found["headline"], found["subhead"], found["end_mark"]) == (HEADLINE, "Warmer water from June", "- ENDS -")
    assert body(found) == [LEAD, MORE]


def test_the_subject_of_a_mail_tells_the_headline() -> None:
    found = read(
        "From: Ada Brook <ada@example.org>\nSubject: Fwd: Hall stays open\n\nSwimming in Eastport is a joy\n\n"
        f"Hall stays open\n\n{LEAD}\n\n{MORE}\n",
        "hall.txt",
    )
    assert found["headline"] == "Hall stays open"


def test_fields_of_a_web_site_do_not_hide_what_stands_under_the_headline() -> None:
    found = read(
        f"---\ntitle: {HEADLINE}\nlayout: press\ntags: [sport]\ndate: 2027-03-03\n---\n\n# {HEADLINE}\n\n"
        f"### Two thousand people signed\n\n{LEAD}\n\n{MORE}\n",
        "hall.md",
    )
    assert (found["headline"], found["subhead"]) == (HEADLINE, "Two thousand people signed")
    assert body(found) == [LEAD, MORE]


@pytest.mark.parametrize(
    "around",
    [
        '<h3>Also from this source</h3><h4><a href="#">Pool closes early</a></h4><p>Eastport, Feb. 3 – It is.</p>',
        '<h3>Recommended Reading</h3><a href="#">Pool closes early</a>',
        "<h2>Updates to this page</h2><p>Published 3 March 2027</p>",
        '<h2>Weitere Storys: Bad Eastport</h2><ul><li>28.02.2027 – 09:00<br><a href="#">Bad schließt</a></li></ul>',
        '<h4>Potrebbe interessarti anche</h4><a href="#">La piscina chiude</a>',
        "<h2>Quanto sono chiare le informazioni su questa pagina?</h2>",
        '<p><a href="hall.pdf">Pressemitteilung als PDF herunterladen</a></p>',
        "<ul><li>Imprimer</li><li>Partager sur Facebook</li></ul>",
        "<p>Teilen LinkedIn Facebook</p>",
        "<p>Tempo di lettura: 2 min</p>",
        "<h2>Stay in the loop</h2><p>Get news about the hall.</p>",
        "<h3>Nos derniers communiqués</h3><p>12/01/2027 – La piscine ferme</p>",
        '<h4>Altre storie</h4><a href="#">La piscina chiude</a>',
        "<h4>Ricevi gli aggiornamenti nella tua casella</h4><p>Iscrivendoti accetti la privacy.</p>",
        "<p>Mit der Anmeldung stimmen Sie dem Datenschutz zu.</p>",
        '<p>Permalink: <a href="https://example.org/hall">https://example.org/hall</a></p>',
    ],
)
def test_what_a_page_puts_under_a_release_is_left_out(around: str) -> None:
    assert body(read(f"<main><h1>{HEADLINE}</h1>{STORY}{around}</main>")) == [LEAD, MORE]


def test_the_head_of_a_page_gives_its_day_and_loses_its_buttons() -> None:
    found = read(
        f"<div><ul><li>14.01.2027</li><li>Lesezeit: 3 Minuten</li></ul><h1>{HEADLINE}</h1>"
        f'<p><a href="#">One document</a> <a href="#">Keep</a></p><p>Eastport (xyz)</p>{STORY}</div>'
    )
    assert (found["date"], found["subhead"], found["dateline"]["city"]) == ("2027-01-14", None, "Eastport")
    assert "One document Keep" in left_out(found)


def test_a_day_with_the_section_of_the_site_above_the_headline_is_that_of_the_release() -> None:
    head = '<div><span><time datetime="2027-03-03">03.03.2027</time></span> <span>Sport</span>'
    assert read(f"{head}<h1>{HEADLINE}</h1></div>{STORY}")["date"] == "2027-03-03"


def test_the_day_of_a_byline_with_the_press_contact_is_that_of_the_release() -> None:
    byline = (
        "<div><span>3 Mar 2027</span><span>Media contact</span><span>Ann Bell</span><span>0491 570 111</span></div>"
    )
    found = read(f"<main><h1>{HEADLINE}</h1>{byline}{STORY}</main>")
    assert (found["date"], [one["name"] for one in found["contacts"]]) == ("2027-03-03", ["Ann Bell"])


def test_a_day_above_the_headline_may_be_two_in_other_languages() -> None:
    story = "<p>La piscina del barrio abre el lunes tres meses más, después de que dos mil vecinos lo pidieran.</p>"
    head = "<span>08/10/2027</span><h1>La piscina abre tres meses más</h1>"
    assert read(f"<nav>Inicio</nav><article>{head}{story * 3}</article>")["date"] == "2027-10-08"


@pytest.mark.parametrize(
    "deck, opening",
    [
        ("<p><em>Two thousand people have signed</em></p>", "EASTPORT, 3 March 2027 – "),
        ("<figcaption>The hall</figcaption><p><b>Two thousand people have signed</b></p>", ""),
        ("<h2>Two thousand people have signed</h2>", ""),
    ],
)
def test_a_picture_under_the_headline_does_not_hide_the_subhead(deck: str, opening: str) -> None:
    found = read(f'<h1>{HEADLINE}</h1><img src="hall.jpg" alt="The hall">{deck}<p>{opening}{LEAD}</p><p>{MORE}</p>')
    assert found["subhead"] == "Two thousand people have signed"


def test_what_stands_under_a_picture_without_a_caption_may_be_just_that() -> None:
    caption = "<p><em>Swimmers in front of the hall in March</em></p>"
    assert read(f'<h1>{HEADLINE}</h1><img src="hall.jpg" alt="The hall">{caption}{STORY}')["subhead"] is None


SENTENCE = "From the first of June swimmers will need a ticket, which the trust sells at the desk and on its page."


@pytest.mark.parametrize(
    "lead, subhead",
    [
        (f'<p class="gem-c-lead-paragraph">{SENTENCE}</p>', SENTENCE),
        (f'<div class="field--name-field-chapo"><p>{SENTENCE}</p></div>', SENTENCE),
        (f'<div class="standfirst"><p><span class="text">{SENTENCE}</span></p></div>', SENTENCE),
        (f'<p class="lead">{SENTENCE} They have to be sixteen.</p>', None),
        (f'<p class="lead">EASTPORT, 3 March 2027 – {SENTENCE}</p>', None),
        (f'<div class="intro"><p>{SENTENCE}</p><p>{MORE}</p></div>', None),
    ],
)
def test_what_the_page_calls_its_lead_is_the_subhead_where_it_is_one_sentence(lead: str, subhead: str | None) -> None:
    assert read(f'<h1>{HEADLINE}</h1><div class="body">{lead}{STORY}</div>')["subhead"] == subhead


@pytest.mark.parametrize(
    "day, opening, date",
    [
        ("Mis à jour le 05/03/2027 | Publié le 3 mars 2027", "", "2027-03-03"),
        ("Zuletzt aktualisiert: 05.03.2027, veröffentlicht: 03.03.2027", "", "2027-03-03"),
        ("Last updated 5 March 2027<br>Published 3 March 2027", "", "2027-03-03"),
        ("Última atualização: 5 de março de 2027 – Publicado em 3 de março de 2027", "", "2027-03-03"),
        ("更新日：2027年3月5日　公開日：2027年3月3日", "", "2027-03-03"),
        ("Aggiornato il 5 marzo 2027", "", "2027-03-05"),
        ("Aggiornato il 5 marzo 2027", "EASTPORT, 3 marzo 2027 – ", "2027-03-03"),
        ("Published 4 March 2027", "EASTPORT, 3 March 2027 – ", "2027-03-03"),
    ],
)
def test_the_day_a_page_was_changed_is_not_that_of_the_release(day: str, opening: str, date: str) -> None:
    assert read(f"<h1>{HEADLINE}</h1><p>{day}</p><p>{opening}{LEAD}</p><p>{MORE}</p>")["date"] == date


def test_whom_a_page_names_beside_the_block_of_its_content_is_no_press_contact() -> None:
    desk = "<h3>Kontakt</h3><p>Infothek<br>Marktplatz 1<br>Telefon 07031/555-0<br>infothek@example.org</p>"
    found = read(f'<div><div id="inhalt"><h1>{HEADLINE}</h1>{STORY}</div><div class="margin">{desk}</div></div>')
    assert found["contacts"] == []
    assert "Infothek" in left_out(found)


def test_a_bold_name_above_its_own_words_is_the_heading_of_a_boilerplate() -> None:
    about = "Founded in 1962, Example Baths runs three swimming halls and teaches four hundred children to swim."
    found = read(
        f"<h1>{HEADLINE}</h1><p>Example Baths keeps the hall. {LEAD}</p><p>{MORE}</p><p>{MORE} It will.</p>"
        f"<p><strong>Example Baths</strong><br>{about}</p>"
    )
    assert found["boilerplate"] == [{"heading": "Example Baths", "text": about}]


def test_quotes_by_tag_and_by_mark_are_quotes_and_a_press_contact_beside_the_text_is_one() -> None:
    page = """<html><body><main><h1>Seals return to the harbour</h1>
        <p>EASTPORT, 1 March 2027 – The seals of Eastport are back. Forty-one animals were counted at the pier.</p>
        <p><q>We did not expect them,</q> said Ines Aldridge, director of the Example Trust.</p>
        <p>&gt; It is a gift to the whole coast.<br>&gt; — Bo Lind, warden of the pier</p></main>
        <aside><h3>Media contact</h3><p>Mara Quill<br>+44 20 7946 0182</p></aside>
        <aside><h3>Related</h3><ul><li><a href="/a">Ferry times change</a></li></ul></aside></body></html>"""
    document = release_document(parse_release(page.encode(), source="seals.html", slug="seals"))
    assert [(quote["text"], quote["speaker"]) for quote in document["quotes"]] == [
        ("We did not expect them", "Ines Aldridge"),
        ("It is a gift to the whole coast.", "Bo Lind"),
    ]
    assert [(one["name"], one["phones"]) for one in document["contacts"]] == [("Mara Quill", ["+44 20 7946 0182"])]
    assert [one["code"] for one in document["problems"]] == ["left-out"]
    assert "Ferry times change" in document["problems"][0]["message"]


@pytest.mark.parametrize(
    "beside",
    [
        "<aside><h2>For journalists</h2><p>Duty officer<br><b>Mara Quill</b><br>020 7946 0182</p></aside>",
        (
            "<section class='card'><div>Writing about us?</div><div>Mara Quill</div><div>Comms Lead</div>"
            "<div><a href='tel:+442079460182'>020 7946 0182</a></div></section>"
        ),
        (
            "<div class='widget'><p>Issued by:<br>CORPORATE COMMUNICATIONS</p><p>MARA QUILL<br>Deputy Manager</p>"
            "<p>Tel.: 020 7946 0182</p></div>"
        ),
        "<aside><p>Persvoorlichter: <b>MARA QUILL</b> &bull; T 020 7946 0182 &bull; m [at] example.org</p></aside>",
    ],
)
def test_who_speaks_to_journalists_is_a_contact_beside_the_text_whatever_heads_it(beside: str) -> None:
    found = read(
        f"<body><main><h1>{HEADLINE}</h1>{STORY}</main>{beside}<aside><h2>Latest</h2><p>Ferries</p></aside></body>"
    )
    assert [(one["name"].title(), one["phones"]) for one in found["contacts"]] == [("Mara Quill", ["020 7946 0182"])]
    assert "Ferries" not in str(found["body"])


def test_a_press_contact_in_a_column_that_only_its_name_tells_is_kept_and_the_rest_of_the_column_is_not() -> None:
    column = "<div class='widget'><h4>Press contact</h4><p>Mara Quill<br>Head of News<br>020 7946 0182</p></div>"
    other = "<div class='widget'><h4>Most read</h4><ul><li>Ferry times change</li></ul></div>"
    found = read(f"<h1>{HEADLINE}</h1>{STORY}<div class='sidebar'>{column}{other}</div>")
    assert [(one["name"], one["phones"]) for one in found["contacts"]] == [("Mara Quill", ["020 7946 0182"])]
    assert "Ferry" not in str(found["body"])


def test_a_heading_that_is_an_office_and_its_address_is_no_headline_above_bold_lines() -> None:
    paper = "<center><font size=5><b>PORT OF EASTPORT</b></font><br>Public Affairs<br>1 Quay Street, Eastport</center>"
    bold = "<center><b>OLD LOCK OPENS<br>AFTER A LONG WAIT</b></center>"
    assert read(f"{paper}<hr>{bold}{STORY}")["headline"] == "OLD LOCK OPENS AFTER A LONG WAIT"


def test_several_sentences_that_a_page_calls_its_lead_are_story_though_bold() -> None:
    lead = "<p class='lead'><b>The hall stays open. It will be warm.</b></p>"
    assert read(f"<h1>{HEADLINE}</h1>{lead}{STORY}")["subhead"] is None


def test_fields_of_a_page_under_its_headline_are_no_subhead() -> None:
    assert read(f"<h1>{HEADLINE}</h1><p>Area: Eastport<br>Issued by: Press Office</p>{STORY}")["subhead"] is None


def test_marks_of_an_answer_before_every_line_are_no_quote() -> None:
    text = (
        "Seals return\n\nEASTPORT – The seals are back.\n\n> It is a gift.\n> — Bo Lind, warden\n\nThe count goes on.\n"
    )
    plain_one = parse_release(text.encode(), source="a.txt", slug="a")
    answered = parse_release("\n".join(f"> {line}" for line in text.split("\n")).encode(), source="a.txt", slug="a")
    assert replace(answered, problems=()) == replace(plain_one, problems=())
    assert [quote.speaker for quote in plain_one.quotes()] == ["Bo Lind"]


@pytest.mark.parametrize(
    "marks, day",
    [
        ('<time datetime="2026-07-30">last week</time>', "2026-07-30"),
        ('<script type="application/ld+json">{"datePublished": "2026-07-30T09:00Z"}</script>', "2026-07-30"),
        ('<script type="application/ld+json">{"dateModified": "2026-07-30T09:00Z"}</script>', None),
        ('<time class="updated" datetime="2026-07-30">x</time>', None),
        ('<time datetime="2026-07-30">x</time><time datetime="2026-07-31">x</time>', None),
        ('<p>3 March 2027</p><time datetime="2026-07-30">x</time>', "2027-03-03"),
    ],
)
def test_day_that_a_page_tells_programs_counts_where_its_text_has_none(marks: str, day: str | None) -> None:
    assert read(f"<article><h1>{HEADLINE}</h1>{marks}{STORY}</article>")["date"] == day


def test_time_among_the_sentences_of_a_story_dates_no_release() -> None:
    event = "<p>Come on <time datetime='2026-09-01'>Tuesday</time>.</p>"
    assert read(f"<article><h1>{HEADLINE}</h1>{STORY}{event}</article>")["date"] is None


CARD = ("Ines Aldridge", "Head of the pools", "020 7946 0182", "ines@example.org")
CONTACT = "<p>Press contact: Ines Aldridge, 020 7946 0182, press@example.org</p>"


@pytest.mark.parametrize(
    "page",
    [
        f"<h1><a href='/'>Eastport Swimming</a></h1><p><a href='/j'>Join us</a></p><h2>{HEADLINE}</h2>{STORY}",
        f"<p>Eastport Swimming</p><h3>News from the pool</h3><h4>{HEADLINE}</h4>{STORY}<h2>{MORE}</h2>",
        f"<p><a href='/'>Home page</a></p><p>{HEADLINE}</p>{STORY}",
    ],
)
def test_what_repeats_the_title_of_the_page_is_the_headline(page: str) -> None:
    for title in (HEADLINE, f"{HEADLINE} | Eastport Swimming", f"Eastport Swimming: {HEADLINE}"):
        found = read(f"<title>{title}</title><body>{page}")
        assert (found["headline"], body(found)[0]) == (HEADLINE, LEAD)


def test_a_section_that_is_the_title_of_its_page_is_no_headline() -> None:
    found = read(f"<title>News and press releases</title><h2>News and press releases</h2><h1>{HEADLINE}</h1>{STORY}")
    assert found["headline"] == HEADLINE


@pytest.mark.parametrize(
    "tail",
    [
        "<p><a href='/1'>Pool café opens</a></p><p><a href='/2'>Winter timetable</a></p><p><a href='/3'>Legal</a></p>",
        "<h3>Service</h3><ul><li><a href='/1'>Forms</a></li><li><a href='/2'>Maps</a></li><li><a>Jobs</a></li></ul>",
        (
            "<h2><a href='/1'>Pool café opens</a></h2><p>The new café has forty seats and opens on 1 May.</p>"
            "<p><a href='/1'>Continue reading</a></p><p><a href='/2'>All</a></p>"
        ),
        "<p><b>You may also like</b></p><p><a href='/1'>Pool café opens</a></p><p>Forty seats, and soup</p>",
        "<p>This page was last updated on 5 May 2027.</p><p>Best seen at 800 x 600</p>",
        "<ul><li><a href='/1'>Legal</a></li><li><a>Maps</a></li><li><a>Jobs</a></li></ul><p>Pools, 020 7946 0199</p>",
    ],
)
def test_the_links_and_teasers_with_which_a_page_ends_are_no_part_of_the_release(tail: str) -> None:
    found = read(f"<h1>{HEADLINE}</h1><p>3 March 2027</p>{STORY}{CONTACT}{tail}")
    assert body(found) == [LEAD, MORE]
    assert (found["boilerplate"], found["notes_to_editors"], found["call_to_action"]) == ([], None, None)
    assert [one["name"] for one in found["contacts"]] == ["Ines Aldridge"]


@pytest.mark.parametrize(
    "tail",
    [
        "<p><a href='/1'>Pictures</a></p><p><a href='/2'>Film</a></p>",
        "<p>The plans are in these papers:</p><p><a href='/1'>Plans of the roof</a></p><p>They were made in 2026.</p>",
        "<h3>About Eastport Pools</h3><p><a href='/1'>Eastport Pools</a> runs three pools.</p>",
    ],
)
def test_a_link_or_two_below_the_story_are_of_the_release(tail: str) -> None:
    assert "left out as part" not in left_out(read(f"<h1>{HEADLINE}</h1>{STORY}{tail}"))


@pytest.mark.parametrize(
    "card",
    [
        "<div><h3>Ines Aldridge</h3><p>Head of the pools</p><p>020 7946 0182</p><p>ines@example.org</p></div>",
        "<div>" + "".join(f"<div>{one}</div>" for one in CARD) + "</div>",
        (
            "<div><b>Ines Aldridge</b><span>Head of the pools</span><a href='tel:+442079460182'>+44 20 7946 0182</a>"
            "<a href='mailto:ines@example.org'>ines@example.org</a></div>"
        ),
        "<dl>" + "".join(map("<dt>{}</dt><dd>{}</dd>".format, ("Name", "Position", "Phone", "E-mail"), CARD)) + "</dl>",
    ],
)
def test_the_lines_of_a_card_are_one_contact_however_its_page_parts_them(card: str) -> None:
    found = read(f"<h1>{HEADLINE}</h1>{STORY}<h2>Media contact</h2>{card}")["contacts"]
    assert [(one["name"], one["role"], one["emails"]) for one in found] == [
        ("Ines Aldridge", "Head of the pools", ["ines@example.org"])
    ]
    assert found[0]["phones"][0].endswith("20 7946 0182")


def test_a_named_contact_in_the_column_beside_the_text_is_the_contact() -> None:
    box = "<h4>Kontakt</h4><p>Prof. Ines Aldridge<br>Institut für Wasser<br>Tel. 07055 5501-23<br>ines@example.org</p>"
    found = read(f"<ul><li><a href='/s'>Studium</a></li></ul>{box}<h1>{HEADLINE}</h1>{STORY}")
    assert [one["emails"] for one in found["contacts"]] == [["ines@example.org"]]


def test_the_fields_between_headline_and_story_that_are_links_are_of_the_page() -> None:
    fields = (
        "<dl><dt>From:</dt><dd><a href='/d'>Department of Pools</a></dd><dt>Published:</dt><dd>3 March 2027</dd>"
        "<dt>Part of:</dt><dd><a href='/p'>Pool policy</a></dd></dl>"
    )
    found = read(f"<h1>{HEADLINE}</h1>{fields}{STORY}")
    assert (found["date"], body(found)) == ("2027-03-03", [LEAD, MORE])


@pytest.mark.parametrize(
    "page, headline",
    [
        (f"<title>{HEADLINE}</title><main><h1>{HEADLINE}</h1><article>{STORY}{STORY}</article></main>", HEADLINE),
        (
            f"<p>Eastport Pools</p><p><font size=4>HALL STAYS OPEN,<br>AND WARM</font></p>{STORY}",
            "HALL STAYS OPEN, AND WARM",
        ),
    ],
)
def test_a_headline_may_stand_above_its_article_or_be_large_letters_alone(page: str, headline: str) -> None:
    assert read(page)["headline"] == headline


@pytest.mark.parametrize(
    "about",
    [
        "<section class='boilerplate'><p>{}</p></section>",
        "<h2>Tietoja julkaisijasta</h2><p class='about'>{}</p>",
        "<p>***</p><p>{}</p>",
    ],
)
def test_what_an_issuer_is_may_be_told_by_the_page_or_by_its_place(about: str) -> None:
    text = "Kalliovirran Lämpö Oy tuottaa ja jakelee kaukolämpöä 61 000 asukkaalle, ja sen omistavat seudun kunnat."
    story = "<p>Kalliovirran Lämpö rakentaa kallioon varaston, joka kerää kesän lämmön talven katuja varten.</p>" * 3
    assert [one["text"] for one in read(f"<h1>Kesän lämpö talteen</h1>{story}{about.format(text)}")["boilerplate"]] == [
        text
    ]


def test_a_portrait_and_an_announcement_under_the_name_are_of_the_card() -> None:
    card = (
        "<div class='contact-card'><img src='https://a.example/b.jpg' alt=''><h3>Bo-Maja Lind</h3><p>Presskontakt</p>"
    )
    card += "<p>Chef</p><p>bo@example.org</p></div>"
    found = read(f"<h1>{HEADLINE}</h1>{STORY}<aside><h2>Kontakter</h2>{card}</aside>")["contacts"]
    assert [(one["name"], one["emails"]) for one in found] == [("Bo-Maja Lind", ["bo@example.org"])]


def test_a_contact_in_a_list_is_one_and_stays_though_much_of_the_list_is_links() -> None:
    card = "<li><div><h3>Ines Aldridge</h3><p>Phone <a href='tel:+442079460182'>020 7946 0182</a></p>"
    card += "<p>Mail <a href='mailto:ines@example.org'>ines@example.org</a></p></div></li>"
    tail = "<h2>Share this page</h2><a href='/f'>Facebook</a><a href='/t'>Twitter</a>"
    found = read(f"<h1>{HEADLINE}</h1>{STORY}<h2>Contacts for media</h2><ul>{card}</ul>{tail}")
    assert [(one["name"], one["emails"]) for one in found["contacts"]] == [("Ines Aldridge", ["ines@example.org"])]


@pytest.mark.parametrize(
    "line",
    [
        "<div>Page contents</div><ul><li><a href='#a'>The roof</a></li><li><a href='#b'>The water</a></li></ul>",
        "<p>News provided by</p><p><a href='/e'>Eastport Swimming, Inc.</a></p>",
        "<div><a href='/1'>Print</a><a href='/2'>Send</a><a href='/3'>A+</a></div>",
    ],
)
def test_what_a_reader_may_do_with_a_page_stands_between_headline_and_story_and_goes(line: str) -> None:
    assert body(read(f"<h1>{HEADLINE}</h1>{line}{STORY}")) == [LEAD, MORE]


def test_two_links_without_a_blank_between_them_are_two_words() -> None:
    assert "pool winter" in " ".join(body(read(f"<h1>{HEADLINE}</h1>{STORY}<p><a href='/p'>pool</a><a>winter</a></p>")))


def test_a_picture_beside_a_contact_is_only_left_out_where_it_is_called_as_the_person() -> None:
    for alt, count in (("Ines Aldridge", 0), ("The pool in May", 1)):
        card = f"<div><img src='https://example.org/i.jpg' alt='{alt}'><h3>Ines Aldridge</h3><p>020 7946 0182</p></div>"
        assert len(read(f"<h1>{HEADLINE}</h1>{STORY}<h2>Media contact</h2>{card}")["images"]) == count
