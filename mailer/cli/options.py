"""Options: what several commands ask for in the same words.

Owns no command; each alias is one option with its name, its place-holder and its help.
"""

from __future__ import annotations

from typing import Annotated

import typer

Lists = Annotated[list[str], typer.Option("--to", metavar="LIST", help="A list; can be repeated.")]
Except = Annotated[list[str], typer.Option("--except", metavar="LIST", help="People not to send to.")]
Template = Annotated[str, typer.Option(metavar="FAMILY", help="Template family. Default: release.")]
SenderName = Annotated[str, typer.Option(metavar="NAME", help="A sender of mailer.toml. Default: the first.")]
UnderEmbargo = Annotated[bool, typer.Option("--under-embargo", help="Send although the embargo stands.")]
Changed = Annotated[str, typer.Option(metavar="WHY", help="Go on with a text that changed.")]
NewMailing = Annotated[str, typer.Option(metavar="WHY", help="Send news that went out under another name.")]
CheckDomains = Annotated[bool, typer.Option("--check-domains", help="Ask the DNS; leave out dead domains.")]
