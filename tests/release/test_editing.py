"""Changing a field of a release's file, in which every other line stays as its author wrote it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.frozen import replace
from mailer.release.markdown.frontmatter import UnreadableFields
from mailer.release.markdown.writing import (
    TEXTS,
    QuoteFields,
    change_fields,
    change_quotes,
    drop_picture,
    drop_waiver,
    insert_paragraph,
    join_file,
    quotes_in,
    read_fields,
    split_file,
)
from mailer.release.values import MediaContact

FILE = """\
---
# kept for the archive
title: "Seals: they return"   # working title
date: 2026-11-24
pitch: |
  Dear {{ contact.first_name }},

  # this is no comment
contacts:
- name: Mara Quill   # until May
  phone: "+44 20 7946 0182"
# ring her last
- name: Tomas Adeyemi
  email: tomas@example.org
# embargo: 2026-12-01 09:00 Europe/Berlin

checks:
  waive:
    headline-long: it is their title
    no-date: none
---

The text.
"""


@pytest.mark.parametrize(
    "text",
    [
        FILE,
        "",
        "no fields",
        "---\nnever: closed\n",
        "---\n---\n",
        "---\n\n---\n\nx",
        "---\na: b\n---",
        "---  \na: b\n...\nx",
    ],
)
def test_the_two_parts_of_a_file_are_the_file(text: str) -> None:
    top, body = split_file(text)
    assert top + body == join_file(top, body) == text


def test_what_is_not_changed_stays_as_it_is() -> None:
    top, _ = split_file(FILE)
    fields = read_fields(top)
    assert change_fields(top, fields.texts, fields.contacts) == top
    assert fields.texts == {"headline": "Seals: they return", "date": "2026-11-24"}
    assert fields.others == ("pitch", "checks")
    assert fields.lines["contacts"] == (9, 14)


def test_a_field_is_written_under_its_own_name_and_before_its_comment() -> None:
    top, _ = split_file(FILE)
    changed = change_fields(top, {"headline": "Seals: 1 # 2", "date": "2026-11-25"})
    assert changed == top.replace('"Seals: they return"', "'Seals: 1 # 2'").replace("-24", "-25")


def test_a_new_field_stands_where_a_new_release_would_have_it_and_an_empty_one_goes() -> None:
    top, _ = split_file(FILE)
    lines = change_fields(top, {"subhead": "After forty years", "embargo": "2026-12-01 09:00 UTC"}).split("\n")
    assert lines[2:6] == [
        'title: "Seals: they return"   # working title',
        "subhead: After forty years",
        "date: 2026-11-24",
        "embargo: 2026-12-01 09:00 UTC",
    ]
    assert "title:" not in change_fields(top, {"headline": " "})
    assert change_fields("", {"headline": "New"}) == "---\nheadline: New\n---\n\n"


def test_a_contact_is_written_anew_and_the_others_stay() -> None:
    top, _ = split_file(FILE)
    mara, tomas = read_fields(top).contacts or ()
    new = MediaContact("Ada Brook", phones=("+44 1", "+44 2"))
    changed = change_fields(top, {}, [tomas, new])
    assert "Mara" not in changed
    assert (
        "- name: Tomas Adeyemi\n  email: tomas@example.org\n- name: Ada Brook\n  phones:\n  - +44 1\n  - +44 2\n# emb"
        in changed
    )
    assert read_fields(changed).contacts == (tomas, new)
    assert read_fields(change_fields(top, {}, [])).contacts == ()
    assert "  # until May\n" in change_fields(top, {}, [mara])


def test_fields_of_another_program_are_left_to_the_whole_text() -> None:
    with pytest.raises(UnreadableFields):
        read_fields("---\nlayout: post\ntitle: A\ntags: [a]\n---\n")
    with pytest.raises(UnreadableFields):
        read_fields("---\nfoo: [\n---\n")
    assert read_fields("---\nheadline: A\ncontacts: Ada Brook\n---\n").contacts is None


@settings(max_examples=25)
@given(st.dictionaries(st.sampled_from(TEXTS), st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")))))
def test_any_text_is_read_back(texts: dict[str, str]) -> None:
    top, _ = split_file(FILE)
    wanted = {name: " ".join(text.split()) for name, text in texts.items()}
    found = read_fields(change_fields(top, texts)).texts
    assert {name: found.get(name, "") for name in wanted} == wanted


def test_a_waiver_goes_and_its_heading_with_the_last() -> None:
    once = drop_waiver(FILE, "headline-long")
    assert once == FILE.replace("    headline-long: it is their title\n", "")
    assert "checks" not in drop_waiver(once, "no-date")
    with pytest.raises(ValueError, match="no line"):
        drop_waiver(FILE, "date-far")


QUOTED = """\
One.

> “We counted *none* of them,
> nobody had,” and [so on](https://example.org).
>
> — Ida Marlow, keeper of lamps, Lantern Museum

```
> no quote
> — Ann Bell
```


> Words alone.

Statement from Ann Bell, mayor:

> Fine words of hers.

> Said well.
> — Bo Lind

> Said well.
> — Bo Lind
"""


def test_a_quote_is_changed_in_its_own_lines_alone() -> None:
    ida, alone, bo, again = quotes_in(QUOTED)
    assert (ida.speaker, ida.role, ida.organisation) == ("Ida Marlow", "keeper of lamps", "Lantern Museum")
    assert (alone.words, alone.speaker) == ("Words alone.", "")
    assert bo == again
    assert change_quotes(QUOTED, [ida, alone, bo, again]) == QUOTED
    for was, now in (
        (ida, replace(ida, role="head of *lamps*")),
        (alone, replace(alone, words="Two\n\nparagraphs.", speaker="Cy Öst", organisation="Lamps, Ltd")),
        (bo, replace(bo, speaker="Di Field")),
    ):
        changed = change_quotes(QUOTED, [now if each is was else each for each in (ida, alone, bo, again)])
        head, _, tail = QUOTED.partition(was.was)
        assert changed.startswith(head)
        assert changed.endswith(tail)
        (made,) = (each for each in quotes_in(changed) if each.was not in QUOTED)
        assert replace(made, was=was.was) == now
    second = [ida, alone, bo, replace(again, words="")]
    assert change_quotes(QUOTED, second) == QUOTED.removesuffix("> Said well.\n> — Bo Lind\n")


def test_a_new_quote_comes_after_a_paragraph_and_goes_again() -> None:
    new = QuoteFields(words="“Never before.”", speaker="Ed Moor", role="diver")
    with_it = change_quotes(QUOTED, [*quotes_in(QUOTED), new], "One")
    made = "> “Never before.”\n>\n> — Ed Moor, diver"
    assert with_it == QUOTED.replace("One.\n", f"One.\n\n{made}\n")
    assert change_quotes(with_it, [replace(quotes_in(with_it)[0], words=" ")]) == QUOTED


@pytest.mark.parametrize(
    "quote",
    [
        QuoteFields(words="Words.", role="a role without a name, and more"),
        QuoteFields(words="Words.\n\n— Somebody Else"),
        QuoteFields(was="> Nobody wrote this.", words="Other words."),
    ],
)
def test_a_quote_that_would_be_read_otherwise_is_refused(quote: QuoteFields) -> None:
    with pytest.raises(ValueError, match="quote"):
        change_quotes(QUOTED, [*quotes_in(QUOTED), quote])
    with pytest.raises(ValueError, match="read differently"):  # it would have the words of the line above
        change_quotes(QUOTED, [QuoteFields(words="Mine.", speaker="Ed Moor")], "Statement")


@pytest.mark.slow
@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=12), min_size=4, max_size=4
    )
)
def test_whatever_is_filled_in_a_quote_reads_back_or_is_refused(cells: list[str]) -> None:
    bare = [" ".join(each.split()) for each in cells]
    one = quotes_in(QUOTED)[1]
    try:
        changed = change_quotes(QUOTED, [QuoteFields(one.was, *cells)])
    except ValueError:
        return
    head, _, tail = QUOTED.partition(one.was)
    assert changed.startswith(head)
    assert changed.endswith(tail if bare[0] else tail.lstrip("\n"))
    if bare[0]:
        assert bare[1:] in [[each.speaker, each.role, each.organisation] for each in quotes_in(changed)]


def test_a_picture_is_put_after_a_paragraph_and_taken_out_again() -> None:
    body = "\nOne.\nStill one.\n\n\n\n> Two\n>\n> two\n\nThree\n"
    shown = '![A lamp](<lamps/a-1.png> "It \\"burns\\" | Photo: Jo")'
    with_it = insert_paragraph(body, shown, "> Two")
    assert with_it == body.replace("Three", f"{shown}\n\nThree")
    assert drop_picture(with_it, "lamps/a-1.png") == body
    assert drop_picture(with_it, "lamps/a") == with_it
    assert insert_paragraph("", shown, "") == f"{shown}\n\n"
    assert drop_picture("See ![x](lamps/a-1.png) here", "lamps/a-1.png") == "See  here"
