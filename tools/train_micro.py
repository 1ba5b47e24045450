"""Train `micro`, the small FLUX that is shipped, from nothing but the simulator. Stop it when you like: it goes on where it was.

    python tools/train_micro.py --runs runs/micro --out src/thermvision/assets/micro

1. stills       30,000 pictures of 10,000 simulated people with all that a caption may say    (25 min on two cores)
2. text         tokenizers, and two text encoders that can tell what a caption says           (10 min)
3. latents      the VAE's encoder is worked out, not trained: principal components of 16x16   (1 min)
4. readers      two networks that read from latents what a portrait shows                     (25 min in bfloat16)
5. transformer  FLUX.1's architecture, width 256, rectified flow; a part of the noise knows who; in the end led to where
                the readers see what was asked                                                (hours)
6. decoder      back from latents to kelvin, half of them as the transformer leaves them      (20 min, better with more)
7. package      a FluxPipeline folder in bf16
The judge that counts how often gender, expression and eyewear are what was asked for is trained apart; then the portraits are judged:
    python tools/micro/train_judge.py runs/micro/stills runs/micro/judge.pt
    python tools/judge_micro.py --stills runs/micro/stills --judge runs/micro/judge.pt --out runs/micro/judged
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent / "micro"
sys.path.insert(0, str(HERE))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, default=Path("runs/micro"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--portraits", type=int, default=10000)
    parser.add_argument("--stills-each", type=int, default=3)
    parser.add_argument("--decoder-steps", type=int, default=4000)
    parser.add_argument("--steps", type=int, default=20000)
    parser.add_argument(
        "--obey-steps", type=int, default=800, help="the last steps, led by the readers; each takes four times as long"
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--compile", action="store_true", help="torch.compile the transformer: pays off after some 600 steps"
    )
    parser.add_argument(
        "--bfloat16",
        action="store_true",
        help="compute the training steps in bfloat16: faster only where the CPU is (docs/flux.md)",
    )
    parser.add_argument(
        "--begin",
        type=Path,
        help="a packaged model, e.g. the shipped one, whose text encoders, components and weights are gone on from",
    )
    parser.add_argument("--package-only", action="store_true", help="make the folder from the last checkpoint")
    args = parser.parse_args()

    import numpy as np
    import rough
    import torch

    torch.set_num_threads(args.threads)
    from linear_encoder import components, read_encoder, shift_and_scale, to_blocks
    from package import package
    from pictures import Stills
    from repaint import painter_of
    from train_decoder import LATENT_CHANNELS, new_vae, packaged_vae
    from train_decoder import train as train_decoder
    from train_readers import readers_of
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
            "--stills",
            str(args.stills_each),
            "--workers",
            str(args.threads),
        ]
        subprocess.run(make, check=True)
        if args.begin is not None and not (text_folder / "tokenizer_2").exists():
            for name in ("text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2"):
                shutil.copytree(args.begin / name, text_folder / name)
        if not (text_folder / "tokenizer_2").exists():
            train_text(text_folder)
    stills, basis = Stills(stills_folder, mirrored=True), args.runs / "components.npz"
    if not basis.exists() and args.begin is not None:
        mean, directions = read_encoder(packaged_vae(args.begin), LATENT_CHANNELS)
        np.savez(basis, mean=mean, directions=directions)
    elif not basis.exists():
        some = np.stack([stills.unit(int(i)) for i in np.flatnonzero(~stills.held_out)[::15]])
        mean, directions = components(to_blocks(some).reshape(-1, 256).astype(np.float64), LATENT_CHANNELS)
        np.savez(basis, mean=mean, directions=directions)
    mean, directions = (np.load(basis)[name] for name in ("mean", "directions"))
    latents = encode_all(stills, args.runs / "latents.npy", mean, directions)
    shift, scale = shift_and_scale(latents)
    if not args.package_only:
        dtype = torch.bfloat16 if args.bfloat16 else torch.float32
        train_transformer(
            stills, mean, directions, text_folder, args.runs, args.steps, args.compile, dtype, args.begin,
            readers_of(args.runs, dtype=dtype) if args.obey_steps else (), args.steps - args.obey_steps,
        )  # fmt: skip
        left = painter_of(stills, text_folder, args.runs / "transformer_state.pt", shift, scale)
        train_decoder(stills, mean, directions, args.runs, args.decoder_steps, args.begin, left, dtype)
    decoder, painter = (
        torch.load(args.runs / f"{name}_state.pt", weights_only=True, mmap=True) for name in ("decoder", "transformer")
    )
    vae, transformer = new_vae(mean, directions), new_transformer()
    vae.decoder.load_state_dict(decoder["ema"])
    transformer.load_state_dict(painter["ema"])
    size_mb = package(
        vae, transformer, text_folder, shift, scale, args.out,
        negative_prompt=rough.WORDS if (args.runs / "rough.npz").exists() else None,
        trained_steps=painter["step"], decoder_steps=decoder["step"], stills=len(stills.moves_px),
    )  # fmt: skip
    print(f"{args.out}: {size_mb:.1f} MB after {painter['step']} steps")


if __name__ == "__main__":
    main()
