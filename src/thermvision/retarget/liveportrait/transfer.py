"""From a driver's motion and a portrait's own to the keypoints the portrait shall have (Guo et al. 2024, 3.2; reference 2.2)."""

from __future__ import annotations

import dataclasses

import numpy as np
from jaxtyping import Float

from thermvision.retarget.liveportrait.driver import Driver
from thermvision.retarget.liveportrait.keypoints import HeadState, place_keypoints
from thermvision.retarget.liveportrait.options import LivePortraitOptions
from thermvision.retarget.liveportrait.parts import EYES, LIPS, copied, mixed
from thermvision.retarget.liveportrait.rts import smooth_turns, smooth_values


def transferred(source: HeadState, driver: Driver, options: LivePortraitOptions) -> HeadState:
    """The portrait's head as the driver moves it, one state a frame of the driver (source: as many frames, or one).

    Relative: rotation Q_s Q_0^T Q_i (the driver's turn in its own axes, made in the portrait's), expression and translation
    by their change, scale by its ratio. Absolute: the driver's own rotation and translation, and what of its expression is
    not the shape of its face. Regions other than `all` take less (`parts`). Where eyes or lips are retargeted by their
    openness the driver's own keypoints of them are left out, or they would be opened twice.
    """
    seen, calm, moving = driver.seen, driver.calm, len(source) > 1
    if moving:
        source = _without_jitter(source, options.smoothing)
    relative = options.motion == "relative"
    taken = copied(options.region, whole=relative and not moving)
    for keypoints, retargeted in (
        (EYES, options.eye_retargeting and seen.eye_ratio is not None),
        (LIPS, options.lip_retargeting and seen.lip_ratio is not None),
    ):
        if retargeted:
            taken[list(keypoints)] = False
    expression = seen.expression.astype(np.float64)
    if relative:
        expression = source.expression + expression - calm.expression
    rotation, scale, translation = (
        np.broadcast_to(own, (len(seen), *own.shape[1:])) for own in (source.rotation, source.scale, source.translation)
    )
    if options.moves_head and relative:
        rotation = source.rotation @ calm.rotation.T @ seen.rotation
        if not moving:
            translation = source.translation + seen.translation - calm.translation
    elif options.moves_head:
        rotation, translation = seen.rotation, seen.translation.astype(np.float64)
    if relative and options.region == "all" and options.follow_scale and not moving:
        scale = source.scale * seen.scale / calm.scale
    return HeadState(
        canonical=np.broadcast_to(source.canonical, (len(seen), 21, 3)),
        rotation=rotation,
        expression=mixed(source.expression, expression, taken),
        scale=scale,
        translation=translation,
    )


def _without_jitter(source: HeadState, noise_ratio: float) -> HeadState:
    """A moving portrait's head as smooth as the driver's."""
    rotation, expression = smooth_turns(source.rotation, noise_ratio), smooth_values(source.expression, noise_ratio)
    return dataclasses.replace(source, rotation=rotation, expression=expression)


def driven_keypoints(
    source: HeadState, state: HeadState, driver: Driver, options: LivePortraitOptions
) -> Float[np.ndarray, "f 21 3"]:
    """Keypoints of the transferred state.

    Absolute and expression-friendly: the portrait's own keypoints plus their way from where the driver's calm face would put
    them, enlarged by the ratio of the faces' sizes (cube root of the volumes; the original's square root is no ratio of
    lengths). In relative motion that difference is the motion itself and the ratio 1, so nothing is to be done.
    """
    keypoints = state.keypoints()
    if options.motion == "relative" or options.friendly == "pose" or len(source) > 1:
        return keypoints
    taken = copied(options.region, whole=False)
    calm = place_keypoints(
        source.canonical,
        driver.calm.rotation[None] if options.moves_head else source.rotation,
        mixed(source.expression, driver.calm.expression[None], taken),
        source.scale,
        driver.calm.translation[None] if options.moves_head else source.translation,
    )[0]
    own = source.keypoints()[0]
    return own + _size(own) / _size(calm) * (keypoints - calm)


def _size(keypoints: Float[np.ndarray, "21 3"]) -> float:
    """A length that grows with a face: cube root of the volume of the keypoints' convex hull."""
    from scipy.spatial import ConvexHull

    return float(np.cbrt(ConvexHull(keypoints).volume))
