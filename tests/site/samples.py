"""Stories for the newsroom's pages: the samples that come with mailer, as releases that went out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from mailer.message.files import make_inline_image
from mailer.release.head.embargo import lift_embargo
from mailer.site.values import House, Note, Story
from tests.gallery.mails import SAMPLES
from tests.message.samples import SENDER, STYLING

ZONE = ZoneInfo("Europe/Berlin")
PUBLISHED = datetime(2026, 11, 24, 9, 30, tzinfo=ZONE)
URL = "https://news.example.org/press"
HOUSE = House("Example Trust: news", URL, STYLING.tongues)
CORRECTED = Note(datetime(2026, 11, 25, 14, 5, tzinfo=ZONE), "The count was 41, not 14.\n\nWe are sorry.")
GONE = Note(datetime(2026, 11, 26, 8, 0, tzinfo=ZONE), "The figures are not ours.")


def story(name: str, **more: object) -> Story:
    """Return a sample as a story."""
    sample = SAMPLES[name]
    pictures = {src: make_inline_image(src, data, domain="example.org") for src, data in sample.images.items()}
    values: dict[str, object] = {
        "slug": name,
        "versions": {"": lift_embargo(sample.release)},
        "sender": SENDER,
        "look": STYLING.look,
        "published": PUBLISHED,
        "pictures": pictures,
    }
    return Story(**(values | more))  # type: ignore[arg-type]


def stories() -> Iterator[Story]:
    """Yield every sample."""
    return (story(name) for name in sorted(SAMPLES))
