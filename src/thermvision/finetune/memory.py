"""What to do when the memory is not enough."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from thermvision.finetune.config import FinetuneConfig
from thermvision.types import InputError


@contextlib.contextmanager
def plain_memory_errors(config: FinetuneConfig, size_px: int) -> Iterator[None]:
    """Turn running out of memory into one sentence with the flags that help, in the order in which to try them."""
    import torch

    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise InputError(_sentence(config, size_px)) from error
    except RuntimeError as error:
        if "allocate" not in str(error) and "out of memory" not in str(error).lower():
            raise
        raise InputError(_sentence(config, size_px)) from error


def _sentence(config: FinetuneConfig, size_px: int) -> str:
    helps = [
        "--gradient-checkpointing" if not config.gradient_checkpointing else "",
        "--base fp8" if config.base in ("fp32", "bf16") else "--base nf4" if config.base == "fp8" else "",
        f"--batch-size {config.batch_size // 2}" if config.batch_size > 1 else "",
        f"--resolution {size_px * 3 // 4 // 64 * 64}" if size_px > 512 else "",
        "--sample-every 0" if config.sample_every else "",
        f"--rank {config.rank // 2}" if config.rank > 8 else "",
    ]
    tried = [one for one in helps if one] or ["a smaller --model"]
    return (
        f"out of memory; the last checkpoint stays: run again with {', '.join(tried[:-1])}{' or ' if tried[1:] else ''}{tried[-1]}"
        " (thermvision finetune --dry-run says what is needed)"
    )
