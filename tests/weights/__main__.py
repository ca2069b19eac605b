"""`python -m tests.weights`: fit the scales anew, and print what they find of texts that they were not fitted on."""

from __future__ import annotations

from mailer.words.weights import weigh
from tests.unseen.scores import HALVES
from tests.unseen.scores import HERE as UNSEEN
from tests.weights.fitting import SCALES, file_of, fit, read_all, read_texts

_FROM = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)


def main() -> None:
    """Write each scale, then a line for each weight: what is found from it on, and what is taken for it wrongly."""
    for scale in SCALES:
        texts = read_all(scale)
        file_of(scale).write_bytes(fit(texts))
        unseen = [
            (weigh(scale, each.words), each.says_so) for half in HALVES for each in read_texts(UNSEEN / scale / half)
        ]
        print(f"\n{scale}: fitted on {len(texts):,} texts; of {len(unseen):,} others, in per cent")
        for least in _FROM:
            found, wrong = (
                [weight >= least for weight, says_so in unseen if says_so is wanted] for wanted in (True, False)
            )
            shares = [100 * sum(each) / len(each) for each in (found, wrong)]
            print(f"  from {least:.2f}  found {shares[0]:5.1f}  wrongly {shares[1]:5.1f}")


main()
