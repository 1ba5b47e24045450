"""How fast micro paints: portraits a second at 20 steps with true CFG, by batch size; medians of three runs in one process."""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

from thermvision.portraits.paint import Painter, prepare
from thermvision.portraits.paint_config import PaintConfig


def main() -> None:
    """Print a line a batch size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--count", type=int, default=8)
    args = parser.parse_args()
    import torch

    torch.set_num_threads(args.threads)
    for batch in (1, 2, 4, 8):
        config = PaintConfig(out=Path("none"), prompt="a smiling woman", batch=batch, count=args.count)
        opened, settings, _ = prepare(config)
        painter = Painter(opened, settings, config)
        list(painter.portraits([0]))
        took = []
        for _ in range(3):
            start = time.perf_counter()
            list(painter.portraits(list(range(args.count))))
            took.append((time.perf_counter() - start) / args.count)
        print(
            f"batch {batch}: {statistics.median(took):.3f} s a portrait, {1 / statistics.median(took):.2f} portraits/s"
        )


if __name__ == "__main__":
    main()
