"""Newsroom: `mailer newsroom build`: the releases that went out as web pages, and a server to look at them here.

`runs.newsroom` decides what is on the pages, and which releases have none.
"""

from __future__ import annotations

import typer

from mailer.cli import output
from mailer.cli.office import run_reading
from mailer.cli.options import argument, flag, option
from mailer.errors import InputProblem

app = typer.Typer(help="Your releases as web pages.", no_args_is_help=True)
_HOST = "127.0.0.1"


@app.command()
def build(
    folder: str = argument("DIR", "Output folder. Default: [newsroom] folder in mailer.toml, else newsroom/.", ""),
    serve: bool = flag("--serve", "Then serve it on this machine, until Ctrl-C."),
    port: int = option(
        "--port N", "With --serve: the port. Default: any free one.", 0, min=0, max=65_535, show_default=False
    ),
    open_it: bool = flag("--open", "As --serve, and open it in the browser."),
) -> None:
    """Build a page for every release that went out.

    Creates a folder for any web server: a page for each release in its languages, with a press kit, an index by year
    and topic, a feed, a sitemap, and each release for editorial systems (ninjs 3.1). The text is the one that was sent,
    with its corrections on top. A release under embargo is not there until the embargo ends.

    In a release, `topics: [sea, harbour]` names its topics, `newsroom: false` means no page, and `newsroom: true` means
    a page even if it was not mailed. With [newsroom] in mailer.toml, mails link to the pages, and `mailer worker` keeps
    them up to date.

    \b
    Examples:
      mailer newsroom build
      mailer newsroom build --open
      mailer newsroom build /srv/www/news
    """
    if output.is_json() and (serve or open_it):
        raise InputProblem("--json cannot be combined with --serve or --open")
    from mailer.runs.newsroom import build_newsroom

    built = run_reading(build_newsroom, folder)
    output.show(built)
    if not (serve or open_it):
        return
    from mailer.public.server import bind, make_static_app, serve_here

    bound = bind(_HOST, port)
    address = f"http://{_HOST}:{bound.getsockname()[1]}/"
    output.echo(f"The newsroom is at {address}, on this machine only. Ctrl-C stops.", to_stderr=True)
    if open_it:
        import webbrowser

        webbrowser.open(address)
    serve_here(make_static_app(built.folder), bound)
