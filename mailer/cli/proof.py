"""Proof: `mailer proof`, what became of a mailing, for somebody who has to be able to check it.

Owns what is said while it is written. A passphrase, or a touch of a token, is asked for by ssh-keygen.
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


@app.command(short_help="Write proof of a mailing that anybody can check.")
def proof(
    mailing: OneMailing,
    out: Annotated[str, option("--out -o PLACE", "A new folder, or a new file that ends in .zip.")],
    key: str = option(
        "--key FILE",
        "Sign it with this SSH key (its public half, if an agent has the other). Default: [proof] key.",
        "",
    ),
    timestamp: str = option("--timestamp URL", "Time-stamp authority (RFC 3161). Default: [proof] timestamp.", ""),
    everybody: bool = flag("--all", "Include every message that was sent, not only the first."),
    person: str = option("--as EMAIL", "Include the message to this recipient instead of the first.", ""),
) -> None:
    """Write proof of a mailing: a folder that a lawyer can check without mailer.

    It has every recipient with each attempt and the relay's answers, what came back, the text, the plans with their
    approvals and signatures, a message as it was sent, checksums, a README in plain words, and a small program that
    checks that all of it agrees. Who was forgotten stays forgotten.

    \b
    Examples:
      mailer proof harbour-seals --out proof/
      mailer proof harbour-seals --out harbour-seals.zip --all
      mailer proof harbour-seals --out proof/ --as ada@daily.example.com
      mailer proof harbour-seals --out proof/ --key ~/.ssh/id_ed25519 --timestamp https://tsa.example.org/
    """
    from mailer.runs.proofs import ProofWanted, write_proof

    if person and everybody:
        raise InputProblem("--as is for one message, --all for every one: give one of them")
    wanted = ProofWanted(
        mailing=mailing,
        target=Path(out).expanduser(),
        key=Path(key).expanduser() if key else None,
        authority=timestamp,
        person=person,
        everybody=everybody,
        asks=output.is_somebody_here(),
    )
    with reading_office() as office, progress.counting("recipients written") as on_progress:
        written = write_proof(office, wanted, on_progress=on_progress)
    output.show(written)
