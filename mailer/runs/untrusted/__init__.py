"""Untrusted: what strangers and their programs made is read in the sandbox, each kind within its limits.

    mails.py     returned messages, all of them; a copy that arrived is read by `doctor.arrived`, within its limits
    releases.py  Word, RTF, web pages, mails, and whatever is large; what pictures and attachments tell
    lists.py     workbooks and pages, also when they are edited; opt-outs that come packed or as JSON

Small text is read in this process, by readers whose time grows with its length alone: `python -m tests.bench linear`
holds them to that. So are text lists of any size, which stream: one row at a time is in memory.
"""
