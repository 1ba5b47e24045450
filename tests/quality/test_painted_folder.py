"""`check` of a folder that `thermvision portraits` painted: each portrait once, the contact sheet not at all."""

import numpy as np
import pytest

from thermvision.flux.span import Span
from thermvision.portraits.paint_files import LINES, Painted, write_grid, write_portrait
from thermvision.quality.foreign_read import image_files


@pytest.mark.parametrize(
    ("span", "format", "expected"),
    [
        (Span(10, 42), "png", ["portrait_0001_temperature.png", "portrait_0002_temperature.png"]),
        (Span(10, 42), "tiff", ["portrait_0001_temperature.tiff", "portrait_0002_temperature.tiff"]),
        (None, "png", ["portrait_0001.png", "portrait_0002.png"]),
    ],
)
def test_each_portrait_is_looked_at_once(tmp_path, span, format, expected):
    for index in (1, 0):
        unit = np.full((64, 64), 0.1 * index, np.float32)
        write_portrait(tmp_path, Painted(index, index, unit), {"format": format, "seed": 0}, {}, span)
    write_grid(tmp_path)
    assert (tmp_path / "grid.png").is_file()
    assert image_files([tmp_path]) == [tmp_path / name for name in expected]


def test_a_folder_whose_lines_are_gone_is_a_folder_of_pictures(tmp_path):
    write_portrait(tmp_path, Painted(0, 0, np.zeros((64, 64), np.float32)), {"format": "png", "seed": 0}, {}, None)
    (tmp_path / LINES).unlink()
    assert image_files([tmp_path]) == [tmp_path / "portrait_0001.png"]
