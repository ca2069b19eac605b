from __future__ import annotations

from datetime import date

import pytest

from mailer.errors import InputProblem, Severity
from mailer.release.document import block_text
from mailer.release.source import parse_release
from mailer.release.values import Image, Release

STORY = (
    "EASTPORT, 3 March 2027 – The swimming hall in Eastport stays open for three more winters, because two thousand"
    " people signed for it and the council found the money that the roof needs.\n"
)
PRESS = "\n**Media contact**\n\nAda Brook, 020 7946 0001, ada@example.org\n"


def read(text: str, *, strict: bool = True) -> Release:
    return parse_release(text.encode(), source="hall.md", slug="hall", strict=strict)


@pytest.mark.parametrize(
    "head",
    [
        "---\ntitle: Hall stays open\ndraft: false\nlead: Two thousand signed\ndate: 2027-03-03T10:00:00-03:00\n---",
        "---\ntitle: Hall stays open\nsubtitle: Two thousand signed\ndate: 3\\. März 2027\nlang: de\n---",
        "---\ntitle: Hall stays open\nsubtitle: Two thousand signed\ndate: 2027-03-03\n---",
        (
            "---\ntitle: Hall stays open\nsubtitle: Two thousand signed\ndate: 2027-03-03\nlayout: press\n"
            "region: North\ncontact: Ada Brook, 020 7946 0001, ada@example.org\n---"
        ),
        "---\ntitle: Hall stays open\ndraft: false\n---\n\n**NEWS**\n\n#### Two thousand signed\n\n3 March 2027",
        (
            "---\ntitel: Hall stays open\nuntertitel: 'Two thousand signed'\ndatum: 3. März 2027\nort: Westport\n"
            "autor: Ada Brook\n---\n\n# Hall stays open\n\n*Two thousand signed*"
        ),
        "---\n---\n\n# Press release: Hall stays open\n\n*Two thousand signed*\n\n3 March 2027",
        '+++\ntitle = "Hall stays open"\nsubtitle = "Two thousand signed"\ndate = 2027-03-03\n[params]\n  x = 1\n+++',
        "---\ntitle: News\n---\n\n# {{ page.title }}\n\n# Hall stays open\n\n*Two thousand signed*\n\n2027-03-03",
        "% Hall stays open\n% Ada Brook\n% 3 March 2027\n\n*Two thousand signed*\n",
        "# Hall stays open {#hall .unnumbered}\n\n*Two thousand signed*\n{: .lead}\n\n3 March 2027",
        (
            '<h1 align="center">Hall <b>stays</b> open</h1>\n\n<p>\n<em>Two thousand signed</em>\n</p>\n\n'
            "3 March 2027 <!-- proofread -->"
        ),
    ],
)
def test_text_of_another_program_is_read_as_a_release_whose_fields_have_no_names(head: str) -> None:
    release = read(f"{head}\n\n**FOR IMMEDIATE RELEASE**\n\n{STORY}{PRESS}")
    assert (release.headline, release.subhead, release.date) == (
        "Hall stays open",
        "Two thousand signed",
        date(2027, 3, 3),
    )
    assert release.label == "FOR IMMEDIATE RELEASE"
    assert [contact.emails for contact in release.contacts] == [("ada@example.org",)]
    assert release.dateline is not None
    assert release.dateline.city == "EASTPORT"
    assert len(release.body) == 1


@pytest.mark.parametrize(
    "written, words",
    [
        ("The <u>hall</u><br>is <strong>open</strong>.", "The hall\nis open."),
        ('See <a href="https://www.example.org">the <INSERT PRICE>list</a>.', "See the <INSERT PRICE>list."),
        ("[Hall]{.smallcaps} and [pier](https://www.example.org){.ext target=_blank}.", "Hall and pier."),
        (
            "{% raw %}The hall{% endraw %} is open for {{ contact.outlet }}.",
            "The hall is open for {{ contact.outlet }}.",
        ),
        ("`<b>` stays, and so does 1 < 2 > 0.", "<b> stays, and so does 1 < 2 > 0."),
        ("```\n<b>{% code %}\n```", "<b>{% code %}"),
    ],
)
def test_signs_of_other_programs_are_no_words(written: str, words: str) -> None:
    assert block_text(read(f"# Hall stays open\n\n{STORY}\n{written}\n").body[1]) == words


def test_signs_of_other_programs_are_words_where_staff_name_the_fields() -> None:
    release = read("---\nheadline: Hall stays open\n---\n\nThe <u>hall</u> {% is %} [open]{.now}.\n")
    assert block_text(release.body[0]) == "The <u>hall</u> {% is %} [open]{.now}."


@pytest.mark.parametrize(
    "written",
    [
        '<img alt="The [new] hall" src="hall.jpg" width=9>',
        '{{< figure src="hall.jpg" alt="The [new] hall" >}}',
        "![The [new] hall]({{ site.baseurl }}hall.jpg)",
    ],
)
def test_picture_is_one_however_a_site_writes_it(written: str) -> None:
    release = read(f"# Hall stays open\n\n{STORY}\n{written}\n")
    assert release.body[1:] == (Image("hall.jpg", "The [new] hall"),)


def test_who_only_looks_sees_a_release_that_cannot_be_sent_yet() -> None:
    text = f"---\ntitle: Hall stays open\nheadlien: x\ndate: 31 November 2026\n---\n\n{STORY}"
    with pytest.raises(InputProblem):
        read(text)
    release = read(text, strict=False)
    assert release.headline == "Hall stays open"
    assert [(problem.code, problem.severity) for problem in release.problems] == [
        ("unknown-key", Severity.ERROR),
        ("bad-date", Severity.ERROR),
    ]


def test_callout_between_headline_and_embargo_is_told_and_hides_nothing() -> None:
    note, embargo = "💡 Ask Ann before it goes out", "EMBARGOED UNTIL 00:01 GMT, 3 March 2027"
    story = "The council of Eastport voted on Monday to keep the hall open for three more winters, its mayor said. " * 2
    for inside, below in ((note, embargo), (embargo, "")):
        text = f"# Hall stays open\n\n<aside>\n{inside}\n</aside>\n\n{below}\n\nTwo thousand signed for it\n\n{story}\n"
        release = parse_release(text.encode(), source="hall.md", slug="hall", strict=False)
        assert (release.headline, release.subhead) == ("Hall stays open", "Two thousand signed for it")
        assert release.embargo is not None
