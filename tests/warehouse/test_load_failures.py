"""A load that fails, is stopped or is killed loses nothing: the old workspace answers, or the new one does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tools.measure.score import nps
from warehouse.catalog_file import FILE_NAME
from warehouse.errors import NpsError
from warehouse.options import LoadOptions
from warehouse.workspace import DATABASE, Warehouse, make_workspace

REPOSITORY = Path(__file__).parents[2]
LOADER = """
import sys
from pathlib import Path
from warehouse.workspace import make_workspace
print("ready", flush=True)
make_workspace([Path(sys.argv[1])], Path(sys.argv[2]))
print("done", flush=True)
"""


def write(path: Path, score: int, rows: int = 40) -> Path:
    lines = (f"r{i},c{i % 97},{score},{'AB'[i % 2]},a remark about number {i}\n" for i in range(rows))
    path.write_text("response_id,customer_id,nps_score,plan,comment\n" + "".join(lines), encoding="utf-8")
    return path


def nps_of(folder: Path) -> float:
    with Warehouse(folder) as warehouse:
        value = nps(warehouse).total.nps
        assert isinstance(value, float)
        return value


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "response_id,plan\nr1,A\n",
        "response_id,nps_a,nps_b\n" + "".join(f"r{i},{i % 11},{i % 10}\n" for i in range(40)),
    ],
)
def test_a_failed_second_load_leaves_the_first_workspace_as_it_was(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "ws"
    make_workspace([write(tmp_path / "survey.csv", 10)], folder)
    before = contents(folder)
    bad = tmp_path / "bad.csv"
    bad.write_text(text, encoding="utf-8")
    with pytest.raises(NpsError):
        make_workspace([bad], folder)
    assert contents(folder) == before
    assert nps_of(folder) == 100.0


def test_a_failed_first_load_leaves_no_database_and_no_catalog(tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("plan\nA\nB\n", encoding="utf-8")
    with pytest.raises(NpsError):
        make_workspace([bad], tmp_path / "ws")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [bad]
    with pytest.raises(NpsError, match="npsight load"):
        Warehouse(tmp_path / "ws")


def test_a_second_load_replaces_the_first(tmp_path: Path) -> None:
    make_workspace([write(tmp_path / "a.csv", 10)], tmp_path / "ws")
    make_workspace([write(tmp_path / "b.csv", 0)], tmp_path / "ws")
    assert nps_of(tmp_path / "ws") == -100.0
    assert {path.name for path in (tmp_path / "ws").iterdir()} <= {DATABASE, FILE_NAME, "runs"}


def test_a_load_beside_an_open_workspace_disturbs_nobody(tmp_path: Path) -> None:
    make_workspace([write(tmp_path / "a.csv", 10)], tmp_path / "ws")
    with Warehouse(tmp_path / "ws") as old:
        make_workspace([write(tmp_path / "b.csv", 0)], tmp_path / "ws")
        assert nps(old).total.nps == 100.0
        assert nps_of(tmp_path / "ws") == -100.0


def test_an_interrupted_load_leaves_the_old_workspace_and_nothing_half_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "ws"
    make_workspace([write(tmp_path / "a.csv", 10)], folder)
    before = contents(folder)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    for name in ("a", "b"):  # at the first and at a later word of progress
        said: list[object] = []

        def progress(*words: object, name: str = name, said: list[object] = said) -> None:
            said.append(words)
            if name == "a" or len(said) > 1:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            make_workspace([write(tmp_path / "b.csv", 0)], folder, LoadOptions(), progress)
        assert contents(folder) == before
    monkeypatch.setattr(os, "replace", stop)
    monkeypatch.setattr(Path, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        make_workspace([write(tmp_path / "b.csv", 0)], folder)
    monkeypatch.undo()
    assert contents(folder) == before
    assert nps_of(folder) == 100.0


def killed_after(wait: float, file: Path, folder: Path) -> bool:
    """Load in a process that is killed after `wait` seconds of loading; True when it had finished before."""
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-c", LOADER, str(file), str(folder)]
    with subprocess.Popen(command, cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        return "done" in process.stdout.read()


def test_kill_dash_nine_leaves_the_old_workspace_or_the_new_one(tmp_path: Path) -> None:
    folder = tmp_path / "ws"
    make_workspace([write(tmp_path / "old.csv", 10)], folder)
    new = write(tmp_path / "new.csv", 0, rows=20_000)
    finished = []
    for wait in (0.02, 0.1, 0.2, 0.3):
        finished.append(killed_after(wait, new, folder))
        assert nps_of(folder) in (100.0, -100.0)
        with Warehouse(folder) as warehouse:  # the catalog and the tables belong together
            rows = warehouse.catalog.tables["responses"].rows
            assert warehouse.run("SELECT count(*) FROM responses").rows == [(rows,)]
    assert not all(finished)
    make_workspace([new], folder)
    assert nps_of(folder) == -100.0
    assert {path.name for path in folder.iterdir()} <= {DATABASE, FILE_NAME, "runs"}


def test_a_killed_first_load_leaves_no_partial_database(tmp_path: Path) -> None:
    new = write(tmp_path / "new.csv", 0, rows=20_000)
    for number, wait in enumerate((0.05, 0.2)):
        folder = tmp_path / f"ws{number}"
        done = killed_after(wait, new, folder)
        if (folder / DATABASE).exists() and (folder / FILE_NAME).exists():
            assert nps_of(folder) == -100.0
        else:
            assert not done
            with pytest.raises(NpsError, match="npsight load"):
                Warehouse(folder)
        make_workspace([new], folder)
        assert nps_of(folder) == -100.0


@pytest.mark.parametrize("died_at", [1, 2, 3])
def test_a_death_between_the_last_steps_of_a_load_leaves_tables_and_catalog_that_fit(
    tmp_path: Path, died_at: int
) -> None:
    """The process ends without any clean-up at the first, second or third time that it moves something."""
    folder = tmp_path / "ws"
    make_workspace([write(tmp_path / "old.csv", 10)], folder)
    file = tmp_path / "new.csv"
    file.write_text(
        "answer,nps_score,branch\n" + "".join(f"n{i},0,{'XY'[i % 2]}\n" for i in range(30)), encoding="utf-8"
    )
    script = f"""
import os, sys
from pathlib import Path
moves = 0
def dying(name, do):
    def move(*arguments, **options):
        global moves
        moves += 1
        if moves == {died_at}:
            os._exit(9)
        return do(*arguments, **options)
    return move
for name in ("replace", "rename"):
    setattr(os, name, dying(name, getattr(os, name)))
from warehouse.workspace import make_workspace
make_workspace([Path(sys.argv[1])], Path(sys.argv[2]))
"""
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    subprocess.run([sys.executable, "-c", script, str(file), str(folder)], env=environment, check=False, timeout=60)
    with Warehouse(folder) as warehouse:
        names = warehouse.run("SELECT * FROM responses LIMIT 1").columns
        assert set(warehouse.catalog.tables["responses"].columns) <= set(names)
        assert nps(warehouse).total.nps in (100.0, -100.0)


def test_the_runs_of_a_workspace_survive_a_second_load(tmp_path: Path) -> None:
    folder = tmp_path / "ws"
    make_workspace([write(tmp_path / "a.csv", 10)], folder)
    (folder / "runs" / "2025-01").mkdir(parents=True)
    (folder / "runs" / "2025-01" / "answer.json").write_text("{}", encoding="utf-8")
    make_workspace([write(tmp_path / "b.csv", 0)], folder)
    assert (folder / "runs" / "2025-01" / "answer.json").read_text(encoding="utf-8") == "{}"


def test_a_workspace_that_is_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "ws").write_text("a file", encoding="utf-8")
    with pytest.raises(NpsError) as caught:
        make_workspace([write(tmp_path / "a.csv", 10)], tmp_path / "ws")
    assert "\n" not in str(caught.value)
    assert (tmp_path / "ws").read_text(encoding="utf-8") == "a file"


@pytest.mark.parametrize("damage", [b"", b"not a database at all" * 1000])
def test_a_damaged_database_is_one_sentence(tmp_path: Path, damage: bytes) -> None:
    make_workspace([write(tmp_path / "a.csv", 10)], tmp_path / "ws")
    (tmp_path / "ws" / DATABASE).write_bytes(damage)
    with pytest.raises(NpsError, match="npsight load") as caught:
        Warehouse(tmp_path / "ws")
    assert "\n" not in str(caught.value)


def test_a_damaged_database_is_mended_by_loading_again(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", 10)
    make_workspace([file], tmp_path / "ws")
    (tmp_path / "ws" / DATABASE).write_bytes(b"not a database at all" * 1000)
    make_workspace([file], tmp_path / "ws")
    assert nps_of(tmp_path / "ws") == 100.0


def _small(tmp_path: Path) -> Path:
    survey = tmp_path / "small.csv"
    survey.write_text("id,nps,region\n" + "".join(f"r{i},{i % 11},R{i % 3}\n" for i in range(60)), encoding="utf-8")
    make_workspace([survey], tmp_path / "small")
    return tmp_path / "small"


def test_a_dimension_renamed_in_the_catalog_is_told_with_the_nearest_column(tmp_path: Path) -> None:
    catalog = _small(tmp_path) / "npsight.yaml"
    text = catalog.read_text(encoding="utf-8")
    assert "dimensions:\n  region:" in text
    catalog.write_text(text.replace("dimensions:\n  region:", "dimensions:\n  regions:"), encoding="utf-8")
    with pytest.raises(NpsError, match="'regions'; the nearest: region"):
        Warehouse(catalog.parent)


def test_a_database_that_was_cut_off_is_one_sentence(tmp_path: Path) -> None:
    folder = _small(tmp_path)
    database = folder / "npsight.duckdb"
    database.write_bytes(database.read_bytes()[: database.stat().st_size // 2])
    with pytest.raises(NpsError, match="load the files again"), Warehouse(folder) as warehouse:
        warehouse.run("SELECT * FROM cohorts")
