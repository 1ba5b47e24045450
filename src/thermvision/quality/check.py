"""All checks, in reading order: of a data set with labels, and of pictures without any."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from thermvision.dataset.read import clip_folders, unfinished_clips
from thermvision.quality.eyes import blink_finding, eye_facts, eye_findings, lid_finding
from thermvision.quality.features import corner_feature, masked_feature
from thermvision.quality.foreign_checks import image_findings, structure_facts, structure_findings
from thermvision.quality.foreign_read import image_files, read_image
from thermvision.quality.form import form_facts, form_findings
from thermvision.quality.identity import background_identifies, identity_constant
from thermvision.quality.imported import imported_findings, is_imported
from thermvision.quality.lenses import lens_facts, lens_findings
from thermvision.quality.measure import Facts, Finding, LabelledFrame, Picture
from thermvision.quality.mouth import mouth_facts, mouth_findings
from thermvision.quality.noise import NoiseFacts, noise_facts, noise_findings
from thermvision.quality.outside_face import outside_face_facts, outside_face_findings
from thermvision.quality.population import first_component, left_right, noses, region_acceptance, sittings
from thermvision.quality.report_html import report_page
from thermvision.quality.sample import (
    CONSECUTIVE,
    FRAMES_PER_CLIP,
    ClipLabels,
    consecutive_images,
    frames_to_look_at,
    read_frames,
    read_labels,
)
from thermvision.quality.sex_cue import sex_findings
from thermvision.quality.skin import skin_facts, skin_findings
from thermvision.quality.surroundings import background_mask, region_findings, surroundings_facts, surroundings_findings
from thermvision.quality.unmeasured import unmeasured_findings, unmeasured_in_pictures
from thermvision.quality.views import face_view, marks_of, whole_view
from thermvision.types import InputError

_LOG = logging.getLogger(__name__)
NOISE_CLIPS, STRUCTURE_FRAMES, TYPICAL_SHOWN = 4, 20, 8
FRAMES_IN_ALL, FEWEST_A_CLIP = 500, 3  # what a minute of two cores is enough for
THREADS = 2


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found: findings in reading order and some typical pictures."""

    title: str
    summary: str
    findings: list[Finding]
    typical: list[Picture]

    @property
    def failed(self) -> bool:
        """Whether any check failed."""
        return any(one.verdict == "fail" for one in self.findings)

    def page(self) -> str:
        """The report as one self-contained HTML page."""
        return report_page(self.title, self.summary, self.findings, self.typical)


def is_dataset(path: Path) -> bool:
    """Whether a path is a folder that holds clips."""
    return (Path(path) / "clips").is_dir()


def check_dataset(dataset: Path) -> Report:
    """Check a data set: labels of all frames, images of up to twelve frames a clip and about 700 in all; InputError if there is none."""
    folders = clip_folders(dataset)
    foreign = [is_imported(folder) for folder in folders]
    if all(foreign):
        return _check_imported(dataset, folders)
    if any(foreign):
        raise InputError(
            f"check: data set {dataset} mixes imported and simulated clips; keep them in folders of their own and check each"
        )
    clips = [read_labels(folder) for folder in folders]
    if not clips:
        raise InputError(f"check: data set {dataset} holds no finished clip; run `thermvision build` on it again")
    if broken := unfinished_clips(dataset):
        _LOG.warning(
            "%s: clips that are not whole and are left out: %d (%s); run the same `thermvision build` again to mend them",
            dataset, len(broken), ", ".join(broken[:4]) + (", ..." if len(broken) > 4 else ""),
        )  # fmt: skip
    each = int(np.clip(FRAMES_IN_ALL // len(clips), FEWEST_A_CLIP, FRAMES_PER_CLIP))
    facts: list[Facts] = []
    masked: dict[tuple[str, str], list[np.ndarray]] = {}
    corners: dict[tuple[str, str], list[np.ndarray]] = {}
    with ThreadPoolExecutor(THREADS) as pool:  # decoding and filters release Python's lock
        for of_clip in pool.map(lambda clip: _measured(clip, each), clips):
            for one, inside, corner in of_clip:
                facts.append(one)
                if inside is not None:
                    masked.setdefault((one.subject, one.session), []).append(inside)
                if corner is not None:
                    corners.setdefault((one.subject, one.session), []).append(corner)
        structure = _structure(clips, pool)
    portrait = _framing(dataset) == "portrait"
    if not portrait:
        for one in facts:
            one.values.pop("face_height_percent", None)
    sat = sittings(clips)
    findings = [
        *eye_findings(facts), blink_finding(clips), lid_finding(facts), *lens_findings(facts), *mouth_findings(facts),
        *skin_findings(facts), *form_findings(facts), *outside_face_findings(facts), *surroundings_findings(facts), *region_findings(clips),
        *structure_findings(structure), *noise_findings(_noise(clips)),
        *region_acceptance(sat), first_component(sat), noses(sat), *left_right(sat), *sex_findings(sat),
        background_identifies("background does not identify", "Upper corners only", facts, _means(corners)),
        background_identifies("hair, neck and clothes do not identify", "Face and ears blanked", facts, _means(masked),
            {(clip.subject, clip.session): clip.hair_style for clip in clips if clip.hair_style}),
        identity_constant(clips), *unmeasured_findings(),
    ]  # fmt: skip
    spread = np.unique(np.linspace(0, len(facts) - 1, TYPICAL_SHOWN).astype(int))
    summary = f"{len(clips)} clips of {len({c.subject for c in clips})} subjects, {sum(map(len, clips))} frames by their labels, {len(facts)} by their pictures."
    return Report(f"Check of {Path(dataset).resolve().name}", summary, findings, [facts[i].picture("typical") for i in spread])  # fmt: skip


def _check_imported(dataset: Path, folders: Sequence[Path]) -> Report:
    """An imported set: its labels, its pictures where that needs no more than a box, and what does not apply."""
    summary, findings, facts = imported_findings(folders)
    spread = np.unique(np.linspace(0, len(facts) - 1, TYPICAL_SHOWN).astype(int))
    return Report(f"Check of {Path(dataset).resolve().name}", summary, findings, [facts[i].picture("typical") for i in spread])  # fmt: skip


def check_images(paths: Sequence[Path], span_c: tuple[float, float] | None = None) -> Report:
    """Check pictures without labels, one after the other; InputError if a file is missing or no picture."""
    findings: list[Finding] = []
    typical: list[Picture] = []
    files = image_files(list(paths))
    for path in files:
        image = read_image(path, span_c)
        findings += [_named(one, path.name) for one in image_findings(image)]
        if len(typical) < TYPICAL_SHOWN:
            typical.append(Picture(path.name, whole_view(image.grey, "K" if image.kelvin else "of 255")))
    findings += unmeasured_in_pictures()
    summary = "Only what can be measured without landmarks; limits are relative to skin minus room."
    return Report(f"Check of {len(files)} picture{'s' * (len(files) != 1)}", summary, findings, typical)


def _named(one: Finding, file: str) -> Finding:
    """A finding on a picture under its file's name."""
    worst = tuple(dataclasses.replace(picture, caption=file) for picture in one.worst)
    return dataclasses.replace(one, group=file, worst=worst)


def _measured(clip: ClipLabels, count: int) -> list[tuple[Facts, np.ndarray | None, np.ndarray | None]]:
    """Numbers of about `count` frames of a clip, and what of each is left without the face and in its upper corners."""
    frames = read_frames(clip, frames_to_look_at(clip, count))
    return [(frame_facts(frame), masked_feature(frame), corner_feature(frame)) for frame in frames]


def _structure(clips: Sequence[ClipLabels], pool: ThreadPoolExecutor) -> list[Facts]:
    """Visible-light structure in one frame of some clips, by the same measures as pictures without labels."""
    found: list[Facts] = []
    chosen = [clips[i] for i in np.unique(np.linspace(0, len(clips) - 1, STRUCTURE_FRAMES).astype(int))]

    def of_clip(clip: ClipLabels) -> list[Facts]:
        found = []
        for frame in read_frames(clip, frames_to_look_at(clip)[:1]):
            values = structure_facts(frame.temperature_k, worn="glasses" in frame.worn)
            found.append(Facts(frame.clip, frame.subject, frame.session, frame.frame, values, whole_view(frame.temperature_k, "K")))  # fmt: skip
        return found

    for some in pool.map(of_clip, chosen):
        found += some
    return found


def frame_facts(frame: LabelledFrame) -> Facts:
    """All numbers of one frame and its small view."""
    parts = (eye_facts, lens_facts, mouth_facts, skin_facts, form_facts, outside_face_facts, surroundings_facts)
    values = {name: value for part in parts for name, value in part(frame).items()}
    return Facts(frame.clip, frame.subject, frame.session, frame.frame, values, face_view(frame), marks_of(frame))


def _means(features: dict[tuple[str, str], list[np.ndarray]]) -> dict[tuple[str, str], np.ndarray]:
    return {key: np.mean(values, axis=0) for key, values in features.items()}


def _noise(clips: Sequence[ClipLabels]) -> list[NoiseFacts]:
    chosen = np.unique(np.linspace(0, len(clips) - 1, NOISE_CLIPS).astype(int))
    found = []
    for clip in (clips[i] for i in chosen):
        images = consecutive_images(clip)
        masks = [background_mask(box, images.shape[1:]) for box in clip.bbox_xyxy_px[: len(images)]]  # type: ignore[arg-type]
        facts = noise_facts(clip.folder.name, images[:CONSECUTIVE], np.logical_and.reduce(masks), clip.netd_k)
        found += [facts] if facts is not None else []
    return found


def _framing(dataset: Path) -> str:
    """The framing that the run's settings name; `portrait` where they name none."""
    try:
        settings = yaml.safe_load((Path(dataset) / "config.yaml").read_text())
        return str(settings.get("content", settings).get("framing", "portrait"))
    except (OSError, AttributeError, yaml.YAMLError):
        return "portrait"
