"""Lists as people keep them by hand: each of these is read as a careful person would read it."""

from __future__ import annotations

import pytest

from mailer.contacts.values import Contact
from tests.contacts.conftest import open_bytes

# what it is about, the list, and who gets mail
LISTS: tuple[tuple[str, str, str], ...] = (
    (
        "each of two people side by side has wishes of their own",
        """\
Outlet|Editor|Editor e-mail|Reporter|Reporter e-mail
Quay|Ada Brook|ada.brook@quay.example.org|Bo Stone|bo.stone@quay.example.org
Pier|(retired)|cy.reed@pier.example.org|Di Marsh|di.marsh@pier.example.org
Lamp|Ed Fenn|ed.fenn@lamp.example.org|none|none
""",
        "ada.brook bo.stone di.marsh ed.fenn",
    ),
    (
        "the advertising department is nobody for a release",
        """\
Outlet,Reporter,Reporter email,Advertising,Advertising email
Quay,Ada Brook,ada.brook@quay.example.org,Bo Stone,bo.stone@quay.example.org
Pier,Cy Reed,,Di Marsh,di.marsh@pier.example.org
""",
        "ada.brook",
    ),
    (
        "a row without a name goes on with the one above",
        """\
Outlet,Name,Email,Remarks
Quay,Ada Brook,ada@quay.example.org,
,,ada.brook@home.example.net,private
Pier,Bo Stone,bo@pier.example.org,
,,,asked not to be mailed
Lamp,Cy Reed,cy@lamp.example.org,unsubscribed in May
,,cy.reed@home.example.net,
Cove,Di Marsh,di@cove.example.org,
""",
        "ada ada.brook di",
    ),
    (
        "what is not to be mailed beside e-mail goes by post",
        """\
Email,Do Not Email,Do Not Mail,Do Not Phone
ada@quay.example.org,,1,1
bo@quay.example.org,1,,
cy@quay.example.org,,,
""",
        "ada cy",
    ),
    (
        "an account is disabled by a question, too",
        """\
Email,Is this account disabled?,Number of bounces
ada@quay.example.org,0,3
bo@quay.example.org,1,0
""",
        "ada",
    ),
    (
        "nobody confirmed where all others have a day",
        """\
E-Mail;Registriert;Aktiviert
ada@quay.example.org;01.01.2023 10:00;01.01.2023 10:00
bo@quay.example.org;01.01.2023 10:00;
cy@quay.example.org;01.01.2023 10:00;02.01.2023 10:00
di@quay.example.org;01.01.2023 10:00;02.01.2023 10:00
ed@quay.example.org;01.01.2023 10:00;02.01.2023 10:00
""",
        "ada cy di ed",
    ),
    (
        "the column with a few second addresses is not the person's first",
        """\
Nome,Email primaria,Email secondaria
Ada Brook,redazione@quay.example.org,
Bo Reed,bo@quay.example.org,reed@home.example.net
Cy Fenn,cy@quay.example.org,
Di Marsh,di@quay.example.org,
Ed Stone,ed@quay.example.org,
""",
        "bo cy di ed redazione",
    ),
    (
        "each address has a wish of its own",
        """\
Name,Email 1,Email 2,Opt-out 1,Opt-out 2
Ada Brook,ada@quay.example.org,brook@home.example.net,,
Bo Reed,bo@quay.example.org,reed@home.example.net,x,x
Cy Fenn,cy@quay.example.org,fenn@home.example.net,,x
,fenn@home.example.net,,,
""",
        "ada cy",
    ),
    (
        "the new address is used, and the old one never",
        """\
Name,Email,New email (if changed),March
Ada Brook,ada@quay.example.org,brook@lamp.example.org,bounced
Bo Reed,bo@quay.example.org,,sent
Cy Fenn,cy@quay.example.org,,bounced
,ada@quay.example.org,,
""",
        "bo brook",
    ),
    (
        "objects are rows",
        """\
{"made": "2025-03-01", "people": [
 {"name": "Ada", "emails": [{"address": "ada@quay.example.org"}], "house": {"name": "Quay"}, "status": "active"},
 {"name": "Bo", "emails": [{"address": "bo@quay.example.org"}], "house": {"name": "Quay"}, "status": "unsubscribed"}]}
""",
        "ada",
    ),
    (
        "an object a line is a row, too",
        """\
{"email": "ada@quay.example.org", "subscribed": true, "tags": ["press", "tv"]}
{"email": "bo@quay.example.org", "subscribed": false}
""",
        "ada",
    ),
    (
        "what stands over several headings is said of each",
        """\
Contacts;;;Opt-out;
Outlet;Name;Mail;News;Invitations
Quay;Ada Brook;ada@quay.example.org;;x
Quay;Bo Reed;bo@quay.example.org;x;x
""",
        "ada",
    ),
    (
        "a heading may say no more than how it is filled in",
        """\
Contatti;;Invio
Testata;E-mail;sì/no
Molo;ada@quay.example.org;sì
Molo;bo@quay.example.org;no
""",
        "ada",
    ),
    (
        "sentences to the readers name nobody",
        """\
Press list. Questions to Di: di@ourhouse.example.org

Ada Brook, Quay: ada.brook@quay.example.org
Quay, privacy: privacy@quay.example.org
Bo Reed, Quay: bo.reed@quay.example.org
If in doubt ask ed@ourhouse.example.org
""",
        "ada.brook bo.reed",
    ),
    (
        "who opted out is out at another address, and a namesake elsewhere is not",
        """\
Name,Outlet,Email,Status
Ada Brook,Quay,ada@quay.example.org,unsubscribed
Ada Brook,Quay,brook@home.example.net,
Ada Brook,Lamp,adab@lamp.example.org,
Bo Reed,Quay,bo@quay.example.org,bounced
Bo Reed,Quay,reed@quay.example.org,
Cy Fenn,Quay,cy@quay.example.org,unsubscribed
Cy Fenn,Quay,fenn@quay.example.org,subscribed
""",
        "adab fenn reed",
    ),
    (
        "codes without a legend are the usual ones",
        """\
Email,Name,Status
ada@quay.example.org,Ada,A
bo@quay.example.org,Bo,U
cy@quay.example.org,Cy,X
""",
        "ada",
    ),
    (
        "a legend says what codes mean",
        """\
Email,Name,Status
ada@quay.example.org,Ada,A
bo@quay.example.org,Bo,U
cy@quay.example.org,Cy,X

A: asked us to stop
U: updated in May
X: visited us
""",
        "bo cy",
    ),
    (
        "a part of old contacts is no longer written to",
        """\
Name,Outlet,Email
Ada,Quay,ada@quay.example.org

OLD CONTACTS,,
Bo,Quay,bo@quay.example.org

NEW CONTACTS,,
Cy,Quay,cy@quay.example.org
""",
        "ada cy",
    ),
    (
        "a state may be denied",
        """\
Email,Name,Status,Last opened
ada@quay.example.org,Ada,Actief,never
bo@quay.example.org,Bo,Niet actief,May
cy@quay.example.org,Cy,not confirmed,May
di@quay.example.org,Di,Former,May
""",
        "ada",
    ),
    (
        "a column about press releases goes before one about a newsletter",
        """\
Name;E-Mail;PM ja/nein;Newsletter
Ada;ada@quay.example.org;ja;nein
Bo;bo@quay.example.org;nein;ja
""",
        "ada",
    ),
    (
        "out of events is not out of the news",
        """\
Email,Name,Unsubscribed from,Lists
ada@quay.example.org,Ada,Events,press; events
bo@quay.example.org,Bo,Press,press; events
cy@quay.example.org,Cy,,press; events (unsubscribed)
di@quay.example.org,Di,,press (unsubscribed); events
""",
        "ada cy",
    ),
    (
        "of several people a note is about the one it names",
        """\
Outlet,Contact 1,Email 1,Contact 2,Email 2,Remarks
Quay,Ada Brook,ada.brook@quay.example.org,Bo Reed,bo.reed@quay.example.org,Bo has left
Lamp,Cy Fenn,cy.fenn@lamp.example.org,Di Marsh,di.marsh@lamp.example.org,both want photos
Pier,Ed Stone,ed.stone@pier.example.org,,,
""",
        "ada.brook cy.fenn di.marsh ed.stone",
    ),
    (
        "a wish in capitals stands apart from a name",
        """\
Name,Email
UNSUBSCRIBED Ada Brook,ada@quay.example.org
Bo REED,bo@quay.example.org
""",
        "bo",
    ),
    (
        "a row for each list that somebody is on",
        """\
Name,Email,Mailing list,Opt-out
Ada Brook,ada@quay.example.org,Press releases,False
,,Events,True
Bo Reed,bo@quay.example.org,Events,False
,,Press releases,True
Cy Fenn,cy@quay.example.org,Press releases,False
""",
        "ada cy",
    ),
    (
        "yes and no under a word for sending",
        """\
Média,Nom,Email,Envoi CP,Usage photo
Quai,Ada,ada@quay.example.org,oui,non
Quai,Bo,bo@quay.example.org,non,oui
Quai,Cy,cy@quay.example.org,OUI,oui
""",
        "ada cy",
    ),
    (
        "an order to leave somebody out",
        """\
Ada Brook - Quay - ada@quay.example.org
Bo Reed - Quay - bo@quay.example.org (on holiday, send anyway)
Leave out Cy Fenn (cy@lamp.example.org) this time
Di Marsh, host: di@lamp.example.org [do not contact - agent only: ed@stars.example.net]
Fay Gill - Lamp - fay@lamp.example.org
""",
        "ada bo fay",
    ),
    (
        "a state for each list",
        """\
email,name,press_contact,list_press,list_events,newsletter
ada@quay.example.org,Ada,Di,subscribed,unsubscribed,yes
bo@quay.example.org,Bo,Di,unsubscribed,subscribed,yes
cy@quay.example.org,Cy,Di,subscribed,subscribed,yes
""",
        "ada cy",
    ),
    (
        "a newsletter is all there is to say no to",
        """\
email,name,press_contact,newsletter
ada@quay.example.org,Ada,Di,yes
bo@quay.example.org,Bo,Di,no
""",
        "ada",
    ),
)


@pytest.mark.parametrize("text, mailed", [each[1:] for each in LISTS], ids=[each[0] for each in LISTS])
def test_a_list_kept_by_hand_is_read_as_a_person_reads_it(text: str, mailed: str) -> None:
    found = open_bytes(text)
    people = [str(each.address).partition("@")[0] for each in found.entries() if isinstance(each, Contact)]
    assert sorted(people) == mailed.split()
