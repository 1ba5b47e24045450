"""What lies beyond a picture's border: what the border has shown, with less and less detail."""

import numpy as np

from thermvision.head.projection import View
from thermvision.portraits.canvas import Canvas


def test_only_what_is_shown_goes_on_and_loses_detail():
    picture = np.full((50, 60), 290.0, np.float32)
    shown = np.zeros(picture.shape, bool)
    shown[:, 20:40] = True
    picture[:, 20:40] = 305 + np.where(np.arange(20) % 2, 1.0, -1.0)
    canvas = Canvas.around(View.from_fov(60, 50, 24.0))
    whole = canvas.continued(picture, shown)
    inside = whole[canvas.top_px : canvas.top_px + 50, canvas.left_px : canvas.left_px + 60]
    np.testing.assert_array_equal(inside, picture)
    columns = slice(canvas.left_px + 24, canvas.left_px + 36)
    first, last = whole[canvas.top_px + 50, columns], whole[-1, columns]
    assert whole[canvas.top_px + 50 :, columns].min() > 303
    assert np.abs(np.diff(first)).min() == 2 and np.abs(np.diff(last)).max() < 0.1
