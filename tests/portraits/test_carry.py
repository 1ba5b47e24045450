"""What is painted over a still lands on the skin that the camera saw, and nowhere else."""

import numpy as np
import pytest

from thermvision.head.atlas import head_atlas
from thermvision.portraits.carry import carry
from thermvision.portraits.painted import prompt_of
from thermvision.portraits.simulator import draw_session, draw_subject, make_portrait
from thermvision.portraits.still import frontal_still

SIZE = 192


@pytest.fixture(scope="module")
def person():
    subject = draw_subject(3, 0, "female")
    session = draw_session(3, subject, 0)
    return make_portrait(subject, session, 3)


@pytest.fixture(scope="module")
def still(person):
    return frontal_still(person.head, SIZE)


def test_the_still_shows_the_person_at_the_temperatures_of_skin_and_room(person, still):
    middle = still.temperature_k[SIZE // 2 - 20 : SIZE // 2 + 20, SIZE // 2 - 20 : SIZE // 2 + 20]
    assert abs(np.median(middle) - person.session.region_temperature_k["forehead_centre"]) < 3
    assert abs(np.median(still.temperature_k[:10, :10]) - person.head.room_temperature_k) < 3


def test_an_unchanged_picture_changes_nothing(person, still):
    head, facts = carry(person.head, still, still.temperature_k)
    assert np.array_equal(head.texture, person.head.texture)
    assert facts["painted_share"] == 1
    assert facts["level_k"] == 0


def test_a_warmer_picture_warms_all_skin_of_the_face_alike_and_nothing_else(person, still):
    head, facts = carry(person.head, still, still.temperature_k + np.float32(0.8))
    atlas = head_atlas()
    change = (head.texture - person.head.texture)[0, atlas.row, atlas.column]
    face = person.head.material[0, atlas.row, atlas.column, 1] > 127
    assert facts["level_k"] == pytest.approx(0.8, abs=0.01)
    np.testing.assert_allclose(change[face], 0.8, atol=0.02)
    assert np.abs(change[~face]).max() < 0.9  # texels at the border lie between
    assert np.array_equal(head.texture[1:], person.head.texture[1:])


def test_rendering_the_carried_head_gives_the_painted_picture_back(person, still):
    rows, columns = np.mgrid[:SIZE, :SIZE] / SIZE
    painted = (still.temperature_k + np.float32(0.6) * np.sin(14 * columns) * np.cos(11 * rows)).astype(np.float32)
    head, _ = carry(person.head, still, painted)
    again = frontal_still(head, SIZE)
    middle = (slice(SIZE // 2 - 22, SIZE // 2 + 33), slice(SIZE // 2 - 22, SIZE // 2 + 22))  # the face but its rim
    before = np.sqrt(np.mean((still.temperature_k - painted)[middle] ** 2))
    after = np.sqrt(np.mean((again.temperature_k - painted)[middle] ** 2))
    assert before > 0.2
    assert after < 0.2 * before


def test_a_picture_of_something_else_is_not_taken_for_skin(person, still):
    head, facts = carry(person.head, still, np.full_like(still.temperature_k, 290.0))
    assert facts["painted_share"] < 0.1
    assert np.abs(head.texture - person.head.texture).max() < 6


def test_the_prompt_says_what_is_known_of_the_person(person):
    prompt = prompt_of(person.subject, person.session)
    assert "woman" in prompt
    assert "frontal" in prompt
    assert "thermal image" in prompt
