"""Imports of the miniature sets, made once."""

import json

import pytest
from importers.trees import TREES, as_folder

from thermvision.cli import main
from thermvision.dataset.read import clip_folders, read_rows


class Imported:
    """An imported set as our reader gives it."""

    def __init__(self, out):
        self.out = out
        self.index = json.loads((out / "dataset.json").read_text())
        self.rows = {row["source_file"] + ("" if row["time_s"] is None else f":{row['frame']}"): row for clip in clip_folders(out) for row in read_rows(clip)}  # fmt: skip

    def row(self, part):
        """The one row whose file's name ends like this."""
        (found,) = [row for name, row in self.rows.items() if name.partition(":")[0].endswith(part)]
        return found


@pytest.fixture(scope="session")
def imported(tmp_path_factory):
    """Function: format -> its miniature set, imported by the command."""
    made = {}

    def get(name):
        if name not in made:
            root = tmp_path_factory.mktemp(name)
            source = as_folder(TREES[name](), root / "source")
            assert main(["import", name, str(source), "--out", str(root / "out"), "--json"]) == 0
            made[name] = Imported(root / "out")
        return made[name]

    return get


@pytest.fixture
def run(capsys):
    """Function: arguments -> exit code, answer of --json, standard error."""

    def call(*arguments):
        capsys.readouterr()
        code = main(["import", *map(str, arguments), "--json"])
        said = capsys.readouterr()
        return code, json.loads(said.out), said.err.strip()

    return call
