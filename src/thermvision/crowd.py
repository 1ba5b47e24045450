"""Who is in a wild clip beside its own person, what they do, where everyone stands, and what stands around them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from thermvision.body.furniture import Block, Furniture, build, chair, table
from thermvision.body.posed import draw_stance, pose_body
from thermvision.body.things import draw_thing_k, things_picture
from thermvision.config import BuildConfig
from thermvision.head.projection import View
from thermvision.motion.placing import Place, draw_places
from thermvision.motion.program_names import PROGRAM_NAMES
from thermvision.motion.programs import make_program
from thermvision.plan import ClipPlan, subject_gender, subjects_of_split
from thermvision.portraits.simulator import draw_session, draw_subject, make_portrait, start_clip
from thermvision.retarget.wild import Crowd, Person
from thermvision.rng import rng
from thermvision.surroundings.behind import surroundings_k
from thermvision.types import CameraModel, Motion, Portrait

PEOPLE_SHARES = (0.30, 0.25, 0.20, 0.12, 0.08, 0.05)  # of clips with one to six people
SEATED_SHARE, WALKING_SHARE = (0.35, 0.05), (0.12, 0.2)  # indoors, outdoors
TILT_DEG = (5.0, 9.0)  # of the camera, indoors and outdoors
FACE_COVERED_SHARE = 0.25  # of people with a hand or a thing before the face
TABLE_SHARE, CHAIR_BACK_SHARE = 0.4, 0.6
_NEAREST_MM = 160.0  # what comes closer to the camera is left away


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
    outdoors = portrait.session.background == "outdoors"
    room_k = float(portrait.head.room_temperature_k)
    thing_k = draw_thing_k(room_k, stream)
    stances = [draw_stance(_posture(outdoors, stream), FACE_COVERED_SHARE, stream) for _ in actors]
    posed = [pose_body(one.body, stance, thing_k, stream) for (one, _), stance in zip(actors, stances, strict=True)]
    view = View.from_fov(camera.width_px, camera.height_px, camera.horizontal_fov_deg)
    stand, places = draw_places(
        [body.floor_mm for body in posed], [one.at_face for one in stances], view.width_px, view.height_px,
        view.focal_px, TILT_DEG[outdoors], stream,
    )  # fmt: skip
    people = [
        Person(one, moves, place, body)
        for (one, moves), place, body in zip(actors, places, posed, strict=True)
        if place is not None
    ]
    furniture = _furniture(people, thing_k, stream)
    spots = np.stack([stand.room_from_camera(one.place.position_mm) for one in people])
    return Crowd(people, furniture, surroundings_k(portrait.session.background, room_k, view, stand, spots, stream))


def _posture(outdoors: bool, stream: np.random.Generator) -> str:
    seated, walking = SEATED_SHARE[outdoors], WALKING_SHARE[outdoors]
    return str(stream.choice(["seated", "walking", "standing"], p=[seated, walking, 1 - seated - walking]))


def _furniture(people: list[Person], thing_k: dict[str, float], stream: np.random.Generator) -> Furniture:
    """Chairs under those who sit, and a table before some of them unless it would reach into the camera."""
    groups: list[tuple[list[Block], np.ndarray, np.ndarray]] = []
    for body, place in ((one.body, one.place) for one in people):
        if body.seat_mm is None:
            continue
        turn = place.camera_from_body()
        back, with_table = stream.random() < CHAIR_BACK_SHARE, stream.random() < TABLE_SHARE
        pieces = [chair(body.seat_mm, body.floor_mm, bool(back), float(stream.uniform(1, 4)))]
        if with_table:
            height, width = float(stream.uniform(700, 760)), float(stream.uniform(900, 1600))
            pieces.append(table(body.floor_mm, height, width, float(stream.uniform(250, 330))))
        groups += [(blocks, turn, place.position_mm) for blocks in pieces if _in_front(blocks, turn, place)]
    return build(groups, things_picture(thing_k, stream))


def _in_front(blocks: list[Block], turn: np.ndarray, place: Place) -> bool:
    """Whether all of a piece of furniture lies before the camera."""
    depth = [
        np.array(b.centre_mm) @ turn[2] - np.abs(turn[2]) @ np.array(b.half_mm) + place.position_mm[2] for b in blocks
    ]
    return bool(min(depth) > _NEAREST_MM)


@lru_cache(maxsize=6)
def _companion(seed: int, subject_index: int, session_index: int, room_temperature_c: float | None) -> Portrait:
    subject = draw_subject(seed, subject_index, subject_gender(subject_index))
    session = draw_session(seed, subject, session_index, room_temperature_c=room_temperature_c)
    return make_portrait(subject, session, seed, full_body=True)
