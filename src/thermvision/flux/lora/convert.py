"""From one layout to another; metadata stay."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from thermvision.flux.lora.file import Layout, LoraFile
from thermvision.flux.lora.read import read_lora
from thermvision.flux.lora.write import DTYPES, write_lora
from thermvision.types import InputError


@dataclass(frozen=True)
class Converted:
    """What was read, what was written, and what to know about it."""

    source: LoraFile
    out: Path
    layout: Layout
    dtype: str
    notes: tuple[str, ...]


def convert(
    source: str | Path, out: str | Path, layout: Layout, dtype: str | None = None, *, write: bool = True
) -> Converted:
    """Read a LoRA of any layout and write it in another; with `write` off only say what would be done.

    `dtype` is by default the file's own (bfloat16 for 8-bit files). InputError as of `read_lora` and `write_lora`, and if both files are one.
    """
    file, out = read_lora(source), Path(out)
    if out.exists() and out.samefile(source):
        raise InputError(f"--out {out} is the file that is read; choose another name")
    kept = dtype or (file.dtype if file.dtype in DTYPES else "bfloat16" if "float8" in file.dtype else "float32")
    notes = list(file.notes)
    if layout == "kohya" and file.family == "flux1" and file.width not in (3072, None):
        notes.append(
            f"diffusers reads kohya files of width 3072 only, this one has {file.width}; thermvision and ComfyUI read any"
        )
    if layout == "kohya" and any(not name.startswith(("transformer_blocks", "single_")) for name in file.modules):
        notes.append("diffusers leaves layers outside the blocks out of kohya files; thermvision and ComfyUI read them")
    if write:
        write_lora(out, file.modules, file.metadata, layout, dtype=kept, family=file.family)
    return Converted(file, out, layout, kept, tuple(notes))
