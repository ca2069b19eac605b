"""Scales: what a text weighs, and that the files are what the texts make of them."""

from __future__ import annotations

from collections import defaultdict

import pytest

from mailer.words.weights import KINDS, features, weigh, weigh_kinds
from tests.weights.fitting import Text, file_of, fit, read_all


@pytest.mark.slow
@pytest.mark.parametrize("scale", KINDS)
def test_a_scale_is_what_its_texts_make_of_it(scale: str) -> None:
    """Rests on `python -m tests.weights` having been run since a text or a rule of features changed."""
    assert fit(scale, read_all(scale)) == file_of(scale).read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("scale", KINDS)
def test_a_text_stands_in_one_kind_alone(scale: str) -> None:
    texts = read_all(scale)
    kinds = defaultdict[str, set[str]](set)
    for each in texts:
        kinds[each.words.casefold()].add(each.kind)
    assert len(texts) > 8_000
    assert not [words for words, found in kinds.items() if len(found & {*KINDS[scale]}) and len(found) > 1]


def test_words_their_beginnings_and_pairs_count_whatever_case_and_accents() -> None:
    assert features("Désabonnez-moi !") == features("DESABONNEZ moi!")
    assert features("take me off") == {"take", "me", "off", "take me", "me off", "take .off"}
    assert {"unsubscribed", "unsu"} <= features("unsubscribed")
    assert features("24 12 2027") == {"0", "0 0", "0 .0"}
    assert features("配信停止") >= {"配", "配信", "配信停", "停止"}
    assert features("…") == set()


def test_what_says_nothing_weighs_nothing() -> None:
    assert weigh("letters", "") == weigh("letters", "⸻") == weigh("notes", "qxzvkj") == 0.0


@pytest.mark.parametrize(
    "scale, wish, other",
    [
        ("letters", "Kindly let this be the last I hear of you.", "Kindly let me have the pictures at once."),
        (
            "letters",
            "Mein Postfach ist kein Schuttabladeplatz. Schluss damit.",
            "Wo liegt der Schuttabladeplatz genau?",
        ),
        ("letters", "Oubliez mon adresse, je vous prie.", "J'ai oublié l'adresse du musée, je vous prie ?"),
        ("notes", "passed on to the great newsroom in the sky", "passed our release on to the sports desk"),
        ("notes", "hat das Metier gewechselt, backt jetzt Brot", "backt gern, bringt Brot zur Pressekonferenz mit"),
    ],
)
def test_what_no_rule_knows_is_told_from_what_uses_the_same_words(scale: str, wish: str, other: str) -> None:
    assert weigh(scale, wish) > 1.0
    assert weigh(scale, other) < 0.5


@pytest.mark.parametrize(
    "kind, text",
    [
        (
            "challenge",
            "Mein kleines Filterprogramm hält Ihren Brief fest, bis Sie mir das Ergebnis von zwölf plus drei nennen.",
        ),
        ("left", "La persona que leía este buzón ya no pertenece a la casa; escriban a la mesa de noticias."),
        ("away", "I am in the Dolomites with my boots on and shall look at nothing before the 14th."),
    ],
)
def test_a_notice_is_told_from_other_notices(kind: str, text: str) -> None:
    weights = weigh_kinds("notices", text)
    assert weights[kind] == max(weights.values()) > 0.5
    assert all(weight < 0.5 for other, weight in weights.items() if other != kind)


def test_features_that_one_kind_of_text_has_more_often_weigh_more() -> None:
    texts = [Text("no more", "optout")] * 3 + [Text("no news", "none")] * 3
    data = fit("letters", texts)
    count = len(data) // 5
    weights = [each - 256 if each > 127 else each for each in data[4 * count :]]
    assert sorted(weights)[:2] < [0, 0] < sorted(weights)[-2:]
    assert weights.count(0) == 1  # "no" is in all of them
