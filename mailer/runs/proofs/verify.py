"""Verify: is this proof whole, and do its parts agree? Run it with Python 3.8 or newer: python3 verify.py .

It checks no signature: README.txt says how to do that, with ssh-keygen and openssl.
"""

import csv
import hashlib
import json
import re
import sys
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
BESIDE = {"SHA256SUMS", "SHA256SUMS.sig", "SHA256SUMS.tsq", "SHA256SUMS.tsr"}
DATE = rb"(?im)^Date:[^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*"


def read(name):
    return (HERE / name).read_bytes() if name in listed else sys.exit(f"WRONG: {name!a} is not in SHA256SUMS")


def check(holds, message):
    wrong.extend([] if holds else [message])


wrong, listed = [], {}
for line in (HERE / "SHA256SUMS").open(encoding="utf-8", newline="\n"):
    digest, name = line.rstrip("\n").split("  ", 1)
    listed[name], path = digest, HERE / name
    check(path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest, f"{name} is missing or changed")
for path in HERE.rglob("*"):
    name = path.relative_to(HERE).as_posix()
    check(path.is_dir() or name in listed or name in BESIDE, f"{name} is not in SHA256SUMS")
if wrong:
    sys.exit("\n".join(f"WRONG: {message!a}" for message in wrong))

mailing, planned = json.loads(read("mailing.json")), set()  # delivery and content, as in the plans
for plan in mailing["plans"]:
    text = read(plan["file"])
    check(hashlib.sha256(text).hexdigest() == plan["hash"], f"{plan['file']} is not the plan that was approved")
    document = json.loads(text)  # "also": other mailings or times that the same approval covers
    messages = [*document["recipients"], *(each for one in document.get("also", []) for each in one["messages"])]
    planned.update((each[0], each[1]) for each in messages if not each[2])  # [2]: why it is skipped
    for one in plan["approvals"]:
        check(json.loads(read(one["file"])) == one, f"{one['file']} says other than mailing.json")
        check(one.get("signature") in (None, *listed), f"{one.get('signature')} is missing")

states, sent, mails = Counter(), 0, sum(name.startswith("messages/") for name in listed)
rows = {(*r[:2], *r[4:5]) for r in csv.reader(read("recipients.csv").decode().split("\r\n")) if r}
for line in (HERE / "recipients.jsonl").open(encoding="utf-8", newline="\n"):
    each = json.loads(line)
    n, state, steps = str(each["number"]), each["state"], {step["kind"] for step in each["history"]}
    states[state] += 1
    who, address = f"recipient {n}", each["address"] or "(forgotten)"
    row = {(n, address, state), (n, f"'{address}", state)}  # so that no spreadsheet takes it for a formula
    check(row & rows, f"recipients.csv lacks {who}, or differs")
    check(state not in ("accepted", "rejected") or state in steps, f"{who}: no step says {state}")
    if "attempted" in steps:
        sent, pair = sent + 1, (each["delivery"], each["content_sha256"])
        check(not mailing["plans"] or pair in planned, f"{who} was sent a message that is in no plan")
    if each["message"]:
        head, blank, rest = read(each["message"]).partition(b"\r\n\r\n")
        content = hashlib.sha256(re.sub(DATE, b"", head + b"\r\n", count=1) + blank + rest).hexdigest()
        is_to = each["address"].encode() in head or not each["address"].isascii()
        check(is_to and content == each["content_sha256"], f"{each['message']} is not the message of {who}")
counts = f"{mailing['planned']} planned, {sum(states.values())} recipients, {len(rows) - 1} in recipients.csv"
check(mailing["planned"] == sum(states.values()) == len(rows) - 1, counts)
check({k: n for k, n in mailing["states"].items() if n} == dict(states), f"figures differ: {dict(states)}")
print(f"{len(listed)} files, {len(mailing['plans'])} plans, {mailing['planned']} planned, {sent} sent, {mails} here")
sys.exit("\n".join(f"WRONG: {message!a}" for message in wrong) or print("All sums hold, and the figures agree."))
