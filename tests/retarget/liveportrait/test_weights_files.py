"""Weights files: both layouts come back bit for bit, and what is cut off, foreign or hostile is refused in one sentence."""

import os
import pickle

import pytest
import torch
from safetensors.torch import save_file

from thermvision.retarget.liveportrait.folding import fold_spectral_norm
from thermvision.retarget.liveportrait.layout import NETWORKS, STITCHING_FILE, STITCHING_NETWORKS, empty_network
from thermvision.retarget.liveportrait.networks import LivePortraitNetworks
from thermvision.retarget.liveportrait.weights_files import read_network, read_stitching
from thermvision.retarget.liveportrait.weights_folder import STEMS, find_weights
from thermvision.types import InputError


def stitching_parts(states):
    return {name: states[name] for name in STITCHING_NETWORKS}


def write_pth(folder, states):
    """The published layout: nested folders, stitching as a dict of three with the DDP prefix."""
    base, retargeting = folder / "liveportrait" / "base_models", folder / "liveportrait" / "retargeting_models"
    base.mkdir(parents=True)
    retargeting.mkdir()
    for stem in NETWORKS:
        torch.save(states[stem], base / f"{stem}.pth")
    parts = {
        part: {f"module.{key}": value for key, value in state.items()}
        for part, state in stitching_parts(states).items()
    }
    torch.save(parts, retargeting / f"{STITCHING_FILE}.pth")


def write_safetensors(folder, states):
    """The flat layout of the safetensors copies."""
    for stem in NETWORKS:
        save_file(states[stem], folder / f"{stem}.safetensors")
    flat = {
        f"{part}_module.{key}": value for part, state in stitching_parts(states).items() for key, value in state.items()
    }
    save_file(flat, folder / f"{STITCHING_FILE}.safetensors")


@pytest.fixture(scope="module")
def folders(tmp_path_factory, states):
    """A folder in each layout."""
    pth, flat = (tmp_path_factory.mktemp(name) for name in ("pth", "safetensors"))
    write_pth(pth, states)
    write_safetensors(flat, states)
    return {"pth": pth, "safetensors": flat}


@pytest.mark.parametrize("layout", ["pth", "safetensors"])
def test_both_layouts_come_back_bit_for_bit(folders, states, layout):
    networks = LivePortraitNetworks.load(folders[layout], fast=False)
    assert set(networks.by_name) == set(states)
    for name, state in states.items():
        loaded = networks.by_name[name].state_dict()
        assert set(loaded) == set(state)
        assert all(torch.equal(loaded[key], value) for key, value in state.items())


def test_the_generator_folds_with_u_and_v_of_the_file(tmp_path, states):
    """u and v that are no singular vectors: only the file's own values give this weight."""
    state = {key: value.clone() for key, value in states["spade_generator"].items()}
    prefix = "up_1.conv_0.weight"
    state[f"{prefix}_u"] = torch.linspace(-1, 2, 64)
    path = tmp_path / "spade_generator.pth"
    torch.save(state, path)
    read = read_network(path)
    network = empty_network("spade_generator")
    network.load_state_dict(read, assign=True)
    matrix = state[f"{prefix}_orig"].double().flatten(1)
    sigma = state[f"{prefix}_u"].double() @ matrix @ state[f"{prefix}_v"].double()
    expected = (state[f"{prefix}_orig"].double() / sigma).float()
    torch.testing.assert_close(fold_spectral_norm(network.up_1.conv_0).weight, expected, rtol=1e-6, atol=1e-7)
    torch.testing.assert_close(network.up_1.conv_0.folded_weight(), expected, rtol=1e-5, atol=1e-6)


def test_half_precision_copies_become_float32(tmp_path):
    path = tmp_path / "some.safetensors"
    save_file({"a": torch.ones(2, dtype=torch.float16), "n": torch.tensor(3)}, path)
    read = read_network(path)
    assert read["a"].dtype == torch.float32
    assert read["n"].dtype == torch.int64


def test_safetensors_are_preferred_and_missing_files_are_named(tmp_path):
    for stem in STEMS:
        (tmp_path / f"{stem}.pth").touch()
    (tmp_path / "motion_extractor.safetensors").touch()
    found = find_weights(tmp_path)
    assert found["motion_extractor"].suffix == ".safetensors"
    assert found["warping_module"].suffix == ".pth"
    (tmp_path / "warping_module.pth").unlink()
    with pytest.raises(InputError, match=r"lacks 1 of 5 weights files: warping_module .*fetch"):
        find_weights(tmp_path)
    with pytest.raises(InputError, match="does not exist; name the folder"):
        find_weights(tmp_path / "none")


class Hostile:
    """Writes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("save", [torch.save, lambda content, path: path.write_bytes(pickle.dumps(content))])
def test_a_malicious_pickle_is_refused_and_not_executed(tmp_path, save):
    trace, path = tmp_path / "executed", tmp_path / "motion_extractor.pth"
    save({"a": torch.zeros(1), "b": Hostile(trace)}, path)
    with pytest.raises(InputError, match=r"motion_extractor\.pth cannot be read .*nothing in it was executed"):
        read_network(path)
    assert not trace.exists()


def test_files_cut_off_empty_or_foreign_are_refused(tmp_path, states):
    state = states["retarget_eye"]
    torch.save(state, tmp_path / "whole.pth")
    save_file(state, tmp_path / "whole.safetensors")
    foreign = {"text": b"<!DOCTYPE html><html>", "empty": b"", "zip": b"PK\x03\x04" + bytes(60), "huge": b"\xff" * 64}
    for suffix in (".pth", ".safetensors"):
        whole = (tmp_path / f"whole{suffix}").read_bytes()
        for name, content in {**foreign, "cut": whole[: len(whole) // 2], "tail": whole[:-3]}.items():
            path = tmp_path / f"{name}{suffix}"
            path.write_bytes(content)
            with pytest.raises(InputError, match=f"{name}\\{suffix} "):
                read_network(path)
    with pytest.raises(InputError, match="does not exist"):
        read_network(tmp_path / "none.pth")


def test_content_that_is_no_state_dict_is_refused(tmp_path):
    path = tmp_path / "some.pth"
    for content, told in [
        ([1, 2], "holds a list"),
        ({"epoch": 3}, "holds a int at 'epoch'"),
        ({1: torch.zeros(1)}, "holds a dict"),
    ]:
        torch.save(content, path)
        with pytest.raises(InputError, match=told):
            read_network(path)


def test_a_stitching_file_without_a_part_is_refused(tmp_path, states):
    path = tmp_path / f"{STITCHING_FILE}.pth"
    torch.save({"retarget_shoulder": states["retarget_shoulder"]}, path)
    with pytest.raises(InputError, match=r"has no part 'retarget_mouth' .it has retarget_shoulder"):
        read_stitching(path)
    torch.save(dict.fromkeys(STITCHING_NETWORKS, 3), path)
    with pytest.raises(InputError, match="holds a int where tensors"):
        read_stitching(path)


def test_a_damaged_file_in_a_folder_is_named(tmp_path, folders, states):
    for path in folders["safetensors"].iterdir():
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / "appearance_feature_extractor.safetensors").unlink()
    state = dict(states["appearance_feature_extractor"])
    del state["second.bias"]
    save_file(state, tmp_path / "appearance_feature_extractor.safetensors")
    with pytest.raises(InputError, match=r"extractor\.safetensors does not hold .*second\.bias is missing"):
        LivePortraitNetworks.load(tmp_path)
