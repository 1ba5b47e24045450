"""People set into one scene: how everyone stands or sits, where, what stands around them and what lies behind."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from thermvision.body.furniture import Block, Furniture, build, chair, table
from thermvision.body.posed import draw_stance, pose_body
from thermvision.body.things import draw_thing_k, things_picture
from thermvision.head.projection import View
from thermvision.motion.placing import Place, draw_places
from thermvision.retarget.wild import Crowd, Person
from thermvision.surroundings.behind import surroundings_k
from thermvision.types import Motion, Portrait

SEATED_SHARE, WALKING_SHARE = (0.35, 0.05), (0.12, 0.2)  # indoors, outdoors
TILT_DEG = (5.0, 9.0)  # of the camera, indoors and outdoors
FACE_COVERED_SHARE = 0.25  # of people with a hand or a thing before the face
TABLE_SHARE, CHAIR_BACK_SHARE = 0.4, 0.6
_NEAREST_MM = 160.0  # what comes closer to the camera is left away


def together(actors: Sequence[tuple[Portrait, Motion]], view: View, stream: np.random.Generator) -> Crowd:
    """The people, all with bodies, in the first one's room or street; who finds no place in the frame is left away."""
    portrait = actors[0][0]
    outdoors = portrait.session.background == "outdoors"
    room_k = float(portrait.head.room_temperature_k)
    thing_k = draw_thing_k(room_k, stream)
    stances = [draw_stance(_posture(outdoors, stream), FACE_COVERED_SHARE, stream) for _ in actors]
    posed = [pose_body(one.body, stance, thing_k, stream) for (one, _), stance in zip(actors, stances, strict=True)]
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
