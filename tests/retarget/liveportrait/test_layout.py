"""The modules have exactly the published names, shapes and sizes, and nothing else is let in."""

from pathlib import Path

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from thermvision.retarget.liveportrait.layout import ALL_NETWORKS, check_layout, empty_network, expected_layout
from thermvision.types import InputError

PUBLISHED = {  # keys, parameters: reference 1.2-1.6
    "appearance_feature_extractor": (107, 836_224),
    "motion_extractor": (212, 28_118_728),
    "warping_module": (97, 45_529_829),
    "spade_generator": (182, 55_365_388),
    "retarget_shoulder": (8, 45_249),
    "retarget_eye": (12, 144_703),
    "retarget_mouth": (8, 37_311),
}
KEYS = {  # a key of every kind, as the reference spells them
    "appearance_feature_extractor": ["first.conv.weight", "down_blocks.1.norm.running_var", "second.bias",
                                     "resblocks_3d.3dr5.norm2.num_batches_tracked"],
    "motion_extractor": ["detector.downsample_layers.0.1.weight", "detector.stages.2.8.grn.gamma", "detector.fc_kp.weight",
                         "detector.norm.bias", "detector.stages.0.0.pwconv2.bias"],
    "warping_module": ["dense_motion_network.hourglass.encoder.down_blocks.4.conv.weight", "dense_motion_network.mask.weight",
                       "dense_motion_network.hourglass.decoder.up_blocks.0.norm.bias", "dense_motion_network.occlusion.bias",
                       "dense_motion_network.hourglass.decoder.conv.bias", "third.norm.weight", "fourth.bias"],
    "spade_generator": ["fc.weight", "G_middle_5.conv_1.weight_orig", "up_0.conv_s.weight_v", "up_1.norm_s.mlp_shared.0.bias",
                        "up_1.conv_0.weight_u", "conv_img.0.weight"],
    "retarget_shoulder": ["mlp.6.bias"], "retarget_eye": ["mlp.10.weight"], "retarget_mouth": ["mlp.0.weight"],
}  # fmt: skip
FILE = Path("weights.pth")


@pytest.mark.parametrize("name", ALL_NETWORKS)
def test_keys_and_parameters_are_the_published_ones(name):
    keys, parameters = PUBLISHED[name]
    network = empty_network(name)
    assert len(network.state_dict()) == keys
    assert sum(parameter.numel() for parameter in network.parameters()) == parameters
    assert set(KEYS[name]) <= set(expected_layout(name))


def test_shapes_of_the_spectral_norm_and_of_the_odd_layers():
    generator = expected_layout("spade_generator")
    assert generator["up_0.conv_s.weight_orig"] == (256, 512, 1, 1)
    assert generator["up_0.conv_0.weight_v"] == (512 * 9,)
    assert "up_0.conv_s.bias" not in generator
    warping = expected_layout("warping_module")
    assert warping["dense_motion_network.mask.weight"] == (22, 142, 7, 7, 7)
    assert warping["dense_motion_network.occlusion.weight"] == (1, 2272, 7, 7)
    assert expected_layout("motion_extractor")["detector.stages.3.0.grn.beta"] == (1, 1, 1, 3072)


SIZES = {  # inputs at the published size, GFLOP (reference 1.1), shape of the first output
    "appearance_feature_extractor": ([(1, 3, 256, 256)], 64.1, (1, 32, 16, 64, 64)),
    "motion_extractor": ([(1, 3, 256, 256)], 11.64, (1, 66)),
    "warping_module": ([(1, 32, 16, 64, 64), (1, 21, 3), (1, 21, 3)], 342.1, (1, 256, 64, 64)),
    "spade_generator": ([(1, 256, 64, 64)], 891.6, (1, 3, 512, 512)),
}


@pytest.mark.parametrize("name", SIZES)
def test_arithmetic_and_outputs_are_the_published_ones(name):
    """Counted on the meta device, so nothing is computed."""
    shapes, gflop, output = SIZES[name]
    inputs = [torch.empty(shape, device="meta") for shape in shapes]
    with FlopCounterMode(display=False) as counter:
        found = empty_network(name).eval()(*inputs)
    first = found["pitch"] if isinstance(found, dict) else found[0] if isinstance(found, tuple) else found
    assert first.shape == output
    assert counter.get_total_flops() / 1e9 == pytest.approx(gflop, rel=1e-3)


def meta_state(name):
    return dict(empty_network(name).state_dict())


def test_the_right_layout_passes():
    for name in ALL_NETWORKS:
        check_layout(name, meta_state(name), FILE)


def test_a_renamed_key_is_named():
    state = meta_state("warping_module")
    state["third.conv.weights"] = state.pop("third.conv.weight")
    with pytest.raises(
        InputError, match=r"weights\.pth .* 1 keys missing, 1 unexpected, 0 .*third\.conv\.weight is missing"
    ):
        check_layout("warping_module", state, FILE)


def test_a_dropped_and_an_added_key_are_named():
    state = meta_state("retarget_eye")
    dropped = {key: value for key, value in state.items() if key != "mlp.4.bias"}
    with pytest.raises(InputError, match=r"1 keys missing, 0 unexpected.*mlp\.4\.bias is missing.*another version"):
        check_layout("retarget_eye", dropped, FILE)
    with pytest.raises(InputError, match=r"0 keys missing, 1 unexpected.*more is not known"):
        check_layout("retarget_eye", state | {"more": torch.zeros(1)}, FILE)


def test_a_wrong_shape_is_named_with_both_shapes():
    state = meta_state("motion_extractor")
    state["detector.fc_t.bias"] = torch.zeros(2)
    with pytest.raises(
        InputError, match=r"1 of wrong shape of 212 .*detector\.fc_t\.bias has shape \(2,\), expected \(3,\)"
    ):
        check_layout("motion_extractor", state, FILE)
