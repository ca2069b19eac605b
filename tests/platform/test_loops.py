"""The event loop of sending: uvloop's where it is installed, and asyncio's own where it is not."""

from __future__ import annotations

import asyncio
import sys

import pytest

from mailer.platform import loop_factory


def test_it_is_asyncio_s_own_where_uvloop_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)  # as Python itself says that there is none
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        assert isinstance(runner.get_loop(), asyncio.BaseEventLoop)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no uvloop for Windows")
def test_it_is_uvloop_s_where_that_is_installed() -> None:
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        assert type(runner.get_loop()).__module__ == "uvloop"
