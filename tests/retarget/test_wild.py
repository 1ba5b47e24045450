"""Wild frames: the share of a face that is seen against counting its pixels, and whole clips by their labels."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from thermvision.clip import ClipTask, clip_camera, clip_motion
from thermvision.config import BuildConfig
from thermvision.crowd import draw_crowd
from thermvision.head.projection import View
from thermvision.head.raster import rasterize
from thermvision.head.visible_share import face_triangles
from thermvision.plan import plan_clips
from thermvision.portraits.simulator import draw_session, draw_subject, make_portrait
from thermvision.retarget import wild as wild_module
from thermvision.retarget.wild import Crowd, wild

SEED, SIZE = 3, 256


@pytest.fixture(scope="module")
def crowds() -> list[tuple[Crowd, View]]:
    config = BuildConfig(
        out=Path("none"), subjects=8, sessions=1, motions=("natural",), size=SIZE, framing="wild", seed=SEED, frames=30
    )
    made = []
    for plan in plan_clips(config, [])[:5]:
        task = ClipTask(config, "x", plan, Path("c"), Path("m"))
        subject = draw_subject(SEED, plan.subject_index, plan.gender)
        portrait = make_portrait(subject, draw_session(SEED, subject, 0), SEED, full_body=True)
        camera = clip_camera(portrait, config)
        crowd = draw_crowd(config, plan, portrait, clip_motion(task), camera)
        made.append((crowd, View.from_fov(camera.width_px, camera.height_px, camera.horizontal_fov_deg)))
    return made


def first_frame(crowd: Crowd, view: View):
    fov = 2 * np.degrees(np.arctan(0.5 * view.width_px / view.focal_px))
    return next(wild(crowd, width_px=view.width_px, height_px=view.height_px, horizontal_fov_deg=fov))


def test_visible_share_is_the_share_of_the_faces_pixels(crowds):
    """Brute force: the face alone on a canvas three frames wide against what of it is in front in the frame."""
    compared = 0
    for crowd, view in crowds:
        people = [dataclasses.replace(p, portrait=wild_module._on_body(p.portrait, p.body)) for p in crowd.people]
        _, labels = first_frame(crowd, view)
        scene = wild_module.Scene(
            [p.portrait.head for p in people], view, 30.0, [p.body for p in people], crowd.furniture
        )
        vertices = [wild_module._posed(p, 0)[1] for p in people]
        offsets = [np.zeros(len(v), np.float32) for v in vertices]
        depth = scene.draw(vertices, offsets, np.zeros((view.height_px, view.width_px), np.float32)).inverse_depth
        for label, person, placed in zip((labels, *labels.others), people, vertices, strict=True):
            model = person.portrait.head.model
            wide = View(3 * view.width_px, 3 * view.height_px, view.focal_px)
            shape = (wide.height_px, wide.width_px)
            seen, alone = np.empty(shape, np.int32), np.empty(shape, np.float32)
            rasterize(wide.project(placed[: model.num_vertices]), face_triangles(), seen, alone)
            inside = alone[view.height_px : 2 * view.height_px, view.width_px : 2 * view.width_px]
            count = (seen >= 0).sum()
            if count < 150:
                continue
            share = ((inside > 0) & (inside >= depth * (1 - 0.008))).sum() / count
            assert label.visible_share == pytest.approx(share, abs=0.1)
            compared += 1
    assert compared >= 5


def test_frames_show_faces_and_repeat_to_the_byte(crowds):
    seen = 0
    for crowd, view in crowds:
        frame, labels = first_frame(crowd, view)
        again, _ = first_frame(crowd, view)
        assert np.isfinite(frame["radiance_w"]).all()
        np.testing.assert_array_equal(frame["radiance_w"], again["radiance_w"])
        shares = [one.visible_share for one in (labels, *labels.others)]
        assert all(0 <= share <= 1 for share in shares)
        seen += max(shares) > 0.2
        assert frame["face_mask"].any() == (max(shares) > 0.01) or max(shares) < 0.05
    assert seen >= len(crowds) - 1
