"""From a still of one person to landmarks, to a fitted person of ours whose head lies where the picture shows it."""

import numpy as np
import pytest

from thermvision.head.fit_landmarks import fit_head
from thermvision.head.landmarks import landmark_positions_mm
from thermvision.motion.expressions import preset
from thermvision.portraits.fitted import fitted_subject, fitted_vertices, motion_coefficients
from thermvision.portraits.simulator import draw_session, draw_subject, make_portrait
from thermvision.portraits.still import frontal_still
from thermvision.retarget.mesh import lids_meet_once


@pytest.fixture(scope="module")
def stranger():
    """A still of a person whose identity the fit does not see, and the fit."""
    subject = draw_subject(8, 3, "male")
    head = make_portrait(subject, draw_session(8, subject, 0), 8).head
    still = frontal_still(head, 256)
    own = np.ascontiguousarray(still.vertices_mm[: head.model.num_vertices])
    points = still.view.project(landmark_positions_mm(head.model, own, "478"))[:, :2].astype(float)
    return still, points, fit_head(points, np.ones(478), still.view)


def test_the_fitted_person_stands_where_the_picture_shows_it(stranger):
    still, points, fit = stranger
    subject = fitted_subject(fit, 4)
    assert (subject.id, subject.gender) == ("M003", "male")
    head = make_portrait(subject, draw_session(1, subject, 0), 1).head
    vertices = fitted_vertices(head, fit)
    assert vertices.shape == head.rig.neutral_mm.shape
    shown = fit.view.project(landmark_positions_mm(head.model, vertices[: head.model.num_vertices], "478"))
    assert np.linalg.norm(shown[:, :2] - fit.landmarks_px, axis=1).max() < 0.3  # px: what hair and cloth leave alone
    assert np.linalg.norm(shown[:, :2] - points, axis=1).mean() < 0.01 * fit.inter_ocular_px
    assert (fit.view.width_px, fit.view.height_px) == still.temperature_k.shape[::-1]


def test_coefficients_are_those_of_a_motion(stranger):
    fit = stranger[2]
    calm = motion_coefficients(fit)
    assert calm.max() < 0.2  # a calm face, whose lids hang as they do at rest
    for face in (preset("happy"), preset("surprised"), preset("sad")):
        posed = fit.__class__(**{name: getattr(fit, name) for name in fit.__slots__} | {"arkit": lids_meet_once(face)})
        assert motion_coefficients(posed) == pytest.approx(face, abs=1e-5)
