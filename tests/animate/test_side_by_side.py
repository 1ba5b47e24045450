"""Panels next to each other: sizes, colours, what stays on, and the same bytes twice; and the plain head that stands in for a video."""

import av
import numpy as np

from thermvision.animate.plain_head import plain_head
from thermvision.animate.side_by_side import write_side_by_side
from thermvision.dataset.preview import PreviewWriter
from thermvision.motion.programs import make_program
from thermvision.rng import rng


def preview(path, count=5, width=64, height=48):
    with PreviewWriter(path, width, height, 25.0) as writer:
        for number in range(count):
            writer.write(np.full((height, width), 40 * number, np.uint8))
    return path


def frames_of(path):
    with av.open(str(path)) as video:
        return [frame.to_ndarray(format="rgb24").astype(int) for frame in video.decode(video=0)], video.streams.video[0]


def test_colours_and_places(tmp_path):
    red = np.zeros((96, 192, 3), np.uint8)
    red[..., 0] = 255
    write_side_by_side(preview(tmp_path / "p.mp4"), tmp_path / "s.mp4", [red, red], np.full((24, 24), 128, np.uint8))
    frames, stream = frames_of(tmp_path / "s.mp4")
    assert len(frames) == 5 and float(stream.average_rate) == 25  # the driver's last frame stays on
    assert frames[0].shape == (48, 96 + 8 + 48 + 8 + 64, 3)
    for number, frame in enumerate(frames):
        middle = frame[24]
        assert np.abs(middle[48] - [255, 0, 0]).max() < 12 and middle[100].max() < 12
        assert np.abs(middle[128] - 128).max() < 8 and np.abs(middle[200] - 40 * number).max() < 8


def test_the_same_input_gives_the_same_bytes(tmp_path):
    picture = np.random.default_rng(0).integers(0, 255, (50, 70, 3)).astype(np.uint8)
    for name in ("a", "b"):
        write_side_by_side(preview(tmp_path / "p.mp4"), tmp_path / name, [picture] * 5, picture[..., 0])
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_without_a_driver_the_portrait_stands_in_its_place(tmp_path):
    write_side_by_side(preview(tmp_path / "p.mp4"), tmp_path / "s.mp4", [], np.full((48, 64), 200, np.uint8))
    assert frames_of(tmp_path / "s.mp4")[0][0][24, 10].min() > 180


def test_a_plain_head_does_what_the_motion_says():
    heads = list(plain_head(make_program("headpose", rng(1), 30), 96))
    assert len(heads) == 30 and heads[0].shape == (96, 96, 3)
    assert heads[0][:5].max() == 0 and heads[0][30:60, 35:60].min() > 0  # a head before black
    changes = [np.abs(head.astype(int) - heads[0]).mean() for head in heads]
    assert changes[0] == 0 and max(changes) > 8
