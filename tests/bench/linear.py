"""Linear: every reader of text that others wrote takes time in proportion to the length of that text, whatever it is.

Each reader is given growing runs: of each class of characters, and of each token of the grammars that it may meet. From
a size at which it takes 10 ms (less what it takes for next to nothing, and at least as long as that again: the noise of
a mail that is composed first is 20 ms itself), four times as much may take eight times as long. Most are let go at half
of that size, where four times as much took 4.4 times as long at most: a part that grows with the square of the text, or
with its cube, and is less than that there is less than eight at twice the size, and at fifty times the size less than
twice what the rest takes.
Only ratios count, so that it holds on any machine; one that is broken is measured again, and the best of five counts.
A size that reaches `MOST` in less proves enough: no release, list or mail is read in one piece beyond it.
Exits with 1 where a ratio is broken. CPU of this process, one core each.
"""

from __future__ import annotations

import fnmatch
import gc
import io
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from mailer.address import parse_address
from mailer.bounces.parts import parse_addresses, parse_message_ids, parse_time
from mailer.bounces.relay_events import parse_body
from mailer.bounces.report import parse_report
from mailer.contacts.meaning.cells import find_addresses, read_cell
from mailer.contacts.reading import parse_list
from mailer.contacts.rows import read_date
from mailer.contacts.suppression_files import read_suppressions
from mailer.errors import InputProblem
from mailer.inbox.values import message_id_of
from mailer.message.checks import check_message
from mailer.message.received import (
    find_alterations,
    parse_copy,
    parse_results,
    read_hops,
    read_opinions,
    read_results,
    read_signatures,
)
from mailer.message.records import parse_dkim_record, parse_dmarc, parse_spf
from mailer.release.document import release_document
from mailer.release.markdown.writing import render_markdown
from mailer.release.source import read_source
from mailer.release.times import find_date, find_day, find_times, parse_embargo
from mailer.release.values import Paragraph, Span
from mailer.reply.policy import classify
from mailer.reply.values import Reply, Stage
from mailer.text.headers import decode_words
from mailer.tokens import find_tokens
from mailer.words.weights import weigh
from tests.bench.reading import NOW
from tests.bench.texts import RUNS
from tests.message.samples import CASES
from tests.release.checks.desk import check_release

WORST: Final = 8.0  # four without any noise; the memory of a machine adds up to two, and the square of a text twelve
CALM: Final = 4.4
START_S: Final = 0.01
# characters; four times as many are less than a release may have (`MAX_TEXT`): a longer text is counted without its
# markup first, and that pass is a step in the time, which looks like growth where a slow machine gets there
MOST: Final = 240_000
_GIVE_UP_S: Final = 8.0
_TIMES: Final = 5

Reader = Callable[[str], object]

_SIGNS: Final = {
    f"U+{ord(each):04X} {each}": each for each in "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ß٣ſ„«ー。、：＠\u200b\u0301"
}
_MAIL: Final = {
    "atoms": "a@example.org, ",
    "comments": "(a) ",
    "nested": "((a)",
    "encoded words": "=?utf-8?q?a?= ",
    "encoded words half open": "=?utf-8?q?",
    "angles half open": "a <",
    "quoted pairs": '"\\"',
    "fields": "x: ",
    "folded": "a\n b",
    "semicolons": "a; ",
    "results": "spf=pass (a) smtp.mailfrom=a.example; ",
    "results half open": 'spf=pass reason="',
    "equals": "a=",
    "statuses": "5.1.1 ",
    "statuses joined": "5.",
    "codes": "550 ",
    "replies": "550-5.1.1 no such user\n",
    "octal": "\\303\\244",
    "xtext": "\\x{41}",
    "quoted lines": "> a\n",
    "On … wrote": "On Monday, Ann Bell wrote:\n",
    "dashes and words": "--- a ",
    "times": "12:30 ",
    "days": "12/5/2027 ",
    "weekdays": "Monday, ",
    "until": "until ",
    "out of office": "I am out of the office until ",
    "take me off": "please take me off ",
    "not": "not ",
    "message ids": "<a@example.org> ",
    "message ids half open": "<a@",
    "tokens": "aeaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "plus": "a+",
    "lists of JSON": "[",
    "objects of JSON": '{"a":',
    "boundaries": "\n--b\n",
    "mechanisms": "include:a.example ",
    "tags": "v=a; ",
    "mailto": "mailto:",
}
_LISTS: Final = {
    "tabs between": "a\tb\t",
    "semicolon cells": "a;b;",
    "quoted cells": '"a",',
    "quotes doubled": '""',
    "cards": "BEGIN:VCARD\nFN:Ann\nEMAIL:a@example.org\nEND:VCARD\n",
    "card lines": "EMAIL;TYPE=work:a@example.org\n",
    "rows": "a@example.org,Ann Bell\n",
    "rows of one": "a@example.org\n",
}
_HTML: Final = {
    "table rows of HTML": "<tr><td>a@example.org</td></tr>",
    "comments of HTML": "<!-- a ",
    "styles": "<style>a",
    "attributes": "<a b='c' ",
    "entities": "&amp;",
    "entities half open": "&#x",
}
_RTF_WORDS: Final = {"groups of RTF": "{\\b a", "words of RTF": "\\par ", "hexadecimal of RTF": "\\'e4"}
_MARKDOWN: Final = {
    "expressions": "{{ a }}",
    "front matter": "a: b\n",
    "fences": "```\n",
    "lists of Markdown": "- a\n  ",
    "quotes of Markdown": ">",
    "headings of Markdown": "# a\n",
    "an underline": "a\n---\n",
    "brackets of pictures": "![a](",
    "emphasis": "_a*",
    "an underline joined": "_",
    "tildes": "~~a",
    "web addresses joined": "https://",
}
# of RUNS, those that are more than the signs below, and no prose of a release
_RUNS_OF_A_LINE: Final = (
    "blanks",
    "tabs",
    "no-break blanks",
    "line feeds",
    "lines",
    "digits",
    "digits apart",
    "capitals",
    "one word",
    "small words",
    "words joined",
    "names and commas",
    "dots apart",
    "at signs",
    "addresses",
    "web addresses",
    "telephones",
    "tags half open",
    "template tags",
    "kanji",
    "emoji",
    "accents",
    "leading blanks",
    "labels",
)
PIECES: Final[Mapping[str, str]] = {**RUNS, **_SIGNS, **_MAIL, **_LISTS, **_HTML, **_RTF_WORDS, **_MARKDOWN}
# A reader meets the tokens of its own grammar, and what its text may be made of.
_OF_A_PHRASE: Final = (*_RUNS_OF_A_LINE, *_SIGNS)
_OF_A_RELEASE: Final = (*RUNS, *_SIGNS)
_OF_A_LIST: Final = (*_RUNS_OF_A_LINE, *_SIGNS, *_LISTS)
_OF_A_MAIL: Final = (*_RUNS_OF_A_LINE, *_SIGNS, *_MAIL)


def _pieces(reader: str) -> tuple[str, ...]:
    if reader.startswith(("release", "mail sent")):
        own = _HTML if "html" in reader else _RTF_WORDS if "rtf" in reader else _MARKDOWN
        return (*_OF_A_RELEASE, *own) if reader not in _FIELDS else (*_OF_A_PHRASE, *_MARKDOWN)
    if reader in {"embargo", "dates", "times"}:
        return _OF_A_PHRASE
    return _OF_A_LIST if reader.startswith(("list", "suppressions")) else _OF_A_MAIL


def _release(name: str, frame: str = "{}") -> Reader:
    def read(run: str) -> None:
        found = read_source(frame.replace("{}", run).encode(), source=name, slug="long", strict=False).release
        release_document(found)
        render_markdown(found)
        check_release(found, now=NOW)

    return read


def _mail(frame: str) -> Reader:
    return lambda run: parse_report(frame.replace("{}", run).encode())


def _field(name: str) -> Reader:
    # a field of a report, and not a new one for each line of the run
    return lambda run: parse_report(_DSN.replace(f"{name}: -", f"{name}: {run}").encode())


def _list(name: str, frame: str) -> Reader:
    def read(run: str) -> None:
        for _ in parse_list(io.BytesIO(frame.replace("{}", run).encode()), name=name).entries():
            pass

    return read


def _suppressions(run: str) -> None:
    for _ in read_suppressions(io.BytesIO(f"email,reason\na@example.org,{run}\n".encode()), name="out.csv")[1]:
        pass


def _arrived(frame: str) -> Reader:
    def read(run: str) -> None:
        copy = parse_copy(frame.replace("{}", run).encode())
        for each in (find_alterations, read_opinions, read_hops, read_results, read_signatures):
            tuple(each(copy))

    return read


def _sent(run: str) -> None:
    case = CASES["plain"]
    case = replace(case, release=replace(case.release, body=(Paragraph((Span(run),)),)))
    check_message(case.compose())


def _headline(run: str) -> None:
    case = CASES["plain"]
    check_message(replace(case, release=replace(case.release, headline=" ".join(run.split()) or "a")).compose())


_HEAD = "From: a@example.com\nTo: bounces@example.org\nSubject: Hello\n"
_DSN = (
    "From: MAILER-DAEMON@example.com\nTo: bounces@example.org\nSubject: Undelivered\nMIME-Version: 1.0\n"
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\nContent-Type: text/plain\n\n'
    "It failed.\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; example.com\nArrival-Date: -\n\n"
    "Original-Recipient: -\nFinal-Recipient: -\nAction: -\nStatus: -\nRemote-MTA: -\nDiagnostic-Code: -\n\n--b--\n"
)
_ARF = (
    "From: a@example.com\nTo: bounces@example.org\nSubject: Complaint\nMIME-Version: 1.0\n"
    'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n--b\n'
    "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nOriginal-Rcpt-To: {}\nUser-Agent: {}\n\n--b--\n"
)
_RTF = "{\\rtf1\\ansi\\b Eastport opens its school\\b0\\par "

READERS: Final[Mapping[str, Reader]] = {
    "release txt": _release("a.txt", "Eastport opens its new harbour school\n\nEASTPORT, 3 March 2027 - {}"),
    "release txt, bare": _release("a.txt"),
    "release txt, a number before": _release("a.txt", "Eastport opens its school\n\n12 {}\n\nThe harbour opens."),
    "release txt, contact": _release("a.txt", "Eastport opens its school\n\nThe harbour opens.\n\nContact: {}"),
    "release txt, embargo": _release("a.txt", "EMBARGOED UNTIL {}\n\nEastport opens its school\n\nThe harbour opens."),
    "release md": _release("a.md", "# Eastport opens its new harbour school\n\n{}"),
    "release md, front matter": _release("a.md", "---\nheadline: {}\n---\n\nThe harbour opens."),
    "release html": _release("a.html", "<html><body><h1>Eastport opens its school</h1><p>{}</p></body></html>"),
    "release html, bare": _release("a.html"),
    "release rtf": _release("a.rtf", _RTF + "{}}"),
    "release mail": _release("a.eml", _HEAD + "MIME-Version: 1.0\n\n{}\n"),
    "release mail, subject": _release("a.eml", "Subject: {}\nMIME-Version: 1.0\n\nThe harbour opens.\n"),
    "mail sent, body": _sent,
    "mail sent, headline": _headline,
    "list csv": _list("a.csv", "email,name,notes\na@example.org,Ann Bell,{}\n"),
    "list csv, address": _list("a.csv", "email,name\n{},Ann Bell\na@example.org,Tom\n"),
    "list csv, header": _list("a.csv", "email,{}\na@example.org,Ann Bell\n"),
    "list csv, bare": _list("a.csv", "{}"),
    "list tsv": _list("a.tsv", "email\tname\na@example.org\t{}\n"),
    "list vcf": _list("a.vcf", "BEGIN:VCARD\nVERSION:3.0\nFN:{}\nEMAIL:a@example.org\nEND:VCARD\n"),
    "list vcf, address": _list("a.vcf", "BEGIN:VCARD\nVERSION:3.0\nFN:Ann\nEMAIL;{}:a@example.org\nEND:VCARD\n"),
    "list pasted": _list("a.txt", "a@example.org, {}"),
    "list html": _list("a.html", "<table><tr><td>email</td></tr><tr><td>a@example.org</td></tr><tr><td>{}</table>"),
    "suppressions": _suppressions,
    "returned, body": _mail(_HEAD + "\n{}"),
    "returned, body of a mail system": _mail(_HEAD.replace("a@", "MAILER-DAEMON@") + "\nIt failed: {}"),
    "returned, html": _mail(_HEAD + "MIME-Version: 1.0\nContent-Type: text/html\n\n<p>{}</p>"),
    "returned, reply": _mail(_HEAD + "In-Reply-To: <a@example.org>\n\n{}"),
    "returned, automatic": _mail(_HEAD + "Auto-Submitted: auto-replied\n\n{}"),
    "returned, subject": _mail("From: a@example.com\nTo: b@example.org\nSubject: {}\n\nNo."),
    "returned, To": _mail("From: a@example.com\nTo: a@example.com, {}\nSubject: Re: a\n\nNo."),
    "returned, From": _mail("From: {}\nTo: b@example.org\nSubject: Re: a\n\nNo."),
    "returned, Content-Type": _mail(_HEAD + "MIME-Version: 1.0\nContent-Type: text/plain; {}\n\nNo."),
    "returned, any header": _mail(_HEAD + "X-Note: {}\n\nNo."),
    **{
        f"report, {name}": _field(name)
        for name in (
            "Arrival-Date",
            "Original-Recipient",
            "Final-Recipient",
            "Action",
            "Status",
            "Remote-MTA",
            "Diagnostic-Code",
        )
    },
    "complaint": _mail(_ARF),
    "relay's event": parse_body,
    "reply": lambda run: classify(Reply(Stage.RCPT, 550, run)),
    "arrived, results": _arrived(f"Authentication-Results: mx.example.org; {{}}\n{_HEAD}\nHello"),
    "arrived, Received": _arrived(
        f"Received: from a.example ({{}}) by b.example; Mon, 1 Mar 2027 09:00:00 +0000\n{_HEAD}\nHello"
    ),
    "arrived, signature": _arrived(f"DKIM-Signature: v=1; a=rsa-sha256; d=example.org; {{}}\n{_HEAD}\nHello"),
    "arrived, spam report": _arrived(f"X-Spam-Status: Yes, score=5 {{}}\n{_HEAD}\nHello"),
    "arrived, body": _arrived(f"{_HEAD}\n{{}}"),
    "results": parse_results,
    "Message-ID": lambda run: message_id_of(f"Message-ID: {run}\n\n".encode()),
    "message ids": parse_message_ids,
    "addresses": parse_addresses,
    "an address": parse_address,
    "an address cell": read_cell,
    "addresses in a text": find_addresses,
    "encoded words": decode_words,
    "tokens": find_tokens,
    "time": parse_time,
    "date of a cell": read_date,
    "dates": lambda run: (find_date(run), find_day(run)),
    "times": find_times,
    "a weight": partial(weigh, "letters"),
    "embargo": parse_embargo,
    "SPF": lambda run: parse_spf(f"v=spf1 {run}"),
    "DMARC": lambda run: parse_dmarc(f"v=DMARC1; {run}"),
    "DKIM key": lambda run: parse_dkim_record(f"v=DKIM1; {run}"),
}
# of a release or a mail, those that read a line rather than a text
_FIELDS: Final = (
    "release txt, a number before",
    "release txt, contact",
    "release txt, embargo",
    "release md, front matter",
    "release mail, subject",
    "mail sent, headline",
)


@dataclass(frozen=True)
class Measured:
    """The ratio of one reader and one run, from `size` characters; None where `MOST` was reached before."""

    reader: str
    piece: str
    size: int
    ratio: float | None

    @property
    def is_broken(self) -> bool:
        """Return whether time grew faster than the text."""
        return self.ratio is not None and self.ratio > WORST


class _TooLong(BaseException):
    """The time that a reading may take is over; no reader catches it."""


def run(names: str, part: int | None = None) -> None:
    """Print the worst ratio of each reader, and every broken one; exit with 1 where there is one.

    `part` is which sixth of the runs of each reader is made, 0 to 5; None: all.
    """
    readers = [name for name in READERS if fnmatch.fnmatch(name, names)]
    runs = [(reader, at, piece) for reader in readers for at, piece in enumerate(_pieces(reader))]
    jobs = [(reader, piece) for reader, at, piece in runs if part in {None, at % 6}]
    print(f"\n{len(readers)} readers, {len(jobs)} runs; time at 4n over time at n, at most {WORST:.0f}")
    found: dict[str, list[Measured]] = {name: [] for name in readers}
    context = multiprocessing.get_context("spawn")
    with context.Pool(os.cpu_count()) as pool:
        for measured in pool.imap_unordered(_measure, jobs, chunksize=16):
            found[measured.reader].append(measured)
            if measured.is_broken:
                print(
                    f"  broken: {measured.ratio:6.1f}  {measured.reader}: {measured.piece}, {measured.size:,}",
                    flush=True,
                )
    print(f"  {'reader':36}{'measured':>9}{'worst':>8}  with a run of")
    for name, each in found.items():
        ratios = sorted((one for one in each if one.ratio is not None), key=lambda one: -(one.ratio or 0))
        worst = ratios[0] if ratios else None
        said = f"{worst.ratio:8.1f}  {worst.piece}, from {worst.size:,}" if worst else f"{'-':>8}  all fast"
        print(f"  {name:36}{len(ratios):>9}{said}")
    broken = sum(one.is_broken for each in found.values() for one in each)
    print(f"  {broken} broken")
    if broken:
        sys.exit(1)


def _measure(job: tuple[str, str]) -> Measured:
    reader, piece = READERS[job[0]], PIECES[job[1]]
    read = partial(_timed, reader, piece)
    read(100)  # compiles the patterns
    # What the process holds by now is no part of a reading: else the collector walks all modules in some of them.
    gc.collect()
    gc.freeze()
    base = min(read(1), read(1))
    start_s = max(START_S, base)
    size = 1000
    once = read(size) - base
    tried = False
    while once < start_s and size < MOST:
        if once > start_s / 2 and not tried:
            tried = True
            if (ratio := (read(4 * size) - base) / once) <= CALM:
                return Measured(*job, size, ratio)
        size = min(MOST, size * (2 if once > start_s / 4 else 4))
        once = read(size) - base
    if once < start_s:
        return Measured(*job, size, None)
    ratio = (read(4 * size) - base) / once
    for _ in range(_TIMES - 1):
        if ratio <= WORST or ratio * once > _GIVE_UP_S / 2:
            break
        once = max(once, read(size) - base)
        ratio = min(ratio, (read(4 * size) - base) / once)
    return Measured(*job, size, ratio)


def _timed(reader: Reader, piece: str, size: int) -> float:
    text = (piece * (size // len(piece) + 1))[:size]
    began = time.thread_time()  # that of the process goes by ticks of 4 ms while a timer counts it
    try:
        with _at_most(_GIVE_UP_S):
            reader(text)
    except (InputProblem, ValueError):
        pass
    except _TooLong:
        return _GIVE_UP_S
    return time.thread_time() - began


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
