"""Study files: those that we ship are valid, and what does not fit is told by its place."""

from pathlib import Path

import pytest

from thermvision.config import make_config, read_yaml
from thermvision.tasks.study_run.spec import make_study
from thermvision.tasks.training.config import make_train_config
from thermvision.types import InputError

STUDIES = sorted((Path(__file__).parents[3] / "configs" / "studies").glob("*.yaml"))
GOOD = {
    "title": "t",
    "sets": {"mine": {"kind": "real", "data": "x"}, "made": {"kind": "synthetic", "simulate": {"subjects": 4}}},
    "parts": [{"task": "gender", "real": "mine", "synthetic": "made", "models": [{"name": "m"}], "regimes": [{"name": "real-only"}]}],
}  # fmt: skip


def part(**change):
    return {"parts": [GOOD["parts"][0] | change]}


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: path.stem)
def test_shipped_studies_are_valid(path, tmp_path):
    study = make_study(read_yaml(path), path.name)
    assert len(study.seeds) >= 5
    for one in study.sets.values():
        if one.simulate is not None:
            make_config({**one.simulate, "out": tmp_path}, path.name)
    for one in study.parts:
        for model in one.models:
            make_train_config({**one.training, "task": one.task, "data": ("x",), "out": tmp_path, "model": model.network}, path.name)  # fmt: skip


def test_the_miniature_has_no_real_set_and_three_regimes():
    (path,) = [one for one in STUDIES if one.stem == "miniature"]
    study = make_study(read_yaml(path), "miniature")
    assert {one.kind for one in study.sets.values()} == {"stand-in", "synthetic"}
    assert [one.name for one in study.parts[0].regimes] == ["real-only", "synthetic-only", "hybrid"]
    cameras = {one.simulate["camera"] for one in study.sets.values()}
    seeds = {one.simulate["seed"] for one in study.sets.values()}
    assert len(cameras) == len(seeds) == len({one.view for one in study.sets.values()}) == 2


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"sets": {"mine": {"kind": "real", "simulate": {}}}}, "sets.mine: kind is real, but simulated data is never called that"),
        ({"sets": {"mine": {"kind": "real"}}}, "give either data: FOLDER or simulate"),
        ({"seeds": [1, 1]}, "seeds is .* expected different whole numbers"),
        ({"titel": "x"}, "setting 'titel' is not known; did you mean 'title'"),
        (part(real="mien"), "part 1 names the set 'mien'; expected one of mine, made; did you mean 'mine'"),
        (part(real="made"), "the real set made is of kind synthetic; say stand-in"),
        (part(synthetic="mine"), "the synthetic set mine is of kind real"),
        (part(synthetic="", regimes=[{"name": "hybrid"}]), "hybrid needs synthetic: NAME"),
        (part(models=[{"name": "m"}, {"name": "m"}]), "two models have the same name"),
        (part(regimes=[]), "no regime says on what"),
        (part(regimes=[{"name": "real-only", "people": [1]}]), "people has no effect on real-only"),
        (part(regimes=[{"name": "hybrid", "people": [0]}]), "expected numbers of people of each class"),
        (part(regimes=[{"name": "hybird"}]), "parts.0.regimes.0.name: Input should be"),
        (part(modles=[]), "setting 'parts.0.modles' is not known; did you mean 'models'"),
        ({"parts": []}, "parts: .*at least 1"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_by_its_place(change, says):
    with pytest.raises(InputError, match=f"study.yaml: .*{says}|study.yaml: {says}"):
        make_study(GOOD | change, "study.yaml")


def test_what_is_missing_is_named():
    with pytest.raises(InputError, match="title is missing"):
        make_study({key: value for key, value in GOOD.items() if key != "title"}, "study.yaml")
