"""Ledger: what was planned, tried, answered, bounced and opted out. The only room that imports SQLAlchemy."""

from mailer.ledger.connection import Connection, Ledger, open_ledger

__all__ = ["Connection", "Ledger", "open_ledger"]
