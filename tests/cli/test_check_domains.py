"""`--check-domains`: dead domains, as a name server of mailer.toml knows them."""

from __future__ import annotations

import pytest

from tests.nameserver import name_server
from tests.office import Desk, times_taken
from tests.servers import ScriptedServer

ZONE = """
a.example.com MX 10 mx.example.com.
b.example.com MX 0 .
c.example.com A 192.0.2.1
d.example.com TXT "no mail server"
"""


@pytest.mark.slow
def test_the_name_server_of_mailer_toml_is_asked_about_the_domains_of_a_list(
    desk: Desk, server: ScriptedServer
) -> None:
    with name_server(ZONE) as names:
        desk.settings(server, more=f'[dns]\nnameserver = "{names.address}"\n')
        checked = desk.run("lists", "check", "coast", "--check-domains", "--json").json
        every = desk.run("lists", "check", "--all", "--check-domains", "--json").json["lists"]
        desk.run("send", "lamps", "--to", "coast", "--check-domains", "--yes")
    dead = {
        each["value"].rpartition("@")[2]: each["message"]
        for each in checked["problems"]
        if each["code"] == "dead-domain"
    }
    assert set(dead) == {"b.example.com", "d.example.com", "e.example.com"}
    assert checked["problems"] == next(each["problems"] for each in every if each["file"] == checked["file"])
    assert "null MX" in dead["b.example.com"]
    assert set(times_taken(server)) == {"ada@a.example.com", "cy@c.example.com"}
