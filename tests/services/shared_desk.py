"""What stands around a desk that an office shares: a real OpenID provider, and a real proxy that speaks TLS.

The provider (npm's oidc-provider) is at `localhost`, the desk at 127.0.0.1: to a browser these are two sites.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import trustme
from playwright.sync_api import Page

from tests.desk.shared import CLIENT, SECRET, Browser, Issuer
from tests.office import wait_until
from tests.ports import free_port, listens
from tests.servers import HOST

_DOCS = Path(__file__).parents[2] / "docs" / "desk.md"
# What the documented server block needs around it where nothing of nginx is installed, and nobody else may be.
AROUND = """
daemon off;
master_process off;
pid {folder}/pid;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  {server}
}}
"""


@contextlib.contextmanager
def real_provider(modules: Path, desk_address: str) -> Iterator[Issuer]:
    port = free_port()
    made = Issuer(f"http://localhost:{port}")
    said = {
        "modules": str(modules),
        "issuer": made.url,
        "port": port,
        "client": CLIENT,
        "secret": SECRET,
        "redirect": f"{desk_address}/login/callback",
        "after": f"{desk_address}/login",
    }
    program = Path(__file__).parent / "oidc" / "provider.mjs"
    with subprocess.Popen(["node", program, json.dumps(said)], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield made
        finally:
            process.kill()


def log_in(page: Page, name: str) -> None:
    page.get_by_role("link", name="Log in with localhost").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Log in").click()


@contextlib.contextmanager
def real_proxy(program: Path, folder: Path, desk: Browser, path: str) -> Iterator[trustme.CA]:
    """Run nginx before a desk, as docs/desk.md has it; yield the authority of its certificate."""
    authority = trustme.CA()
    certificate = authority.issue_cert(HOST)
    certificate.private_key_and_cert_chain_pem.write_to_path(folder / "desk.pem")
    port = urlsplit(desk.base).port or 443
    server = _DOCS.read_text("utf-8").partition("```nginx\n")[2].partition("```")[0]
    for documented, here in {
        "listen 443 ssl;": f"listen {HOST}:{port} ssl;",
        "/etc/letsencrypt/live/desk.example.org/fullchain.pem": str(folder / "desk.pem"),
        "/etc/letsencrypt/live/desk.example.org/privkey.pem": str(folder / "desk.pem"),
        "location / {": f"location {path}/ {{",
        "127.0.0.1:8026": f"{HOST}:{desk.listens}",
    }.items():
        assert documented in server
        server = server.replace(documented, here)
    settings = folder / "nginx.conf"
    settings.write_text(AROUND.format(folder=folder, server=server), "utf-8")
    command: list[str | Path] = [program, "-p", folder, "-e", folder / "errors", "-c", settings]
    with subprocess.Popen(command) as process:
        try:
            wait_until(lambda: process.poll() is not None or listens(port))
            assert process.poll() is None, (folder / "errors").read_text("utf-8")
            yield authority
        finally:
            process.kill()
