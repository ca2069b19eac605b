"""Newsroom: `mailer newsroom build`, the releases that went out as web pages, and a look at them on this machine.

What is on the pages, and which releases have none, is decided in `runs.newsroom`.
"""

from __future__ import annotations

import typer

from mailer.cli import output
from mailer.cli.office import reading_office
from mailer.cli.options import Open, argument, flag, option
from mailer.errors import InputProblem

app = typer.Typer(help="Your releases as web pages.", no_args_is_help=True)
_HOST = "127.0.0.1"


@app.command()
def build(
    folder: str = argument("[DIR]", "Where to. Default: [newsroom] folder in mailer.toml, else newsroom/.", ""),
    serve: bool = flag("--serve", "Then show it on this machine, until Ctrl-C."),
    port: int = option("--port N", "With --serve: the port. Default: any free one.", 0),
    open_it: Open = False,
) -> None:
    """Build a page for every release that went out.

    Makes a folder that any web server can show: a page for each release in its languages, with its pictures to
    download, an index by year and by topic, a feed, a sitemap, and each release for editorial systems (ninjs 3.1). The
    text is the one that was sent, with its corrections on top.

    What is under embargo is not in it until that is over; a withdrawn release leaves a notice. In a release,
    `newsroom: false` means no page, `newsroom: true` a page though it was not mailed, `topics: [sea, harbour]` its
    topics. Files that are not ours stay as they are. With [newsroom] in mailer.toml, `mailer worker` keeps it up to
    date, and mails link to it.

    \b
    Examples:
      mailer newsroom build
      mailer newsroom build --serve --open
      mailer newsroom build /srv/www/news
    """
    if output.is_json() and (serve or open_it):
        raise InputProblem("--json goes without --serve and --open")
    if not 0 <= port <= 65_535:
        raise InputProblem(f"--port {port}: a number up to 65535")
    from mailer.runs.newsroom import build_newsroom

    with reading_office() as office:
        built = build_newsroom(office, folder)
    output.show(built)
    if not serve:
        if open_it:
            output.open_page(built.folder / "index.html")
        return
    from mailer.public.server import bind, serve_here
    from mailer.public.static import make_static_app

    bound = bind(_HOST, port)
    address = f"http://{_HOST}:{bound.getsockname()[1]}/"
    output.say(f"It can be seen at {address} on this machine alone. Ctrl-C stops.", to_stderr=True)
    if open_it:
        import webbrowser

        webbrowser.open(address)
    serve_here(make_static_app(built.folder), bound)
