from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.desk.opened import Opened, opened
from tests.office import Desk


@pytest.fixture
def page(desk: Desk) -> Iterator[Opened]:
    """A desk for the press office of the test, with a user logged in."""
    with opened(desk) as running:
        yield running
