"""What `mailer init --fleet` writes, held against the programs that read it."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
import trustme

from tests.office import Desk, wait_until
from tests.ports import free_port, listens
from tests.public.hosts import ONE_CLICK, URLENCODED, send_to, serving, suppressed
from tests.servers import HOST
from tests.services.shared_desk import AROUND

NOT_THERE = "/opt/mailer/bin/mailer"


@pytest.fixture
def deploy(desk: Desk) -> Path:
    assert desk.run("init", "--fleet", str(desk.root)).code == 0
    return desk.root / "deploy"


@pytest.mark.service("systemd-analyze")
@pytest.mark.parametrize("name", ["mailer-worker@.service", "mailer-serve.service"])
def test_systemd_can_read_the_units_and_finds_little_that_they_could_do_beside_their_work(
    deploy: Path, tmp_path: Path, systemd_analyze: str, name: str
) -> None:
    text = (deploy / "systemd" / name).read_text("utf-8")
    assert NOT_THERE in text
    unit = tmp_path / name
    unit.write_text(text.replace(NOT_THERE, sys.executable), "utf-8")
    done = subprocess.run([systemd_analyze, "verify", unit], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    # 0 is shut off entirely, 100 as open as root; a unit with nothing said has 96
    hardened: list[str | Path] = [systemd_analyze, "security", "--offline=yes", "--threshold=20", unit]
    assert subprocess.run(hardened, capture_output=True, check=False).returncode == 0


@pytest.mark.service("docker-compose")
def test_compose_reads_its_file_and_wants_the_database_password(deploy: Path, docker_compose: Path) -> None:
    (deploy / "secrets.env").write_text("PGPASSWORD=gannet\n", "utf-8")
    command: list[str | Path] = [docker_compose, "--file", deploy / "compose.yaml", "--profile", "desk"]
    environ = {name: value for name, value in os.environ.items() if name != "PGPASSWORD"}

    def config(*more: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*command, *more], env=environ, capture_output=True, text=True, check=False)

    named = config("--env-file", deploy / "secrets.env", "config", "--services")
    assert (sorted(named.stdout.split()), named.stderr) == (["db", "desk", "serve", "worker"], "")
    assert "put it into secrets.env" in config("config").stderr


@pytest.mark.service("nginx")
def test_nginx_passes_opt_outs_on_over_tls_also_while_one_host_is_down_and_nothing_else(
    deploy: Path, nginx: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("nginx")
    people = ["ada@daily.example.com", "bo@daily.example.com"]
    sent = send_to(folder / "sent", people)
    office = sent.copy(folder / "office")
    ports = {"443 ssl": free_port(), "80": free_port()}
    authority = trustme.CA()
    for name in ("press.example.org", "desk.example.org"):
        authority.issue_cert(name).private_key_and_cert_chain_pem.write_to_path(folder / name)
    server = (deploy / "nginx.conf").read_text("utf-8")
    with serving(office) as host:
        changes = {
            f"/etc/letsencrypt/live/{name}/{file}.pem": str(folder / name)
            for name in ("press.example.org", "desk.example.org")
            for file in ("fullchain", "privkey")
        }
        changes |= {f"listen {what};": f"listen {HOST}:{port}{what[3:]};" for what, port in ports.items()}
        changes |= {f"listen [::]:{what};": "" for what in ports}
        changes["server 127.0.0.1:8025;"] = (
            f"server {HOST}:{free_port()}; server {HOST}:{host.port};"  # the first is down
        )
        for written, here in changes.items():
            assert written in server
            server = server.replace(written, here)
        settings = folder / "nginx.conf"
        settings.write_text(AROUND.format(folder=folder, server=server), "utf-8")
        command: list[str | Path] = [nginx, "-p", folder, "-e", folder / "errors", "-c", settings]
        subprocess.run([*command, "-t"], check=True, capture_output=True)
        context = ssl.create_default_context()
        authority.configure_trust(context)

        def ask(method: str, path: str, body: str = "") -> int:
            plain = socket.create_connection((HOST, ports["443 ssl"]), 60)
            connection = http.client.HTTPConnection("press.example.org")
            connection.sock = context.wrap_socket(plain, server_hostname="press.example.org")
            with contextlib.closing(connection):
                connection.request(method, path, body, {"Content-Type": URLENCODED})
                answer = connection.getresponse()
                answer.read()
                return answer.status

        with subprocess.Popen(command) as process:
            try:
                wait_until(lambda: process.poll() is not None or listens(ports["80"]))
                assert process.poll() is None, (folder / "errors").read_text("utf-8")
                assert [ask("POST", f"/o/{sent.tokens[each]}", ONE_CLICK) for each in people] == [200, 200]
                assert [ask("GET", path) for path in ("/health", "/ready", "/metrics", "/")] == [404] * 4
            finally:
                process.kill()
    office.end()
    assert set(suppressed(office)) == set(people)
