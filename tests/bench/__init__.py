"""Bench: how fast a mailing goes, how much memory it takes and where the time goes, beside what else one could use.

Run it from a checkout, with the `test` extra installed: `python -m tests.bench all` (or `send`, `profile` …).
It is no part of the tests: it asserts nothing, and every figure is read beside one of the same minute and machine.

- `office`: the workspace that is measured: its release, its list, its settings
- `driver`: the child process that sends one mailing and tells how long each phase took
- `children`: the starting of child processes and the reading of what they say
- `wire`: smtp-sink, and a proxy that delays and counts
- `rivals`: what stands beside us; `plain_loop` is one of them
- `figures`: a figure with its bounds, and the table of them; `picture`: the same as an SVG
- `everything`: what `all` runs
- `send`, `memory`, `profile`, `lists`, `bounces`, `startup`: the benches
"""
