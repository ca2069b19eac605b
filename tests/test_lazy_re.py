import marshal
import subprocess
import sys
from pathlib import Path

import pytest

# A process of its own: what is kept is read once, and written at its end.
_TRY = """
import sys
from pathlib import Path
from mailer import lazy_re
from mailer.platform import read_patterns
lazy_re.read_kept = lambda: read_patterns(Path(sys.argv[1]))
text = r"(?P<day>\\d+)(?i:[a-zß]+)|(x)" + "|yz" * 100
found = lazy_re.compile(text, lazy_re.ASCII).search("on 12th")
print(found.group(), found["day"], found.re.groups, found.re.groupindex, int(found.re.flags), found.re.pattern == text)
print(lazy_re.new == {})
"""


def _run(place: Path) -> list[str]:
    words = [sys.executable, "-c", _TRY, str(place)]
    return subprocess.run(words, capture_output=True, text=True, check=True, env={}).stdout.splitlines()


def test_what_a_pattern_was_compiled_to_is_kept_for_the_next_process_and_finds_the_same(tmp_path: Path) -> None:
    place = tmp_path / "kept.patterns"

    first = _run(place)
    kept = place.read_bytes()
    second = _run(place)

    assert first[1:] == ["False"]
    assert second == [first[0], "True"]
    assert first[0].startswith("12th 12 2 {'day': 1} 256 True")
    assert place.read_bytes() == kept
    assert [each.name for each in tmp_path.iterdir()] == [place.name]


@pytest.mark.parametrize("damage", [b"", b"nonsense", b"\xe9\x00\x00\x00\x00"])
def test_a_damaged_file_of_patterns_is_written_anew(tmp_path: Path, damage: bytes) -> None:
    place = tmp_path / "kept.patterns"
    whole = _run(place)
    kept = place.read_bytes()
    place.write_bytes(damage or kept[: len(kept) // 2])

    assert _run(place) == whole
    assert place.read_bytes() == kept


def test_code_that_python_would_not_have_written_is_not_run(tmp_path: Path) -> None:
    place = tmp_path / "kept.patterns"
    whole = _run(place)
    kept = marshal.loads(place.read_bytes())  # noqa: S302 - written by the line above
    place.write_bytes(
        marshal.dumps({name: (flags, b"\xff" * len(code), *rest) for name, (flags, code, *rest) in kept.items()})
    )

    assert _run(place)[0] == whole[0]


def test_nothing_is_kept_where_no_file_can_be_written(tmp_path: Path) -> None:
    assert _run(tmp_path / "no" / "kept.patterns")[0].startswith("12th")
    assert not (tmp_path / "no").exists()
