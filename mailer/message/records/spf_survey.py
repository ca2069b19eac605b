"""Survey: an SPF record with all that it includes, as a receiver may have to walk through it.

Owns the count of questions to the DNS: at most ten (RFC 7208 §4.6.4), of which two may come back empty; each `include`,
`redirect`, `a`, `mx`, `ptr` and `exists` is one, wherever in the tree it stands. Counted is the worst case, a sender
that no term matches: that is what decides whether the record can ever fail. Asks through what it is handed; raises
nothing.

Gaps: what depends on who delivers (`%{i}`) is counted and not walked into.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from mailer.message.records import Ask
from mailer.message.records.spf import ASKING, SpfRecord, Term, is_spf, parse_spf
from mailer.message.records.spf_macros import has_macro

MOST_QUESTIONS: Final = 10
MOST_EMPTY: Final = 2
MOST_NAMES: Final = 10  # hosts of one `mx` (§4.6.4)
_DEEPEST: Final = 12  # a tree as deep as this has asked too often already


@dataclass(slots=True)
class Survey:
    """What was found. `records` are those of the domain itself: there must be one. `costs` are questions a term."""

    domain: str
    records: tuple[str, ...] = ()
    record: SpfRecord | None = None
    questions: int = 0
    empty: list[str] = field(default_factory=list)
    costs: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    included: list[str] = field(default_factory=list)
    old: list[str] = field(default_factory=list)  # `ptr`, which nobody should use (§5.5)

    @property
    def heaviest(self) -> list[tuple[str, int]]:
        """Return the terms of the record itself by what they cost, the dearest first."""
        return sorted(self.costs.items(), key=lambda pair: -pair[1])


def survey_spf(domain: str, ask: Ask) -> Survey:
    """Walk through the record of a domain and all that it includes."""
    found = Survey(domain)
    texts = ask(domain, "TXT")
    if texts is None:
        found.silent.append(domain)
        return found
    found.records = tuple(text for text in texts if is_spf(text))
    if len(found.records) == 1:
        found.record = parse_spf(found.records[0])
        found.wrong += found.record.wrong
        for term in found.record.counting:
            before = found.questions
            _visit(term, domain, ask, found, path=(domain,))
            if found.questions > before:
                found.costs[term.text] = found.costs.get(term.text, 0) + found.questions - before
    return found


def _visit(term: Term, domain: str, ask: Ask, found: Survey, *, path: tuple[str, ...]) -> None:
    if term.name not in ASKING:
        return
    found.questions += 1
    target = (term.value or domain).rstrip(".").lower()
    if term.name == "ptr":
        found.old.append(term.text)
    if term.name == "ptr" or has_macro(target):
        return
    if term.name in {"include", "redirect"}:
        _descend(term, target, ask, found, path=path)
    else:
        _look(term, target, ask, found)


def _look(term: Term, target: str, ask: Ask, found: Survey) -> None:
    kinds = {"mx": ("MX",), "a": ("A", "AAAA"), "exists": ("A",)}[term.name]
    answers = [ask(target, kind) for kind in kinds]
    if any(answer is None for answer in answers):
        found.silent.append(target)
        return
    records = [record for answer in answers for record in answer or ()]
    if not records:
        found.empty.append(f'"{term.text}"' + ("" if term.value else f" of {target}"))
    if term.name == "mx" and len(records) > MOST_NAMES:
        found.wrong.append(f'"{term.text}": {target} has {len(records)} mail servers; SPF allows {MOST_NAMES}')


def _descend(term: Term, target: str, ask: Ask, found: Survey, *, path: tuple[str, ...]) -> None:
    if target in path or len(path) > _DEEPEST:
        found.wrong.append(f'"{term.text}" leads back to a record that leads here')
        return
    found.included.append(target)
    texts = ask(target, "TXT")
    if texts is None:
        found.silent.append(target)
        return
    if not texts:
        found.empty.append(f'"{term.text}"')
    records = [text for text in texts if is_spf(text)]
    if len(records) != 1:
        many = f"{len(records)} SPF records" if records else "no SPF record"
        found.wrong.append(f'"{term.text}": {target} has {many}, which makes this one void')
        return
    record = parse_spf(records[0])
    found.wrong += [f"in {target}: {said}" for said in record.wrong]
    for inner in record.counting:
        _visit(inner, target, ask, found, path=(*path, target))
