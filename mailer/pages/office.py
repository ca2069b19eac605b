"""Office: a new key that signs mail, and what has to be done with it, step by step.

Who follows it top to bottom has signed mail: publish, wait, switch on, try.
"""

from __future__ import annotations

from mailer.pages import page
from mailer.pages.documents import shape
from mailer.pages.layout import STRONG, Page, Verbatim, gap, line
from mailer.runs.office.signing import KeyMade

shape(
    KeyMade,
    "domain selector algorithm key_file record settings",
    record=lambda made: {"name": made.name, "type": "TXT", "value": made.value, "strings": made.strings},
    settings=lambda made: "\n".join(made.lines),
)


@page.register
def _(made: KeyMade) -> Page:
    zone = "\n".join([f"{made.name}. IN TXT (", *(f'  "{string}"' for string in made.strings), ")"])
    below = "" if made.lines[0] == "[dkim]" else ", under [dkim]"
    return Page(
        line(str(made.key_file)),
        line(
            "Whoever has this file can sign mail as you: only you can read it; keep it out of mail, git and shared "
            "folders. Lost, it is replaced by a new one with another selector.",
            depth=1,
        ),
        gap(),
        line("1. Publish this TXT record. In a web form:", STRONG),
        Verbatim(f"Name   {made.name}\nValue  {''.join(made.strings)}", depth=1),
        line("   In a zone file:", STRONG),
        Verbatim(zone, depth=1),
        gap(),
        line(f"2. Once the record can be seen (minutes to hours), write into mailer.toml{below}:", STRONG),
        Verbatim("\n".join(made.lines), depth=1),
        gap(),
        line("3. Try it:  mailer test RELEASE --inbox you@example.org", STRONG),
        line('The mail that arrives should say "dkim=pass" in its Authentication-Results.', depth=1),
    )
