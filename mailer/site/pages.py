"""Pages: everything on the site as a file: a page for each release, the front page, topics, and what programs read.

What a mail says and a page says is made by the same functions (`message.context`, `message.markup`), so that the two
have one look and one text. Here stand what only the web needs: a page's address in other languages, its policy, its
press kit, and the pages that lead to it.

Gaps: the front page has every release there is, however many years it goes back.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final
from urllib.parse import quote, urlsplit

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from mailer import lazy_re as re
from mailer.message.context import date_in_words, look_context, mailing_context, time_in_words
from mailer.message.markup import picture_words
from mailer.message.script import direction_of, script_of
from mailer.message.text import between, facts, split_paragraphs, underline, wrap
from mailer.message.values import InlineImage, Styling
from mailer.release.values import Release
from mailer.settings import Look, Tongue
from mailer.site.addresses import FEED, FRONT, KIT, SITEMAP, TOPICS, page_of, page_path, picture_path
from mailer.site.feeds import article_data, render_feed, render_sitemap, wire_document
from mailer.site.values import Files, House, Note, Story
from mailer.words import read_section

_SAYS: Final[Mapping[str, Mapping[str, str]]] = read_section("newsroom", "says")
_TEMPLATES: Final = ("frame.html", "story.html", "front.html", "story.txt", "kit.txt", "style.css")
# what XML and HTML have no place for (XML 1.0 §2.2): a text that was pasted may hold it
_NO_TEXT: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


def render_site(house: House, stories: Sequence[Story]) -> Files:
    """Return every file of the site by its path, `/` between folders.

    Without `house.url` there is no feed and no sitemap, since both need absolute addresses.
    """
    found: dict[str, bytes] = {}
    for story in stories:
        found |= render_story(house, story)
    shown = [each for each in stories if not each.withdrawn]
    shown.sort(key=lambda each: (each.day, each.published, each.slug), reverse=True)
    found[FRONT] = _render_front(house, shown, "./")
    topics: dict[str, list[Story]] = defaultdict(list)
    for story in shown:
        for topic in story.release.extras.topics:
            topics[topic_name(topic)].append(story)
    for name, about in topics.items():
        title = next(each for each in about[0].release.extras.topics if topic_name(each) == name)
        found[f"{TOPICS}/{name}/{FRONT}"] = _render_front(house, about, "../../", topic=title)
    if house.url:
        found[FEED] = render_feed(house, [(each, _shared(house, each, each.release)) for each in shown])
        found[SITEMAP] = render_sitemap(house, shown, sorted(topics))
    return found


def topic_name(topic: str) -> str:
    """Return the name of a topic's folder: `Sea and coast` and `sea and coast` are one."""
    return "-".join(re.findall(r"[^\W_]+", topic.casefold())) or "-"


def says(language: str) -> Mapping[str, str]:
    """Return what pages say in a language; English where nobody wrote it down."""
    return _SAYS.get(language.lower().partition("-")[0], _SAYS["en"])


# A release.


def render_story(house: House, story: Story) -> Files:
    """Return the files of one release: its page in every language, as text and as data, and the press kit."""
    found: dict[str, bytes] = {}
    root = f"{story.slug}/"
    for tag, release in story.versions.items():
        up = "../../" if tag else "../"
        folder = f"{tag}/" if tag else ""
        shared = _shared(house, story, release, above="../" if tag else "")
        language = release.language
        address = page_of(f"{house.url}/{page_path(story.slug)}", tag) if house.url else ""
        shown = {
            **shared,
            "notes": [_note(house, note, language) for note in reversed(story.corrections)],
            "withdrawn": _note(house, story.withdrawn, language) if story.withdrawn else None,
            "versions": _versions(house, story, tag),
            "address": address,
            "kit": [] if story.withdrawn else [*_kit_rows(story, house.tongues.of(language), "../" if tag else "")],
            "kit_folder": f"{'../' if tag else ''}{KIT}/",
            "topics": [(each, f"{up}{TOPICS}/{quote(topic_name(each))}/") for each in release.extras.topics],
            "image": next((f"{house.url}/{page_path(story.slug)}{each}" for each in _own_pictures(story)), ""),
            "description": "" if story.withdrawn else shared["release"]["preheader"],
            "data": article_data(house, story, release, shared, address) if not story.withdrawn else "",
        }
        found[f"{folder}{FRONT}"] = _page(
            house, "story.html", up, story.look, language, shown, _picture_hosts(story), logo=story.logo
        )
        found[f"{folder}release.json"] = wire_document(house, story, release, shared, address)
        if not story.withdrawn:
            found[f"{folder}release.txt"] = _text("story.txt", shown)
    found = {f"{root}{name}": data for name, data in found.items()}
    if story.logo:
        found[_logo_path(story.logo)] = story.logo.data
    if story.withdrawn:
        return found
    kit = {f"{KIT}/{each.rpartition('/')[2]}": data for each, data in _own_pictures(story).items()}
    if kit:
        rows = [*_kit_rows(story, house.tongues.of(story.release.language), "")]
        kit[f"{KIT}/contents.txt"] = _text("kit.txt", {**_shared(house, story, story.release), "kit": rows})
        kit[f"{KIT}/release.txt"] = found[f"{root}release.txt"]
        # as sha256sum writes and checks it, with the names below the folder itself
        sums = (f"{hashlib.sha256(data).hexdigest()}  {name.partition('/')[2]}\n" for name, data in sorted(kit.items()))
        kit[f"{KIT}/SHA256SUMS"] = "".join(sums).encode()
    return found | {f"{root}{name}": data for name, data in kit.items()}


def _shared(house: House, story: Story, release: Release, above: str = "") -> dict[str, Any]:
    """Return what templates may say of a release, as those of a mail; `above` leads to the folder of its pictures."""
    images = {src: replace(each, url=f"{above}{picture_path(each)}") for src, each in story.pictures.items()}
    styling = Styling(house.tongues, story.look, None)
    return mailing_context(
        release, sender=story.sender, mailing=f"{story.slug}/release-1", styling=styling, images=images
    )


def _own_pictures(story: Story) -> dict[str, bytes]:
    """Return the pictures that the release shows in any language, by their addresses below its page."""
    shown = {image.src for release in story.versions.values() for image in release.all_pictures()}
    return {picture_path(each): each.data for src, each in story.pictures.items() if src in shown}


def _kit_rows(story: Story, tongue: Tongue, above: str) -> Iterator[dict[str, Any]]:
    """Yield what the press kit says of each picture, once: where it is, how large, what it shows, whose it is."""
    seen: set[str] = set()
    for image in story.release.all_pictures():
        inside = story.pictures.get(image.src)
        if inside is None or (path := picture_path(inside)) in seen:
            continue
        seen.add(path)
        yield {
            "href": above + path,
            "name": path.rpartition("/")[2],
            "alt": image.alt,
            "words": picture_words(image, tongue, with_alt=False),
            "caption": image.caption,
            "credit": image.credit,
            "licence": image.licence,
            "size": f"{inside.width} × {inside.height}" if inside.width else "",
            "weight": f"{max(round(len(inside.data) / 1000), 1):,} kB".replace(",", "\N{NO-BREAK SPACE}"),
        }


def _note(house: House, note: Note, language: str) -> dict[str, Any]:
    tongue, comma = house.tongues.of(language), script_of(language).comma
    return {
        "at": f"{date_in_words(note.at.date(), tongue)}{comma}{time_in_words(note.at, tongue)}",
        "iso": note.at.isoformat(timespec="seconds"),
        "paragraphs": split_paragraphs(note.text),
    }


def _versions(house: House, story: Story, current: str) -> list[dict[str, str]]:
    """Return the page in every language, where there are several: its link from this one, and its absolute address."""
    if len(story.versions) == 1:
        return []
    found = []
    for tag, release in sorted(story.versions.items()):
        there = f"{tag}/" if tag else ""
        absolute = page_of(f"{house.url}/{page_path(story.slug)}", tag) if house.url else ""
        name = _SAYS.get(release.language.lower().partition("-")[0], {}).get("name", release.language)
        link = f"../{there}" if current else there or "./"
        found.append({"tag": release.language, "name": name, "link": link, "address": absolute or link,
                      "here": "yes" if tag == current else ""})  # fmt: skip
    return found


def _picture_hosts(story: Story) -> list[str]:
    """Return the origins of the pictures that stay where they are on the web."""
    every: list[str] = [image.src for release in story.versions.values() for image in release.all_pictures()]
    if story.look.logo and not story.look.logo.is_inside:
        every.append(story.look.logo.src)
    parts = [urlsplit(src) for src in every if src.lower().startswith(("http://", "https://"))]
    hosts = {f"{each.scheme}://{each.netloc}" for each in parts}
    return sorted(host for host in hosts if re.fullmatch(r"https?://[\w.:\[\]-]+", host))


# The front page, and the page of a topic.


def _render_front(house: House, stories: Sequence[Story], root: str, *, topic: str = "") -> bytes:
    """Return a page that leads to releases, by year, the newest first."""
    languages = Counter(story.release.language for story in stories)
    language = min(languages, key=lambda tag: (-languages[tag], tag)) if languages else "en"
    tongue = house.tongues.of(language)
    years: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for story in stories:
        release, day = story.release, story.day
        years[day.year].append(
            {
                "link": f"{root}{page_path(story.slug)}",
                "headline": release.headline,
                "subhead": release.subhead,
                "language": release.language,
                "direction": direction_of(release.language),
                "date": date_in_words(day, tongue),
                "iso": day.isoformat(),
                "corrected": bool(story.corrections),
            }
        )
    named: dict[str, str] = {}
    for story in stories:
        for each in story.release.extras.topics:
            named.setdefault(topic_name(each), each)
    shown = {
        "topic": topic,
        "years": [*years.items()],
        "topics": [(each, f"{root}{TOPICS}/{quote(name)}/") for name, each in sorted(named.items())],
        "address": f"{house.url}/{f'{TOPICS}/{quote(topic_name(topic))}/' if topic else ''}" if house.url else "",
        "description": "",
        "versions": [],
        "data": "",
        "withdrawn": None,
    }
    look = stories[0].look if stories else Look()
    return _page(house, "front.html", root, look, language, shown, [], logo=stories[0].logo if stories else None)


# Every page.


def _page(
    house: House,
    template: str,
    root: str,
    look: Look,
    language: str,
    shown: Mapping[str, Any],
    hosts: Iterable[str],
    *,
    logo: InlineImage | None = None,
) -> bytes:
    """Return a page; `root` leads to the front page, `hosts` are other origins that its pictures may come from."""
    logo = replace(logo, url=f"{root}{_logo_path(logo)}") if logo else None
    dress = look_context(look, language, logo=logo)
    if look.logo and look.logo.is_inside and logo is None:
        dress["logo"] = {}
    style = _style(look, language)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    sources = " ".join(("'self'", *hosts))
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src {sources}; base-uri 'none'; form-action 'none'"
    around = {
        "look": dress,
        "house": {"title": house.title, "url": house.url},
        "say": says(language),
        "root": root,
        "language": language,
        "direction": direction_of(language),
        "style": Markup(style),  # noqa: S704 - of colours and fonts that were checked when they were read
        "policy": policy,
    }
    made = _templates().get_template(template).render({**shown, **around})
    return _NO_TEXT.sub("", made).encode()


def _text(template: str, shown: Mapping[str, Any]) -> bytes:
    language = shown["language"]
    made = _templates().get_template(template).render(**shown, say=says(language))
    return _NO_TEXT.sub("", re.sub(r"\n{3,}", "\n\n", made)).encode()


@lru_cache(maxsize=64)
def _style(look: Look, language: str) -> str:
    """Return the style sheet for a look and the script of a language."""
    made = _templates().get_template("style.css").render(look=look_context(look, language))
    return re.sub(r"\s*\n\s*", "\n", made).strip()


def _logo_path(logo: InlineImage) -> str:
    return f"logo/{picture_path(logo).rpartition('/')[2]}"


@lru_cache(maxsize=1)
def _templates() -> Environment:
    folder = files("mailer.site").joinpath("templates")
    environment = Environment(
        loader=DictLoader({name: folder.joinpath(name).read_text("utf-8") for name in _TEMPLATES}),
        autoescape=lambda name: name is not None and name.endswith(".html"),  # noqa: S701 - the others are no HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "wrap": wrap,
        "underline": underline,
        "between": between,
        "facts": facts,
        "on_page": _on_page,
    }
    return environment


def _on_page(html: str, is_late: bool) -> Markup:  # noqa: FBT001 - a filter's argument
    """Return a picture as a page has it: a figure, which is fetched when it comes into view where it `is_late`."""
    html = str(html).replace('<div class="picture">', '<figure class="picture">').replace("</div>", "</figure>")
    html = html.replace('<p class="caption">', '<figcaption class="caption">').replace("</p>", "</figcaption>")
    return Markup(html.replace("<img ", '<img loading="lazy" decoding="async" ') if is_late else html)  # noqa: S704
