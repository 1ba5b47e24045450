"""One still of a simulated person looking into the camera, with what is needed to carry another picture back onto the head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from thermvision.head.pose import pose_vertices
from thermvision.head.projection import View
from thermvision.head.render import Renderer
from thermvision.head.texels import pack_texels
from thermvision.head.thermal_head import ThermalHead
from thermvision.motion.placing import LIDS_AT_REST
from thermvision.portraits.framing import FIELD_OF_VIEW_DEG, framed_place_mm
from thermvision.thermal.radiometry import band_radiance, radiance_to_temperature_k

SKIN_SETTING = 0.98  # the emissivity that cameras assume


@dataclass(frozen=True, slots=True)
class Still:
    """What a camera without faults would show, and the geometry behind it."""

    temperature_k: Float32[np.ndarray, "h w"]
    inverse_depth: Float32[np.ndarray, "h w"]
    vertices_mm: Float32[np.ndarray, "v 3"]  # camera frame
    view: View


def frontal_still(head: ThermalHead, size_px: int) -> Still:
    """Render a square picture of the neutral face from straight ahead, framed as `framing` says."""
    view = View.from_fov(size_px, size_px, FIELD_OF_VIEW_DEG)
    reflected_w = float(band_radiance(head.reflected_k))
    renderer = Renderer(
        head.triangles, head.triangle_layer, head.uv[head.triangle_uv], pack_texels([head.texture], [head.material]),
        len(head.rig.neutral_mm), view, reflected_w,
    )  # fmt: skip
    units = np.zeros(len(head.model.unit_names), np.float32)
    for name in ("eyeBlinkLeft", "eyeBlinkRight"):
        units[head.model.unit_names.index(name)] = LIDS_AT_REST
    vertices = pose_vertices(head.rig, units, np.zeros(2), np.eye(3), framed_place_mm(head))
    rows, columns = (np.linspace(0, n - 1, size_px).round().astype(int) for n in head.background_k.shape)
    behind = band_radiance(head.background_k[np.ix_(rows, columns)]).astype(np.float32)
    drawn = renderer.draw(vertices, head.offset_k.astype(np.float32), behind)
    assumed = (drawn.radiance_w - (1 - SKIN_SETTING) * reflected_w) / SKIN_SETTING
    return Still(radiance_to_temperature_k(assumed).astype(np.float32), drawn.inverse_depth.copy(), vertices, view)
