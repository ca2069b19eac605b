"""Details of real releases that no other test has: each is one rule for the field named."""

from __future__ import annotations

from typing import Any

import pytest

from mailer.release.document import release_document
from mailer.release.source import parse_release

LEAD = (
    "The council of Eastport has voted to keep the old swimming hall open for three more winters, after two thousand "
    "people signed a petition that also asked for warmer water."
)
SHORT = "The council of Eastport votes on Thursday whether it buys the old swimming hall for a pound, roof and all."


def read(text: str, source: str) -> dict[str, Any]:
    return release_document(parse_release(text.encode(), source=source, slug="hall"))


@pytest.mark.parametrize(
    "field, value, source, text",
    [
        (
            "subhead",  # a line set apart under the headline, though the story opens with a short paragraph
            "Opening on 20 December, after repairs",
            "a.html",
            f"<p><b>Hall for a pound</b></p><p><i>Opening on 20 December, after repairs</i></p><p>{SHORT}</p>",
        ),
        (
            "date",  # the day of an event is not that of the release if a dateline has one
            "2027-03-03",
            "a.txt",
            f"Hall stays open\n\nEASTPORT (ME), 3 March 2027 – {LEAD}\n\nOpening\n\nDate: 18 March 2027\n",
        ),
        (
            "date",
            "2027-03-03",
            "a.txt",
            f"Pressemitteilung des Bundes „Bad“ vom 3.3.2027\n\nBad bleibt offen\n\n{LEAD}\n",
        ),
        ("date", "2027-03-03", "a.txt", f"Hall stays open\n\nEASTPORT, 3 March 2027 | {LEAD}\n"),
        *(
            (
                "body",  # an office's count of its words is not part of the text
                read(f"Hall stays open\n\n{LEAD}\n\n{SHORT}\n", "a.txt")["body"],
                "a.txt",
                f"Hall stays open\n\n{LEAD}\n\n{SHORT}\n\n{count}\n",
            )
            for count in (
                "Zeichen (mit Leerzeichen): 1.234",
                "Wörter: 180 | Zeichen: 1234",
                "2 345 signes espaces compris",
            )
        ),
        ("dateline.city", "Potenza", "a.txt", f"Hall stays open\n\nPotenza – {LEAD}\n"),
        (
            "quotes.0.speaker",  # behind the last full stop of a block quote
            "Ada Brook",
            "a.md",
            f"# Hall stays open\n\n{LEAD}\n\n> It is warm. -- Ada Brook, chair\n",
        ),
        (
            "boilerplate.0.heading",
            "About Wells.",
            "a.md",
            f"# Hall stays open\n\n{LEAD}\n\n**About Wells.** Wells is a trust.\n",
        ),
        (
            "contacts.0.name",
            "Ruben Oosterhuis",
            "a.txt",
            f"Hall stays open\n\n{LEAD}\n\nPerscontact: Ruben Oosterhuis, 020 555 0122\n",
        ),
        (
            "contacts.0.name",
            "金城",
            "a.txt",
            f"Hall stays open\n\n{LEAD}\n\n＜お問い合わせ＞\n財団法人 海 広報担当 金城\n電話 098-555-0177\n",
        ),
        (
            "subhead",  # a sentence beside a single heading of its level does not open a section
            "Swimmers ask for warmer water and a longer season",
            "a.md",
            (
                f"# Hall stays open\n\n## Swimmers ask for warmer water and a longer season\n\n{LEAD}\n\n"
                f"## Other halls in the county may follow next winter\n\n{LEAD}\n"
            ),
        ),
        (
            "contacts.0.name",  # behind the name of the person's client
            "Bo Lind",
            "a.txt",
            f"Hall stays open\n\n{LEAD}\n\nMedia contact\n\nEastport Locks: Bo Lind, bo@example.org\n",
        ),
        (
            "notes_to_editors",  # the heading is removed with the contacts below it
            None,
            "a.txt",
            f"Hall stays open\n\n{LEAD}\n\nENDS\n\nNotes to editors\n\nAda Brook\n020 7946 0001\nada@example.org\n",
        ),
        (
            "embargo_until",  # a head in two columns, as a table
            "2027-03-03T06:00:00+00:00",
            "a.html",
            (
                "<table><tr><td>NEWS RELEASE</td><td>Monday 1 March 2027</td></tr><tr><td>EMBARGO</td>"
                "<td>Not for use until 6am on Wednesday 3 March 2027 (GMT)</td></tr></table>"
                f"<p><b>Hall stays open</b></p><p>{LEAD}</p>"
            ),
        ),
        (
            "embargo_until",  # the word in a paragraph of its own above a long sentence
            "2027-05-05T17:00:00+02:00",
            "a.html",
            (
                "<p>EMBARGO</p><p>Ne pas publier avant le mercredi 5 mai 2027 à 17 h, heure de Paris</p>"
                f"<h1>Hall stays open</h1><p>{LEAD}</p>"
            ),
        ),
        (
            "subhead",  # a repeated embargo is not a subhead
            "Two thousand people signed",
            "a.md",
            (
                "# Hall stays open\n\nEmbargo: May 6, 2026 6:00 AM (EDT)\n\n"
                "***UNDER EMBARGO UNTIL MAY 6, 2026 AT 6:00 A.M. EDT***\n\n"
                f"*Two thousand people signed*\n\n{LEAD}\n"
            ),
        ),
        (
            "headline",  # the first lines of a newsletter program
            "Hall stays open",
            "a.html",
            (
                "<p>Si ce message ne s’affiche pas : <a href='https://example.org/v'>Voir dans votre navigateur</a>"
                f"</p><p><b>Hall stays open</b></p><p>{LEAD}</p>"
            ),
        ),
        (
            "subhead",  # a closing quotation mark is not the end of a path
            "Soixante clubs ouvrent « Premier bain »",
            "a.md",
            f"# Hall stays open\n\n## Soixante clubs ouvrent « Premier bain »\n\n{LEAD}\n",
        ),
        (
            "subhead",  # two sentences in bold are the beginning of the story
            None,
            "a.html",
            f"<h1>Hall stays open</h1><p><b>{LEAD} {SHORT}</b></p><p>{SHORT}</p>",
        ),
        (
            "body.0.caption",  # a line in italics under a picture
            "Swimmers on Monday.",
            "a.md",
            f"# Hall stays open\n\n![Two swimmers](a.jpg)\n*Swimmers on Monday. Picture: Ada Brook*\n\n{LEAD}\n",
        ),
        (
            "dateline.region",
            "V. A.",
            "a.txt",
            f"Hall stays open\n\nSan Jacinto, V. A., a 12 de enero de 2027.– {LEAD}\n",
        ),
        (
            "boilerplate.0.heading",  # behind the end mark, with a year of foundation
            "Der Verein",
            "a.md",
            f"# Hall stays open\n\n{LEAD}\n\n\\- Ende -\n\n## Der Verein\n\nDer Verein betreibt es seit 1961.\n",
        ),
        ("end_mark", "+++", "a.txt", f"Hall stays open\n\n{LEAD}\n\n+++\n"),
        (
            "call_to_action",  # a link alone in its paragraph is a button
            "Trouvez un club",
            "a.md",
            (
                f"# Hall stays open\n\n{LEAD}\n\n{SHORT}\n\n[Trouvez un club](https://example.org/clubs)\n\n"
                "## Notes to editors\n\nOne.\n\n## About Wells\n\nIt is a trust.\n\n## About Ash\n\nIt is a bank.\n"
            ),
        ),
        (
            "notes_to_editors",
            SHORT,
            "a.html",
            f"<h1>Hall stays open</h1><p>{LEAD}</p><p><b>Informazioni per i giornalisti</b></p><p>{SHORT}</p>",
        ),
        (
            "headline",
            "Hall stays open",
            "a.html",
            f"<p>Si no ve bien este mensaje, ábralo en su navegador</p><p><b>Hall stays open</b></p><p>{LEAD}</p>",
        ),
        (
            "boilerplate.0.heading",  # a name on a line of its own, with a year of foundation
            "Il Teatro Brook",
            "a.txt",
            (
                f"Il Teatro Brook riapre\n\n{LEAD}\n\n{SHORT}\n\nIl Teatro Brook\n"
                "Inaugurato nel 1887, il Teatro Brook è gestito da una fondazione cui partecipa il Comune.\n"
            ),
        ),
        (
            "boilerplate.0.heading",  # an article before the name
            "Autorità portuale di Calafuria",
            "a.html",
            (
                f"<h1>Hall stays open</h1><p>{LEAD}</p><p>{SHORT}</p><h2>Autorità portuale di Calafuria</h2>"
                "<p>L’Autorità portuale di Calafuria gestisce tre scali lungo la costa e dà lavoro a molte persone.</p>"
            ),
        ),
        (
            "contacts.0.name",  # not a council, though it ends like one
            "Montserrat Puig",
            "a.txt",
            f"Hall stays open\n\n{LEAD}\n\nContacto\n\nMontserrat Puig, jefa de prensa\nTel. 930 555 018\n",
        ),
        (
            "contacts.1.name",  # a sign of a telephone or a letter is not part of a name
            "Jacopo Strambi",
            "a.md",
            (
                f"# Hall stays open\n\n{LEAD}\n\n**Contatti stampa**\n\n- 📞 Ada Brook (Bell) · +39 02 5550 1127\n"
                "- 📧 Jacopo Strambi (PixelPress, stampa estera) · jacopo@example.net\n"
            ),
        ),
        (
            "quotes.0.speaker",  # a comma inside a quote between dashes
            "Nuria Ampuero",
            "a.txt",
            (
                "La feria vuelve\n\nOLMEDAL, 8 de marzo de 2027 – La feria celebrará su edición del 23 de abril al 2 "
                "de mayo bajo los soportales de la plaza.\n\n—Los libros no caducan como los yogures, y queríamos que "
                "la feria lo dijera —ha declarado la directora de la feria, Nuria Ampuero.\n"
            ),
        ),
        (
            "contacts.1.organisation",  # a body with a colon above its person
            "Staatsanwaltschaft Rodenfeld",
            "a.txt",
            (
                f"Bad bleibt offen\n\n{LEAD}\n\nRückfragen von Medienvertretern bitte an:\nPolizeidirektion Aue\n"
                "Tel.: 069 90009 330\n\nStaatsanwaltschaft Rodenfeld:\nOberstaatsanwältin Anke Brook, 069 90009 410\n"
            ),
        ),
    ],
)
def test_field_is_read_as_a_press_officer_means_it(field: str, value: str, source: str, text: str) -> None:
    found: Any = read(text, source)
    for step in field.split("."):
        found = found[int(step) if step.isdigit() else step]
    assert found == value
