"""Train `micro`, the small FLUX that is shipped, from nothing but the simulator. Stop it when you like: it goes on where it was.

    python tools/train_micro.py --runs runs/micro --out src/thermvision/assets/micro

1. stills     30,000 pictures of 5,000 simulated people with all that a caption may say   (15 min on two cores)
2. text       tokenizers and two text encoders that can tell what a caption says          (5 min)
3. vae        256x256 kelvin to 16 channels of 16x16 and back                             (25 min)
4. transformer  FLUX.1's architecture, width 256, rectified flow                          (hours)
5. package    a FluxPipeline folder in bf16
6. judge      how often gender, expression and eyewear are what was asked for             (tools/judge_micro.py)
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
    parser.add_argument("--vae-steps", type=int, default=2500)
    parser.add_argument("--steps", type=int, default=20000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--compile", action="store_true", help="torch.compile the transformer: pays off after some 600 steps")
    parser.add_argument("--package-only", action="store_true", help="make the folder from the last checkpoint")
    args = parser.parse_args()

    import torch

    torch.set_num_threads(args.threads)
    from package import package
    from train_text import train as train_text
    from train_transformer import new_transformer, train as train_transformer
    from train_vae import Stills, new_vae, train as train_vae

    stills_folder, text_folder, vae_folder = args.runs / "stills", args.runs / "text", args.runs / "vae"
    if not args.package_only:
        subprocess.run([sys.executable, HERE / "stills.py", "--out", stills_folder, "--portraits", str(args.portraits), "--workers", str(args.threads)], check=True)
        if not (text_folder / "tokenizer_2").exists():
            train_text(text_folder)
    vae = new_vae()
    if args.package_only:
        vae.load_state_dict(torch.load(vae_folder / "vae_state.pt", weights_only=True)["vae"])
    else:
        vae_folder.mkdir(parents=True, exist_ok=True)
        vae = train_vae(stills_folder, vae_folder, args.vae_steps)
    vae.eval()
    stills, steps = Stills(stills_folder), 0 if args.package_only else args.steps
    ema, shift, scale = train_transformer(stills, vae, text_folder, args.runs, steps, args.compile)
    transformer = new_transformer()
    transformer.load_state_dict(ema)
    trained = torch.load(args.runs / "transformer_state.pt", weights_only=True, mmap=True)["step"]
    size_mb = package(vae, transformer, text_folder, shift, scale, args.out, trained_steps=trained, stills=len(stills.rows))
    print(f"{args.out}: {size_mb:.1f} MB after {trained} steps")


if __name__ == "__main__":
    main()
