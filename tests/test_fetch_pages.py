"""Looking at pages with real sockets: what a site says, however it says it, and never longer than was asked."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from mailer.fetch import Page, Web, is_public, look_at
from tests.servers import HOST, make_certificates
from tests.sites import HOSTS, site


@pytest.mark.parametrize(
    "path, page",
    [
        ("/", Page(200, "http://www.example.org/", kind="text/html", size=0)),
        ("/none", Page(404, "http://www.example.org/none", size=0)),
        ("/gone", Page(410, "http://www.example.org/gone", size=0)),
        ("/shut", Page(403, "http://www.example.org/shut", size=0)),
        ("/broken", Page(500, "http://www.example.org/broken", size=0)),
        ("/only-get", Page(200, "http://www.example.org/only-get", size=0)),
        ("/moved", Page(200, "http://www.example.org/", moved=True, kind="text/html", size=0)),
        ("/moved-twice", Page(200, "http://www.example.com/", moved=True, kind="text/html", size=0)),
        ("/for-now", Page(200, "http://www.example.org/", kind="text/html", size=0)),
        ("/circle", Page(0, "http://www.example.org/circle", "it leads in a circle")),
        ("/größe?q=ä", Page(200, "http://www.example.org/größe?q=ä", size=0)),
        ("/seal.jpg", Page(200, "http://www.example.org/seal.jpg", kind="image/jpeg", size=2_000_000)),
    ],
)
async def test_a_page_is_what_its_site_says(path: str, page: Page) -> None:
    with site() as there:
        url = f"http://www.example.org{path}"
        assert (await look_at([url], web=there.web))[url] == page
        assert there.asked[0][0] == "HEAD"
        assert there.asked[0][2] == "www.example.org"


async def test_a_redirect_to_another_kind_of_address_is_not_followed() -> None:
    with site() as there:
        page = (await look_at(["http://www.example.org/elsewhere"], web=there.web))["http://www.example.org/elsewhere"]
    assert (page.status, bool(page.fault)) == (0, True)


async def test_a_site_that_says_nothing_is_not_waited_for() -> None:
    with site() as there:
        urls = ["http://www.example.org/slow", "http://www.example.com/"]
        found = await look_at(urls, web=there.hasty(look_s=2))
        assert there.now == 1  # it still says nothing
    assert found["http://www.example.org/slow"].timed_out
    assert found["http://www.example.com/"].status == 200


async def test_all_of_it_ends_in_time_whoever_is_slow() -> None:
    with site() as there:
        web = there.hasty(look_s=60, all_s=2)
        found = await look_at([f"http://www.example.org/slow{i}" for i in range(3)], web=web)
        assert there.now == 1
        there.over.set()
    assert [page.timed_out for page in found.values()] == [True] * 3


async def test_a_site_is_asked_one_thing_at_a_time() -> None:
    with site() as there:
        found = await look_at([f"http://www.example.org/busy{i}" for i in range(6)], web=there.web)
        assert there.most == 1
        await look_at([f"http://{host}/meet{i}" for host in HOSTS for i in range(2)], web=there.web)
        assert there.most > 1
    assert [page.status for page in found.values()] == [200] * 6


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://no-such-host.invalid/", "http://a b/", "http://[::1/"])
async def test_whoever_is_not_there_is_told_and_nothing_is_raised(url: str) -> None:
    page = (await look_at([url], web=Web(look_s=60)))[url]
    assert page.status == 0
    assert page.fault or page.timed_out


SPELT = ("127.0.0.1", "localhost", "127.1", "0x7f.1", "2130706433", "017700000001", "0.0.0.0", "[::ffff:127.0.0.1]")  # noqa: S104 - nothing is bound to it


@pytest.mark.parametrize("host", SPELT)
async def test_a_redirect_to_this_machine_is_not_followed_however_its_address_is_spelt(host: str) -> None:
    answers: dict[str, tuple[int, dict[str, str]]] = {"/out": (302, {}), "/inside": (200, {})}
    with site(answers) as there:
        answers["/out"] = (302, {"Location": f"http://{host}:{there.port}/inside"})
        url = "http://www.example.org/out"
        page = (await look_at([url], web=there.web))[url]
        assert [path for _, path, _ in there.asked] == ["/out"]
    assert (page.status, page.withheld) == (0, True)
    assert "not a public address" in page.fault


async def test_a_link_whose_name_leads_into_this_network_is_not_opened() -> None:
    with site() as there:
        web = Web(look_s=60, resolve=lambda *_, **__: [(2, 1, 6, "", (HOST, there.port))])
        page = (await look_at(["http://printer.example.org/"], web=web))["http://printer.example.org/"]
        assert there.asked == []
    assert page.withheld


async def test_a_name_with_a_public_and_a_private_address_is_resolved_once_and_not_connected_to() -> None:
    """A name server that means harm answers with both, or with the one after the other."""
    resolved: list[object] = []

    def resolve(*of: object, **_: object) -> list[tuple[object, ...]]:
        resolved.append(of)
        return [(2, 1, 6, "", (address, 80)) for address in ("8.8.8.8", HOST)]

    url = "http://turning.example.org/"
    page = (await look_at([url], web=Web(look_s=60, resolve=resolve)))[url]
    assert (page.withheld, resolved) == (True, [("turning.example.org", 80)])


PUBLIC = (
    "8.8.8.8",
    "2606:4700::1",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",  # how a network without IPv4 reaches 8.8.8.8
)
NEARBY = (
    "64:ff9b::a00:1",
    "2002:a00:1::",
    "::ffff:10.0.0.1",
    "::7f00:1",
    "0.0.0.0",  # noqa: S104 - nothing is bound to it
    "::",
    "10.1.2.3",
    "100.64.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.1.1",
    "224.0.0.1",
    "255.255.255.255",
    "fc00::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
)


def test_an_address_that_only_machines_nearby_can_reach_is_not_public() -> None:
    assert [address for address in (*PUBLIC, *NEARBY) if is_public(address)] == list(PUBLIC)


async def test_a_certificate_is_verified_for_the_name_of_the_address(tmp_path: Path) -> None:
    certificates = make_certificates("www.example.org")
    certificates.authority.cert_pem.write_to_path(tmp_path / "ca.pem")

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer((HOST, 0), Handler)
    server.socket = certificates.server.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # whoever is not trusted hangs up
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    door = (HOST, server.server_address[1])
    try:
        web = Web(look_s=60, ca_file=str(tmp_path / "ca.pem"), instead=dict.fromkeys(HOSTS, door))
        urls = ["https://www.example.org/", "https://www.example.com/"]
        found = await look_at(urls, web=web)
        untrusted = await look_at(urls[:1], web=Web(look_s=60, instead=web.instead))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert found[urls[0]].status == 200
    assert "certificate cannot be trusted" in found[urls[1]].fault
    assert "certificate cannot be trusted" in untrusted[urls[0]].fault
