"""Proof: `mailer proof`: evidence of a mailing that others can check.

Owns the progress shown. ssh-keygen asks for a passphrase or a touch of a security key.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mailer.cli import output, progress
from mailer.cli.office import reading_office
from mailer.cli.options import OneMailing, flag, option
from mailer.errors import InputProblem

app = typer.Typer()


@app.command(short_help="Write proof of a mailing that anyone can check.")
def proof(
    mailing: OneMailing,
    out: Annotated[str, option("--out -o PLACE", "A new folder, or a new file ending in .zip.")],
    key: str = option(
        "--key FILE",
        "Sign it with this SSH key (FILE.pub uses the SSH agent). Default: [proof] key.",
        "",
    ),
    timestamp: str = option("--timestamp URL", "Time-stamp authority (RFC 3161). Default: [proof] timestamp.", ""),
    everybody: bool = flag("--all", "Include every message that was sent, not only the first."),
    person: str = option("--as EMAIL", "Include the message to this recipient instead of the first.", ""),
) -> None:
    """Write proof of a mailing: a folder that a lawyer can check without mailer.

    It contains every recipient with each attempt and the relay's answers, returned mail, the text, the plans with their
    approvals and signatures, a message as it was sent, checksums, a README in plain words, and a small program that
    checks that everything agrees. Contacts who were erased are not in it.

    \b
    Examples:
      mailer proof harbour-seals --out proof/
      mailer proof harbour-seals --out harbour-seals.zip --all
      mailer proof harbour-seals --out proof/ --as ada@daily.example.com
      mailer proof harbour-seals --out proof/ --key ~/.ssh/id_ed25519 --timestamp https://tsa.example.org/
    """
    from mailer.runs.proofs import ProofWanted, write_proof

    if person and everybody:
        raise InputProblem("--as is for one message, --all for all of them: give one of them")
    wanted = ProofWanted(
        mailing=mailing,
        target=Path(out).expanduser(),
        key=Path(key).expanduser() if key else None,
        authority=timestamp,
        person=person,
        everybody=everybody,
        asks=output.is_interactive(),
    )
    with reading_office() as office, progress.counting("recipients written") as on_progress:
        written = write_proof(office, wanted, on_progress=on_progress)
    output.show(written)
