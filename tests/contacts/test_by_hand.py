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
)


@pytest.mark.parametrize("text, mailed", [each[1:] for each in LISTS], ids=[each[0] for each in LISTS])
def test_a_list_kept_by_hand_is_read_as_a_person_reads_it(text: str, mailed: str) -> None:
    found = open_bytes(text)
    people = [str(each.address).partition("@")[0] for each in found.entries() if isinstance(each, Contact)]
    assert sorted(people) == mailed.split()
