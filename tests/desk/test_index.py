"""What is shown of a list from memory is what its file says, and memory is limited."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from mailer.desk.index import Indexes, ListIndex, View
from mailer.desk.jobs import let_pages_go_first, making_page
from mailer.errors import InputProblem
from mailer.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "lists").mkdir()
    rows = [f"p{n}@x.example.com,Åsa {n},{('a', 'b', '')[n % 3]}" for n in range(30)]
    (tmp_path / "lists/coast.csv").write_text("\n".join(["email,name,beat", *rows, "bad,x,a", ""]))
    return Workspace(tmp_path)


def _find(indexes: Indexes, workspace: Workspace, name: str = "coast") -> ListIndex:
    found = indexes.find(workspace, workspace.named_list(name), wait_s=60)
    assert found is not None
    return found


def test_a_list_is_read_again_only_when_its_file_or_what_was_decided_about_it_changed(workspace: Workspace) -> None:
    indexes = Indexes()
    first = _find(indexes, workspace)
    assert _find(indexes, workspace) is first
    file = workspace.named_list("coast")
    file.write_text(file.read_text().replace("Åsa 1,", "Bo,"))
    second = _find(indexes, workspace)
    assert second is not first
    assert second.row(1)[1] == "Bo"
    (workspace.root / "lists/.columns.toml").write_text("# nothing yet\n")
    assert _find(indexes, workspace) is not second
    assert indexes.count(workspace, file, wait_s=60) == (30, 1)


def test_empty_cells_come_last_whichever_way_a_column_is_sorted(workspace: Workspace) -> None:
    found = _find(Indexes(), workspace)
    for is_down, order in ((False, "ab"), (True, "ba")):
        beats = [found.columns[2][at] for at in found.select(View(sort=2, down=is_down, only="contacts"))]
        assert beats == [*order[0] * 10, *order[1] * 10, *[""] * 10]
    assert [found.columns[0][at] for at in found.select(View(find="asa 29"))] == ["p29@x.example.com"]
    with pytest.raises(InputProblem, match="has no column"):
        found.select(View(where='beet == "a"'))


def test_no_more_cells_are_kept_than_may_be_and_a_larger_list_is_refused(workspace: Workspace) -> None:
    indexes = Indexes(most_cells=200)
    text = workspace.named_list("coast").read_text()
    for name in ("one", "two", "three"):
        (workspace.root / f"lists/{name}.csv").write_text(text.replace("x.example", f"{name}.example"))
    one = _find(indexes, workspace, "one")
    two = _find(indexes, workspace, "two")
    assert _find(indexes, workspace, "one") is one
    _find(indexes, workspace, "three")  # the least recently used one is dropped
    assert _find(indexes, workspace, "one") is one
    assert _find(indexes, workspace, "two") is not two
    indexes = Indexes(most_cells=50)
    (workspace.root / "lists/one.csv").write_text(text)
    with pytest.raises(InputProblem, match="too large to be shown"):
        _find(indexes, workspace, "one")


def test_a_row_that_was_edited_is_shown_with_its_new_text_before_the_list_is_read_anew(workspace: Workspace) -> None:
    indexes = Indexes()
    found = _find(indexes, workspace)
    file = workspace.named_list("coast")
    file.write_text(file.read_text().replace("Åsa 0,a", "Åsa 0,coast"))
    indexes.patch(workspace, file, found, 0, {2: "coast"})
    assert indexes.count(workspace, file, wait_s=0) == (30, 1)
    after = found.with_texts("sha", 0, {2: "coast "})
    assert after.row(0) == ["p0@x.example.com", "Åsa 0", "coast"]
    assert list(after.select(View(where='beat == "coast"'))) == [0]
    assert list(after.select(View(find="coast"))) == [0]
    assert found.row(0)[2] == "a"
    assert list(found.select(View(find="coast"))) == []


def test_what_goes_on_beside_pages_waits_until_they_are_made() -> None:
    done: list[str] = []

    def work() -> None:
        let_pages_go_first(most_s=60)
        done.append("work")

    beside = threading.Thread(target=work)
    with making_page():
        beside.start()
        beside.join(0.2)  # it would be over by now
        done.append("page")
    beside.join()
    assert done == ["page", "work"]
