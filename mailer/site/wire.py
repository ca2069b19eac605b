"""Wire: a release as data: ninjs 3.1 for editorial systems, and the JSON-LD of its page.

ninjs is the IPTC's format for news in JSON; a release that was withdrawn is `canceled` there, without its text.
JSON-LD is the `NewsArticle` of schema.org, with `correction` as search engines read it. Addresses are absolute if the
site has an address.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

from mailer.message.values import InlineImage
from mailer.release.values import Image, Release
from mailer.site.addresses import picture_path
from mailer.site.values import House, Story


def wire_document(story: Story, release: Release, shared: Mapping[str, Any], address: str) -> bytes:
    """Return a release as ninjs 3.1; `shared` is its template context, with absolute picture addresses if possible."""
    texts, name, who = shared["release"], story.id, story.sender.organisation
    said = [note.text for note in (*story.corrections, story.withdrawn) if note]
    document: dict[str, Any] = {
        "uri": address or (name if release is story.release else f"{name}/{release.language}"),
        "type": "text",
        "representationType": "partial" if story.withdrawn else "full",
        "standard": {"name": "ninjs", "version": "3.1"},
        "version": str(len(said) + 1),
        "firstCreated": moment(story.published),
        "versionCreated": moment(story.updated),
        "pubStatus": "canceled" if story.withdrawn else "usable",
        "language": release.language,
        "slugline": story.slug,
        "headlines": [_text("main", release.headline)],
        "altIds": [{"role": "tag", "value": name}],
        "infoSources": [{"name": who, "role": "publisher"}],
        "edNote": "\n\n".join(reversed(said)),
    }
    if not story.withdrawn:
        base = shared["base"] if address else ""
        html, text, place, event = texts["body_html"], texts["body_text"], release.dateline, release.extras.event
        pictures = [(image, story.pictures.get(image.src)) for image in release.all_pictures() if image.src]
        document["headlines"] += [_text("subhead", release.subhead)] if release.subhead else []
        document["infoSources"] += [
            {"name": one.name or one.organisation or who, "role": "press contact", "contactInfo": [
                *({"type": "phone", "role": "press", "value": each} for each in one.phones),
                *({"type": "email", "role": "press", "value": each} for each in one.emails),
            ]}
            for one in release.contacts
        ]  # fmt: skip
        document |= {
            "edNote": "\n\n".join(filter(None, (document["edNote"], texts["notes_text"]))),
            "by": who,
            "copyrightHolder": who,
            "descriptions": [_text("summary", texts["preheader"])],
            "bodies": [
                _text("main", str(html)) | {"contentType": "text/html"},
                _text("plain", text) | {"wordCount": len(text.split())},
            ],
            "located": (place.city or place.text) if place else "",
            "subjects": [{"name": each, "rel": "about"} for each in release.extras.topics],
            "associations": [_picture(f"{name}/picture{n}", *each, base) for n, each in enumerate(pictures, start=1)],
        }
        if event:
            ends = {"endDate": event.ends.isoformat()} if event.ends else {}
            document["events"] = [{"name": event.what or release.headline, "rel": "about"}]
            document["eventDetails"] = {"dates": {"startDate": event.starts.isoformat(), **ends}}
            document["places"] = [{"name": event.where, "rel": "event"}] if event.where else []
    fields = {key: value for key, value in document.items() if value}
    return json.dumps(fields, ensure_ascii=False, indent=1).encode("utf-8", "replace") + b"\n"


def _picture(name: str, image: Image, file: InlineImage | None, base: str) -> dict[str, Any]:
    """Return a picture as a separate item called `name`; `base` is the address of its file, if known."""
    href = image.src if file is None else f"{base}{picture_path(file)}" if base else ""
    rendition: dict[str, Any] = {"name": "original", "href": href}
    if file:
        rendition |= {"contentType": file.media_type, "sizeInBytes": len(file.data)}
        rendition |= {"width": file.width, "height": file.height}
    described = (("main", image.caption or image.alt), ("alternative", image.alt))
    fields = {
        "name": name.rpartition("/")[2],
        "rel": "illustration",
        "uri": href or name,
        "type": "picture",
        "descriptions": [_text(role, text) for role, text in described if text],
        "renditions": [{key: value for key, value in rendition.items() if value}],
        "by": image.credit,
        "usageTerms": image.licence,
    }
    return {key: value for key, value in fields.items() if value}


def _text(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "contentType": "text/plain", "value": text}


def article_data(house: House, story: Story, release: Release, shown: Mapping[str, Any]) -> Markup:
    """Return a release as the JSON-LD of a page, escaped so that it cannot end its element."""
    front = f"{house.url}/" if house.url else ""
    organisation = {"@type": "Organization", "name": story.sender.organisation, "url": front}
    publisher = {key: value for key, value in organisation.items() if value}
    document = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": release.headline,
        "description": shown["description"],
        "inLanguage": release.language,
        "datePublished": story.published.isoformat(timespec="seconds"),
        "dateModified": story.updated.isoformat(timespec="seconds"),
        "author": publisher,
        "publisher": publisher,
        "url": shown["address"],
        "mainEntityOfPage": shown["address"],
        "image": shown["images"],
        "keywords": [*release.extras.topics],
        "correction": [
            {"@type": "CorrectionComment", "text": note.text, "datePublished": note.at.isoformat(timespec="seconds")}
            for note in reversed(story.corrections)
        ],
    }
    text = json.dumps({key: value for key, value in document.items() if value}, ensure_ascii=False)
    for sign in "<>&":  # "</script>" or "<!--" in a headline would be taken as markup
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704 - no sign of HTML is left in it


def moment(at: datetime) -> str:
    """Return a time in UTC in the form that the three formats share (RFC 3339)."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
