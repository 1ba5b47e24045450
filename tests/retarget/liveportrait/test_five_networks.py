"""The functions that others call: shapes, ranges, what goes where, and what is refused."""

import subprocess
import sys

import pytest
import torch

from thermvision.retarget.liveportrait.layout import empty_network
from thermvision.retarget.liveportrait.motion import degrees_from_bins
from thermvision.retarget.liveportrait.networks import LivePortraitNetworks, _settings
from thermvision.retarget.liveportrait.random_weights import random_network
from thermvision.types import InputError


@pytest.fixture(scope="module")
def networks():
    return LivePortraitNetworks.random(5)


def picture(*shape):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(1))


def test_a_picture_goes_through_all_networks(networks):
    """At half the published size, two faces at once."""
    images = picture(2, 3, 128, 128)
    volume = networks.extract_appearance(images)
    assert volume.shape == (2, 32, 16, 32, 32)
    motion = networks.extract_motion(images)
    assert motion.keypoints.shape == motion.expression.shape == (2, 21, 3)
    assert motion.pitch_deg.shape == (2,)
    assert motion.scale.shape == (2, 1)
    source = motion.keypoints[:1] * 0.5
    driving = source + 0.1 * motion.expression[1:]
    stitched = networks.stitch(source, driving)
    warped = networks.warp(volume[:1], source, stitched)
    assert warped.features.shape == (1, 256, 32, 32)
    assert warped.deformation.shape == (1, 16, 32, 32, 3)
    assert 0 <= float(warped.occlusion.min()) <= float(warped.occlusion.max()) <= 1
    rgb = networks.generate(warped.features[..., :8, :8])
    assert rgb.shape == (1, 3, 64, 64)
    assert rgb.dtype == torch.float32
    assert 0 <= float(rgb.min()) < float(rgb.max()) <= 1


def test_random_weights_are_the_same_for_the_same_seed_and_leave_torchs_state():
    before = torch.random.get_rng_state()
    first = random_network("appearance_feature_extractor", seed=5).state_dict()
    assert torch.equal(torch.random.get_rng_state(), before)
    again = random_network("appearance_feature_extractor", seed=5).state_dict()
    assert all(torch.equal(first[key], again[key]) for key in first)


def test_stitching_and_retargeting_put_numbers_where_the_reference_says(networks):
    source, driving = picture(1, 21, 3), picture(1, 21, 3) * 0.9
    mlp = networks.by_name["retarget_shoulder"]
    out = mlp(torch.cat((source.reshape(1, 63), driving.reshape(1, 63)), 1))[0]
    expected = driving[0] + out[:63].reshape(21, 3)
    expected[:, 0] += out[63]
    expected[:, 1] += out[64]
    torch.testing.assert_close(networks.stitch(source, driving)[0], expected)
    ratios = torch.tensor([[0.3, 0.31, 0.1]])
    eye = networks.by_name["retarget_eye"](torch.cat((source.reshape(1, 63), ratios), 1)).reshape(1, 21, 3)
    torch.testing.assert_close(networks.retarget_eye(source, ratios), eye)
    lip = networks.by_name["retarget_mouth"](torch.cat((source.reshape(1, 63), ratios[:, :2]), 1)).reshape(1, 21, 3)
    torch.testing.assert_close(networks.retarget_lip(source, ratios[:, :2]), lip)


def test_degrees_are_three_a_bin():
    logits = torch.full((3, 66), -1e4)
    for row, bin_ in enumerate((0, 33, 65)):
        logits[row, bin_] = 0
    torch.testing.assert_close(degrees_from_bins(logits), torch.tensor([-97.5, 1.5, 97.5]))


def test_plain_networks_in_half_precision():
    network = random_network("spade_generator", seed=5)
    plain = LivePortraitNetworks({"spade_generator": network}, torch.device("cpu"), torch.bfloat16, fast=False)
    features = picture(1, 256, 4, 4)
    half, whole = plain.generate(features), network(features)
    assert 0 < float((half - whole).abs().max()) < 0.1


def test_the_large_networks_are_compiled_when_asked():
    plain = {name: empty_network(name) for name in ("motion_extractor", "warping_module", "spade_generator")}
    networks = LivePortraitNetworks(plain, torch.device("cpu"), torch.float32, fast=False)
    networks.compile()
    compiled = {name for name, network in plain.items() if network._compiled_call_impl is not None}
    assert compiled == {"warping_module", "spade_generator"}


def test_dtype_auto_is_float32_on_a_cpu():
    networks = LivePortraitNetworks._of([], _settings("cpu", "auto"), None)
    assert networks.dtype == torch.float32
    assert networks.fast


def test_what_cannot_be_used_is_refused():
    for settings, told in [
        ({"dtype": "int8"}, "dtype 'int8' is not known; choose one of auto, float32"),
        ({"dtype": "float16"}, "minutes a frame on a CPU; give float32"),
        ({"device": "abacus"}, "device 'abacus' is not there .*give cpu"),
    ]:
        with pytest.raises(InputError, match=told):
            LivePortraitNetworks.random(1, **settings)


def test_the_package_above_needs_no_torch():
    code = "import sys, thermvision.retarget, thermvision.retarget.mesh; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
