"""What may be done to a motion: pure functions from Motion to Motion, nothing is changed in place."""

from thermvision.motion.edit.blend import blend
from thermvision.motion.edit.loop import loop
from thermvision.motion.edit.mirror import mirror
from thermvision.motion.edit.resample import resample
from thermvision.motion.edit.scale import scale
from thermvision.motion.edit.smooth import smooth
from thermvision.motion.edit.trim import trim

__all__ = ["blend", "loop", "mirror", "resample", "scale", "smooth", "trim"]
