"""Records: what a domain says about its mail in the DNS, as values. Pure: whoever asks hands the answers in.

tags.py          `v=DKIM1; p=…`, the form that DKIM and DMARC share
spf.py           one SPF record taken apart (RFC 7208)
spf_macros.py    what may stand in its domain names
spf_survey.py    it and all that it includes: how many questions, and what is broken
spf_verdict.py   whether it allows an address
dkim_record.py   a public key (RFC 6376, RFC 8301, RFC 8463)
dmarc.py         a policy (RFC 9989, RFC 7489)
organisation.py  which domains belong together, and whose mailbox a free one is
"""

from collections.abc import Callable
from typing import TypeAlias

# name and kind → records; () where there are none, None where the DNS did not answer
Ask: TypeAlias = Callable[[str, str], tuple[str, ...] | None]
