"""Schema: the jobs' tables, in a schema of their own beside the ledger's, and the trigger that wakes workers.

Procrastinate ships its tables as SQL, without storing their version and without a way to upgrade them: we run its
steps, under the lock of the ledger's writers, and store in the ledger how far they have come. Only its files are read
here, nothing of it is imported: any command that writes may be the first.

There are triggers on `mailing` and `plan_part`, so that no command has to deal with workers, or wait for them: a
mailing that is left to them (`planning.hand_over`), scheduled or rescheduled is a job in the same transaction, and so
is a part of a large plan. A job that cannot be made is no reason to fail: workers also look by themselves.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Final

from mailer.errors import ConfigProblem, LedgerProblem
from mailer.ledger import Connection, Ledger
from mailer.ledger.connection import has_jobs, jobs_schema, note, read_note, run_script, shape_version

_NOTE: Final = "jobs"  # the name of the newest step, in the ledger
_INSTALL: Final = "pip install 'mailer[fleet]'"
# raised with each change of the triggers below: a ledger with an older version gets them anew
_OURS: Final = "2"
_TRIGGER: Final = """
CREATE OR REPLACE FUNCTION {jobs}.wake_workers() RETURNS trigger LANGUAGE plpgsql SET search_path = {jobs}, pg_temp
AS $$ BEGIN
    BEGIN
        PERFORM procrastinate_defer_jobs_v1(ARRAY[ROW(
            'default', CASE NEW.state WHEN 'scheduled' THEN 'schedule' ELSE 'send' END, 10, NULL, NULL,
            jsonb_build_object('mailing_id', NEW.id), CASE NEW.state WHEN 'scheduled' THEN NEW.scheduled_at END
        )::procrastinate_job_to_defer_v1]);
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
    RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS mailing_wakes_workers ON mailing;
CREATE TRIGGER mailing_wakes_workers AFTER UPDATE OF state, scheduled_at, handed_over ON mailing FOR EACH ROW
WHEN ((NEW.state = 'scheduled' OR NEW.state = 'sending' AND NEW.handed_over) AND
    (OLD.state, OLD.scheduled_at, OLD.handed_over) IS DISTINCT FROM (NEW.state, NEW.scheduled_at, NEW.handed_over))
EXECUTE FUNCTION {jobs}.wake_workers();
CREATE OR REPLACE FUNCTION {jobs}.wake_for_part() RETURNS trigger LANGUAGE plpgsql SET search_path = {jobs}, pg_temp
AS $$ BEGIN
    BEGIN
        PERFORM procrastinate_defer_jobs_v1(ARRAY[ROW(
            'default', 'plan_part', 5, NULL, NULL, jsonb_build_object('planner', NEW.planner), NULL
        )::procrastinate_job_to_defer_v1]);
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
    RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS part_wakes_workers ON plan_part;
CREATE TRIGGER part_wakes_workers AFTER INSERT ON plan_part FOR EACH ROW WHEN (NEW.number > 0)
EXECUTE FUNCTION {jobs}.wake_for_part()
"""


def newest_version() -> str:
    """Return the version of the tables that the installed Procrastinate needs. Raises ConfigProblem without one."""
    return f"{_find_steps()[-1].stem}+{_OURS}"


def _find_steps() -> list[Path]:
    found = find_spec("procrastinate")
    if found is None or found.origin is None:
        raise ConfigProblem("workers on PostgreSQL need one more package", hint=_INSTALL)
    return sorted((Path(found.origin).parent / "sql" / "migrations").glob("*.sql"))


def bring_up(ledger: Ledger) -> None:
    """Make the jobs' tables on PostgreSQL, or upgrade them to the version of the installed Procrastinate.

    Raises ConfigProblem if it is not installed; LedgerProblem if a newer mailer made them, or the account may not make
    a schema.
    """
    newest, files = newest_version(), _find_steps()
    steps = [path.stem for path in files]
    with ledger.reading() as connection:
        if _version(connection) == newest:
            return
    with ledger.writing() as connection:
        before = _version(connection)  # another process may have been faster
        step, _, ours = before.partition("+")
        if before and (step not in steps or ours > _OURS):
            message = "the jobs of this ledger were set up by a newer mailer, which this one cannot work beside"
            raise LedgerProblem(message, hint="pip install --upgrade 'mailer[fleet]'")
        jobs = jobs_schema(connection)
        if not before:
            run_script(connection, f"CREATE SCHEMA IF NOT EXISTS {jobs}")
        # the whole schema, or the steps since
        for path in files[steps.index(step) + 1 :] if before else (files[0].parents[1] / "schema.sql",):
            run_script(connection, path.read_text("utf-8"), schema=jobs)
        run_script(connection, _TRIGGER.format(jobs=jobs))
        note(connection, _NOTE, newest)


def read_versions(ledger: Ledger) -> tuple[str, str]:
    """Return the versions of a ledger's own tables and of its jobs' tables; empty if there are none."""
    with ledger.reading() as connection:
        found = shape_version(connection) or ""
        return found, _version(connection) if found and not ledger.on_this_machine else ""


def _version(connection: Connection) -> str:
    """Return the version of the jobs' tables; a ledger that was restored without them may still have the note."""
    return read_note(connection, _NOTE) if has_jobs(connection) else ""
