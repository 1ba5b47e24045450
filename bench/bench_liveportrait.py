"""How fast the LivePortrait networks are on this CPU: plain, fast float32 and fast bfloat16, each in a process of its own.

Random weights: time does not depend on their values. Medians; GFLOP is two a multiplication and addition, convolutions and matrix
products only. A frame of an image source is M + W + G; F comes once.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

VARIANTS = {"plain": ("float32", False), "fast": ("float32", True), "bfloat16": ("bfloat16", True)}
NAMES = {
    "F": "appearance_feature_extractor", "M": "motion_extractor", "W": "warping_module", "G": "spade_generator",
}  # fmt: skip
FRAME = ("M", "W", "G")


def median_s(call: Callable[[], Any], repeats: int) -> float:
    """Median wall time after one call that is not counted."""
    call()
    took = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        took.append(time.perf_counter() - start)
    return statistics.median(took)


def gflop(call: Callable[[], Any]) -> float:
    """Arithmetic of convolutions and matrix products of one call."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    def product(first: Any, second: Any, *rest: Any, out_val: Any = None, **_: Any) -> int:
        a, b = (second, rest[0]) if rest else (first, second)  # bmm, or baddbmm with what is added first
        return 2 * a.shape[0] * a.shape[1] * a.shape[2] * b.shape[2] * (4 if a.is_complex() else 1)

    product._get_raw = True  # type: ignore[attr-defined]
    mapping = {torch.ops.aten.bmm: product, torch.ops.aten.baddbmm_: product, torch.ops.aten.baddbmm: product}
    with torch.no_grad(), FlopCounterMode(display=False, custom_mapping=mapping) as counter:
        call()
    return counter.get_total_flops() / 1e9


def inputs(small: bool) -> dict[str, tuple[Any, ...]]:
    """Seeded inputs of each network at the published size, or smaller."""
    import torch

    torch.manual_seed(0)
    image, volume, features = (64, 32, 8) if small else (256, 64, 64)
    driving = torch.rand(1, 21, 3) * 1.6 - 0.8
    return {
        "F": (torch.rand(1, 3, image, image),),
        "M": (torch.rand(1, 3, image, image),),
        "W": (torch.randn(1, 32, 16, volume, volume), driving, driving + 0.05 * torch.randn(1, 21, 3)),
        "G": (torch.randn(1, 256, features, features),),
    }


def one_variant(variant: str, args: argparse.Namespace) -> dict[str, Any]:
    """Seconds and GFLOP by network, and the memory of networks and calls together."""
    import torch

    from thermvision.retarget.liveportrait.networks import LivePortraitNetworks

    torch.set_num_threads(args.threads)
    dtype, fast = VARIANTS[variant]
    networks = LivePortraitNetworks.random(0, dtype=dtype, fast=fast)
    given, seconds, work = inputs(args.small), {}, {}
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with torch.inference_mode():
        for letter, name in NAMES.items():
            network, values = networks.by_name[name], given[letter]
            seconds[letter] = median_s(lambda network=network, values=values: network(*values), args.repeats)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for letter, name in NAMES.items():
        work[letter] = gflop(lambda name=name, letter=letter: networks.by_name[name](*given[letter]))
    return {"seconds": seconds, "gflop": work, "built_mb": held / 1024, "peak_mb": peak / 1024}


def ceilings(args: argparse.Namespace) -> dict[str, float]:
    """GFLOP/s of a large matrix product and of a 3x3 convolution in the library's own kernels, by dtype."""
    import torch
    from torch.nn import functional

    torch.set_num_threads(args.threads)
    n, channels = (256, 32) if args.small else (2048, 512)
    found = {}
    with torch.inference_mode():
        for dtype in (torch.float32, torch.bfloat16):
            name = str(dtype).removeprefix("torch.")
            a, b = torch.randn(n, n).to(dtype), torch.randn(n, n).to(dtype)
            found[f"matmul {name}"] = 2 * n**3 / 1e9 / median_s(lambda a=a, b=b: a @ b, args.repeats)
            x, weight = torch.randn(1, channels, 64, 64).to(dtype), torch.randn(channels, channels, 3, 3).to(dtype)
            took = median_s(lambda x=x, w=weight: functional.conv2d(x, w, padding=1), args.repeats)
            found[f"conv 3x3 {name}"] = 2 * 9 * channels**2 * 64**2 / 1e9 / took
    return found


def table(found: dict[str, dict[str, Any]]) -> list[str]:
    """Markdown lines."""
    plain = found["plain"]
    lines = ["| network | " + " | ".join(f"{v} ms | GFLOP | GFLOP/s | ratio" for v in found) + " |"]
    lines.append("|---" * (1 + 4 * len(found)) + "|")
    for letters in (*((letter,) for letter in NAMES), FRAME):
        cells = []
        for result in found.values():
            took, work = (sum(result[key][letter] for letter in letters) for key in ("seconds", "gflop"))
            before = sum(plain["seconds"][letter] for letter in letters)
            cells.append(f"{1000 * took:.0f} | {work:.1f} | {work / took:.0f} | {before / took:.2f}x")
        lines.append(f"| {'frame' if len(letters) > 1 else letters[0]} | " + " | ".join(cells) + " |")
    memory = (f"{r['peak_mb']:.0f} MB peak, {r['built_mb']:.0f} MB after building | | |" for r in found.values())
    return [*lines, "| memory | " + " ".join(memory)]


def main() -> None:
    """Print the table and the machine's ceilings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--small", action="store_true", help="tiny inputs, to see that it runs")
    parser.add_argument("--variant", choices=VARIANTS, help="only this one, as JSON; else all, as a table")
    args = parser.parse_args()
    if args.variant:
        print(json.dumps(one_variant(args.variant, args)))
        return
    found = {}
    for variant in VARIANTS:
        command = [
            sys.executable,
            __file__,
            "--variant",
            variant,
            "--threads",
            str(args.threads),
            "--repeats",
            str(args.repeats),
        ]
        command += ["--small"] if args.small else []
        found[variant] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    print("\n".join(table(found)))
    for name, rate in ceilings(args).items():
        print(f"ceiling, {name}: {rate:.0f} GFLOP/s")


if __name__ == "__main__":
    main()
