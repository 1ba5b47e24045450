"""Open a model for painting or training: find it, check it, load it, and say in one sentence what is wrong if it will not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from thermvision.flux.about import ModelAbout, read_about
from thermvision.flux.families import ModelFamily, family_named, family_of
from thermvision.flux.model_folder import MICRO, find_model, read_index
from thermvision.flux.needed import need, quieten
from thermvision.flux.text import TextRule
from thermvision.types import InputError


@dataclass(frozen=True, slots=True)
class OpenedModel:
    """A loaded pipeline, what kind it is, and what its folder says of it."""

    pipeline: Any
    family: ModelFamily
    about: ModelAbout
    source: str  # as the user named it
    folder: Path

    @property
    def text_rule(self) -> TextRule:
        """How texts are to be padded: as the folder says, else as is usual for the family."""
        return self.about.text or self.family.default_rule


def open_pipeline(model: str = MICRO, *, dtype: Any = None, device: Any = None) -> OpenedModel:
    """Load `micro`, a folder, or a hub repository.

    dtype: of transformer and text encoders (torch or its name); None: bfloat16 on CUDA, else float32. The VAE is float32 always: eight
    bits of mantissa would cost 0.1 K. device None: CUDA where there is one. InputError: not found, incomplete, licence not
    accepted, no connection, another kind of model, broken files, out of memory, extra [flux] not installed.
    """
    need("torch", "diffusers", "transformers", "accelerate", "peft")
    import torch

    folder = find_model(model)
    about = read_about(folder)
    family = family_named(read_index(folder)["_class_name"])
    if about.family is not None and about.family != family.name:
        raise InputError(
            f"{folder}/thermvision.json says family {about.family}, but it holds a {family.name} model; mend it"
        )
    quieten()
    device = _device(device)
    if isinstance(dtype, str):
        dtype = getattr(torch, dtype, None)
        if not isinstance(dtype, torch.dtype):
            raise InputError("dtype is not known; expected float32, bfloat16 or float16")
    dtype = dtype or (torch.bfloat16 if device.type == "cuda" else torch.float32)
    pipeline = _load(family, folder, {"default": dtype, "vae": torch.float32}, device)
    return OpenedModel(pipeline, family_of(pipeline), about, model, folder)


def _device(name: Any) -> Any:
    """The torch device; InputError for one that is not there."""
    import torch

    try:
        device = torch.device(name or ("cuda" if torch.cuda.is_available() else "cpu"))
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise InputError(
            f"device {name} is not there ({' '.join(str(error).split())[:80]}); give cpu, or cuda on a machine that has it"
        ) from error
    return device


def _load(family: ModelFamily, folder: Path, dtypes: dict[str, Any], device: Any) -> Any:
    import torch
    from safetensors import SafetensorError

    try:
        pipeline = family.pipeline_class().from_pretrained(
            str(folder), dtype=dtypes, local_files_only=True, use_safetensors=True
        )
        for name in ("transformer", "vae", "text_encoder", "text_encoder_2"):
            if (part := getattr(pipeline, name, None)) is not None:
                part.requires_grad_(False).eval()
        pipeline.set_progress_bar_config(disable=True)
        return pipeline.to(device)
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise InputError(
            f"model {folder} does not fit into the memory of {device}; use a machine with more, or --model micro"
        ) from error
    except (SafetensorError, RuntimeError, ValueError, OSError, KeyError, TypeError, AttributeError) as error:
        told = " ".join(str(error).split())[:200]
        raise InputError(
            f"model {folder} cannot be loaded ({type(error).__name__}: {told}); its files do not fit together, fetch or save it again"
        ) from error
