"""LoRA files of FLUX: read, write and convert between the layouts in use, apply to a transformer, verify."""

from thermvision.flux.lora.apply import AppliedLora, apply_lora
from thermvision.flux.lora.file import LAYOUTS, LoraFile
from thermvision.flux.lora.read import read_lora
from thermvision.flux.lora.write import write_lora

__all__ = ["LAYOUTS", "AppliedLora", "LoraFile", "apply_lora", "read_lora", "write_lora"]
