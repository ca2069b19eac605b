"""Addresses: where a release and its pictures are on the site, below its root; shared by mails and pages.

A picture's address contains a digest of its bytes, so that a mail program never shows a cached old picture in place of
a new one.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote

from mailer import lazy_re as re
from mailer.message.values import InlineImage
from mailer.release.values import Block, Image, Release

KIT = "press-kit"
FRONT, FEED, SITEMAP, TOPICS = "index.html", "feed.xml", "sitemap.xml", "topics"
_TAKEN = frozenset({FRONT, FEED, SITEMAP, TOPICS, KIT, "logo"})
_SUFFIXES: Mapping[str, str] = {"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif"}


def is_name_of_page(slug: str) -> bool:
    """Return whether a page can have this name: not a path, not hidden, and not a page of the site itself."""
    return bool(re.fullmatch(r"[^./\\:*?\"<>|\x00-\x1f][^/\\:*?\"<>|\x00-\x1f]*", slug)) and slug not in _TAKEN


def page_path(slug: str) -> str:
    """Return the address of a release's page, for a link."""
    return f"{quote(slug, safe='')}/"


def page_of(page: str, version: str) -> str:
    """Return the address of a language version, by its tag; "" is the release itself."""
    return f"{page}{version}/" if version else page


def picture_path(image: InlineImage) -> str:
    """Return the address of a picture below the page of its release: `press-kit/pier-3f2a91c04b5d.png`."""
    plain = unicodedata.normalize("NFKD", image.name.rpartition(".")[0]).encode("ascii", "ignore").decode("ascii")
    name = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:60] or "picture"
    return f"{KIT}/{name}-{hashlib.sha256(image.data).hexdigest()[:12]}{_SUFFIXES.get(image.media_type, '')}"


def with_web_pictures(release: Release, images: Mapping[str, InlineImage], page: str) -> Release:
    """Return a release with its own pictures linked from its page, at the absolute address `page`."""

    def moved(image: Image) -> Image:
        inside = images.get(image.src)
        if inside is None:
            return image
        return replace(image, src=f"{page}{picture_path(inside)}", width=inside.width, height=inside.height)

    def each(blocks: tuple[Block, ...]) -> tuple[Block, ...]:
        return tuple(moved(block) if isinstance(block, Image) else block for block in blocks)

    portrait = release.extras.portrait
    return replace(
        release,
        body=each(release.body),
        notes_to_editors=each(release.notes_to_editors),
        extras=replace(release.extras, portrait=moved(portrait) if portrait else None),
    )
