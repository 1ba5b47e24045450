"""Train `micro`, the small FLUX that is shipped, from nothing but the simulator. Stop it when you like: it goes on where it was.

    python tools/train_micro.py --runs runs/micro --out src/thermvision/assets/micro

1. stills       30,000 pictures of 5,000 simulated people with all that a caption may say     (20 min on two cores)
2. text         tokenizers, and two text encoders that can tell what a caption says           (10 min)
3. latents      the VAE's encoder is worked out, not trained: principal components of 16x16   (1 min)
4. decoder      back from latents to kelvin                                                   (20 min, better with more)
5. transformer  FLUX.1's architecture, width 256, rectified flow                              (hours)
6. package      a FluxPipeline folder in bf16
The judge that counts how often gender, expression and eyewear are what was asked for is trained apart; then the portraits are judged:
    python tools/micro/train_judge.py runs/micro/stills runs/micro/judge.pt
    python tools/judge_micro.py --stills runs/micro/stills --judge runs/micro/judge.pt --out runs/micro/judged
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent / "micro"
sys.path.insert(0, str(HERE))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, default=Path("runs/micro"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--portraits", type=int, default=5000)
    parser.add_argument("--decoder-steps", type=int, default=4000)
    parser.add_argument("--steps", type=int, default=20000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--compile", action="store_true", help="torch.compile the transformer: pays off after some 600 steps"
    )
    parser.add_argument("--package-only", action="store_true", help="make the folder from the last checkpoint")
    args = parser.parse_args()

    import numpy as np
    import torch

    torch.set_num_threads(args.threads)
    from linear_encoder import components, to_blocks
    from package import package
    from pictures import Stills
    from train_decoder import LATENT_CHANNELS, new_vae
    from train_decoder import train as train_decoder
    from train_text import train as train_text
    from train_transformer import encode_all, new_transformer
    from train_transformer import train as train_transformer

    stills_folder, text_folder = args.runs / "stills", args.runs / "text"
    if not args.package_only:
        make = [
            sys.executable,
            HERE / "stills.py",
            "--out",
            stills_folder,
            "--portraits",
            str(args.portraits),
            "--workers",
            str(args.threads),
        ]
        subprocess.run(make, check=True)
        if not (text_folder / "tokenizer_2").exists():
            train_text(text_folder)
    stills, basis = Stills(stills_folder), args.runs / "components.npz"
    if not basis.exists():
        some = np.stack([stills.unit(int(i)) for i in np.flatnonzero(~stills.held_out)[::15]])
        mean, directions = components(to_blocks(some).reshape(-1, 256).astype(np.float64), LATENT_CHANNELS)
        np.savez(basis, mean=mean, directions=directions)
    mean, directions = (np.load(basis)[name] for name in ("mean", "directions"))
    latents = encode_all(stills, args.runs / "latents.npy", mean, directions)
    if not args.package_only:
        train_decoder(stills, latents, args.runs, args.decoder_steps)
        train_transformer(stills, mean, directions, text_folder, args.runs, args.steps, args.compile)
    decoder, painter = (
        torch.load(args.runs / f"{name}_state.pt", weights_only=True, mmap=True) for name in ("decoder", "transformer")
    )
    vae, transformer = new_vae(mean, directions), new_transformer()
    vae.decoder.load_state_dict(decoder["ema"])
    transformer.load_state_dict(painter["ema"])
    sample = np.asarray(latents[0, ::37], np.float32)
    size_mb = package(
        vae, transformer, text_folder, float(sample.mean()), float(1 / sample.std()), args.out,
        trained_steps=painter["step"], decoder_steps=decoder["step"], stills=len(stills.rows),
    )  # fmt: skip
    print(f"{args.out}: {size_mb:.1f} MB after {painter['step']} steps")


if __name__ == "__main__":
    main()
