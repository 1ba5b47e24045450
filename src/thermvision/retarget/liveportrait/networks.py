"""The networks in use: load them from a folder, then call them as functions of pictures, volumes and keypoints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from thermvision.retarget.liveportrait.fast import fast_network
from thermvision.retarget.liveportrait.layout import (
    ALL_NETWORKS,
    NETWORKS,
    STITCHING_FILE,
    check_layout,
    empty_network,
)
from thermvision.retarget.liveportrait.motion import KEYPOINTS, degrees_from_bins
from thermvision.retarget.liveportrait.random_weights import random_network
from thermvision.retarget.liveportrait.stitching import COORDINATES
from thermvision.retarget.liveportrait.warping import Warped
from thermvision.retarget.liveportrait.weights_files import read_network, read_stitching
from thermvision.retarget.liveportrait.weights_folder import find_weights
from thermvision.types import InputError

AUTO = "auto"  # half precision on a GPU, as the original; float32 on a CPU, where it is the faster of the two
COMPILED = ("warping_module", "spade_generator")  # 97 % of a frame's arithmetic
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


class FaceMotion(NamedTuple):
    """What the motion extractor reads from a face. Axes: x right, y down, z away; 1 is half the picture."""

    pitch_deg: Float[Tensor, " n"]  # > 0: nose down
    yaw_deg: Float[Tensor, " n"]  # > 0: nose to image left
    roll_deg: Float[Tensor, " n"]  # > 0: clockwise on the screen
    translation: Float[Tensor, "n 3"]
    expression: Float[Tensor, "n 21 3"]  # deltas of the keypoints, added after rotation
    scale: Float[Tensor, "n 1"]
    keypoints: Float[Tensor, "n 21 3"]  # canonical: of the head at rest


@dataclass(frozen=True, slots=True)
class LivePortraitNetworks:
    """The published networks (Guo et al. 2024, arXiv:2407.03168), by what they do; nothing is trained here."""

    by_name: dict[str, nn.Module]  # names of layout.ALL_NETWORKS
    device: torch.device
    dtype: torch.dtype  # of products of convolutions; inputs and outputs are float32
    fast: bool  # whether the fast forms stand in for the plain networks

    @classmethod
    def load(
        cls,
        folder: Path,
        *,
        device: str = "cpu",
        dtype: str = "float32",
        fast: bool | None = None,
        compiled: bool | None = None,
    ) -> LivePortraitNetworks:
        """Networks with the weights of `folder` (weights_folder.find_weights says in which layouts).

        dtype: float32, bfloat16, float16 (not on a CPU), or auto: float16 on a GPU, float32 on a CPU. fast: the fast forms
        (module `fast`) in place of the plain ones; None: on a CPU. compiled: W and G through torch.compile, which takes half a
        minute at the first frame; None: on a GPU. InputError: files missing, unreadable or of another version; device or dtype that cannot be used.
        """
        files = find_weights(Path(folder))
        settings = _settings(device, dtype)
        networks = cls._of(_read(files), settings, fast)
        if networks.device.type == "cuda" if compiled is None else compiled:
            networks.compile()
        return networks

    @classmethod
    def random(
        cls, seed: int, *, device: str = "cpu", dtype: str = "float32", fast: bool | None = None
    ) -> LivePortraitNetworks:
        """Networks with seeded random weights, for tests and timings."""
        settings = _settings(device, dtype)
        plain = ((name, random_network(name, seed + i)) for i, name in enumerate(ALL_NETWORKS))
        return cls._of(plain, settings, fast)

    @classmethod
    def _of(
        cls, plain: Iterable[tuple[str, nn.Module]], settings: tuple[torch.device, torch.dtype], fast: bool | None
    ) -> LivePortraitNetworks:
        device, dtype = settings
        fast = device.type == "cpu" if fast is None else fast
        networks = {}
        for name, network in plain:  # one by one: a plain network's memory goes when its fast form is built
            network = fast_network(network, dtype) if fast else network  # noqa: PLW2901
            networks[name] = network.to(device).eval().requires_grad_(False)
        return cls(networks, device, dtype, fast)

    def compile(self) -> None:
        """Have W and G compiled by torch at their first call: half a minute once, on a GPU a good part of the time after."""
        for name in COMPILED:
            self.by_name[name].compile()

    def extract_appearance(self, image: Float[Tensor, "n 3 h w"]) -> Float[Tensor, "n 32 16 h4 w4"]:
        """Feature volume of a source face: RGB 0-1, 256x256. Once for an image source: it does not depend on the driver."""
        with self._inference():
            return self.by_name["appearance_feature_extractor"](image).float()

    def extract_motion(self, image: Float[Tensor, "n 3 h w"]) -> FaceMotion:
        """Pose, scale, translation and keypoints of a face: RGB 0-1, 256x256. Always float32."""
        with torch.inference_mode():
            heads = self.by_name["motion_extractor"](image)
            pitch, yaw, roll = (degrees_from_bins(heads[axis]) for axis in ("pitch", "yaw", "roll"))
            expression, keypoints = (heads[name].unflatten(1, (KEYPOINTS, 3)) for name in ("exp", "kp"))
            return FaceMotion(pitch, yaw, roll, heads["t"], expression, heads["scale"], keypoints)

    def warp(
        self,
        volume: Float[Tensor, "n 32 16 h w"],
        keypoints_source: Float[Tensor, "n 21 3"],
        keypoints_driving: Float[Tensor, "n 21 3"],
    ) -> Warped:
        """Features of the driven face, and the backward field and occlusion that labels can be carried with."""
        with self._inference():
            warped = self.by_name["warping_module"](volume, keypoints_driving, keypoints_source)
            return Warped(*(part.float() for part in warped))

    def generate(self, features: Float[Tensor, "n 256 h w"]) -> Float[Tensor, "n 3 h8 w8"]:
        """Picture of warped features: RGB 0-1, 512x512 at the published size."""
        with self._inference():
            return self.by_name["spade_generator"](features).float()

    def warp_and_generate(
        self,
        volume: Float[Tensor, "n 32 16 h w"],
        keypoints_source: Float[Tensor, "n 21 3"],
        keypoints_driving: Float[Tensor, "n 21 3"],
    ) -> Float[Tensor, "n 3 h8 w8"]:
        """Picture of the source's face moved from its keypoints to the driving ones: RGB 0-1, 512x512 at the published size."""
        return self.generate(self.warp(volume, keypoints_source, keypoints_driving).features)

    def stitch(
        self, keypoints_source: Float[Tensor, "n 21 3"], keypoints_driving: Float[Tensor, "n 21 3"]
    ) -> Float[Tensor, "n 21 3"]:
        """Driving keypoints moved so that the shoulders stay where the source has them (Guo et al. 2024, 3.3; reference 2.3)."""
        with torch.inference_mode():
            both = torch.cat((keypoints_source.flatten(1), keypoints_driving.flatten(1)), 1)
            out = self.by_name["retarget_shoulder"](both)
            stitched = keypoints_driving + out[:, :COORDINATES].unflatten(1, (KEYPOINTS, 3))
            stitched[..., :2] += out[:, None, COORDINATES:]
            return stitched

    def retarget_eye(
        self, keypoints_source: Float[Tensor, "n 21 3"], ratios: Float[Tensor, "n 3"]
    ) -> Float[Tensor, "n 21 3"]:
        """Deltas that open the source's eyes to a target; ratios: image-left, image-right eye of the source, target (0-0.8)."""
        return self._retarget("retarget_eye", keypoints_source, ratios)

    def retarget_lip(
        self, keypoints_source: Float[Tensor, "n 21 3"], ratios: Float[Tensor, "n 2"]
    ) -> Float[Tensor, "n 21 3"]:
        """Deltas that open the source's lips to a target; ratios: of the source, target (0-0.8)."""
        return self._retarget("retarget_mouth", keypoints_source, ratios)

    def _retarget(self, name: str, keypoints: Tensor, ratios: Tensor) -> Tensor:
        with torch.inference_mode():
            return self.by_name[name](torch.cat((keypoints.flatten(1), ratios), 1)).unflatten(1, (KEYPOINTS, 3))

    @contextmanager
    def _inference(self) -> Iterator[None]:
        """No gradients; half precision of plain networks is torch's autocast, the fast forms have their own."""
        half = self.dtype != torch.float32 and not self.fast
        with torch.inference_mode(), torch.autocast(self.device.type, self.dtype, enabled=half):
            yield


def _read(files: dict[str, Path]) -> Iterator[tuple[str, nn.Module]]:
    """Name and plain network of every file, the small ones first."""
    for name, state in read_stitching(files[STITCHING_FILE]).items():
        yield name, _filled(name, state, files[STITCHING_FILE])
    for name in NETWORKS:
        yield name, _filled(name, read_network(files[name]), files[name])


def _filled(name: str, state: dict[str, Tensor], file: Path) -> nn.Module:
    """The plain network with the file's tensors as they are, without a second copy."""
    check_layout(name, state, file)
    network = empty_network(name)
    network.load_state_dict(state, assign=True)
    return network.eval()


def _settings(device: str, dtype: str) -> tuple[torch.device, torch.dtype]:
    """Device and dtype; InputError for what cannot be used."""
    if dtype not in (*DTYPES, AUTO):
        raise InputError(f"dtype '{dtype}' is not known; choose one of {', '.join((AUTO, *DTYPES))}")
    try:
        place = torch.device(device)
        torch.zeros(1, device=place)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise InputError(
            f"device '{device}' is not there ({' '.join(str(error).split())[:80]}); give cpu, or cuda on a machine that has it"
        ) from error
    if dtype == AUTO:
        dtype = "float16" if place.type == "cuda" else "float32"
    if place.type == "cpu" and dtype == "float16":
        raise InputError("dtype 'float16' takes minutes a frame on a CPU; give float32 or bfloat16")
    return place, DTYPES[dtype]
