"""Drivers from files: real videos through MediaPipe and the motion extractor, templates, motions, and what is refused."""

import av
import numpy as np
import pytest
import torch

from thermvision.motion.formats import save_motion
from thermvision.motion.liveportrait_template import read_template, save_template
from thermvision.motion.programs import make_program
from thermvision.motion.video import read_frames
from thermvision.retarget.liveportrait.crop import CropFrame
from thermvision.retarget.liveportrait.drivers import make_driver
from thermvision.retarget.liveportrait.fast import fast_network
from thermvision.retarget.liveportrait.networks import LivePortraitNetworks
from thermvision.retarget.liveportrait.options import LivePortraitOptions
from thermvision.retarget.liveportrait.random_weights import random_network
from thermvision.retarget.liveportrait.video_driver import driver_crop
from thermvision.types import InputError

OPTIONS = LivePortraitOptions(smoothing=0.0)


@pytest.fixture(scope="module")
def networks():
    """The motion extractor alone: a driver needs no other."""
    extractor = fast_network(random_network("motion_extractor", 4))
    return LivePortraitNetworks({"motion_extractor": extractor}, torch.device("cpu"), torch.float32, fast=True)


@pytest.fixture(scope="module")
def landmarker(shared_dir):
    pytest.importorskip("mediapipe", reason="tracking needs the extra: pip install 'thermvision[track]'")
    return shared_dir / "models/face_landmarker.task"


def write_video(path, *pictures, rate=5):
    """A short video of these RGB pictures."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt, stream.options = "yuv420p", {"crf": "12"}
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path


@pytest.fixture(scope="module")
def some_frames(shared_dir):
    def read(name, start, stop, size=480):
        frames = read_frames(shared_dir / "data/driving" / name)
        return [picture[:size, :size] for index, picture in zip(range(stop), frames, strict=False) if index >= start]

    return read


def test_a_video_is_read_frame_by_frame_at_its_rate(tmp_path, some_frames, networks, landmarker):
    path = write_video(tmp_path / "driver.mp4", *some_frames("d3.mp4", 40, 47, 512))
    heard = []
    driver = make_driver(path, networks, OPTIONS, landmarker=landmarker, on_frame=heard.append)
    assert len(driver) == 7 == heard[-1]
    assert driver.seen.rate_hz == driver.told.rate_hz == 5
    # The motion extractor sees the whole square picture here, RGB 0-1, at 256x256.
    picture = next(iter(read_frames(path))).astype(np.float32) / 255
    small = torch.nn.functional.interpolate(torch.from_numpy(picture).permute(2, 0, 1)[None], (256, 256), mode="area")
    seen = networks.extract_motion(small)
    np.testing.assert_allclose(driver.seen.expression[0], seen.expression[0], atol=2e-3)
    np.testing.assert_allclose(driver.seen.scale[0], seen.scale[0, 0], atol=2e-3)
    assert not np.allclose(driver.seen.expression[6], driver.seen.expression[0], atol=2e-3)
    assert driver.seen.eye_ratio.shape == (7, 2)
    assert (driver.seen.eye_ratio > 0.1).mean() > 0.5
    assert driver.told.measured.all()


def test_a_video_with_a_cut_is_refused(tmp_path, some_frames, networks, landmarker):
    path = write_video(tmp_path / "cut.mp4", *some_frames("d3.mp4", 0, 8), *some_frames("d19.mp4", 0, 8))
    with pytest.raises(InputError, match=r"cut.mp4 has a cut at 1.60 s \(frame 8\)"):
        make_driver(path, networks, OPTIONS, landmarker=landmarker)


def test_a_video_without_a_face_is_refused(tmp_path, networks, landmarker):
    rng = np.random.default_rng(0)
    path = write_video(tmp_path / "wall.mp4", *[rng.integers(90, 110, (128, 128, 3), np.uint8)] * 7)
    with pytest.raises(InputError, match="no face was found in any of 7 frames"):
        make_driver(path, networks, OPTIONS, landmarker=landmarker)


def test_the_crop_of_a_driver(caplog):
    points = np.random.default_rng(0).uniform(-50, 50, (3, 468, 2)) + 240
    whole = driver_crop(points, (480, 480), LivePortraitOptions(driver_crop="whole"))
    np.testing.assert_allclose(whole.to_crop(np.array([480.0, 240.0])), [256, 128])
    near = driver_crop(points, (480, 480), OPTIONS)  # the square would be 220 px: the face is small in the picture
    assert 256 / near.scale == pytest.approx(220, rel=0.1)
    fits = driver_crop(points, (240, 240), OPTIONS)
    np.testing.assert_array_equal(fits.linear, CropFrame(np.diag([256 / 240] * 2), np.zeros(2), 256).linear)
    driver_crop(points, (480, 640), LivePortraitOptions(driver_crop="whole"))
    assert "640x480, not square, and is squeezed" in caplog.text


def test_templates_and_motions_by_their_files(tmp_path, shared_dir, networks):
    pickle = shared_dir / "data/motion_templates/wink.pkl"
    template = read_template(pickle)
    driver = make_driver(pickle, networks, OPTIONS)
    np.testing.assert_array_equal(driver.seen.expression, template.expression)
    plain = make_driver(save_template(tmp_path / "wink.npz", template), networks, OPTIONS)
    np.testing.assert_array_equal(plain.seen.rotation, driver.seen.rotation)
    own = make_program("talking", np.random.default_rng(0), 30)
    save_motion(tmp_path / "own.npz", own, origin="test")
    from_file = make_driver(str(tmp_path / "own.npz"), networks, OPTIONS)
    np.testing.assert_allclose(
        from_file.seen.expression, make_driver(own, networks, OPTIONS).seen.expression, atol=1e-6
    )
    assert make_driver(driver, networks, OPTIONS) is driver


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("none.mp4", None, "does not exist; give a video or a motion file"),
        ("bad.pkl", b"cos\nsystem\n(S'true'\ntR.", "bad.pkl"),
        ("bad.npz", b"PK\x03\x04nothing", "bad.npz"),
    ],
)
def test_files_that_are_none_of_these(tmp_path, networks, name, content, told):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=told):
        make_driver(tmp_path / name, networks, OPTIONS)


def test_a_video_without_mediapipes_bundle_says_how_to_get_it(tmp_path, networks, monkeypatch):
    monkeypatch.setenv("THERMVISION_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("THERMVISION_FACE_LANDMARKER", raising=False)
    (tmp_path / "some.mp4").write_bytes(b"x")
    with pytest.raises(InputError, match="thermvision weights fetch face-landmarker"):
        make_driver(tmp_path / "some.mp4", networks, OPTIONS)
