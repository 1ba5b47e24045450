"""How strongly and how often a picture is changed, with the range of each setting."""

from __future__ import annotations

from dataclasses import dataclass, fields

from thermvision.types import InputError

# field -> lowest and highest value. The defaults follow the shipped recipe where it has a counterpart.
AUGMENT_LIMITS: dict[str, tuple[float, float]] = {
    "strength": (0, 1), "calibration_share": (0, 1), "level_limit_k": (0, 5), "covered_share": (0, 1),
    "blur_share": (0, 1), "blur_px": (0, 2.5), "noise_share": (0, 1), "noise_k": (0, 1), "noise_of_span": (0, 0.3),
    "stripes_share": (0, 1), "drift_share": (0, 1), "detector_share": (0, 1), "least_px": (8, 1024),
    "shown_share": (0, 1), "window_share": (0, 1), "gamma_share": (0, 1), "plateau_share": (0, 1), "detail_share": (0, 1),
    "inverted_share": (0, 1), "palette_share": (0, 1), "jpeg_share": (0, 1), "jpeg_scale": (0.2, 6), "levels_share": (0, 1),
    "least_levels": (4, 255),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class AugmentSettings:
    """Shares are of the pictures, 0-1; sizes are the largest that are drawn. `strength` scales both: 0 leaves every bit as it is.

    Values outside AUGMENT_LIMITS, NaN included, raise InputError.
    """

    strength: float = 1.0
    # In the scene and the detector; pictures in kelvin stay in kelvin.
    calibration_share: float = 0.8  # another emissivity, reflected temperature and level (kelvin.py); kelvin only
    level_limit_k: float = (
        2.0  # largest error of the level: data sheets of microbolometers say +-2 C, small cores +-5 C
    )
    covered_share: float = 0.3  # a warm or cold thing before the scene
    blur_share: float = 0.7
    blur_px: float = 2.2  # standard deviation
    noise_share: float = 0.8
    noise_k: float = 0.3  # standard deviation, kelvin; data sheets say 0.03 to 0.1
    noise_of_span: float = 0.06  # standard deviation of pictures in grey, as a share of their span
    stripes_share: float = 0.3
    drift_share: float = 0.3  # slow unevenness over the detector
    detector_share: float = 0.5  # fewer pixels
    least_px: int = 60  # of the shorter side of the smallest detector: 80x60
    # As a viewer shows it, in grey 0-1.
    shown_share: float = 0.8  # the others stay as the detector gives them: radiometric files
    window_share: float = 0.6  # a linear view whose ends saturate
    gamma_share: float = 0.4
    plateau_share: float = 0.2  # equalised histogram
    detail_share: float = 0.28  # detail enhancement
    inverted_share: float = 0.3  # black-hot
    palette_share: float = 0.2  # coloured, and turned to grey again
    jpeg_share: float = 0.25
    jpeg_scale: float = 3.3  # of the standard's table: 1 is quality 50, 3.3 quality 15
    levels_share: float = 0.3
    least_levels: int = 12

    def __post_init__(self) -> None:
        for field in fields(self):
            low, high = AUGMENT_LIMITS[field.name]
            value = getattr(self, field.name)
            if not low <= value <= high:  # also catches NaN
                raise InputError(
                    f"{field.name} of the augmentation is {value:g}; expected {low:g} to {high:g}: change it in the config"
                )
