"""SMTP: the way to the relay. Connects, secures, logs in, and submits one message after the other; never decides."""

from mailer.smtp.pipeline import Together
from mailer.smtp.probe import Probed, probe_session
from mailer.smtp.session import RelayRefusal, Session, open_session

__all__ = ["Probed", "RelayRefusal", "Session", "Together", "open_session", "probe_session"]
