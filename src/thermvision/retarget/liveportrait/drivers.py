"""A driver from whatever a user names: a video, a template of LivePortrait, or one of our motions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from thermvision import weights
from thermvision.motion.endings import is_motion_file
from thermvision.motion.liveportrait_template import TEMPLATE_ARRAY, MotionTemplate, read_template
from thermvision.motion.npz_arrays import holds_array
from thermvision.motion.read_any import read_motion
from thermvision.retarget.liveportrait.driver import Driver, driver_of, smoothed
from thermvision.retarget.liveportrait.motion_driver import driver_from_motion
from thermvision.retarget.liveportrait.networks import LivePortraitNetworks
from thermvision.retarget.liveportrait.options import LivePortraitOptions
from thermvision.types import InputError, Motion


def make_driver(
    driving: Driver | MotionTemplate | Motion | Path | str,
    networks: LivePortraitNetworks,
    options: LivePortraitOptions,
    *,
    landmarker: Path | None = None,
    on_frame: Callable[[int], None] | None = None,
) -> Driver:
    """The driver in `driving`; a path is read by its ending (.pkl, .npz, .csv), else as a video.

    A template's keypoints are used as they are; a motion's coefficients through their known response (`motion_driver`).
    landmarker: MediaPipe's bundle, for videos; None looks where `thermvision weights` puts it. InputError for a file that is
    none of these, a video without a face or with a cut, a bundle that is not there.
    """
    if isinstance(driving, Driver):
        return driving
    if isinstance(driving, str | Path):
        driving = Path(driving)
        if not is_motion_file(driving):
            from thermvision.retarget.liveportrait.video_driver import driver_from_video

            if not driving.is_file():
                raise InputError(
                    f"driving {driving} {'is a folder' if driving.is_dir() else 'does not exist'}; give a video or a motion file"
                )
            bundle = weights.find("face-landmarker", landmarker)
            return driver_from_video(driving, bundle, networks, options, on_frame=on_frame)
        template = driving.suffix.lower() == ".pkl" or (
            driving.suffix.lower() == ".npz" and driving.is_file() and holds_array(driving, TEMPLATE_ARRAY)
        )
        driving = read_template(driving) if template else read_motion(driving)
    if isinstance(driving, MotionTemplate):
        return driver_of(smoothed(driving, options.smoothing), calm=options.calm)
    return driver_from_motion(driving)
