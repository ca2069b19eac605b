"""Input that no rule was written for, in two halves: what readers are mended by, and what only measures them.

`releases`, `bounces` and `lists` each have an `open` and a `sealed` half, invented after shapes that are real, and
labelled before any reader met them. Rules are mended by looking at `open`; `sealed` is looked at by nobody who writes
rules, and tells by how much a rule is true of its kind and not of its case. Where the halves differ, rules were made
for cases.
"""
