"""From one thermal picture in kelvin and its landmarks to a portrait that moves.

1. fit: the head behind the landmarks (`head.fit_landmarks`).
2. person: which pixels show the person (`person_mask`), the face's outline onto theirs (`outline_fit`), the wall filled (`backdrop`).
3. skin: physiology fitted to what is seen, and the difference to it carried onto the face (`region_fit`, `skin_from_picture`).
4. relief: hair, neck, clothes and what is worn, as a body around the face that shows the picture (`relief`).
5. person: all of it as one mesh with textures (`picture_person`).
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32
from scipy.ndimage import binary_dilation

from thermvision.head.assemble import assemble
from thermvision.head.clothes import NECKLINES
from thermvision.head.fit_landmarks import SD_LIMITS, fit_head
from thermvision.head.fit_report import HeadFit
from thermvision.head.hair import HAIR_STYLES
from thermvision.head.identity import neutral_mesh
from thermvision.head.model import load_head_model
from thermvision.head.pose import pose_vertices
from thermvision.head.projection import View
from thermvision.portraits.appearance import skin_layer
from thermvision.portraits.backdrop import backdrop_k
from thermvision.portraits.canvas import Canvas
from thermvision.portraits.face_part import face_triangles, seen_triangles, side_triangles, skin_vertices
from thermvision.portraits.fitted import fitted_subject, motion_coefficients
from thermvision.portraits.framing import FIELD_OF_VIEW_DEG
from thermvision.portraits.limb import limb_fades
from thermvision.portraits.outline_fit import moved_to_outline, outline_shift_px
from thermvision.portraits.person_mask import person_mask
from thermvision.portraits.picture_checks import check_picture, check_skin
from thermvision.portraits.picture_person import assemble_person
from thermvision.portraits.picture_radiance import facing_temperature_k
from thermvision.portraits.region_fit import CORE_C, fit_regions
from thermvision.portraits.relief import build_relief
from thermvision.portraits.skin_from_picture import at_vertices, completed, seen_skin
from thermvision.portraits.skin_points import head_texels
from thermvision.portraits.worn_in_picture import worn_before_face
from thermvision.rng import rng
from thermvision.types import ZERO_CELSIUS_K, Gender, Portrait, Session, TemperatureSource

WORN_MARGIN_PX = 3  # around glasses: what is seen there is neither skin nor frame
_ROOM_RANGE_K = (253.15, 318.15)


@dataclass(frozen=True, slots=True)
class PicturePortrait:
    """A portrait made from a picture, the fit behind it, and how good it is.

    `place_mm` and `horizontal_fov_deg` are what `retarget.mesh.retarget` needs to show it as the picture did.
    """

    portrait: Portrait
    fit: HeadFit
    source: str  # which picture: for messages and records
    landmark_error_share: (
        float  # mean distance of the used landmarks from the fitted head, over the inter-ocular distance
    )
    seen_share: float  # of the face's skin: shown by the picture
    painted_share: float  # of the face's skin that is shown: looks like skin, not like hair, glasses or a hand
    arkit: Float32[np.ndarray, " 52"]  # the face in the picture, as a Motion has it
    warnings: tuple[str, ...]

    @property
    def place_mm(self) -> Float[np.ndarray, " 3"]:
        """Where the picture shows the head joint, camera frame."""
        return self.fit.head_position_mm

    @property
    def horizontal_fov_deg(self) -> float:
        """Of the picture, given or fitted."""
        return float(2 * np.degrees(np.arctan(0.5 * self.fit.view.width_px / self.fit.focal_px)))


def portrait_of_picture(
    temperature_k: Float32[np.ndarray, "h w"],
    landmarks_px: Float[np.ndarray, "n 2"],
    weights: Float[np.ndarray, " n"],
    *,
    source: str,
    temperature_source: TemperatureSource,
    index: int = 0,
    view: View | None = None,
    gender: Gender | None = None,
    least_sd_share: float = SD_LIMITS[0],
    seed: int = 0,
) -> PicturePortrait:
    """The person of one thermal picture, ready to be moved; the same input gives the same bytes.

    temperature_k: apparent temperatures of a camera set to skin's emissivity. landmarks_px, weights, least_sd_share: the 68 or
    478 points with a weight from 0 to 1, and how exact they are, as `fit_head` takes them. source: the picture's name. temperature_source: what the kelvins
    rest on. index: the person's place in a data set. view: the picture's field of view; None takes 24 degrees and fits the
    focal length too. InputError says why a picture is refused: see `fit_report`, `picture_checks`.
    """
    check_picture(temperature_k, source)
    given = view or View.from_fov(temperature_k.shape[1], temperature_k.shape[0], FIELD_OF_VIEW_DEG)
    fit = fit_head(
        landmarks_px, weights, given, focal_is_known=view is not None, gender=gender, least_sd_share=least_sd_share
    )
    model, stream = load_head_model(), rng(seed, "picture", index)
    subject = fitted_subject(fit, index)
    joined = neutral_mesh(model, subject.identity)
    rig = assemble(model, joined, joined[: model.num_vertices], []).rig
    vertices = pose_vertices(rig, fit.arkit, fit.gaze_deg, fit.camera_from_head, fit.head_position_mm)
    face, kept = face_triangles(model)
    hidden_side, sides = side_triangles(model, face, fit.camera_from_head)
    kept = kept | hidden_side

    number = seen_triangles(model, vertices, fit.view)
    face_seen = _face_seen(number, face)
    person = person_mask(temperature_k, number >= 0, face_seen, float(np.ptp(fit.landmarks_px[:, 1])))
    shift = outline_shift_px(temperature_k, person, number >= 0, face_seen, fit.inter_ocular_px)
    rig = moved_to_outline(rig, vertices, shift, fit.view, fit.camera_from_head)
    vertices = pose_vertices(rig, fit.arkit, fit.gaze_deg, fit.camera_from_head, fit.head_position_mm)
    face_seen = _face_seen(seen_triangles(model, vertices, fit.view), face)
    worn = worn_before_face(temperature_k, face_seen, fit.landmarks_px, fit.inter_ocular_px)
    behind = backdrop_k(temperature_k, person, stream)
    room_k = float(np.clip(np.median(behind), *_ROOM_RANGE_K))

    bare = (person > 0.5) & ~binary_dilation(worn[0] | worn[1], iterations=WORN_MARGIN_PX)
    seen = seen_skin(temperature_k, bare, vertices, fit.view, kept | sides)
    vertex_k, vertex_share = at_vertices(seen, seen.seen_k)
    regions = fit_regions(model, vertex_k, vertex_share * skin_vertices(model, face), room_k, subject.gender)
    layer = skin_layer(regions, subject.identity, NECKLINES["crew"], HAIR_STYLES["shaved"], stream)
    texels = head_texels()
    row, column = texels.atlas.row, texels.atlas.column
    physiology = layer[row, column, 0]
    in_face = face[texels.atlas.triangle[seen.texel]] & (texels.part[seen.texel] == 0)
    in_face &= ~(texels.mouth | texels.socket)[seen.texel]
    facts = check_skin(seen, physiology[seen.texel], in_face, room_k, source)
    fades = limb_fades(seen, physiology[seen.texel], in_face, room_k)
    if fades:
        seen = dataclasses.replace(seen, seen_k=facing_temperature_k(seen.seen_k, seen.cosine, room_k))
    carried = physiology.copy()
    carried[seen.texel] = completed(seen, physiology[seen.texel])
    layer[..., 0] = texels.atlas.image(carried)

    relief = build_relief(
        temperature_k, person, behind, Canvas.around(fit.view), model, rig, vertices, face, worn, bool(hidden_side.any()), fit.camera_from_head,
        fit.head_position_mm,
    )  # fmt: skip
    head = assemble_person(fit, model, rig, vertices, kept, layer, relief, behind, room_k, fades=fades)
    session = Session(
        id="S01", index=0, room_temperature_c=room_k - ZERO_CELSIUS_K, core_temperature_c=CORE_C,
        region_temperature_k=regions, hair="", clothes="", glasses="", headwear="", face_mask="", background="picture",
        camera="generic",
    )  # fmt: skip
    return PicturePortrait(
        portrait=Portrait(subject, session, head, temperature_source),
        fit=fit,
        source=source,
        landmark_error_share=fit.landmark_error_share,
        seen_share=facts.seen_share,
        painted_share=facts.painted_share,
        arkit=motion_coefficients(fit),
        warnings=facts.warnings,
    )


def _face_seen(number: np.ndarray, face: np.ndarray) -> Bool[np.ndarray, "h w"]:
    return np.asarray((number >= 0) & face[number])
