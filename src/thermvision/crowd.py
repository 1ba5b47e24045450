"""Who is in a wild clip beside its own person, and what they do."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from thermvision.config import BuildConfig
from thermvision.head.projection import View
from thermvision.motion.program_names import PROGRAM_NAMES
from thermvision.motion.programs import make_program
from thermvision.plan import ClipPlan, subject_gender, subjects_of_split
from thermvision.portraits.simulator import draw_session, draw_subject, make_portrait, start_clip
from thermvision.retarget.together import together
from thermvision.retarget.wild import Crowd
from thermvision.rng import rng
from thermvision.types import CameraModel, Motion, Portrait

PEOPLE_SHARES = (0.30, 0.25, 0.20, 0.12, 0.08, 0.05)  # of clips with one to six people


def draw_crowd(config: BuildConfig, plan: ClipPlan, portrait: Portrait, motion: Motion, camera: CameraModel) -> Crowd:
    """The clip's own person first, then up to five others of the same split, each with a motion, a pose and a place.

    The others are in the clip's room: walls, lamps and the air are the first person's.
    """
    stream = rng(config.seed, "crowd", plan.name)
    candidates = [
        one for one in subjects_of_split(config.seed, config.subjects, plan.split) if one != plan.subject_index
    ]
    count = min(int(stream.choice(6, p=PEOPLE_SHARES)), len(candidates))
    chosen = stream.choice(candidates, count, replace=False) if count else np.zeros(0, int)
    actors = [(portrait, motion)]
    for subject_index in chosen.tolist():
        session = int(stream.integers(config.sessions))
        other = start_clip(_companion(config.seed, subject_index, session, config.room_temperature_c), stream)
        actors.append((other, make_program(str(stream.choice(PROGRAM_NAMES)), stream, len(motion), motion.rate_hz)))
    return together(actors, View.from_fov(camera.width_px, camera.height_px, camera.horizontal_fov_deg), stream)


@lru_cache(maxsize=6)
def _companion(seed: int, subject_index: int, session_index: int, room_temperature_c: float | None) -> Portrait:
    subject = draw_subject(seed, subject_index, subject_gender(subject_index))
    session = draw_session(seed, subject, session_index, room_temperature_c=room_temperature_c)
    return make_portrait(subject, session, seed, full_body=True)
