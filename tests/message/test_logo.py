"""A logo must be seen on white paper and in dark mode."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from mailer.errors import InputProblem
from mailer.message.files import refuse_white_logo

CLEAR = (0, 0, 0, 0)


def png(*colours: tuple[int, ...], mode: str = "RGBA", kind: str = "PNG") -> bytes:
    """Make a picture 40 pixels wide, a stripe for each colour."""
    image = Image.new(mode, (40, 10 * len(colours)))
    for number, colour in enumerate(colours):
        image.paste(colour, (0, 10 * number, 40, 10 * number + 10))
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize(
    "data, lost",
    [
        (png((255, 255, 255, 255), CLEAR), "on white paper"),
        (png((240, 250, 245, 255), (0, 0, 0, 40), CLEAR), "on white paper"),
        (png((0, 0, 0, 255), CLEAR), "in dark mode"),
        (png((255, 255), (0, 0), mode="LA"), "on white paper"),
    ],
)
def test_a_logo_that_half_of_all_readers_cannot_see_is_refused(data: bytes, lost: str) -> None:
    with pytest.raises(InputProblem, match=lost):
        refuse_white_logo(data, source="template.toml", line=3)


@pytest.mark.parametrize(
    "data",
    [
        png((255, 255, 255, 255), (31, 90, 107, 255), CLEAR),  # two colours
        png((255, 255, 255, 255)),  # no transparent pixel
        png((255, 255, 255), mode="RGB"),
        png((255, 255, 255), mode="RGB", kind="GIF"),
        png((255, 255, 255, 255), CLEAR)[:60],  # cut off
        b"no picture",
    ],
)
def test_any_other_logo_is_taken(data: bytes) -> None:
    refuse_white_logo(data, source="template.toml")
    assert data
