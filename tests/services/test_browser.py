"""The mail in a real browser: at the width of a phone nothing sticks out, and dark mode is dark."""

from __future__ import annotations

import html
import re
import subprocess
from pathlib import Path

import pytest

from tests.message.samples import CASES, compiled

pytestmark = pytest.mark.service("chromium")

# Chromium's own names for prefers-color-scheme in --blink-settings.
DARK, LIGHT = "0", "1"
PROBE = """<!doctype html>
<iframe id="f" style="width:{width}px;height:3000px;border:0" srcdoc="{page}"></iframe>
<script>
addEventListener("load", () => {{
  const d = document.getElementById("f").contentDocument, r = d.documentElement;
  const seen = getComputedStyle(d.querySelector("h1")).color;
  document.body.dataset.said = [r.scrollWidth, seen, getComputedStyle(d.body).backgroundColor].join("|");
}});
</script>"""


def look(chromium: str, folder: Path, page: str, *, width: int, scheme: str) -> tuple[int, int, int]:
    """Return the width that the page needs, and the brightness (0-255) of headline and background."""
    (folder / "probe.html").write_text(PROBE.format(width=width, page=html.escape(page)), "utf-8")
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
    done = subprocess.run(
        [
            chromium,
            *flags,
            f"--user-data-dir={folder / 'profile'}",
            f"--blink-settings=preferredColorScheme={scheme}",
            "--dump-dom",
            (folder / "probe.html").as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    said = re.search(r'data-said="([^"]*)"', done.stdout)
    assert said, done.stderr[-2000:]
    scroll_width, front, back = said[1].split("|")
    return int(scroll_width), brightness(front), brightness(back)


def brightness(color: str) -> int:
    red, green, blue = (int(float(part)) for part in re.findall(r"[\d.]+", color)[:3])
    return (red * 299 + green * 587 + blue * 114) // 1000


@pytest.mark.parametrize("name", ["plain", "full"])
@pytest.mark.parametrize("width", [320, 700])
def test_mail_fits_the_screen_and_is_readable_light_and_dark(
    chromium: str, tmp_path: Path, name: str, width: int
) -> None:
    page = compiled().render(CASES[name].context()).html
    needed, front, back = look(chromium, tmp_path, page, width=width, scheme=LIGHT)
    assert needed <= width
    assert front < 80
    assert back > 200
    needed, front, back = look(chromium, tmp_path, page, width=width, scheme=DARK)
    assert needed <= width
    assert back < 80
    assert front > 200
