"""Wishes about contacts outside of their row: in groups, in labels, in headings, in letters around a list."""

from __future__ import annotations

import pytest

from mailer.contacts.values import Contact
from tests.contacts.conftest import open_bytes

PEOPLE = ("Ada Moss", "Bo Lund", "Cy Stone", "Dot Reed")
EMAILS = {each: f"{each.lower().replace(' ', '.')}@tern.example.com" for each in PEOPLE}
ADA, BO, CY, DOT = EMAILS.values()
ALL = "ada bo cy dot"


def mailed(content: str, name: str) -> str:
    found = open_bytes(content, name)
    return " ".join(str(each.address).partition(".")[0] for each in found.entries() if isinstance(each, Contact))


# Headings, second rows, and letters

LINES = "".join(f"{name}, The Tern, {email}\n" for name, email in EMAILS.items())
TABLE = "Name,Outlet,E-mail,Note\n" + "".join(f"{name},The Tern,{email},\n" for name, email in EMAILS.items())


@pytest.mark.parametrize(
    "text, expected",
    [
        (f"{LINES}\nDiese Adressen bitte nie wieder anschreiben:\n{ADA}; {BO}\n", "cy dot"),
        (f"{LINES}\nRemoved at their own request (do not add again):\n{ADA}\n{BO}\n", "cy dot"),
        (f"{LINES}\nA estas direcciones no debe llegar nada más:\n{ADA}, {DOT}\n", "bo cy"),
        (f"{LINES}\nOp deze adressen mag niets meer binnenkomen (afmeldingen via de site):\n{ADA}; {DOT}\n", "bo cy"),
        (f"{LINES}\nOn ne doit plus rien envoyer à :\n{ADA}\n{DOT}\n", "bo cy"),
        (f"{LINES}\nArchiv (nicht anschreiben)\nEve Horn, The Quay, eve@quay.example.org\n{ADA}\n", "bo cy dot"),
        (f"{LINES}\nPoistetut osoitteet:\n{ADA}\n", "bo cy dot"),
        (f"{LINES}\nMailing tool reports these as unsubscribed:\n{ADA}\n", "bo cy dot"),
        (f'{TABLE},,,\n"Désinscrits (ne plus rien leur envoyer)",,,\n,,{ADA},\n,,{BO},\n', "cy dot"),
        (f"{TABLE}\nBLOCKED (bounced three times),,,\n{ADA},,,\n", "bo cy dot"),
        (
            f"PAPERS\n{LINES}\nRADIO (no attachments please)\nEve Horn, The Quay, eve@quay.example.org\n",
            f"{ALL} eve@quay",
        ),
        (
            f"{TABLE}\nWeekly papers (press day Tuesday),,,\nEve Horn,The Quay,eve@quay.example.org,\n",
            f"{ALL} eve@quay",
        ),
        (
            f"PAPERS\n{LINES}\nBLOGS (do not phone, mail is fine)\nEve Horn, The Quay, eve@quay.example.org\n",
            f"{ALL} eve@quay",
        ),
    ],
)
def test_who_stands_under_a_heading_that_asks_is_out_above_it_too(text: str, expected: str) -> None:
    assert mailed(text, "list.csv" if text.startswith("Name,") else "list.txt") == expected


def test_who_shares_a_name_is_told_apart_by_an_initial_or_the_outlet() -> None:
    rows = f"{TABLE}Di Lund,The Gull,di.lund@gull.example.org,\n\nAsked to be left alone:,,,\nB. Lund (The Tern),,,\n"
    assert mailed(rows, "list.csv") == "ada cy dot di"
    note = "Mr Lund (the one of The Gull) wants nothing more from us.\n"
    assert mailed(f"{LINES}Di Lund, The Gull, di.lund@gull.example.org\n\n{note}", "list.txt") == ALL


@pytest.mark.parametrize(
    "second, expected",
    [
        ("Bo Lund,The Tern,,left the paper in May", "ada cy dot"),
        ("Bo Lund,The Tern,,wollte nicht mehr angeschrieben werden", "ada cy dot"),
        ("Bo Lund,,,has retired", "ada cy dot"),
        ('"Lund, Bo",The Tern,,dado de baja', "ada cy dot"),
        ("Dr. Bo Lund,The Tern,,take his name off", "ada cy dot"),
        ('Bo Lund,The Tern,,"no calls, please"', ALL),
        ("Bo Reed,The Tern,,left the paper", ALL),
        ("Bo Lund,The Gull,,left the paper", ALL),
        ("Tom Lund,The Gull,,asked to be removed", ALL),
    ],
)
def test_a_second_row_without_an_address_is_about_the_first(second: str, expected: str) -> None:
    assert mailed(f"{TABLE}{second}\n", "list.csv") == expected


@pytest.mark.parametrize(
    "above, below, expected",
    [
        ("list as promised. Leave out Bo Lund, he is suing us.", "Thanks, H", "ada cy dot"),
        ("here it is. Dot Reed (The Tern) has handed over to Cy, so only Cy.", "", "ada bo cy"),
        ("anbei die Liste. Bitte Ada Moss weglassen, sie ist jetzt bei der Konkurrenz.", "", "bo cy dot"),
        ("voici la liste, sauf Bo Lund qui ne veut plus rien recevoir.", "", "ada cy dot"),
        ("the list.", "PS: not to Cy Stone please, he asked to come off.", "ada bo dot"),
        ("the list. Poor Bo Lund died in March, Cy Stone takes over from him.", "", "ada cy dot"),
        ("aquí va la lista. A Dot Reed no le mandéis nada, se ha dado de baja.", "", "ada bo cy"),
        ("the list. Bo Lund told us to leave him alone. Same goes for Cy Stone.", "", "ada dot"),
        ("the list. Bo Lund wants it early. Same goes for Cy Stone.", "", ALL),
        ("the list.", "03-02 JO  Bo Lund has died, card sent.\n04-02 JO  Cy Stone rang, new number.", "ada cy dot"),
        ("the list. Ada Moss is on leave till May, mail her anyway. Cy Stone hates PDFs.", "", ALL),
        ("the list. Bo Lund said he loved the last one. Dot Reed only wants sport, but send it.", "", ALL),
    ],
)
def test_a_letter_speaks_of_those_whom_it_names(above: str, below: str, expected: str) -> None:
    assert mailed(f"Hi Joel,\n\n{above}\n\n{LINES}\n{below}\n", "letter.txt") == expected


@pytest.mark.parametrize(
    "bo, cy, expected",
    [
        ("<- out, asked for it in May", "<- no big files", "ada cy dot"),
        ("==> bitte streichen", "==> Anrufe erst ab 10", "ada cy dot"),
        ("<- remove, unsubscribed by the link", "<- will retire next year, until then keen as ever", "ada cy dot"),
    ],
)
def test_an_arrow_behind_an_address_says_what_to_do(bo: str, cy: str, expected: str) -> None:
    marked = LINES.replace(BO, f"{BO}   {bo}").replace(CY, f"{CY}   {cy}")
    assert mailed(f"PAPERS\n{marked}", "list.txt") == expected


# Address books


def entry(name: str, more: str = "") -> str:
    uid, last = name[:2].lower(), name.split()[1]
    named = f"dn: uid={uid},ou=media,dc=quay\nobjectClass: inetOrgPerson\nuid: {uid}\ncn: {name}\nsn: {last}\n"
    return f"{named}o: The Tern\nmail: {EMAILS[name]}\n{more}\n"


def group(name: str, description: str, *members: str) -> str:
    listed = "".join(f"{each}\n" for each in members)
    about = f"description: {description}\n" if description else ""
    return f"dn: cn={name},ou=groups,dc=quay\nobjectClass: groupOfNames\ncn: {name}\n{about}{listed}\n"


BOOK = "".join(map(entry, PEOPLE))


@pytest.mark.parametrize(
    "text, expected",
    [
        (
            BOOK + group("opted-out", "", "member: uid=ad,ou=media,dc=quay", "member: uid=cy, ou=media, dc=quay"),
            "bo dot",
        ),
        (BOOK + group("presse-sperre", "bekommen nichts mehr von uns", "member: uid=ad,ou=media,dc=quay"), "bo cy dot"),
        (
            BOOK + group("vieux", "partis ou retirés à leur demande", "uniqueMember: UID=AD,ou=media,dc=quay"),
            "bo cy dot",
        ),
        (BOOK + group("blacklist", "", f"member: mail={ADA}"), "bo cy dot"),
        (group("unsubscribed", "", "memberUid: ad") + BOOK, "bo cy dot"),
        (
            "dn: ou=past,ou=media,dc=quay\nobjectClass: organizationalUnit\nou: past\ndescription: no longer mailed\n\n"
            + BOOK.replace("uid=ad,", "uid=ad,ou=past,"),
            "bo cy dot",
        ),
        (BOOK + group("no-phone", "do not telephone", "member: uid=ad,ou=media,dc=quay"), ALL),
        (BOOK + group("press", "all of the press", "member: uid=ad,ou=media,dc=quay"), ALL),
    ],
)
def test_a_group_of_people_who_are_out_says_so_of_its_members(text: str, expected: str) -> None:
    assert mailed(text, "media.ldif") == expected


@pytest.mark.parametrize(
    "comment, attribute, no, yes, expected",
    [
        ("custom1: PM ja/nein", "mozillaCustom1", "nein", "ja", "bo cy"),
        ("mozillaCustom2 = gets our releases (Y/N)", "mozillaCustom2", "N", "Y", "bo cy"),
        ("export of May -- extensionAttribute5 = press mailing YES/NO", "extensionAttribute5", "NO", "YES", "bo cy"),
        ("export of May", "mozillaCustom1", "press mailing: no", "press mailing: yes", "bo cy"),
        ("employeeType: unsubscribed = 1", "employeeType", "1", "0", "bo cy"),
        ("extensionAttribute3: invited to the party YES/NO", "extensionAttribute3", "NO", "YES", "ada bo cy"),
    ],
)
def test_a_comment_says_what_an_attribute_means(comment: str, attribute: str, no: str, yes: str, expected: str) -> None:
    values = zip(PEOPLE, (no, yes, yes), strict=False)
    entries = (entry(name, f"{attribute}: {value}\n") for name, value in values)
    assert mailed(f"# {comment}\n\n" + "".join(entries), "media.ldif") == expected


def card(name: str, more: str = "", email: str = "") -> str:
    first, last = name.split()
    email = email or f"EMAIL:{EMAILS[name]}"
    named = f"BEGIN:VCARD\nVERSION:4.0\nUID:{first}-1\nFN:{name}\nN:{last};{first};;;\nORG:The Tern\n"
    return f"{named}{email}\n{more}END:VCARD\n"


@pytest.mark.parametrize(
    "ada, others, expected",
    [
        ("X-PRESS-MAILING:withdrawn", "X-PRESS-MAILING:yes", "bo cy"),
        ("X-OPT-OUT:2024-02-01", "X-MOOD:fine", "bo cy"),
        ("X-NEWSLETTER:nein", "X-NEWSLETTER:ja", "bo cy"),
        ("X-PHONETIC-LAST-NAME:no\nX-SKYPE:off", "X-SKYPE:on", "ada bo cy"),
    ],
)
def test_an_offices_own_properties_of_cards_are_columns(ada: str, others: str, expected: str) -> None:
    cards = (card(name, f"{ada if name == 'Ada Moss' else others}\n") for name in PEOPLE[:3])
    assert mailed("".join(cards), "book.vcf") == expected


@pytest.mark.parametrize(
    "labels, expected",
    [
        (("work", "DEAD - do not use"), "ada bo"),
        (("nicht mehr benutzen", "work"), "ada@old bo"),
        (("left - bounces",), "bo"),
        (("work", "home"), "ada bo"),
    ],
)
def test_a_label_speaks_of_its_address_alone(labels: tuple[str, ...], expected: str) -> None:
    items = zip((ADA, "ada@old.example.net"), labels, strict=False)
    emails = "\n".join(f"item{at}.EMAIL:{email}\nitem{at}.X-ABLabel:{label}" for at, (email, label) in enumerate(items))
    assert mailed(card("Ada Moss", email=emails) + card("Bo Lund"), "book.vcf") == expected


@pytest.mark.parametrize("name, expected", [("Unsubscribed", "bo"), ("Radio", "ada bo"), ("Keine Mails mehr", "bo")])
def test_a_card_of_a_group_says_who_is_out(name: str, expected: str) -> None:
    members = "X-ADDRESSBOOKSERVER-KIND:group\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:Ada-1"
    group = f"BEGIN:VCARD\nVERSION:3.0\nN:{name};;;;\nFN:{name}\n{members}\nEND:VCARD\n"
    assert mailed(card("Ada Moss") + card("Bo Lund") + group, "book.vcf") == expected


# Pages


def page(before: str = "", after: str = "", **rows: str) -> str:
    """Return a page with a table; `rows` has the attributes of somebody's row, or the row itself."""
    made = (
        given
        if (given := rows.get(name[:3].strip().lower(), "")).startswith("<")
        else f"<tr {given}><td>The Tern</td><td>{name}</td><td>{EMAILS[name]}</td></tr>"
        for name in PEOPLE
    )
    head = "<tr><th>Outlet</th><th>Name</th><th>E-mail</th></tr>"
    return f"<html><body>{before}<table>{head}{''.join(made)}</table>{after}</body></html>"


GREY = "<style>.gone td { background: #ddd } .x { background-color: #ff9 }</style>"


@pytest.mark.parametrize(
    "text, expected",
    [
        (page(ada=f"<tr><td>The Tern</td><td><s>Ada Moss</s></td><td><s>{ADA}</s></td></tr>"), "bo cy dot"),
        (page(ada=f"<tr><td>The Tern</td><td>Ada Moss</td><td><del>{ADA}</del></td></tr>"), "bo cy dot"),
        (
            page(f"{GREY}<p>Grey rows have left or asked off. Yellow: invite.</p>", ada='class="gone"', bo='class="x"'),
            "bo cy dot",
        ),
        (
            page(after="<p>rot = nicht mehr anschreiben</p>", ada='style="background:#f99"', bo='bgcolor="#ff9"'),
            "bo cy dot",
        ),
        (page("<p>Gris : ne veulent plus de nos communiqués</p>", ada='bgcolor="lightgrey"'), "bo cy dot"),
        (
            page(
                after="<p>Kim: spoke to Bo Lund, he wants no more of our mails.</p><p>Cy Stone only works Tuesdays.</p>"
            ),
            "ada cy dot",
        ),
        (page("<p>Please leave out Dot Reed, she has complained to the ICO about us.</p>"), "ada bo cy"),
        (page(after="<ul><li>Ada Moss hat um Löschung gebeten</li><li>Bo Lund mag keine PDFs</li></ul>"), "bo cy dot"),
        (
            page(
                bo=f'<tr><td colspan="3">Nicht mehr im Verteiler</td></tr><tr><td>-</td><td>Bo</td><td>{BO}</td></tr>'
                '<tr><td colspan="3">Radio</td></tr>'
            ),
            "ada cy dot",
        ),
        (page(f"{GREY}<p>Grey hair? See the portraits.</p>", ada='class="gone"'), ALL),
        (page(f"{GREY}<p>Yellow = invited, grey = local papers</p>", ada='class="gone"'), ALL),
        (page(after="<p>Cy Stone says no more PDFs, paste the text.</p><p>Dot Reed is retiring next year.</p>"), ALL),
        (
            page(bo=f'<tr><td colspan="3">Stopped print in 2020</td></tr><tr><td></td><td>Bo</td><td>{BO}</td></tr>'),
            ALL,
        ),
    ],
)
def test_colours_and_notes_of_a_page_speak_of_its_rows(text: str, expected: str) -> None:
    assert mailed(text, "page.html") == expected


# What a text explains


def kept(line: str, *marks: str) -> str:
    marked = zip(EMAILS.items(), marks, strict=True)
    return "PAPERS\n" + "".join(f"{line.format(m=mark, n=name, e=email)}\n" for (name, email), mark in marked) + "\n"


@pytest.mark.parametrize(
    "text, expected",
    [
        (
            kept("{n}{m}, The Tern, {e}", " *", "", " **", "") + "* asked to come off\n** only by mail, please\n",
            "bo cy dot",
        ),
        (
            kept("{n}{m} – The Tern – {e}", "¹", "²", "", "") + "¹ im Ruhestand seit Mai\n² ruft gern zurück\n",
            "bo cy dot",
        ),
        (
            "(S = si invia; N = non si invia più; T = anche per telefono)\n\n"
            + kept("{m}   {n}   The Tern   {e}", *"SN", "ST", "N"),
            "ada cy",
        ),
        ('names that begin with "zz" have left\n\n' + kept("{m}{n}, The Tern, {e}", "zz ", "", "", ""), "bo cy dot"),
        (
            kept("- {n} {m} - The Tern - {e}", "(1)", "(2)", "(3)", "")
            + "(1) ya no quiere recibir nada\n(2) no llamar antes de las diez\n(3) jubilado\n",
            "bo dot",
        ),
        (
            kept("{n} ({m}), The Tern, {e}", *"abca")
            + "(a) wants everything\n(b) do not ring\n(c) « no more of your mail »\n",
            "ada bo dot",
        ),
        (
            "Hi Jo,\n\n* Please leave out Bo Lund.\n* The rest as usual.\n\n"
            + kept("* {n}{m}, The Tern, {e}", *[""] * 4),
            "ada cy dot",
        ),
        (
            kept("  The Tern     {n} {m}     {e}", "+", "#", "+#", "")
            + "Signs:  +  = has asked us to leave them alone     #  = weekly\n",
            "bo dot",
        ),
        (
            kept("[{m}]   {n}     The Tern     {e}", *"x xx") + "An empty box means that they want nothing more.\n",
            "ada cy dot",
        ),
        (kept("{m}{n}{m} | The Tern | {m}{e}{m}", "", "~", "", ""), "ada cy dot"),
        (kept("{m}{n} <{e}>, The Tern{m}", "", "~~", "", ""), "ada cy dot"),
        (kept("{n} - The Tern - {e}{m}", " (old)", " (new)", "", ""), "bo cy dot"),
        (kept("{n} {m}, The Tern, {e}", "†", "", "", "") + "† exclusives first\n", ALL),
        (
            "(+ means phone too, - means off for good)\n\n"
            "\tE-mail\tName\tOutlet\n" + kept("{m}\t{e}\t{n}\tThe Tern", "+", "-", "", "")[7:],
            "ada cy dot",
        ),
        (
            "(+ means phone too, - means off for good)\n\n"
            "Phone\tE-mail\tName\tOutlet\n" + kept("{m}\t{e}\t{n}\tThe Tern", *"----")[7:],
            ALL,
        ),
    ],
)
def test_signs_and_letters_of_a_text_mean_what_it_says_of_them(text: str, expected: str) -> None:
    assert mailed(text, "list.txt") == expected


def test_people_indented_below_their_outlet_work_there() -> None:
    people = "".join(f"   {name}   {email}\n" for name, email in EMAILS.items())
    found = open_bytes(f"Tern\n{people}The Quay (weekly)\n   Redaktion   redaktion@quay.example.org\n", "list.txt")
    contacts = [(each.name, each.fields["outlet"]) for each in found.entries() if isinstance(each, Contact)]
    assert contacts == [*((name, "Tern") for name in PEOPLE), ("", "The Quay")]


def test_a_desk_is_nobodys_name_and_no_part_of_its_outlets() -> None:
    rows = "Newsroom,Harbour Radio newsroom,newsroom@harbour.example.com\n,Tern News,news@ternnews.example.com\n"
    found = open_bytes(f"Name,Outlet,E-mail\n{rows}Andrés Paredes,Redaktion,a.paredes@sierra.example.com\n")
    contacts = [(each.name, each.fields["outlet"]) for each in found.entries() if isinstance(each, Contact)]
    assert contacts == [("", "Harbour Radio"), ("", "Tern News"), ("Andrés Paredes", "Redaktion")]
