"""Ledger: what was planned, tried, answered, bounced and opted out. The only room that imports SQLAlchemy."""

from mailer.ledger.connection import Ledger, open_ledger

__all__ = ["Ledger", "open_ledger"]
