"""Settings: every YAML file in configs/ loads, and what names a run."""

from pathlib import Path

import pytest

from thermvision.config import content_hash, make_config, read_yaml
from thermvision.plan import plan_clips
from thermvision.portraits.simulator import draw_session, draw_subject
from thermvision.types import InputError

CONFIGS = sorted((Path(__file__).parents[1] / "configs").glob("*.yaml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_shipped_configs_load(path):
    assert plan_clips(make_config(read_yaml(path), str(path)), [])


def test_the_published_size():
    path = next(path for path in CONFIGS if path.stem == "published_size")
    config = make_config(read_yaml(path), str(path))
    clips = plan_clips(config, [])
    assert len(clips) == 100 and len(clips) * config.frames == 30_200
    assert sum(clip.gender == "female" for clip in clips) == 50


def test_what_does_not_change_the_bytes_does_not_change_the_name():
    one = make_config({"out": "a", "workers": 1}, "test").content({})
    assert content_hash(one) == content_hash(make_config({"out": "b", "workers": 2}, "test").content({}))
    assert content_hash(one) != content_hash(make_config({"out": "a", "seed": 1}, "test").content({}))
    assert content_hash(one) != content_hash(make_config({"out": "a"}, "test").content({"d3": "00"}))


@pytest.mark.parametrize(
    ("motions", "driving", "expected"),
    [
        ((), (), ("headpose", "expression")),
        ((), ("a.mp4",), ()),
        (("gaze",), ("a.mp4",), ("gaze",)),
        (("gaze",), (), ("gaze",)),
    ],
)
def test_default_motions_step_back_for_driving_videos(motions, driving, expected):
    assert make_config({"out": "x", "motions": motions, "driving": driving}, "test").programs() == expected


def test_seed_zero_is_a_seed():
    from thermvision.rng import rng

    assert rng(0, "a").random() == rng(0, "a").random()
    assert len({rng(seed, key).random() for seed in (0, 1, 2) for key in ("a", "b", 1, "1")}) == 12


def test_errors_name_the_field(tmp_path):
    with pytest.raises(InputError, match="sessions is 0"):
        make_config({"out": tmp_path, "sessions": 0}, "here")


def test_a_room_temperature_holds_for_every_session_and_its_absence_changes_no_run(tmp_path):
    """Set, it is every session's and names another run; not set, the content is what it was before it could be set."""
    drawn, set_to = (make_config({"out": tmp_path, **more}, "test") for more in ({}, {"room_temperature_c": 17.0}))
    assert "room_temperature_c" not in drawn.content({})
    assert set_to.content({})["room_temperature_c"] == 17.0
    subject = draw_subject(0, 0, "female")
    cool, usual = draw_session(0, subject, 0, room_temperature_c=17.0), draw_session(0, subject, 0)
    assert cool.room_temperature_c == 17.0 and 20 <= usual.room_temperature_c <= 30
    assert cool.region_temperature_k["nose_tip"] < usual.region_temperature_k["nose_tip"]
