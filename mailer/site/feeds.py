"""Feeds: what programs read of the site: Atom, the sitemap, and each release as ninjs 3.1 and as JSON-LD.

Atom is RFC 4287; the id of an entry is a `tag:` URI (RFC 4151) of the sender's domain and the day on which the release
came out, so that it stays the same if the site moves. ninjs is the format of the IPTC for news in JSON, version 3.1,
which editorial systems take in; a release that was withdrawn is there as `canceled`, without its text. JSON-LD is the
`NewsArticle` of schema.org, with `correction` as search engines read it. Absolute addresses stand where the site has
one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final
from urllib.parse import quote

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from mailer import lazy_re as re
from mailer.release.values import Release
from mailer.site.addresses import FEED, KIT, TOPICS, page_of, page_path, picture_path
from mailer.site.values import House, Story

_MOST_ENTRIES: Final = 50
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NO_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # XML 1.0 §2.2


def story_id(story: Story) -> str:
    """Return the name of a release that nothing changes."""
    return f"tag:{story.sender.domain},{story.published.astimezone(UTC):%Y-%m-%d}:{quote(story.slug, safe='')}"


# Atom and the sitemap.


def render_feed(house: House, stories: Iterable[tuple[Story, Mapping[str, Any]]]) -> bytes:
    """Return the feed of the newest releases; each comes with what templates may say of it."""
    entries = []
    for story, shared in list(stories)[:_MOST_ENTRIES]:
        page, release = f"{house.url}/{page_path(story.slug)}", shared["release"]
        html = str(release["body_html"]).replace(f'src="{KIT}/', f'src="{page}{KIT}/')
        corrected = [Markup("<p><b>{}</b></p>").format(note.text) for note in reversed(story.corrections)]
        entries.append(
            {
                "id": story_id(story),
                "title": release["headline"],
                "link": page,
                "published": _moment(story.published),
                "updated": _moment(story.updated),
                "language": release["language"],
                "author": story.sender.organisation,
                "summary": release["preheader"],
                "topics": story.release.extras.topics,
                "html": "\n".join((*corrected, html)),
            }
        )
    updated = max((entry["updated"] for entry in entries), default=_moment(_NEVER))
    return _xml("feed.xml", house=house, feed=f"{house.url}/{FEED}", entries=entries, updated=updated)


def render_sitemap(house: House, stories: Sequence[Story], topics: Sequence[str]) -> bytes:
    """Return the sitemap: every page that is to be found."""
    newest = max((story.updated for story in stories), default=None)
    pages = [(f"{house.url}/", _moment(newest) if newest else "")]
    pages += [(f"{house.url}/{TOPICS}/{quote(topic)}/", "") for topic in topics]
    for story in stories:
        page = f"{house.url}/{page_path(story.slug)}"
        pages += [(page_of(page, tag), _moment(story.updated)) for tag in sorted(story.versions)]
    return _xml("sitemap.xml", pages=pages)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _xml(template: str, **shown: object) -> bytes:
    return _NO_XML.sub("", _templates().get_template(template).render(**shown)).encode()


@lru_cache(maxsize=1)
def _templates() -> Environment:
    folder = files("mailer.site").joinpath("templates")
    sources = {name: folder.joinpath(name).read_text("utf-8") for name in ("feed.xml", "sitemap.xml")}
    return Environment(
        loader=DictLoader(sources), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


# ninjs 3.1, and JSON-LD.


def wire_document(house: House, story: Story, release: Release, shared: Mapping[str, Any], address: str) -> bytes:
    """Return a release as ninjs 3.1."""
    is_out, notes, sender = story.withdrawn is None, story.corrections, story.sender
    versions = len(notes) + 1 + (not is_out)
    said = [*(note.text for note in notes), *([story.withdrawn.text] if story.withdrawn else [])]
    document: dict[str, Any] = {
        "uri": address or f"{story_id(story)}{f'/{release.language}' if release is not story.release else ''}",
        "type": "text",
        "representationType": "full" if is_out else "partial",
        "standard": {"name": "ninjs", "version": "3.1"},
        "version": str(versions),
        "firstCreated": _moment(story.published),
        "versionCreated": _moment(story.updated),
        "pubStatus": "usable" if is_out else "canceled",
        "language": release.language,
        "headlines": [{"role": "main", "contentType": "text/plain", "value": release.headline}],
        "slugline": story.slug,
        "altIds": [{"role": "tag", "value": story_id(story)}],
        "infoSources": [{"name": sender.organisation, "role": "publisher"}],
    }
    if said:
        document["edNote"] = "\n\n".join(reversed(said))
    if not is_out:
        return _json(document)
    texts = shared["release"]
    if release.subhead:
        document["headlines"].append({"role": "subhead", "contentType": "text/plain", "value": release.subhead})
    base = f"{house.url}/{page_path(story.slug)}" if house.url else ""
    html = re.sub(rf'src="(?:\.\./)?{KIT}/', f'src="{base}{KIT}/', str(texts["body_html"]))
    text = str(texts["body_text"])
    document |= {
        "by": sender.organisation,
        "copyrightHolder": sender.organisation,
        "descriptions": [{"role": "summary", "contentType": "text/plain", "value": texts["preheader"]}],
        "bodies": [
            {"role": "main", "contentType": "text/html", "value": html},
            {"role": "plain", "contentType": "text/plain", "wordCount": len(text.split()), "value": text},
        ],
    }
    if release.notes_to_editors:
        notes_text = str(texts["notes_text"])
        document["edNote"] = "\n\n".join(filter(None, (document.get("edNote", ""), notes_text)))
    if release.dateline and (release.dateline.city or release.dateline.text):
        document["located"] = release.dateline.city or release.dateline.text
    for contact in release.contacts:
        ways = [{"type": "phone", "role": "press", "value": each} for each in contact.phones]
        ways += [{"type": "email", "role": "press", "value": each} for each in contact.emails]
        name = contact.name or contact.organisation or sender.organisation
        document["infoSources"].append({"name": name, "role": "press contact", "contactInfo": ways})
    if release.extras.topics:
        document["subjects"] = [{"name": each, "rel": "about"} for each in release.extras.topics]
    if event := release.extras.event:
        dates = {"startDate": event.starts.isoformat()} | ({"endDate": event.ends.isoformat()} if event.ends else {})
        document["events"] = [{"name": event.what or release.headline, "rel": "about"}]
        document["eventDetails"] = {"dates": dates}
        if event.where:
            document["places"] = [{"name": event.where, "rel": "event"}]
    pictures = []
    for number, image in enumerate(release.all_pictures(), start=1):
        inside = story.pictures.get(image.src)
        href = f"{base}{picture_path(inside)}" if inside and base else "" if inside else image.src
        if not inside and not href:
            continue  # only its words came
        rendition: dict[str, Any] = {"name": "original"} | ({"href": href} if href else {})
        if inside:
            rendition |= {"contentType": inside.media_type, "sizeInBytes": len(inside.data)}
            rendition |= {"width": inside.width, "height": inside.height} if inside.width else {}
        told = {"main": image.caption or image.alt, "alternative": image.alt}
        picture: dict[str, Any] = {
            "name": f"picture{number}",
            "rel": "illustration",
            "uri": href or f"{story_id(story)}/{picture_path(inside).rpartition('/')[2] if inside else number}",
            "type": "picture",
            "descriptions": [
                {"role": role, "contentType": "text/plain", "value": each} for role, each in told.items() if each
            ],
            "renditions": [rendition],
        }
        picture |= {"by": image.credit} if image.credit else {}
        picture |= {"usageTerms": image.licence} if image.licence else {}
        pictures.append({key: value for key, value in picture.items() if value})
    if pictures:
        document["associations"] = pictures
    return _json(document)


def _json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode("utf-8", "replace") + b"\n"


def article_data(house: House, story: Story, release: Release, shared: Mapping[str, Any], address: str) -> Markup:
    """Return a release as the JSON-LD of a page; nothing in it ends the element that it stands in."""
    organisation = {"@type": "Organization", "name": story.sender.organisation} | (
        {"url": f"{house.url}/"} if house.url else {}
    )
    document: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": release.headline,
        "description": shared["release"]["preheader"],
        "inLanguage": release.language,
        "datePublished": story.published.isoformat(timespec="seconds"),
        "dateModified": story.updated.isoformat(timespec="seconds"),
        "author": organisation,
        "publisher": organisation,
    }
    if address:
        document |= {"url": address, "mainEntityOfPage": address}
        base = f"{house.url}/{page_path(story.slug)}"
        own = [story.pictures.get(image.src) for image in release.all_pictures()]
        if images := [f"{base}{picture_path(each)}" for each in own if each]:
            document["image"] = images
    if release.extras.topics:
        document["keywords"] = [*release.extras.topics]
    if story.corrections:
        document["correction"] = [
            {"@type": "CorrectionComment", "text": note.text, "datePublished": note.at.isoformat(timespec="seconds")}
            for note in reversed(story.corrections)
        ]
    # "</script>" or "<!--" in a headline would be read as what they look like
    text = json.dumps(document, ensure_ascii=False)
    for sign, escaped in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        text = text.replace(sign, escaped)
    return Markup(text)  # noqa: S704 - no sign of HTML is left in it
