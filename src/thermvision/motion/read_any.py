"""A motion from any file that holds one."""

from __future__ import annotations

from pathlib import Path

from thermvision.motion.endings import MOTION_ENDINGS
from thermvision.motion.formats import load_motion
from thermvision.motion.live_link_csv import read_live_link_csv
from thermvision.motion.liveportrait_template import TEMPLATE_ARRAY, read_template
from thermvision.motion.npz_arrays import holds_array
from thermvision.motion.template_motion import motion_from_template
from thermvision.types import InputError, Motion


def read_motion(path: Path | str) -> Motion:
    """The motion in a file: our .npz, a Live Link Face or similar table (.csv), or a LivePortrait template (.pkl, .npz).

    The ending says what to expect and the content must be that; nothing in a file is ever run. Raises InputError, one sentence,
    for everything else.
    """
    path = Path(path)
    ending = path.suffix.lower()
    if ending not in MOTION_ENDINGS:
        raise InputError(f"{path} is no motion file; expected one that ends in {', '.join(MOTION_ENDINGS)}")
    if not path.is_file():
        raise InputError(f"motion file {path} does not exist or is no file; give the path of a {ending}")
    if ending == ".csv":
        return read_live_link_csv(path)
    if ending == ".pkl" or holds_array(path, TEMPLATE_ARRAY):
        return motion_from_template(read_template(path))
    return load_motion(path)
