"""`mailer ledger migrate`: the tables of the ledger, and of its workers' jobs, ahead of any command that writes."""

from __future__ import annotations

import pytest

from mailer.ledger.migrations import NEWEST
from tests.office import Desk
from tests.postgres import Postgres


def test_a_dry_run_makes_nothing_and_the_command_makes_the_ledger(desk: Desk) -> None:
    for words, before in ((("--dry-run",), ""), ((), ""), ((), NEWEST)):
        done = desk.run("ledger", "migrate", *words, "--json")
        assert done.code == 0, done.err
        ledger = {"before": before, "after": NEWEST}
        assert done.json == {"dry_run": bool(words), "ledger": ledger, "jobs": None}
        assert (desk.root / ".mailer" / "ledger.db").exists() is not bool(words)
    assert "up to date" in desk.run("ledger", "migrate").out


@pytest.mark.service("postgres")
def test_on_postgresql_the_jobs_have_tables_beside_the_ledger(desk: Desk, postgres: Postgres, shared_url: str) -> None:
    env = {"MAILER_LEDGER__URL": shared_url}
    tables = "SELECT schemaname, count(*) > 3 FROM pg_tables WHERE schemaname LIKE 'public%' GROUP BY 1 ORDER BY 1"
    assert "would be upgraded from nothing to" in desk.run("ledger", "migrate", "--dry-run", env=env).out
    assert postgres.rows(shared_url, tables) == []
    first = desk.run("ledger", "migrate", "--json", env=env).json
    assert first["jobs"]["before"] == first["ledger"]["before"] == ""
    assert postgres.rows(shared_url, tables) == [("public", True), ("public_jobs", True)]
    assert "up to date" in desk.run("ledger", "migrate", env=env).out

    newest = first["jobs"]["after"]
    older = f"{newest.partition('+')[0]}+0"
    postgres.rows(shared_url, "DROP TRIGGER mailing_wakes_workers ON mailing")
    postgres.rows(shared_url, f"UPDATE ledger_info SET value = '{older}' WHERE name = 'jobs'")  # noqa: S608 - our own words
    again = desk.run("ledger", "migrate", "--json", env=env).json
    assert again["jobs"] == {"before": older, "after": newest}
    triggers = "SELECT tgname FROM pg_trigger WHERE tgname = 'mailing_wakes_workers'"
    assert postgres.rows(shared_url, triggers) == [("mailing_wakes_workers",)]

    postgres.rows(shared_url, "DROP SCHEMA public_jobs CASCADE")  # a ledger that was restored without it
    assert desk.run("send", "lamps", "--to", "coast", "--yes", env=env).code == 0
    assert postgres.rows(shared_url, tables) == [("public", True), ("public_jobs", True)]
    assert postgres.rows(shared_url, triggers) == [("mailing_wakes_workers",)]


@pytest.mark.service("postgres")
def test_an_account_that_may_make_no_schema_can_do_all_but_work(
    desk: Desk, postgres: Postgres, shared_url: str
) -> None:
    owner = f"gull_{shared_url.rsplit('_', 1)[-1]}"
    postgres.rows(shared_url, f"CREATE ROLE {owner} LOGIN PASSWORD 'x'")
    postgres.rows(shared_url, f"GRANT ALL ON SCHEMA public TO {owner}")
    env = {"MAILER_LEDGER__URL": shared_url.replace("press:gannet", f"{owner}:x")}
    try:
        assert desk.run("send", "lamps", "--to", "coast", "--yes", env=env).code == 0
        refused = desk.run("worker", env=env)
        assert (refused.code, "permission denied" in refused.err) == (3, True)
    finally:
        postgres.rows(shared_url, f"DROP OWNED BY {owner}")
        postgres.rows(shared_url, f"DROP ROLE {owner}")


@pytest.mark.service("postgres")
def test_a_shared_ledger_of_an_older_version_is_changed_by_who_writes_and_not_by_who_looks(
    desk: Desk, postgres: Postgres, shared_url: str
) -> None:
    env, version = {"MAILER_LEDGER__URL": shared_url}, "SELECT version_num FROM alembic_version"
    assert desk.run("ledger", "migrate", env=env).code == 0
    for words in (("ledger", "migrate"), ("optouts", "add", "ada@a.example.com"), ("worker", "--once")):
        postgres.rows(shared_url, "UPDATE alembic_version SET version_num = '1'")
        for looking in (("status",), ("why", "ada@a.example.com")):
            done = desk.run(*looking, env=env)
            assert (done.code, "mailer ledger migrate" in done.err) == (3, True), done.said
        assert "older mailer" in desk.run("doctor", "--offline", env=env).said
        assert postgres.rows(shared_url, version) == [("1",)]
        assert desk.run(*words, env=env).code == 0
        assert postgres.rows(shared_url, version) == [(NEWEST,)]
        assert desk.run("status", env=env).code == 0
