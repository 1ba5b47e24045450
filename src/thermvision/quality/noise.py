"""Noise in time: independent from frame to frame, as strong as the camera says, and a level that does not flicker."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32

from thermvision.quality.measure import Finding, judge, not_applicable
from thermvision.quality.surroundings import MIN_BACKGROUND_PX

GROUP = "noise"
CORRELATION, LEVEL_OVER_NETD, FLICKER_K = 0.05, (0.5, 2.0), 0.05
MIN_FRAMES = 8


@dataclass(frozen=True, slots=True)
class NoiseFacts:
    """Temporal noise of one clip's background."""

    clip: str
    correlation: float  # of consecutive frames, per-pixel mean and frame level removed, small-sample bias added back
    sd_over_netd: float
    flicker_k: float  # standard deviation of the first difference of the background's median


def noise_facts(
    clip: str, images_k: Float32[np.ndarray, "n h w"], background: Bool[np.ndarray, "h w"], netd_k: float
) -> NoiseFacts | None:
    """Noise of consecutive images in kelvin over pixels that are background in all of them; None for too few of either.

    Removing the mean over n frames alone makes white noise correlate by -1/(n-1); that is added back. A frozen pattern
    vanishes with the mean: it shows as too little noise.
    """
    if len(images_k) < MIN_FRAMES or background.sum() < MIN_BACKGROUND_PX:
        return None
    pixels = images_k[:, background].astype(np.float64)
    level = np.median(pixels, axis=1)
    residual = pixels - pixels.mean(axis=0)
    residual -= residual.mean(axis=1, keepdims=True)
    count, sd = len(pixels), float(residual.std()) * float(np.sqrt(len(pixels) / (len(pixels) - 1)))
    if sd < 1e-6:
        correlation = 1.0
    else:
        inner = (residual[1:] * residual[:-1]).sum(axis=1)
        norms = np.sqrt((residual[1:] ** 2).sum(axis=1) * (residual[:-1] ** 2).sum(axis=1))
        correlation = float(np.mean(inner / np.maximum(norms, 1e-12))) + 1 / (count - 1)
    return NoiseFacts(clip, correlation, sd / netd_k, float(np.diff(level).std()))


def noise_findings(facts: list[NoiseFacts]) -> list[Finding]:
    """Findings on temporal noise over the clips looked at; the worst clip is the value."""
    names = ("noise fresh in every frame", "noise as the camera's", "no brightness flicker")
    if not facts:
        reason = "no clip has eight consecutive frames with background that stays background"
        return [not_applicable(name, GROUP, reason) for name in names]
    frozen = max(facts, key=lambda one: abs(one.correlation))
    level = max(facts, key=lambda one: abs(np.log(max(one.sd_over_netd, 1e-6))))
    flicker = max(facts, key=lambda one: one.flicker_k)
    over = f"worst of {len(facts)} clips"
    return [
        judge(names[0], GROUP, frozen.correlation, -CORRELATION, CORRELATION, "", f"Correlation of consecutive background residuals: {frozen.correlation:.3f} in {frozen.clip}, {over}"),
        judge(names[1], GROUP, level.sd_over_netd, *LEVEL_OVER_NETD, "NETD", f"Temporal noise of the background: {level.sd_over_netd:.2f} of the camera's NETD in {level.clip}, {over}"),
        judge(names[2], GROUP, flicker.flicker_k, None, FLICKER_K, "K", f"Frame-to-frame change of the background's median: SD {flicker.flicker_k:.4f} K in {flicker.clip}, {over} (limit: estimate)"),
    ]  # fmt: skip
