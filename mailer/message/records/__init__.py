"""Records: what a domain says about its mail in the DNS, as values. Pure: whoever asks hands the answers in.

tags.py          `v=DKIM1; p=…`, the form that DKIM and DMARC share
spf.py           one SPF record taken apart (RFC 7208)
dkim_record.py   a public key (RFC 6376, RFC 8301, RFC 8463)
dmarc.py         a policy (RFC 9989, RFC 7489)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

# name and kind → records; () where there are none, None where the DNS did not answer
Ask: TypeAlias = Callable[[str, str], tuple[str, ...] | None]
