"""How well the command line reads the labelled sets: each figure a share in per cent, by set and half.

What is compared is what a press officer sees: the JSON of `release show`, `bounces classify` and `lists check`. Names
and texts are alike when their letters and digits are; telephone numbers when their last eight digits are.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from mailer.bounces.letter import WISH
from mailer.bounces.report import parse_report
from mailer.bounces.values import Kind, Report
from mailer.cli.app import _run
from mailer.contacts.reading import parse_list
from mailer.contacts.values import LeftOut

HERE = Path(__file__).parent
SETS = ("bounces", "releases", "lists", "letters", "notes", "notices")
HALVES = ("open", "sealed")
NEXT = "next"  # of a set, where there is one: may be looked at, and is still read worse than the open half
# what a press office would do about it: reasons of one group count as one
GROUPS = (
    {"userunknown"},
    {"mailboxfull"},
    {"suspend"},
    {"hasmoved"},
    {"hostunknown"},
    {"blocked", "badreputation", "requireptr"},
    {"authfailure"},
    {"spamdetected"},
    {"contenterror", "virusdetected"},
    {"mesgtoobig", "exceedlimit"},
    {
        *("policyviolation", "securityerror", "notcompliantrfc", "rejected", "norelaying", "failedstarttls"),
        *("filtered", "suppressed"),
    },
    {"speeding", "toomanyconn", "ratelimited"},
    {"expired", "networkerror", "systemerror", "systemfull", "mailererror", "notaccept", "syntaxerror"},
)
Miss = Callable[[str], None]
_Json = dict[str, Any]


def score(name: str, half: str, miss: Miss = lambda _: None) -> dict[str, float]:
    """Return the figures of one half of a set; `miss` is called with a line for whatever was read wrongly."""
    folder = HERE / name / half
    readers = {
        "bounces": _bounces,
        "releases": _releases,
        "lists": _lists,
        "letters": _letters_of,
        "notes": _notes,
        "notices": _notices,
    }
    return readers[name](folder, miss)


def _mailer(*words: str) -> Iterator[_Json]:
    """Run a command in this process, and yield what it prints: one JSON document, or one a line."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        _run(list(words))
    text = out.getvalue()
    if "--jsonl" in words:
        yield from map(json.loads, text.splitlines())
    elif text.strip():
        yield json.loads(text)


def _share(right: float, judged: float) -> float:
    return round(100 * right / judged, 1) if judged else 100.0


def _letters(text: object) -> str:
    folded = unicodedata.normalize("NFKC", str(text or "")).casefold()
    return "".join(each for each in folded if each.isalnum())


def _options(label: Any) -> list[Any]:
    return list(label["any"]) if isinstance(label, dict) and "any" in label else [label]


def _labelled(folder: Path) -> Iterator[tuple[Path, _Json]]:
    for label in sorted(folder.glob("*.expected.json")):
        told = json.loads(label.read_text("utf-8"))
        yield folder / told["file"], told


# Returned mail


def _bounces(folder: Path, miss: Miss) -> dict[str, float]:
    read = {Path(each["file"]).name: each for each in _mailer("bounces", "classify", "--jsonl", str(folder))}
    right, judged = Counter[str](), Counter[str]()

    def judge(figure: str, line: _Json, *, good: bool, told: object = "") -> None:
        judged[figure] += 1
        right[figure] += good
        if not good:
            miss(f"{line['file']} {line.get('family', '')}: {figure}, read as {told}")

    for text in (folder / "labels.jsonl").read_text("utf-8").splitlines():
        line = json.loads(text)
        found = read[line["file"]]
        kind = "bounce" if found["kind"] == "delayed" else found["kind"]
        expected = line["kind"][0]
        judge(f"kind of {expected}", line, good=kind in line["kind"], told=kind)
        if expected != "bounce":
            judge("no false bounce", line, good=kind != "bounce" or "bounce" in line["kind"], told=kind)
            continue
        if not line["recipients"]:
            continue
        people = {each["address"].lower(): each for each in found["recipients"]}
        names = [
            {each["address"].lower(), *map(str.lower, each.get("alt", []))} & people.keys()
            or {each["address"].lower(), *map(str.lower, each.get("alt", []))}
            for each in line["recipients"]
        ]
        judge("all recipients", line, good=all(one & people.keys() for one in names), told=list(people))
        judge("no wrong address", line, good=people.keys() <= set().union(*names), told=list(people))
        for one, label in zip(names, line["recipients"], strict=True):
            told: dict[str, Any] = next((people[address] for address in sorted(one) if address in people), {})
            if label.get("permanent") is not None:
                judge("permanent", line, good=told.get("permanent") == label["permanent"], told=told.get("permanent"))
            group = next((group for group in GROUPS if label.get("reason") in group), None)
            if group and told:
                judge(f"reason ({label['reason']})", line, good=told["reason"] in group, told=told["reason"])
    reasons = [figure for figure in judged if figure.startswith("reason (")]
    figures = {figure: _share(right[figure], judged[figure]) for figure in sorted(judged.keys() - set(reasons))}
    return {**figures, "reason": _share(sum(right[each] for each in reasons), sum(judged[each] for each in reasons))}


# Releases


def _releases(folder: Path, miss: Miss) -> dict[str, float]:
    """Return F1 for each field: a field that is rightly absent counts for nothing, one read wrongly counts twice."""
    hits, faults = Counter[str](), Counter[str]()
    names = Counter[bool]()
    for file, label in _labelled(folder):
        wanted = label["expected"]
        release = next(_mailer("release", "show", "--json", str(file)), {})
        for field, verdict, told in _fields(wanted, release):
            hits[field] += verdict == 1
            faults[field] += {0: 0, 1: 0}.get(verdict, -verdict)
            if verdict < 0:
                miss(f"{file.name}: {field}, read as {told!r:.150}")
        for contact in wanted["contacts"]:
            if None not in _options(contact["name"]):
                people = [_letters(each.get("name")) for each in release.get("contacts") or []]
                good = any(_letters(name) in one for name in _options(contact["name"]) for one in people)
                names[good] += 1
                if not good:
                    miss(f"{file.name}: the contact {contact['name']}, not among {people}")
    figures = {field: _share(2 * hits[field], 2 * hits[field] + faults[field]) for field in sorted(hits | faults)}
    mean = round(sum(figures.values()) / max(1, len(figures)), 1)
    return {**figures, "contacts' names": _share(names[True], names.total()), "mean F1": mean}


def _fields(wanted: _Json, release: _Json) -> Iterator[tuple[str, int, object]]:
    """Yield each field, 1 for a hit, 0 for rightly absent, -1 for missing or invented, -2 for wrong; what was read."""
    dateline = release.get("dateline") or {}
    label = str(release.get("label") or "").casefold()
    kinds = {"embargo": r"embargo|sperrfrist|解禁", "immediate": r"imm?edia|imm[ée]diat|inmediat|sofort|即時|即时"}
    kind = next((kind for kind, words in kinds.items() if re.search(words, label)), None)
    kind = kind or ("embargo" if release.get("embargo_until") else None)
    told: dict[str, tuple[object, Callable[[Any, Any], bool]]] = {
        "label_kind": (kind, lambda one, other: one == other),
        "headline": (release.get("headline"), lambda one, other: _letters(one) == _letters(other)),
        "subhead": (release.get("subhead"), lambda one, other: _letters(one) == _letters(other)),
        "date": (release.get("date"), lambda one, other: str(other)[:10] == one),
        "dateline_city": (dateline.get("city"), lambda one, other: _letters(str(other).split(",")[0]) == _letters(one)),
        "embargo": (
            release.get("embargo_until"),
            lambda one, other: _same_moment(one, other, wanted.get("embargo_utc")),
        ),
        "end_mark": (release.get("end_mark"), lambda one, other: _letters(one) == _letters(other)),
        "boilerplate_start": (release.get("boilerplate"), _begins),
        "notes_start": (release.get("notes_to_editors"), _begins),
    }
    for field, (value, alike) in told.items():
        if field not in wanted:
            continue  # several readings are right (three lines that each may be the subhead), and none is judged
        options = _options(wanted[field])
        present = [each for each in options if each is not None]
        if not value:
            yield field, 0 if None in options else -1, value
        elif any(alike(each, value) for each in present):
            yield field, 1, value
        else:
            yield field, -2 if present else -1, value
    least, most = wanted["n_quotes"]
    count = len(release.get("quotes") or [])
    is_right = least <= count <= most
    yield "quotes", (1 if most else 0) if is_right else -1 if not most or not count else -2, count
    people = release.get("contacts") or []
    yield "contacts", _contacts(wanted, people), [(each["name"], each["phones"], each["emails"]) for each in people]


def _same_moment(wanted: str, told: Any, utc: str | None) -> bool:
    return str(told)[:16] in {wanted[:16], (utc or wanted)[:16]} or (len(wanted) == 10 and str(told)[:10] == wanted)


def _begins(wanted: str, told: Any) -> bool:
    """Return whether a text begins so, behind a heading of up to ninety letters."""
    pieces = told if isinstance(told, list) else [told]
    return any(0 <= _letters(json.dumps(piece, ensure_ascii=False)).find(_letters(wanted)) <= 90 for piece in pieces)


def _contacts(wanted: _Json, told: Sequence[_Json]) -> int:
    def is_there(label: _Json, one: _Json) -> bool:
        name = any(_letters(each) in _letters(one.get("name")) for each in _options(label["name"]) if each)
        mail = any(str(each).lower() in json.dumps(one["emails"]).lower() for each in _options(label["email"]) if each)
        return name or mail or any(each in _digits(one) for each in _numbers(label))

    def is_whole(label: _Json, one: _Json) -> bool:
        names, mails = _options(label["name"]), _options(label["email"])
        return (
            (None in names or any(_letters(each) in _letters(one.get("name")) for each in names))
            and (None in mails or any(str(each).lower() in json.dumps(one).lower() for each in mails))
            and (None in _options(label["phone"]) or any(each in _digits(one) for each in _numbers(label)))
        )

    people = wanted["contacts"]
    found = [any(is_whole(label, one) for one in told) for label in people]
    allowed = [*people, *wanted.get("contacts_optional", [])]
    invented = [one for one in told if not any(is_there(label, one) for label in allowed)]
    if all(found) and not invented:
        return 1 if people else 0
    return -1 if not people or not told else -2


def _numbers(label: _Json) -> list[str]:
    texts = [*(label.get("phones") or []), *_options(label["phone"])]
    return [re.sub(r"\D", "", text.replace("(0)", ""))[-8:] for each in texts for text in _options(each) if text]


def _digits(one: _Json) -> str:
    return re.sub(r"\D", "", json.dumps(one).replace("(0)", ""))


# Media lists


def _lists(folder: Path, miss: Miss) -> dict[str, float]:
    found = missing = wrong = forbidden = named = names = outlets = 0
    for file, label in _labelled(folder):
        wanted = label["expected"]
        told = next(_mailer("lists", "check", "--json", str(file)), {})
        people = {_address(each["email"]): each for each in told.get("recipients", [])}
        sheets = [address for sheet in wanted.get("sheets", {}).values() for address in sheet.get("never_mail", [])]
        never = {_address(each) for each in (*wanted.get("never", []), *sheets)}
        optional = {_address(each) for each in wanted.get("optional_recipients", [])}
        must = {_address(each["email"]): each for each in wanted["recipients"]}
        either = (*wanted["extra"], *wanted.get("duplicate_optional", []))
        allowed = must.keys() | optional | {_address(each) for each in either}
        for address in sorted(people.keys() - allowed):
            wrong += 1
            forbidden += address in never
            miss(f"{file.name}: {'NEVER TO BE MAILED' if address in never else 'no recipient'}: {address}")
        for address, each in must.items():
            if address in people:
                found += address not in optional
                named += 1
                names += any(_letters(name) == _letters(people[address]["name"]) for name in _options(each["name"]))
                outlet = _letters(people[address]["outlet"])
                outlets += any(_letters(name) == outlet for name in _options(each["outlet"]))
            elif address not in optional:
                missing += 1
                miss(f"{file.name}: missing: {address}")
    return {
        "recipients F1": _share(2 * found, 2 * found + missing + wrong),
        "never to be mailed": float(forbidden),
        "names": _share(names, named),
        "outlets": _share(outlets, named),
    }


def _address(text: str) -> str:
    local, _, domain = unicodedata.normalize("NFC", text.strip()).lower().rpartition("@")
    labels = [each.encode().decode("idna") if each.startswith("xn--") else each for each in domain.split(".")]
    return f"{local}@{'.'.join(labels)}"


# Letters and notes: what says that no more mail is wanted, in the words of people who do not know who reads them. That
# it may say so is shown to staff: a letter among those that wait for an answer, a row of a list for a decision.


def _letters_of(folder: Path, miss: Miss) -> dict[str, float]:
    return _wishes(folder, miss, lambda texts: [_letter_says(each) for each in texts])


def _read_letter(text: str, **head: str) -> Report:
    mail = EmailMessage()
    mail["From"], mail["To"] = "Ada Brook <ada.brook@tern.example.org>", "press@office.example.org"
    mail["Subject"] = "Re: The harbour opens"
    for name, value in head.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return parse_report(mail.as_bytes())


def _letter_says(text: str) -> str:
    report = _read_letter(text, In_Reply_To="<one@office.example.org>")
    if report.kind is Kind.OPTOUT or (report.notice is not None and report.notice.has_left):
        return "surely"
    return "perhaps" if WISH in report.asks else ""


def _notes(folder: Path, miss: Miss) -> dict[str, float]:
    return _wishes(folder, miss, _notes_say)


def _notes_say(texts: Sequence[str]) -> list[str]:
    rows = [["email", "name", "notes"], *([f"p{i}@tern.example.org", "", each] for i, each in enumerate(texts))]
    data = io.StringIO()
    csv.writer(data).writerows(rows)
    said = dict.fromkeys(range(1, len(texts) + 1), "")
    for each in parse_list(io.BytesIO(data.getvalue().encode()), name="notes.csv").entries():
        if isinstance(each, LeftOut):
            said[each.row] = "surely"
        elif any(remark.code == "may-ask-no-mail" for remark in each.remarks):
            said[each.row] = "perhaps"
    return [*said.values()]


# Notices: what programs write, and people of themselves, without a mark in the head; and the same with one, where it is
# asked which notice it is.
_NOTICES = {"challenge": Kind.CHALLENGE, "away": Kind.AUTOREPLY, "left": Kind.MOVED}


def _notices(folder: Path, miss: Miss) -> dict[str, float]:
    right, judged = Counter[str](), Counter[str]()
    for path in sorted(folder.glob("*.tsv")):
        for line in path.read_text("utf-8").splitlines():
            label, text = line.split("\t")
            said, marked = (
                _read_letter(text.replace("\\n", "\n"), **head).kind
                for head in ({}, {"Auto_Submitted": "auto-replied"})
            )
            figure = f"{label} known" if label in _NOTICES else "no false notice"
            good = said is _NOTICES[label] if label in _NOTICES else said not in _NOTICES.values()
            judged[figure] += 1
            right[figure] += good
            if label in _NOTICES:
                judged[f"{label} marked"] += 1
                right[f"{label} marked"] += marked is _NOTICES[label]
            if not good:
                miss(f"{path.stem}: {label}, read as {said.value}: {text}")
    return {name: 100 * right[name] / judged[name] for name in sorted(judged)}


def _wishes(folder: Path, miss: Miss, read: Callable[[Sequence[str]], list[str]]) -> dict[str, float]:
    right, judged = Counter[str](), Counter[str]()
    for path in sorted(folder.glob("*.tsv")):
        rows = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
        texts = [text.replace("\\n", "\n") for _, text in rows]
        for (label, text), said in zip(rows, read(texts), strict=True):
            wanted = label in {"optout", "out"}
            judged[label] += 1
            right[f"{label} {said}"] += 1
            if wanted is not (said == "surely"):
                miss(f"{path.stem}: {label}, read as {said or 'nothing'}: {text}")
    wish, other = ("out", "keep") if "out" in judged else ("optout", "none")
    found = {
        "known": right[f"{wish} surely"],
        "known or shown": right[f"{wish} surely"] + right[f"{wish} perhaps"],
    }
    alarms = {
        "no false wish": judged[other] - right[f"{other} surely"],
        "no false wish, nor shown": right[f"{other} "],
    }
    return {
        **{figure: _share(count, judged[wish]) for figure, count in found.items()},
        **{figure: _share(count, judged[other]) for figure, count in alarms.items()},
    }
