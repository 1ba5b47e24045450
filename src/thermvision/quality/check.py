"""All checks, in reading order: of a data set with labels, and of pictures without any."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from jaxtyping import Float32
from scipy import ndimage

from thermvision.dataset.read import clip_folders
from thermvision.quality.eyes import blink_finding, eye_facts, eye_findings
from thermvision.quality.foreign_checks import image_findings, small_view, structure_facts, structure_findings
from thermvision.quality.foreign_read import image_files, read_image
from thermvision.quality.measure import Facts, Finding, LabelledFrame, Picture, crop
from thermvision.quality.mouth import mouth_facts, mouth_findings
from thermvision.quality.noise import NoiseFacts, noise_facts, noise_findings
from thermvision.quality.population import (
    background_identifies,
    identity_constant,
    left_right,
    noses,
    region_acceptance,
    sex_from_temperature,
    sittings,
)
from thermvision.quality.report_html import report_page
from thermvision.quality.sample import (
    CONSECUTIVE,
    ClipLabels,
    consecutive_images,
    frames_to_look_at,
    read_frames,
    read_labels,
)
from thermvision.quality.skin import skin_facts, skin_findings
from thermvision.quality.surroundings import background_mask, region_findings, surroundings_facts, surroundings_findings

NOISE_CLIPS, STRUCTURE_FRAMES, TYPICAL_SHOWN = 4, 20, 8
VIEW_PX, FEATURE_PX = 160, 24


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
    """Check a data set: labels of all frames, images of about twelve frames a clip; InputError if there is none."""
    clips = [read_labels(folder) for folder in clip_folders(dataset)]
    facts: list[Facts] = []
    masked: dict[tuple[str, str], list[np.ndarray]] = {}
    corners: dict[tuple[str, str], list[np.ndarray]] = {}
    for clip in clips:
        for frame in read_frames(clip, frames_to_look_at(clip)):
            facts.append(frame_facts(frame))
            if (feature := masked_feature(frame)) is not None:
                masked.setdefault((clip.subject, clip.session), []).append(feature)
            if (feature := corner_feature(frame)) is not None:
                corners.setdefault((clip.subject, clip.session), []).append(feature)
    structure = _structure(clips)
    portrait = _framing(dataset) == "portrait"
    if not portrait:
        for one in facts:
            one.values.pop("face_height_percent", None)
    sat = sittings(clips)
    findings = [
        *eye_findings(facts), blink_finding(clips), *mouth_findings(facts), *skin_findings(facts),
        *surroundings_findings(facts), *region_findings(clips), *structure_findings(structure), *noise_findings(_noise(clips)),
        *region_acceptance(sat), noses(sat), *left_right(sat), sex_from_temperature(sat),
        background_identifies("background does not identify", "Upper corners only", facts, _means(corners)),
        background_identifies("hair, neck and clothes do not identify", "Face and ears blanked", facts, _means(masked)),
        identity_constant(clips),
    ]  # fmt: skip
    spread = np.unique(np.linspace(0, len(facts) - 1, TYPICAL_SHOWN).astype(int))
    summary = f"{len(clips)} clips of {len({c.subject for c in clips})} subjects, {sum(map(len, clips))} frames by their labels, {len(facts)} by their pictures."
    return Report(f"Check of {Path(dataset).resolve().name}", summary, findings, [facts[i].picture("typical") for i in spread])  # fmt: skip


def check_images(paths: Sequence[Path]) -> Report:
    """Check pictures without labels, one after the other; InputError if a file is missing or no picture."""
    findings: list[Finding] = []
    typical: list[Picture] = []
    files = image_files(list(paths))
    for path in files:
        image = read_image(path)
        findings += [dataclasses.replace(one, group=path.name) for one in image_findings(image)]
        if len(typical) < TYPICAL_SHOWN:
            typical.append(Picture(path.name, small_view(image.grey)))
    summary = "Only what can be measured without landmarks; limits are relative to skin minus room."
    return Report(f"Check of {len(files)} picture{'s' * (len(files) != 1)}", summary, findings, typical)


def _structure(clips: Sequence[ClipLabels]) -> list[Facts]:
    """Visible-light structure in one frame of some clips, by the same measures as pictures without labels."""
    found = []
    for clip in (clips[i] for i in np.unique(np.linspace(0, len(clips) - 1, STRUCTURE_FRAMES).astype(int))):
        for frame in read_frames(clip, frames_to_look_at(clip)[:1]):
            values = structure_facts(frame.temperature_k)
            found.append(Facts(frame.clip, frame.subject, frame.session, frame.frame, values, small_view(frame.temperature_k, VIEW_PX)))  # fmt: skip
    return found


def frame_facts(frame: LabelledFrame) -> Facts:
    """All numbers of one frame and its small view."""
    values = {**eye_facts(frame), **mouth_facts(frame), **skin_facts(frame), **surroundings_facts(frame)}
    return Facts(frame.clip, frame.subject, frame.session, frame.frame, values, face_view(frame))


def face_view(frame: LabelledFrame) -> np.ndarray:
    """The face with a third of its height round it as (h, w) uint8, the face's own range of temperatures stretched."""
    from PIL import Image

    box = frame.bbox_xyxy_px
    area = crop(box[:2], box[2:], 0.35 * float(box[3] - box[1]), frame.temperature_k.shape)  # type: ignore[arg-type]
    picture = frame.temperature_k if area is None else frame.temperature_k[area]
    inside = picture if frame.face_mask is None or area is None else picture[frame.face_mask[area]]
    low, high = np.percentile(inside if inside.size else picture, [0.5, 99.8])
    grey = np.clip((picture - (low - 2.5)) / max(float(high - low) + 2.7, 1.0), 0, 1) * 255
    view = Image.fromarray(grey.astype(np.uint8))
    return np.asarray(view.resize((VIEW_PX, max(1, round(VIEW_PX * view.height / view.width)))))


def masked_feature(frame: LabelledFrame) -> Float32[np.ndarray, " k"] | None:
    """What surrounds the face, 24 x 24 readings in K over 2.4 box heights centred on the box, the face and ears blanked.

    What is blanked has the same shape for everybody, so that its outline does not tell a wide face from a narrow one.
    Readings are relative to their median, so that the room's temperature, which a session shares, says nothing.
    """
    left, top, right, bottom = (float(v) for v in frame.bbox_xyxy_px)
    height = bottom - top
    if height < 20 or not frame.frontal(20.0):
        return None
    x, y = (left + right) / 2, (top + bottom) / 2
    grid = (np.arange(FEATURE_PX) + 0.5) / FEATURE_PX - 0.5
    rows, columns = y + grid * 2.4 * height, x + grid * 2.4 * height
    step = max(round(2.4 * height / FEATURE_PX), 1)
    smooth = ndimage.uniform_filter(frame.temperature_k[::2, ::2], max(step // 2, 1))
    r = np.clip(rows / 2, 0, smooth.shape[0] - 1).astype(int)
    c = np.clip(columns / 2, 0, smooth.shape[1] - 1).astype(int)
    seen = smooth[np.ix_(r, c)].astype(np.float32)
    across = np.abs(columns - x) < 0.5 * height
    inside = ((rows > top - 0.1 * height) & (rows < bottom + 0.05 * height))[:, None] & across[None]
    seen -= np.median(seen[~inside])
    seen[inside] = 0.0
    return seen.ravel()


def corner_feature(frame: LabelledFrame) -> Float32[np.ndarray, " k"] | None:
    """The two upper corners (12 % of the width, 35 % of the height each) as 2 x 8 x 16 readings in K relative to their median.

    None where a corner may hold more than background. The corners are fixed in the picture, so that their outline tells nothing.
    """
    height, width = frame.temperature_k.shape
    rows, columns = round(0.35 * height), round(0.12 * width)
    left, top, right, bottom = (float(v) for v in frame.bbox_xyxy_px)
    reach, shoulders = 0.35 * (right - left), top + 0.7 * (bottom - top)
    if left - reach < columns or right + reach > width - columns or shoulders < rows:
        return None
    y, x = (np.arange(16) * rows) // 16, (np.arange(8) * columns) // 8
    smooth = ndimage.uniform_filter(frame.temperature_k[:rows], max(rows // 16, 1))
    seen = np.concatenate([smooth[np.ix_(y, x)], smooth[np.ix_(y, width - columns + x)]]).astype(np.float32)
    return (seen - np.median(seen)).ravel()


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
