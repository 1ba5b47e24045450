"""Other ONNX files in place of the shipped networks: the same bytes give the same faces, others are really run, wrong ones are told."""

from importlib import resources

import numpy as np
import pytest
from tasks.onnx_made import finder_everywhere

from thermvision.faces.boxes import LOOKS, face_boxes
from thermvision.faces.find import find_faces
from thermvision.faces.networks import SHIPPED, Networks, find_maps
from thermvision.types import InputError


@pytest.fixture
def copies(tmp_path):
    files = {}
    for name in ("finder", "landmarks"):
        files[name] = tmp_path / f"{name}.onnx"
        files[name].write_bytes((resources.files("thermvision") / "assets" / "faces" / f"{name}.onnx").read_bytes())
    return files


def test_copies_of_the_shipped_files_find_the_same_faces(woman, copies):
    picture = woman["front"].kelvin
    (ours,), (theirs,) = find_faces(picture, kelvin=True), find_faces(picture, kelvin=True, networks=Networks(**copies))
    np.testing.assert_array_equal(ours.landmarks_px, theirs.landmarks_px)
    assert (ours.score, ours.yaw_deg) == (theirs.score, theirs.yaw_deg)


def test_one_thread_finds_the_same_faces(woman):
    picture = woman["tilted"].kelvin
    (ours,), (theirs,) = (
        find_faces(picture, kelvin=True),
        find_faces(picture, kelvin=True, networks=Networks(threads=1)),
    )
    np.testing.assert_allclose(ours.landmarks_px, theirs.landmarks_px, atol=0.01)
    assert ours.score == pytest.approx(theirs.score, abs=1e-4)


def test_another_finder_is_run_at_its_own_size(tmp_path):
    networks = Networks(finder=finder_everywhere(tmp_path / "f.onnx"), finder_long_side_px=96)
    picture = np.random.default_rng(0).normal(300, 1, (96, 96)).astype(np.float32)
    boxes, scores = face_boxes(picture, networks, most=300)
    assert len(boxes) > len(face_boxes(picture)[0]) and scores == pytest.approx(1 / (1 + np.exp(-2.0)))
    # 32 network px are 32 px of the picture seen whole at 96; seen with half as much room about it they are 96, no longer 48,
    # since that look is half as large.
    sides = set(np.round(boxes[:, 2] - boxes[:, 0], 3).tolist())
    assert 32.0 in sides and sides <= {32 * room / size for size, room in LOOKS} == {32.0, 96.0}
    assert len(face_boxes(picture, networks, most=7)[0]) == 7
    assert len(face_boxes(picture, networks, least_peak=0.9)[0]) == 0


def test_a_file_that_is_written_anew_is_loaded_anew(tmp_path):
    path, picture = tmp_path / "f.onnx", np.zeros((1, 1, 32, 32), np.float32)
    networks = Networks(finder=finder_everywhere(path, 1.0))
    first = find_maps(picture, networks)[0, 0, 0, 0]
    finder_everywhere(path, 3.0)
    assert (first, find_maps(picture, networks)[0, 0, 0, 0]) == (1.0, 3.0) and SHIPPED.finder is None


@pytest.mark.parametrize(("content", "says"), [(None, "cannot be read"), (b"no network", "cannot be loaded")])
def test_what_is_no_network_is_told_in_a_sentence(tmp_path, content, says):
    path = tmp_path / "bad.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=f"network .*bad.onnx {says}"):
        find_faces(np.zeros((64, 64), np.float32), kelvin=False, networks=Networks(finder=path))
