"""`python -m tests.weights`: fit the scales anew, and print what they find of texts that they were not fitted on."""

from __future__ import annotations

from mailer.words.weights import KINDS, weigh_kinds
from tests.unseen.scores import HALVES
from tests.unseen.scores import HERE as UNSEEN
from tests.weights.fitting import file_of, fit, read_all, read_texts

_FROM = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 3.5)


def main() -> None:
    """Write each scale, then a line for each weight: what is found from it on, and what is taken for it wrongly."""
    for scale, kinds in KINDS.items():
        texts = read_all(scale)
        file_of(scale).write_bytes(fit(scale, texts))
        unseen = [
            (weigh_kinds(scale, each.words), each.kind) for half in HALVES for each in read_texts(UNSEEN / scale / half)
        ]
        for kind in kinds:
            print(f"\n{kind}: fitted on {len(texts):,} texts; of {len(unseen):,} others, in per cent")
            for least in _FROM:
                found, wrong = (
                    [weights[kind] >= least for weights, other in unseen if (other == kind) is wanted]
                    for wanted in (True, False)
                )
                shares = [100 * sum(each) / len(each) for each in (found, wrong)]
                print(f"  from {least:.2f}  found {shares[0]:5.1f}  wrongly {shares[1]:5.1f}")


main()
