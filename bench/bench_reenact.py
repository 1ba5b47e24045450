"""Self- and cross-reenactment of simulated people, whose truth is known: a table of what is lost.

    python bench/bench_reenact.py [--people 4] [--motions headpose expression natural] [--frames 90] [--size 256]
                                  [--landmark-noise-px 0] [--detect] [--driving VIDEO ...] [--retarget mesh|liveportrait]

Self: the first frame of a person's clip is the portrait, and that person's motion moves it; the clip itself is the truth.
Cross: the same portrait is moved by the next person's motion. Flicker: the driver holds still but for a tracker's jitter.
Landmarks of the portrait are the true ones, with noise if wanted, or found by the landmark network (--detect).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from thermvision.animate.compose import moved
from thermvision.animate.held import HeldPortrait, held_as_pictured, held_straight
from thermvision.animate.metrics_heat import flicker_k
from thermvision.animate.prepare import Prepared
from thermvision.animate.reenactment import Watched, cross_scores, identity_scores, self_scores, watch
from thermvision.animate.settings import NO_CAMERA
from thermvision.animate.shown import shown
from thermvision.motion.edit import trim
from thermvision.motion.euler import rotation_from_euler_deg
from thermvision.motion.programs import make_program
from thermvision.portraits.from_picture import portrait_of_picture
from thermvision.portraits.given_picture import GivenPicture
from thermvision.portraits.simulator import draw_session, draw_subject, make_portrait
from thermvision.rng import rng
from thermvision.types import Frame, FrameLabels, InputError, Motion

SEED = 4711
STILL_FRAMES, JITTER_DEG, JITTER_OF_COEFFICIENTS = 30, 0.1, 0.005


def main() -> None:
    """Print the tables."""
    asked = _asked()
    motions = [_program(name, asked.frames) for name in asked.motions] + [
        _tracked(path, asked.frames) for path in asked.driving
    ]
    own: list[dict[str, float]] = []
    cross: list[dict[str, float]] = []
    floor: list[dict[str, float]] = []
    still: list[dict[str, float]] = []
    results, portraits = [], []
    people = [_person(index, asked.size) for index in range(asked.people)]
    for index, person in enumerate(people):
        for number, motion in enumerate(motions):
            truth = watch(_frames(person, motion))
            portrait = _first(truth)
            try:
                move = _mover(portrait, truth, index, asked)
            except InputError as error:
                print(f"person {index + 1} is left out: {error}", file=sys.stderr)
                continue
            result = watch(move(motion))
            own.append(self_scores(result, truth))
            floor.append(self_scores(truth, truth))
            other = motions[(number + 1) % len(motions)]
            driven = watch(move(other))
            cross.append(cross_scores(driven, watch(_frames(people[(index + 1) % len(people)], other))))
            if number == 0:
                results.append(driven)
                portraits.append(portrait)
                calm = watch(move(_still()))
                still.append({"flicker with a still driver, K": flicker_k(calm.temperature_k, calm.skin)})
            print(f"person {index + 1}, {motion.name}: done", file=sys.stderr)
    columns = {"self": _averaged(own), "cross": _averaged(cross), "truth": _averaged(floor)}
    columns["cross"] |= identity_scores(results, portraits) | _averaged(still)
    _print(columns)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, usage=argparse.SUPPRESS
    )
    parser.add_argument("--people", type=int, default=4)
    parser.add_argument("--motions", nargs="*", default=["headpose", "expression", "natural"])
    parser.add_argument("--driving", nargs="*", type=Path, default=[])
    parser.add_argument("--frames", type=int, default=90)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--landmark-noise-px", type=float, default=0.0)
    parser.add_argument("--detect", action="store_true")
    parser.add_argument("--retarget", choices=["mesh", "liveportrait"], default="mesh")
    return parser.parse_args()


def _person(index: int, size_px: int) -> HeldPortrait:
    subject = draw_subject(SEED, index, "female" if index % 2 == 0 else "male")
    session = draw_session(SEED, subject, 0)
    return held_straight(make_portrait(subject, session, SEED), size_px)


def _program(name: str, frames: int) -> Motion:
    return make_program(name, rng(SEED, name), frames)


def _tracked(path: Path, frames: int) -> Motion:
    from thermvision.motion.neutral import relative_to_neutral
    from thermvision.motion.track import track_video
    from thermvision.weights import find

    motion = relative_to_neutral(track_video(path, find("face-landmarker")))
    return trim(motion, 0.0, frames / motion.rate_hz) if len(motion) > frames else motion


def _still() -> Motion:
    """Nothing moves but for what a tracker adds of its own."""
    calm, stream = make_program("natural", rng(SEED, "still"), STILL_FRAMES), rng(SEED, "jitter")
    angles = JITTER_DEG * stream.standard_normal((STILL_FRAMES, 3))
    arkit = np.clip(JITTER_OF_COEFFICIENTS * stream.standard_normal((STILL_FRAMES, 52)), 0, 1).astype(np.float32)
    turns = np.stack([rotation_from_euler_deg(*one) for one in angles])
    none = np.zeros((STILL_FRAMES, 3))
    return Motion(
        "still", "program", 30.0, turns, none, arkit, none[:, :2].astype(np.float32), calm.measured,
        ("neutral",) * STILL_FRAMES, np.zeros(STILL_FRAMES, np.float32),
    )  # fmt: skip


def _frames(held: HeldPortrait, motion: Motion) -> Iterator[tuple[Frame, FrameLabels]]:
    return shown(held, moved(motion, held), NO_CAMERA, rng(SEED, "camera"))


def _first(clip: Watched) -> Watched:
    return Watched(clip.temperature_k[:1], clip.skin[:1], clip.points_px[:1], clip.seen[:1], clip.angles_deg[:1])


def _mover(portrait: Watched, truth: Watched, index: int, asked: argparse.Namespace):  # type: ignore[no-untyped-def]
    """A function from a motion to frames: the portrait of the first frame, moved by the retargeter that is asked for."""
    picture = portrait.temperature_k[0]
    points, weights, sd_share = portrait.points_px[0], portrait.seen[0].astype(np.float64), 0.0
    if asked.detect:
        from thermvision.faces.one_face import the_face

        found = the_face(picture, kelvin=True, source=f"person {index + 1}")
        points, weights, sd_share = (
            found.landmarks_px.astype(np.float64),
            found.weights.astype(np.float64),
            found.sd_share,
        )
        off = np.linalg.norm(points - truth.points_px[0], axis=1).mean()
        print(f"person {index + 1}: found landmarks are off by {off:.2f} px", file=sys.stderr)
    elif asked.landmark_noise_px:
        points = points + rng(SEED, "noise", index).normal(0, asked.landmark_noise_px, points.shape)
    given = portrait_of_picture(
        picture, points, weights, source=f"person {index + 1}", temperature_source="physics", index=index,
        least_sd_share=sd_share,
    )  # fmt: skip
    held = held_as_pictured(given, None)
    if asked.retarget == "mesh":
        return lambda motion: _frames(held, motion)
    from thermvision.animate.by_networks import NetworkWishes, shown_by_networks

    shows = GivenPicture(f"person {index + 1}", picture, "physics", True, None, False, None, "")
    prepared = Prepared(held, shows, points, {})
    return lambda motion: shown_by_networks(prepared, motion, NetworkWishes(), rng(SEED, "camera"))


def _averaged(scores: list[dict[str, float]]) -> dict[str, float]:
    names = {name: None for one in scores for name in one}
    return {name: _mean([one[name] for one in scores if name in one]) for name in names}


def _mean(values: list[float]) -> float:
    finite = [value for value in values if np.isfinite(value)]
    return float(np.mean(finite)) if finite else float("nan")


def _print(columns: dict[str, dict[str, float]]) -> None:
    names = {name: None for column in columns.values() for name in column}
    print(f"| {'metric, mean over clips':<52} | " + " | ".join(f"{name:>7}" for name in columns) + " |")
    print(f"|{'-' * 54}|" + "|".join("-" * 9 for _ in columns) + "|")
    for name in names:
        cells = [f"{column[name]:7.3f}" if name in column and np.isfinite(column[name]) else " " * 7 for column in columns.values()]  # fmt: skip
        print(f"| {name:<52} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
