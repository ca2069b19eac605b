"""Pages: every file of the site: a page for each release with its press kit, the front page, topics, feed and sitemap.

Mails and pages are made by the same functions (`message.context`, `message.markup`), so that they have the same look
and text; the layout is in `templates/`. Without an absolute address there is no feed (Atom, RFC 4287) and no sitemap.

A release as data is ninjs 3.1, the IPTC's format for news in JSON, for editorial systems (one that was withdrawn is
`canceled` there, without its text), and the JSON-LD of its page: the `NewsArticle` of schema.org, with `correction` as
search engines read it. Addresses are absolute if the site has an address.

Gap: the front page lists every release, however old.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from mailer import lazy_re as re
from mailer.message.context import date_in_words, look_context, mailing_context, time_in_words
from mailer.message.markup import picture_words
from mailer.message.script import direction_of
from mailer.message.text import between, facts, split_paragraphs, underline, wrap
from mailer.message.values import InlineImage, Styling
from mailer.release.values import Image, Release
from mailer.settings import Look
from mailer.site.values import FEED, FRONT, KIT, SITEMAP, TOPICS, Files, House, Story, page_of, picture_path
from mailer.words import read_section

_TEXTS: Final[Mapping[str, Mapping[str, str]]] = read_section("newsroom", "says")
_MOST_ENTRIES: Final = 50
# characters that XML and HTML do not allow (XML 1.0 §2.2), but pasted text may contain
_NO_TEXT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


def render_site(house: House, stories: Sequence[Story]) -> Files:
    """Return every file of the site by its path, `/` between folders."""
    found = {path: data for story in stories for path, data in render_story(house, story).items()}
    shown = [each for each in stories if not each.withdrawn]
    shown.sort(key=lambda each: (each.day, each.published, each.slug), reverse=True)
    topics: dict[str, tuple[str, list[Story]]] = {}
    for story in shown:
        for name, topic in {topic_name(each): each for each in story.release.extras.topics}.items():
            topics.setdefault(name, (topic, []))[1].append(story)
    found[FRONT] = _render_front(house, shown, "./", topics=[topics[name][0] for name in sorted(topics)])
    for topic, about in topics.values():
        found[f"{TOPICS}/{topic_name(topic)}/{FRONT}"] = _render_front(house, about, "../../", topic=topic)
    if house.url:
        newest = [(each, _shared(house, each, each.release, f"{house.url}/{each.path}")) for each in shown]
        found[FEED] = _render(FEED, {"house": house, "entries": newest[:_MOST_ENTRIES]})
        found[SITEMAP] = _render(SITEMAP, {"house": house, "stories": shown, "topics": sorted(topics)})
    return found


def render_story(house: House, story: Story) -> Files:
    """Return the files of one release: its page in every language, as text and as data, and the press kit."""
    found: dict[str, bytes] = {}
    shown_in = {image.src for release in story.versions.values() for image in release.all_pictures()}
    pictures = {picture_path(each): each for src, each in story.pictures.items() if src in shown_in}
    is_out = story.withdrawn is None
    for tag, release in story.versions.items():
        own, folder = "../" if tag else "", f"{tag}/" if tag else ""  # the paths to and from the release's own page
        address = page_of(f"{house.url}/{story.path}", tag) if house.url else ""
        shared = _shared(house, story, release, own)
        wired = _shared(house, story, release, f"{house.url}/{story.path}") if address else shared
        shown: dict[str, Any] = {
            **shared,
            "story": story,
            "tag": tag,
            "own": own,
            "tongue": house.tongues.of(release.language),
            "address": address,
            "images": [f"{house.url}/{story.path}{path}" for path in pictures] if house.url else [],
            "kit": _kit(story, release),
            "description": shared["release"]["preheader"] if is_out else "",
        }
        if is_out:
            shown["data"] = article_data(house, story, release, shown)
            found[f"{folder}release.txt"] = _render("story.txt", {**shown, "say": page_texts(release.language)})
        found[f"{folder}release.json"] = wire_document(story, release, wired, address)
        found[folder + FRONT] = _render_page(house, "story.html", f"{own}../", story, release.language, shown)
    if is_out and pictures:
        kit = {path: each.data for path, each in pictures.items()} | {f"{KIT}/release.txt": found["release.txt"]}
        kit[f"{KIT}/contents.txt"] = _render("kit.txt", {"story": story, "kit": _kit(story, story.release)})
        # in the format of sha256sum, with names relative to the folder
        sums = (f"{hashlib.sha256(data).hexdigest()}  {path.partition('/')[2]}\n" for path, data in sorted(kit.items()))
        found |= {**kit, f"{KIT}/SHA256SUMS": "".join(sums).encode()}
    logo = {_logo_path(story.logo): story.logo.data} if story.logo else {}
    return {f"{story.slug}/{path}": data for path, data in found.items()} | logo


def topic_name(topic: str) -> str:
    """Return the name of a topic's folder: `Sea and coast` and `sea and coast` are one."""
    return "-".join(re.findall(r"[^\W_]+", topic.casefold())) or "-"


def page_texts(language: str) -> Mapping[str, str]:
    """Return the texts of pages in a language; English if there are none, except for the language's name."""
    found = _TEXTS.get(language.lower().partition("-")[0])
    return found or {**_TEXTS["en"], "name": language}


def _shared(house: House, story: Story, release: Release, base: str) -> dict[str, Any]:
    """Return the template context of a release, as for a mail, with its pictures below `base`."""
    images = {src: replace(each, url=base + picture_path(each)) for src, each in story.pictures.items()}
    name, styling = f"{story.slug}/release-1", Styling(house.tongues, story.look)
    return mailing_context(release, sender=story.sender, mailing=name, styling=styling, images=images) | {"base": base}


def _kit(story: Story, release: Release) -> list[tuple[Image, InlineImage]]:
    """Return the pictures of a release that are files, each once, with its texts."""
    kit: dict[str, tuple[Image, InlineImage]] = {}
    for image in release.all_pictures():
        if file := story.pictures.get(image.src):
            kit.setdefault(picture_path(file), (image, file))
    return [*kit.values()]


def _render_front(
    house: House, stories: Sequence[Story], root: str, *, topic: str = "", topics: Sequence[str] = ()
) -> bytes:
    """Return a page that lists releases by year, newest first."""
    languages = Counter(story.release.language for story in stories)
    language = min(languages, key=lambda tag: (-languages[tag], tag)) if languages else "en"
    address = f"{house.url}/{_topic_path(topic) if topic else ''}" if house.url else ""
    shown: dict[str, Any] = {"stories": stories, "topic": topic, "topics": topics, "address": address}
    shown["tongue"] = house.tongues.of(language)
    return _render_page(house, "front.html", root, stories[0] if stories else None, language, shown)


def _render_page(
    house: House, template: str, root: str, story: Story | None, language: str, shown: Mapping[str, Any]
) -> bytes:
    """Return a page in the look of a story; `root` is the path to the front page."""
    look, logo = (story.look, story.logo) if story else (Look(), None)
    values = look_context(look, language, logo=replace(logo, url=root + _logo_path(logo)) if logo else None)
    if look.logo and look.logo.is_inside and logo is None:
        values["logo"] = {}
    style = re.sub(r"\s*\n\s*", "\n", _render("style.css", {"look": values}).decode()).strip()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    sources = [values["logo"]["src"]] if values["logo"] else []
    if story and template == "story.html":  # pictures elsewhere on the web
        sources += [image.src for release in story.versions.values() for image in release.all_pictures()]
    # addresses with characters that could end the directive are left out
    parts = [urlsplit(each) for each in sources if re.match(r"https?://[\w.:\[\]-]+(?:[/?#]|$)", each, re.IGNORECASE)]
    images = " ".join(("'self'", *sorted({f"{each.scheme}://{each.netloc}" for each in parts})))
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src {images}; base-uri 'none'; form-action 'none'"
    around: dict[str, Any] = {"look": values, "house": house, "root": root, "language": language}
    around |= {"say": page_texts(language), "policy": policy}
    around |= {"style": Markup(style)}  # noqa: S704 - of colours and fonts that were checked
    return _render(template, {"data": "", "description": "", "story": None, **shown, **around})


def _topic_path(topic: str) -> str:
    return f"{TOPICS}/{quote(topic_name(topic))}/"


def _logo_path(logo: InlineImage) -> str:
    return f"logo/{picture_path(logo).rpartition('/')[2]}"


def _render(template: str, shown: Mapping[str, Any]) -> bytes:
    made = _NO_TEXT.sub("", _templates().get_template(template).render(shown))
    return (re.sub(r"\n{3,}", "\n\n", made) if template.endswith(".txt") else made).encode()


@lru_cache(maxsize=1)
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("mailer.site"),
        auto_reload=False,
        autoescape=lambda name: name is not None and name.endswith((".html", ".xml")),  # noqa: S701 - the rest is text
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    taken: tuple[Callable[..., Any], ...] = (
        *(wrap, underline, between, facts, split_paragraphs, date_in_words, time_in_words, direction_of, page_texts),
        *(picture_words, picture_path, page_of),
    )
    environment.filters |= {each.__name__: each for each in taken}
    environment.filters |= {"rfc3339": rfc3339, "topic_path": _topic_path, "on_page": _on_page}
    return environment


def _on_page(html: str) -> Markup:
    """Return a picture for a page: a figure that is loaded when it comes into view."""
    html = str(html).replace('<div class="picture">', '<figure class="picture">').replace("</div>", "</figure>")
    html = html.replace('<p class="caption">', '<figcaption class="caption">').replace("</p>", "</figcaption>")
    return Markup(html.replace("<img ", '<img loading="lazy" decoding="async" '))  # noqa: S704 - HTML of ours already


def wire_document(story: Story, release: Release, shared: Mapping[str, Any], address: str) -> bytes:
    """Return a release as ninjs 3.1; `shared` is its template context, with absolute picture addresses if possible."""
    texts, name, who = shared["release"], story.id, story.sender.organisation
    notes = [note.text for note in (*story.corrections, story.withdrawn) if note]
    document: dict[str, Any] = {
        "uri": address or (name if release is story.release else f"{name}/{release.language}"),
        "type": "text",
        "representationType": "partial" if story.withdrawn else "full",
        "standard": {"name": "ninjs", "version": "3.1"},
        "version": str(len(notes) + 1),
        "firstCreated": rfc3339(story.published),
        "versionCreated": rfc3339(story.updated),
        "pubStatus": "canceled" if story.withdrawn else "usable",
        "language": release.language,
        "slugline": story.slug,
        "headlines": [_text("main", release.headline)],
        "altIds": [{"role": "tag", "value": name}],
        "infoSources": [{"name": who, "role": "publisher"}],
        "edNote": "\n\n".join(reversed(notes)),
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


def rfc3339(at: datetime) -> str:
    """Return a time in UTC in the form that the three formats share (RFC 3339)."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
