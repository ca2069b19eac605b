"""Static: a folder of pages, shown on this machine to whoever built it. No other machine can reach it."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles


def make_static_app(folder: Path) -> Starlette:
    """Return an app that serves the files of a folder, `index.html` for each folder in it."""
    return Starlette(routes=[Mount("/", StaticFiles(directory=folder, html=True))])
