"""A run that is painted is named by the weights that paint, not by the model's name."""

import shutil

import pytest

from thermvision.config import content_hash, make_config
from thermvision.flux.model_folder import shipped_micro
from thermvision.portraits.painted import painted_by
from thermvision.types import InputError


def test_the_weights_name_the_run_wherever_they_lie(tmp_path):
    other = tmp_path / "other"
    shutil.copytree(shipped_micro(), other)
    weights = other / "transformer" / "diffusion_pytorch_model.safetensors"

    def run(model):
        config = make_config({"out": "a", "source": "flux", "paint_model": str(model)}, "test")
        return content_hash(config.content({}, painted_by(str(model), None)))

    same = run("micro")
    assert run(other) == same
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    assert run(other) != same


def test_what_is_missing_is_said_before_anything_is_written(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        painted_by(str(tmp_path / "nothing"), None)
