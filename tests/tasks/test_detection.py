"""Detection figures against a statement of the definition that is slow and plain, and by their properties."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from thermvision.tasks.measures.average_precision import ap_statistic
from thermvision.tasks.measures.box_matching import IOU_THRESHOLDS, ImageBoxes, face_of, match_image, overlap
from thermvision.tasks.measures.detection import bin_name, detection_figures, detection_statistics
from thermvision.tasks.study.record import detection_record
from thermvision.types import InputError


def image(found, score, true, name="i", person="p"):
    rows = [np.array(boxes, float).reshape(-1, 4) for boxes in (found, true)]
    return ImageBoxes(name, person, rows[0], np.array(score, float), rows[1])


def plain_iou(a, b):
    w, h = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    shared = w * h if w > 0 and h > 0 else 0
    joint = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared
    return Fraction(shared, joint) if joint else Fraction(0)


def plain_ap(images, threshold, low=0, high=10**9):
    """The definition in whole numbers: boxes one by one, recall levels one by one."""
    flags, faces = [], 0
    for one in images:
        true = [tuple(map(int, box)) for box in one.true_xyxy_px]
        out = [not low <= box[3] - box[1] < high for box in true]
        faces += out.count(False)
        taken = set()
        for score, box in sorted((-s, tuple(map(int, b))) for s, b in zip(one.score, one.found_xyxy_px, strict=True)):
            fits = [(out[k], -plain_iou(box, t), k) for k, t in enumerate(true) if k not in taken and plain_iou(box, t) >= threshold]  # fmt: skip
            if fits:
                ignored, _, k = min(fits)
                taken.add(k)
                if not ignored:
                    flags.append((-score, True))
            elif low <= box[3] - box[1] < high:
                flags.append((-score, False))
    if not faces:
        return None
    points = [
        (Fraction(sum(r for s, r in flags if s >= level), faces),
         Fraction(sum(r for s, r in flags if s >= level), sum(s >= level for s, _ in flags)))
        for level in sorted({s for s, _ in flags})
    ]  # fmt: skip
    best = [max([p for r, p in points if r >= Fraction(k, 100)], default=Fraction(0)) for k in range(101)]
    return float(sum(best) / 101)


corner = st.integers(0, 12)
side = st.sampled_from([6, 8, 9, 10, 20])
boxes = st.lists(st.tuples(corner, corner, side, side).map(lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])), max_size=5)  # fmt: skip


@st.composite
def some_images(draw):
    made = []
    for k in range(draw(st.integers(1, 4))):
        found = draw(boxes)
        score = draw(st.lists(st.sampled_from([0.1, 0.5, 0.9]), min_size=len(found), max_size=len(found)))
        made.append(image(found, score, draw(boxes), f"i{k}", f"p{k % 2}"))
    return made


@settings(max_examples=150, deadline=None)
@given(some_images(), st.sampled_from([(0, 10**9), (8, 20), (10, 10**9)]))
def test_ap_is_the_definition_at_every_threshold_and_size(images, limits):
    matches = [match_image(one, face_height_px=limits) for one in images]
    numbers = np.zeros(len(images), np.int64)
    for level, threshold in enumerate(IOU_THRESHOLDS):
        expected = plain_ap(images, Fraction(round(threshold * 100), 100), *limits)
        found = ap_statistic(matches, numbers, 1, level)(np.ones((1, 1)))[0]
        assert np.isnan(found) if expected is None else found == pytest.approx(expected, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(some_images(), st.integers(0, 10**6))
def test_the_order_of_boxes_and_images_says_nothing(images, seed):
    stream = np.random.default_rng(seed)
    shuffled = []
    for one in images:
        order = stream.permutation(len(one.score))
        shuffled.append(ImageBoxes(one.image, one.person, one.found_xyxy_px[order], one.score[order], one.true_xyxy_px))
    again = [shuffled[k] for k in stream.permutation(len(images))]
    first, second = (detection_figures(given_images, smallest_px=0) for given_images in (images, again))
    np.testing.assert_equal(first, second)


@settings(max_examples=60, deadline=None)
@given(some_images(), st.lists(st.integers(0, 3), min_size=2, max_size=2))
def test_a_draw_of_people_is_the_set_with_their_images_repeated(images, times):
    people = sorted({one.person for one in images})
    weights = np.array([times[: len(people)]], float)
    matches = [match_image(one) for one in images]
    numbers = np.array([people.index(one.person) for one in images])
    drawn = ap_statistic(matches, numbers, len(people))(weights)[0]
    repeated = [one for one in images for _ in range(times[people.index(one.person)])]
    expected = plain_ap(repeated, Fraction(1, 2))
    assert np.isnan(drawn) if expected is None else drawn == pytest.approx(expected, abs=1e-12)


FACES = [(10, 10, 60, 70), (100, 20, 140, 68)]


def test_perfect_is_one_and_duplicates_lower_it():
    perfect = detection_figures([image(FACES, [0.9, 0.8], FACES)])
    assert perfect["AP50"] == perfect["mAP50-95"] == 1 and perfect["missed"] == perfect["false per image"] == 0
    twice = detection_figures([image([*FACES, FACES[0]], [0.9, 0.8, 0.85], FACES)])
    assert twice["AP50"] == pytest.approx((51 + 50 * 2 / 3) / 101) and twice["false per image"] == 1
    last = detection_figures([image([*FACES, FACES[0]], [0.9, 0.8, 0.1], FACES)])
    assert last["AP50"] == 1 and last["false per image"] == 0  # below all that is right it costs nothing, as in COCO


@pytest.mark.parametrize(
    ("found", "score", "true", "ap", "missed", "false"),
    [
        ([], [], FACES, 0.0, 1, 0),
        (FACES, [0.9, 0.9], [], np.nan, np.nan, 2),
        ([], [], [], np.nan, np.nan, 0),
        (FACES[:1], [0.9], FACES, 51 / 101, 0.5, 0),
        (FACES, [0.9, 0.4], FACES, 1.0, 0.5, 0),  # found, but not surely
        ([(0, 0, 1, 1)], [0.9], [(0, 0, 1, 1)], np.nan, np.nan, 0),  # a 1x1 image: below 12 px, ignored
    ],
)
def test_cases(found, score, true, ap, missed, false):
    figures = detection_figures([image(found, score, true)])
    np.testing.assert_allclose([figures["AP50"], figures["missed"], figures["false per image"]], [ap, missed, false])


def test_size_bins_ignore_faces_of_other_sizes_and_boxes_that_fit_them():
    small, middle, large = (0, 0, 20, 20), (50, 0, 100, 60), (0, 100, 120, 240)
    sizes = ("12-32 px", "32-96 px", "over 96 px")
    figures = detection_figures([image([small, middle, large], [0.9, 0.8, 0.7], [small, middle, large, (200, 0, 208, 10)])])  # fmt: skip
    assert [figures[f"AP50, {name}"] for name in sizes] == [1, 1, 1] and figures["AP50"] == 1 and figures["missed"] == 0
    missing = detection_figures([image([middle, large], [0.8, 0.7], [small, middle, large])])
    assert [missing[f"AP50, {name}"] for name in sizes] == [0, 1, 1]
    assert "AP50, 12-32 px" not in detection_figures([image([], [], [middle])], smallest_px=32)


def test_bins_by_the_number_of_faces():
    groups = [image(FACES[:1], [0.9], FACES[:1], "one"), image([], [], FACES, "two"), image([(0, 0, 50, 50)], [0.9], [], "none")]  # fmt: skip
    figures = detection_figures(groups)
    assert figures["AP50, 1 face"] == 1 and figures["AP50, 2-3 faces"] == 0 and "AP50, 4-9 faces" not in figures
    assert figures["missed"] == pytest.approx(2 / 3) and figures["false per image"] == pytest.approx(1 / 3)
    assert (bin_name(10, 10**9, "faces"), bin_name(96, np.inf, "px")) == ("10+ faces", "over 96 px")


def test_one_metric_alone_is_the_same():
    images = [image(FACES, [0.9, 0.8], [FACES[0], (100, 20, 150, 90)], "a"), image([], [], FACES, "b")]
    for name, value in detection_figures(images).items():
        (alone,) = detection_statistics(images, only=name).values()
        np.testing.assert_equal(alone(np.ones((1, 1)))[0], value)


def test_five_thousand_faces_in_a_frame_and_as_many_boxes():
    stream = np.random.default_rng(0)
    at = np.stack(np.meshgrid(np.arange(100) * 20.0, np.arange(50) * 20.0), -1).reshape(-1, 2)
    true = np.concatenate([at, at + 16], axis=1)
    found = true + stream.normal(size=true.shape)
    crowd = image(found, stream.random(5000), true)
    matches = match_image(crowd)
    hit = matches.face[0] >= 0
    assert (matches.face[0][hit] == matches.order[hit]).all() and hit.mean() > 0.95  # each box its own face
    assert (hit[None] >= (matches.face >= 0)).all() and (matches.face[-1] >= 0).mean() < 0.2
    figures = detection_figures([crowd], score_at_least=0.0)
    assert figures["missed"] == pytest.approx((~hit).mean()) and figures["AP50, 10+ faces"] == figures["AP50"]
    same = image(np.tile([0, 0, 16, 16], (1500, 1)), np.full(1500, 0.5), np.tile([0, 0, 16, 16], (1500, 1)))
    assert len(np.unique(match_image(same).face[9])) == 1500


def test_statistics_of_given_people_and_a_stranger():
    images = [image(FACES, [0.9, 0.8], FACES, "a", "F1"), image([], [], FACES, "b", "M1")]
    ap = detection_statistics(images, ["F1", "M1", "M2"])["AP50"]
    assert ap(np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 3]])).tolist()[:2] == [1.0, 0.0]
    assert np.isnan(ap(np.array([[0.0, 0, 3]])))[0]
    with pytest.raises(InputError, match="M1 has images"):
        detection_statistics(images, ["F1"])


@pytest.mark.parametrize(
    ("found", "score", "says"),
    [
        ([[10, 10, 5, 20]], [1.0], "x, y, width, height"),
        ([[10, np.nan, 50, 20]], [1.0], "finite"),
        ([[10, 10, 50, 20]], [], "0 for 1 boxes"),
        ([[10, 10, 50, 20]], [np.nan], "finite one for each"),
    ],
)
def test_what_is_no_box_or_score_is_refused_by_the_image_s_name(found, score, says):
    with pytest.raises(InputError, match=says) as error:
        match_image(ImageBoxes("a/7.png", "p", np.array(found, float), np.array(score, float), np.zeros((0, 4))))
    assert "a/7.png" in str(error.value)


def test_whose_landmarks_are_compared():
    found = np.array([[0.0, 0, 10, 10], [100, 100, 140, 150]])
    assert (
        face_of(found, np.array([102.0, 100, 142, 150])) == 1 and face_of(found, np.array([60.0, 60, 105, 105])) is None
    )
    assert face_of(found[:0], found[0]) is None


def test_boxes_without_area_overlap_nothing():
    flat = np.array([[5.0, 5, 5, 5], [0, 0, 10, 0]])
    assert (overlap(flat, np.array([[0.0, 0, 10, 10], [5, 5, 5, 5]])) == 0).all()


HIDDEN_CASES = {  # found, score, asked, hidden: missed, false per image, AP50
    "found": ([A := [0, 0, 10, 10], B := [20, 0, 30, 10]], [0.9, 0.8], [A], [B], 0.0, 0.0, 1.0),
    "not found": ([A], [0.9], [A], [B], 0.0, 0.0, 1.0),
    "found twice": ([A, B, [20, 1, 30, 10]], [0.9, 0.8, 0.7], [A], [B], 0.0, 1.0, 1.0),
    "on an asked one too": ([A], [0.9], [A], [A], 0.0, 0.0, 1.0),
    "the asked one missed": ([B], [0.9], [A], [B], 1.0, 0.0, 0.0),
}


@pytest.mark.parametrize("case", HIDDEN_CASES.values(), ids=HIDDEN_CASES)
def test_hidden_faces_are_neither_missed_nor_false(case):
    found, score, asked, hidden, missed, false, ap = case
    one = ImageBoxes("i", "p", np.array(found, float), np.array(score), np.array(asked, float), np.array(hidden, float))
    figures = detection_figures([one], smallest_px=0)
    assert (figures["missed"], figures["false per image"], figures["AP50"]) == (missed, false, pytest.approx(ap))
    kept = detection_record([one], model="m", regime="real-only", test_set="t", seed=0).boxes()[0]
    assert kept.ignored_xyxy_px.tolist() == hidden and detection_figures([kept], smallest_px=0) == pytest.approx(figures, nan_ok=True)  # fmt: skip
