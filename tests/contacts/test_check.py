from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mailer.contacts.check import check_document
from mailer.contacts.reading import ListFile

Open = Callable[..., ListFile]
REPOSITORY = Path(__file__).parents[2]
SAMPLES = REPOSITORY.parent / "shared" / "samples"

LIST = """Email,Name,Outlet,Status
newsdesk@example.org,,Post,
ada@example.org,Ada,Post,
ADA@example.org,A.,Post,
nobody,Bo,Post,
,Cy,Post,
di@example.org,Di,Post,unsubscribed
"""


def test_document_puts_every_row_on_one_shelf(listed: Open) -> None:
    document = check_document(listed(LIST), "lists/coast.csv")
    assert document["file"] == "lists/coast.csv"
    assert (document["encoding"], document["delimiter"], document["sheet"]) == ("utf-8", ",", None)
    assert document["header_row"] == 0
    assert document["columns"] == {"email": "Email", "name": "Name", "outlet": "Outlet"}
    assert document["rows"] == 6
    assert [(r["row"], r["line"], r["email"], r["name"]) for r in document["recipients"]] == [
        (1, 2, "newsdesk@example.org", ""),
        (2, 3, "ada@example.org", "Ada"),
    ]
    assert [(d["row"], d["first_row"]) for d in document["duplicates"]] == [(3, 2)]
    assert [(i["row"], i["value"]) for i in document["invalid"]] == [(4, "nobody")]
    assert document["missing"] == [5]
    assert [(s["row"], s["email"]) for s in document["suppressed"]] == [(6, "di@example.org")]
    assert document["counts"] == {"recipients": 2, "invalid": 1, "missing": 1, "duplicates": 1, "suppressed": 1}
    assert [(p["row"], p["code"], p["severity"]) for p in document["problems"]] == [(1, "role-address", "note")]
    assert json.loads(json.dumps(document)) == document


def test_dead_domain_is_a_warning_and_the_person_stays(listed: Open) -> None:
    document = check_document(listed(LIST), "x", dead_domains={"example.org": "there is no such domain"})
    assert len(document["recipients"]) == 2
    assert [p["row"] for p in document["problems"] if p["code"] == "dead-domain"] == [1, 2]


def test_list_without_header_gives_positions(listed: Open) -> None:
    document = check_document(listed("Ada;ada@example.org\n"), "x")
    assert (document["header_row"], document["columns"]) == (None, {"email": 1, "name": 0})


@pytest.mark.slow
@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not beside this checkout")
def test_sample_lists_come_out_without_a_miss() -> None:
    command = f"{sys.executable} -m mailer lists check --json {{file}}"
    run = subprocess.run(
        [sys.executable, SAMPLES / "score_lists.py", command, "--cwd", REPOSITORY, "--min-f1", "1.0"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    assert "misses" not in run.stdout, run.stdout


@pytest.mark.parametrize(
    "path, people",
    [("lists/coast.csv", 8), ("lists/science.csv", 6), ("templates/workspace/lists/journalists.csv", 12)],
)
def test_shipped_list_is_sendable_to_the_last_row(listed: Open, path: str, people: int) -> None:
    document = check_document(listed((REPOSITORY / path).read_bytes()), path)
    assert document["rows"] == document["counts"]["recipients"] == people
    assert set(document["columns"]) >= {
        "first_name",
        "last_name",
        "outlet",
        "role",
        "beat",
        "language",
        "country",
        "note",
    }
    domains = {recipient["email"].rpartition("@")[2] for recipient in document["recipients"]}
    assert all(domain.endswith((".example.com", ".example.org", ".example.net")) for domain in domains)


def test_a_time_zone_that_is_none_is_told_and_a_place_is_not(listed: Open) -> None:
    text = "Email,Time zone\nada@example.org,Mars/Base\nbo@example.org,america/new york\ncy@example.org,\n"
    problems = check_document(listed(text), "lists/coast.csv")["problems"]
    assert [(each["code"], each["row"]) for each in problems] == [("time-zone", 1)]
