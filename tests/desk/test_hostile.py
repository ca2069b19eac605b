"""What strangers send to the desk harms neither the desk nor its users."""

from __future__ import annotations

import contextlib
import http.client
import inspect
import io
import re
import socket
import time
import zipfile
from collections.abc import Iterator

import pytest

from mailer.desk.views import ROUTES
from mailer.ledger.users import Role
from tests.desk.opened import Answer, Opened, opened
from tests.desk.paths import as_role, filled
from tests.office import Desk


def raw(page: Opened, text: bytes, *, wait_s: float = 60) -> bytes:
    """Send bytes that no client would; return the first line of the answer, or an empty text."""
    with socket.create_connection(("127.0.0.1", page.port), timeout=wait_s) as connection:
        connection.sendall(text)
        with contextlib.suppress(ConnectionResetError):
            return connection.makefile("rb").readline().strip()
        return b""


def head(page: Opened, line: str, *more: str) -> bytes:
    cookies = "; ".join(f"{name}={value}" for name, value in page.cookies.items())
    fields = (f"host: 127.0.0.1:{page.port}", f"cookie: {cookies}", "accept: text/html", *more)
    return "\r\n".join([line, *fields, "", ""]).encode("latin-1")


def bombs() -> Iterator[tuple[str, bytes]]:
    """Yield small files that become large when they are opened."""
    for name, part in (("bomb.docx", "word/document.xml"), ("bomb.xlsx", "xl/worksheets/sheet1.xml")):
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr("[Content_Types].xml", "<Types/>")
            with archive.open(part, "w", force_zip64=True) as member:
                for _ in range(150):
                    member.write(b"<a>" * 350_000)  # a megabyte each
        yield name, made.getvalue()
    entities = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    entities += "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    yield "entities.html", f"{entities}]><p>&j;</p>".encode()
    yield "deep.md", b"> " * 200_000
    yield "deep.html", b"<div>" * 200_000
    yield "cells.csv", b"email" + b"," * 200_000 + b"\n"
    yield "half.csv", b"\xff\xfe\x00\xd8"


def test_a_request_that_is_none_of_a_browser_leads_nowhere(page: Opened) -> None:
    for path in (
        *(
            "/lists/..",
            "/lists/../settings",
            "/%2e%2e/%2e%2e/etc/passwd",
            "/static/..%2f..%2fapp.py",
            "/static/../app.py",
        ),
        *("/lists/a%00b", "/lists/a%0ab", "/lists?q=%00", "//evil.example/", "/lists/", f"/lists/{'x' * 251}"),
        *(f"/{'a/' * 600}", "/static/%2e%2e/desk.css", "/lists/%2e", "/\\evil.example", "/.", "http://evil.example/"),
    ):
        line = raw(page, head(page, f"GET {path} HTTP/1.1", "connection: close"))
        assert line == b"HTTP/1.1 404 Not Found", path
    # no HTTP, or more of it than a browser sends
    assert raw(page, head(page, "GET / HTTP/1.1", f"x-bomb: {'a' * 20_000}")).split()[1] in {b"400", b"431"}
    assert raw(page, head(page, "GET / HTTP/1.1", *(f"x-{n}: a" for n in range(3_000)))).split()[1] in {b"400", b"431"}
    assert raw(page, head(page, "GET / HTTP/1.1", f"host: 127.0.0.1:{page.port}")).split()[1] == b"400"  # two of them
    assert raw(page, b"GET / HTTP/1.0\r\n\r\n").split()[1] == b"421"
    assert raw(page, head(page, f"GET /{'a' * 70_000} HTTP/1.1"))[:12] in {b"HTTP/1.1 400", b"HTTP/1.1 404", b""}
    crammed = "; ".join(f"a{n}=b" for n in range(900))
    assert page.get("/", headers={"cookie": crammed}).title == "Log in"
    for host in (
        f"127.0.0.1:{page.port}.evil.example",
        f"evil@127.0.0.1:{page.port}",
        "127.0.0.1",
        f"[::1]:{page.port}",
    ):
        assert page.get("/", headers={"host": host}).status == 421, host
    forwarded = {"x-forwarded-host": "evil.example", "x-forwarded-for": "8.8.8.8", "forwarded": "host=evil.example"}
    assert "evil" not in page.get("/", headers=forwarded).html
    # methods, and forms from elsewhere
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "CONNECT", "BREW"):
        assert page.ask(method, "/").status == 403, method
        assert page.ask(method, "/", headers={"sec-fetch-site": "same-origin"}).status in {405, 400}, method
    assert page.get("/").title == "Today"


def test_answers_are_kept_by_nobody_and_framed_by_nobody(page: Opened) -> None:
    for path, status in (("/", 200), ("/login", 200), ("/nowhere", 404), ("/static/desk.js", 200), ("/lists/..", 404)):
        answer = page.get(path)
        assert answer.status == status
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "server" not in answer.headers
    assert page.get("/", headers={"host": "evil.example"}).headers["content-security-policy"]
    # only this desk gets the cookie, and no script can read it
    kept = page.post("/logout", follow=False).headers["set-cookie"]
    assert kept.startswith(f"mailer_desk_{page.port}=")
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(kept.split("; "))


@pytest.mark.slow
def test_forms_that_are_too_much_are_refused_before_they_are_read(desk: Desk) -> None:
    with opened(desk, logged_in=False) as nobody:
        page = Opened(nobody.process, nobody.address)
        page.log_in()
        kind = "multipart/form-data; boundary=b"
        own = ("sec-fetch-site: same-origin", f"content-type: {kind}")
        too_large = head(page, "POST /logout HTTP/1.1", *own, f"content-length: {41 << 20}")
        assert raw(page, too_large).split()[1] == b"413"
        assert raw(page, head(page, "POST /logout HTTP/1.1", *own, "transfer-encoding: chunked")).split()[1] == b"413"
        # without a login, no body is read
        assert (
            raw(nobody, head(nobody, "POST /settings/users/1 HTTP/1.1", *own, f"content-length: {30 << 20}")).split()[1]
            == b"401"
        )
        parts = {f"f{n}": ("a.txt", b"a") for n in range(60)}
        assert page.post("/logout", {}, parts, follow=False).status == 400
        assert page.post("/logout", {f"f{n}": "a" for n in range(3_000)}, {}, follow=False).status == 400
        assert page.post("/logout", {"a": "x" * (5 << 20)}, {}, follow=False).status == 400
        for text in ("a\0b", "a\ud800b".encode("utf-16", "surrogatepass").decode("latin-1")):
            assert page.post("/logout", {"a": text}, follow=False).status == (400 if "\0" in text else 303)
        page.cookies.clear()
    # a slow sender is disconnected; the others are answered in the meantime
    with opened(desk) as page, socket.create_connection(("127.0.0.1", page.port), timeout=120) as slow:
        slow.sendall(head(page, "POST /logout HTTP/1.1", *own, "content-length: 1000"))
        with socket.create_connection(("127.0.0.1", page.port), timeout=120) as silent:
            silent.sendall(b"GET / HT")
            assert page.get("/").title == "Today"
            began = time.monotonic()
            assert silent.recv(100) == b""
            assert slow.makefile("rb").readline().split()[1] == b"408"
            assert time.monotonic() - began < 60


@pytest.mark.slow
def test_a_bomb_in_any_form_is_answered_within_bounds(desk: Desk) -> None:
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    with opened(desk) as running:
        page = as_role(running, desk, Role.ADMIN)
        taking = [
            (route, inspect.getsource(getattr(route.post, "func", route.post)))
            for route in ROUTES
            if route.post is not None
        ]
        taking = [(route, text) for route, text in taking if ".file(" in text]
        for name, data in bombs():
            for route, text in taking:
                began = time.monotonic()
                fields = re.findall(r"\.file\(\"(\w+)\"", text)
                files = dict.fromkeys(fields, (name, data))
                answer = page.post(filled(route.path), {"name": "bomb", "as": "bomb"}, files, follow=False)
                assert answer.status in {200, 303, 400, 404, 413, 422, 503}, f"{route.path} {name}: {answer.status}"
                assert time.monotonic() - began < 90, f"{route.path} {name}"
        assert page.get("/").title == "Today"


@pytest.mark.slow
def test_who_was_logged_out_anywhere_is_out_whatever_was_kept(desk: Desk) -> None:
    assert desk.run("send", "lamps", "--to", "coast", "--yes").code == 0
    with opened(desk) as page:
        thief = Opened(page.process, page.address, dict(page.cookies))
        other = as_role(page, desk, Role.ADMIN)
        connection = http.client.HTTPConnection("127.0.0.1", page.port, timeout=60)
        cookie = "; ".join(f"{name}={value}" for name, value in thief.cookies.items())
        connection.request("GET", "/events", headers={"cookie": cookie})
        stream = connection.getresponse()
        assert stream.readline() == b"retry: 2000\n"
        page.post("/logout")
        refused: list[Answer] = [thief.get("/", follow=False), thief.post("/settings/logins/ab/end", follow=False)]
        assert [each.status for each in refused] == [303, 401]
        stream.read()  # it ends by itself
        connection.close()
        # an admin ends a login elsewhere; one that does not exist is reported
        listed = other.get("/settings/users").html
        assert "(you, here)" in listed
        digest = listed.rpartition("/settings/logins/")[2].partition("/end")[0]
        assert other.post("/settings/logins/abc/end").status == 422
        other.post(f"/settings/logins/{digest}/end", follow=False)
        assert other.get("/", follow=False).status == 303
