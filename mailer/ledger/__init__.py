"""Ledger: what was planned, tried, answered, bounced and opted out. The only room that imports SQLAlchemy."""

from sqlalchemy import Connection

from mailer.ledger.connection import Ledger, open_ledger

__all__ = ["Connection", "Ledger", "open_ledger"]
