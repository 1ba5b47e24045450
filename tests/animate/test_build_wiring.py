"""`build` with pictures of one's own, and with LivePortrait's networks: what goes together, and what is said where it does not."""

import json

import pytest
from animate.still_files import call

from thermvision.config import make_config
from thermvision.dataset.read import read_rows
from thermvision.types import InputError


@pytest.fixture(scope="module")
def portraits(tmp_path_factory):
    """A folder of one clip, whose frames are pictures with known landmarks."""
    out = tmp_path_factory.mktemp("wiring") / "set"
    result = call("build", "--out", out, "--subjects", "1", "--motions", "natural", "--frames", "30", "--size", "128", "--workers", "1")  # fmt: skip
    assert result.returncode == 0, result.stderr
    return out


def test_pictures_of_a_folder_become_subjects(portraits, tmp_path):
    command = ("build", "--source", "folder", "--portraits", portraits, "--motions", "gaze", "--frames", "30", "--size", "96",
               "--workers", "1", "--out", tmp_path / "out", "--json")  # fmt: skip
    result = call(*command)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["clips"] == 1
    (row,) = read_rows(tmp_path / "out/clips/F001-S01-natural_gaze", only={29})
    assert (row["gender"], row["motion"], row["camera"], row["label_source"]) == (
        "female",
        "gaze",
        "generic",
        "geometry",
    )
    again = call(*command)
    assert again.returncode == 0 and json.loads(again.stdout)["new_frames"] == 0


def test_a_trial_run_names_the_clips(portraits, tmp_path):
    result = call("build", "--source", "folder", "--portraits", portraits, "--out", tmp_path / "out", "--dry-run", "--subjects", "7")  # fmt: skip
    assert result.returncode == 0 and "F001-S01-natural_headpose" in result.stdout
    assert "subjects has no effect: each picture of the folder is a subject" in result.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"source": "folder"}, "portraits is missing"),
        ({"source": "folder", "portraits": "p", "framing": "wild"}, "framing is wild.*source folder has none"),
        ({"retarget": "liveportrait", "framing": "wild"}, "framing is wild.*retarget liveportrait has none"),
        ({"source": "folder", "portraits": "p", "camera": "mixed"}, "camera is mixed"),
        ({"retarget": "magic"}, "one of mesh, liveportrait"),
    ],
)
def test_what_does_not_go_together(settings, words):
    with pytest.raises(InputError, match=words):
        make_config({"out": "x", **settings}, "here")


def test_portraits_without_their_source_do_nothing():
    assert make_config({"out": "x", "portraits": "p"}, "here").without_effect() == [
        "portraits has no effect: source is simulator"
    ]


def test_runs_begun_before_these_settings_go_on():
    content = make_config({"out": "x"}, "here").content({})
    assert "portraits" not in content and content["retarget"] == "mesh"


@pytest.mark.parametrize("verb", ["build", "animate"])
def test_missing_networks_are_named_before_anything_is_made(portraits, tmp_path, verb):
    command = ["build", "--subjects", "1"] if verb == "build" else ["animate", portraits, "--driving", "gaze"]
    result = call(
        *command, "--retarget", "liveportrait", "--out", tmp_path / "out", THERMVISION_CACHE=str(tmp_path / "none")
    )
    assert result.returncode == 2 and not (tmp_path / "out").exists()
    (line,) = result.stderr.strip().splitlines()
    assert "thermvision weights fetch liveportrait" in line
