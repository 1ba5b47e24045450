"""A fitted head as a person of ours: the subject, and the vertices where the picture shows them."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from thermvision.head.fit_report import HeadFit
from thermvision.head.pose import pose_vertices
from thermvision.head.thermal_head import ThermalHead
from thermvision.motion.arkit import ARKIT_INDEX, ARKIT_NAMES
from thermvision.motion.placing import LIDS_AT_REST
from thermvision.types import Gender, Subject

# What landmarks cannot tell, as most drawn people have it.
_UNSEEN = {"hair_density": 0.95, "hairline_mm": 0.0, "beard": 0.0, "moustache": 0.0}


def fitted_subject(fit: HeadFit, index: int, glasses: str = "") -> Subject:
    """The person at place `index` (0-based) of a data set, with the fitted head; hair and beard are the usual ones.

    glasses: the spectacles the person owns, empty for none. The gender is the nearer end of the fitted axis.
    """
    gender: Gender = "male" if fit.identity["gender"] >= 0.5 else "female"
    return Subject(f"{gender[0].upper()}{index // 2 + 1:03d}", gender, index, {**fit.identity, **_UNSEEN}, glasses)


def fitted_vertices(head: ThermalHead, fit: HeadFit) -> Float32[np.ndarray, "v 3"]:
    """Vertices of the fitted subject's head, with hair and what is worn, in the camera frame, mm, as the picture shows them.

    With `fit.view` they take the place of a still's (`portraits.still.Still`): a picture can be carried onto the head.
    """
    order = [ARKIT_NAMES.index(name) for name in head.model.unit_names]
    return pose_vertices(head.rig, fit.arkit[order], fit.gaze_deg, fit.camera_from_head, fit.head_position_mm)


def motion_coefficients(fit: HeadFit) -> Float32[np.ndarray, " 52"]:
    """The fitted face as a `Motion` has it: lids at rest are 0 there, and the mesh is a fifth shut (`retarget.mesh`).

    Undoes `retarget.mesh.lids_meet_once` but for a shut eye, where a lowered gaze and a squint leave no trace.
    """
    arkit = fit.arkit.copy()
    for side in ("Left", "Right"):
        blink = np.clip((arkit[ARKIT_INDEX[f"eyeBlink{side}"]] - LIDS_AT_REST) / (1 - LIDS_AT_REST), 0, 1)
        arkit[ARKIT_INDEX[f"eyeBlink{side}"]] = blink
        arkit[ARKIT_INDEX[f"eyeLookDown{side}"]] /= max(1 - blink, 0.2)
        arkit[ARKIT_INDEX[f"eyeSquint{side}"]] /= 0.4 + 0.6 * (1 - blink)
    return np.clip(arkit, 0, 1)
