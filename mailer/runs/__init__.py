"""Runs: one file a verb. Joins the rooms and owns the order of things.

Before anything is sent
    prepare.py    release, lists and templates → a plan, or every problem at once (sources, edition, planner, courtesy,
                  merge)
    estimate.py   how long that takes at the pace that is kept
    confirm.py    the plan → the ledger, in one transaction
    schedule.py   a mailing that waits for its moment (when)
    rehearse.py   the real mailing against scripted faults, in a ledger that is thrown away (scratch, casting)
    lists.py      the staff's lists, opened for reading
Lists that change
    edit_people.py  add, update, remove; move_people.py  from one list to another (edit_plans: what will change, shown)
    rewrite.py    files of one change, all or none, never over somebody else's work (spreadsheets: who has one open)
    undo.py       the last change put back (steps: what was done, and the files as they were)
Sending
    send.py       a confirmed mailing goes to its relay, or to the preview inbox (guard, access, signing)
    deliver.py    the ledger → the relay, and every reply back into the ledger:
                  presence (this process in the ledger), feed (who is next), pacer and domains (when), relays (over
                  which), letters and stencils (what), record (what is written), breaker and complaints (when to stop
                  or slow down)
    work.py       what is due, again and again
    steer.py      pause, cancel, and settling who is in doubt
Afterwards
    collect.py    what came back → the ledger
    reconcile.py  whoever is in doubt, settled by what proves it
    opt_out.py    a person's no, by hand or by token
    reach.py      whether a suppression concerns anybody on the lists of today
    forget.py     a person out of lists, copies and ledger, and blocked for good (person_rows, person_files);
                  person_export tells everything that is held of them
    purge.py      what has been kept long enough goes
    why.py        in or out, for one person, and every reason (watch: one person, followed through a plan)
    report.py     the ledger → figures and a table of every person (standing: at what pace, waiting for what)
The staff's lists
    import_list.py    a file becomes a list or comes into one (remembered, record_marked, standing_against)
    find_people.py    somebody on all lists, with their history; count_lists and export_lists beside it
    tidy_lists.py     several lists to one, one to several; dedupe_lists for one person in several rows
    list_noes.py      who said no to one list, when its people are brought to another
Beside it
    show.py       one person's mail, as files to look at
    doctor.py     is everything at this desk as it must be
    demo.py       all of it, on one machine, with invented people
"""
