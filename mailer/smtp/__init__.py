"""SMTP: the way to the relay. Connects, secures, logs in, and submits one message after the other; never decides."""

from mailer.smtp.session import RelayRefusal, Session, open_session

__all__ = ["RelayRefusal", "Session", "open_session"]
