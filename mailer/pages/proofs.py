"""Proofs: what a proof contains, and how to check it.

What it proves is explained in the proof itself (README.txt), for its readers.
"""

from __future__ import annotations

from mailer.pages import page
from mailer.pages.documents import shape
from mailer.pages.layout import Page, Steps, Tone, fact, line, problems
from mailer.pages.words import count
from mailer.runs.proofs import ProofWritten

shape(
    ProofWritten,
    "mailing place planned accepted messages plans approvals sha256:sums signed_by? stamped_at problems",
)


@page.register
def _(proof: ProofWritten) -> Page:
    plans = f"{count(proof.plans, 'plan')}, {count(proof.approvals, 'approval')}" if proof.plans else "no plan"
    is_zip = proof.place.suffix.lower() == ".zip"
    check = "python3 verify.py", "in its folder, once it is unpacked" if is_zip else "in its folder"
    return Page(
        line(f"{proof.mailing}: {proof.planned:,} planned, {proof.accepted:,} accepted", Tone.STRONG, depth=1),
        fact("Written to", str(proof.place)),
        fact("Contains", (f"{count(proof.messages, 'message')}, built again", plans)),
        fact("SHA-256", f"{proof.sums}   of SHA256SUMS"),
        fact("Signed by", proof.signed_by or "nobody; --key FILE signs it with an SSH key"),
        fact(
            "Time stamp", f"{proof.stamped_at:%Y-%m-%d %H:%M:%S} UTC" if proof.stamped_at else "none; --timestamp URL"
        ),
        fact("", "It contains addresses: give it only to people who may see them.", Tone.QUIET),
        Steps((check, ("README.txt", "what it proves, what it does not, and how to check it without mailer")), "Check"),
        problems(proof.problems),
    )
