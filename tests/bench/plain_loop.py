"""Plain loop: what one writes in an afternoon. EmailMessage and aiosmtplib, a few connections, no ledger, no retry.

Called as `python -m tests.bench.plain_loop FOLDER PORT CONNECTIONS COUNT`; it begins and ends as `driver` does.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from email.message import EmailMessage
from email.utils import formataddr, formatdate, make_msgid
from pathlib import Path

import aiosmtplib
import jinja2

from tests.bench.machine import peak_mb


async def send_all(folder: Path, port: int, connections: int, rows: list[dict[str, str]]) -> None:
    """Send a message of their own to all rows."""
    text, html = (jinja2.Template((folder / name).read_text("utf-8")) for name in ("mail.txt", "mail.html"))
    todo = iter(rows)

    async def connection() -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, use_tls=False, start_tls=False) as client:
            for row in todo:
                message = EmailMessage()
                message["From"] = "Eastport Mill Press <press@example.org>"
                message["To"] = formataddr((f"{row['first_name']} {row['last_name']}", row["email"]))
                message["Subject"] = "Tide mill at Eastport grinds flour again after ninety years"
                message["Date"] = formatdate()
                message["Message-ID"] = make_msgid(domain="example.org")
                message.set_content(text.render(row))
                message.add_alternative(html.render(row), subtype="html")
                await client.send_message(message)

    await asyncio.gather(*(connection() for _ in range(connections)))


def main() -> None:
    """Send, and say how long it took."""
    folder, port, connections, count = Path(sys.argv[1]), *map(int, sys.argv[2:])
    rows = json.loads((folder / "people.json").read_text("utf-8"))[:count]
    print("ready", flush=True)
    sys.stdin.readline()
    begin, cpu = time.monotonic(), time.process_time()
    asyncio.run(send_all(folder, port, connections, rows))
    said = {"deliver_s": time.monotonic() - begin, "deliver_cpu_s": time.process_time() - cpu, "peak_mb": peak_mb()}
    print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
