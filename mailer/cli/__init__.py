"""The command line. The only room that prints, prompts, reads argv and sets exit codes."""

from mailer.cli.app import main

__all__ = ["main"]
