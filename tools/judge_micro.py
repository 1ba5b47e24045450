"""How good are micro's portraits? Paint a balanced set of prompts, check them, judge them, look for repeated training pictures.

    python tools/judge_micro.py --stills runs/micro/stills --judge runs/micro/judge.pt --out runs/micro/judged

checks    what `thermvision check` finds applicable in each temperature image; simulator stills beside, as they are the model's teachers
judge     gender, expression and eyewear as a classifier sees them that was trained on simulator stills (tools/micro/train_judge.py);
          its own errors on held-out simulated people beside
repeats   distance of each portrait to the nearest training still (or its mirror image), beside the same distance of held-out stills
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent / "micro"))
SMALL = 32  # px, for distances
REPEATED = 0.5  # a portrait is a repeat if it lies nearer than this share of the distance that 95 % of the held-out stills keep


def balanced_appearances(count, seed):
    """Gender, expression and eyewear in equal shares, the rest drawn; hair that the gender wears in the training stills."""
    from itertools import product

    from obey import HAIR

    from thermvision.flux.appearance import VALUES, Appearance

    stream = np.random.default_rng((seed, 400))
    cells = list(product(VALUES["gender"], VALUES["expression"], VALUES["eyewear"]))
    return [
        Appearance(
            gender=gender,
            expression=expression,
            eyewear=eyewear,
            age=str(stream.choice(VALUES["age"])),
            hair=str(stream.choice(HAIR[gender])),
            view=str(stream.choice(["frontal", "left", "right"], p=[0.6, 0.2, 0.2])),
            headwear=str(stream.choice(["none", "cap", "beanie"], p=[0.8, 0.1, 0.1])),
            beard=str(stream.choice(VALUES["beard"])) if gender == "male" else None,
            room=str(stream.choice(VALUES["room"])),
        )
        for gender, expression, eyewear in (cells[k % len(cells)] for k in range(count))
    ]


def paint_each(appearances, model, out, seed):
    """(n, 256, 256) in -1 to 1, one portrait a prompt; written as temperature images too."""
    from thermvision.flux.captions import phrase
    from thermvision.portraits.paint import Painter, prepare
    from thermvision.portraits.paint_config import PaintConfig
    from thermvision.thermal.radiometric_files import TLinear, write_tlinear

    opened, settings, _ = prepare(PaintConfig(out=out, prompt="thermal", model=model, seed=seed, batch=1))
    painter = Painter(opened, settings, PaintConfig(out=out, prompt="thermal", model=model, seed=seed, batch=1))
    stream, pictures, prompts = np.random.default_rng((seed, 401)), [], []
    out.mkdir(parents=True, exist_ok=True)
    for index, appearance in enumerate(appearances):
        prompt = phrase(appearance, stream)
        painter.text = opened.family.encode_text(opened.pipeline, [prompt], [prompt], settings.rule)
        (painted,) = painter.portraits([index])
        pictures.append(painted.unit)
        prompts.append(prompt)
        write_tlinear(out / f"{index:04d}.tiff", settings.span.to_kelvin(painted.unit), TLinear())
    (out / "prompts.jsonl").write_text("".join(json.dumps({"prompt": text}) + "\n" for text in prompts))
    return np.stack(pictures)


def share_that_passes(pictures):
    """Share of pictures (unit) in which no applicable check fails, and how often each check failed."""
    from thermvision.flux.span import MICRO_SPAN
    from thermvision.quality.foreign import ForeignImage
    from thermvision.quality.foreign_checks import image_findings

    passed, failures = 0, {}
    for unit in pictures:
        found = image_findings(
            ForeignImage("portrait", MICRO_SPAN.to_kelvin(unit).astype(np.float32), None, True, False)
        )
        failed = [one.name for one in found if one.verdict == "fail"]
        passed += not failed
        for name in failed:
            failures[name] = failures.get(name, 0) + 1
    return passed / len(pictures), failures


def small(unit):
    """(n, 256, 256) to (n, 1024): block means, level and contrast taken out, length 1."""
    n, side = len(unit), 256 // SMALL
    blocks = unit.reshape(n, SMALL, side, SMALL, side).mean(axis=(2, 4)).reshape(n, -1)
    blocks = blocks - blocks.mean(axis=1, keepdims=True)
    return (blocks / np.linalg.norm(blocks, axis=1, keepdims=True)).astype(np.float32)


def nearest(queries, keys):
    """Distance of each query to its nearest key, and which one."""
    product = queries @ keys.T
    return np.sqrt(np.maximum(2 - 2 * product.max(axis=1), 0)), product.argmax(axis=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stills", type=Path, required=True)
    parser.add_argument("--judge", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model", default="micro")
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    import torch
    from pictures import Stills
    from train_judge import FIELDS, Judge, judge_pictures, targets

    from thermvision.flux.appearance import VALUES

    stills = Stills(args.stills)
    asked = balanced_appearances(args.count, args.seed)
    pictures = paint_each(asked, args.model, args.out, args.seed)
    held_out = np.flatnonzero(stills.held_out)
    known = np.stack([stills.unit(int(i)) for i in held_out])

    report = {"count": len(pictures), "checks": {}, "judge": {}, "repeats": {}}
    for name, some in (("portraits", pictures), ("held-out stills", known[:: max(1, len(known) // 200)])):
        share, failures = share_that_passes(some)
        report["checks"][name] = {"pass": share, "failures": failures}

    judge = Judge()
    judge.load_state_dict(torch.load(args.judge, weights_only=True))
    seen, of_known = (
        judge_pictures(judge, torch.from_numpy(some.astype(np.float32))).numpy() for some in (pictures, known)
    )
    truth = targets([stills.rows[i] for i in held_out]).numpy()
    for k, field in enumerate(FIELDS):
        wanted = np.array([VALUES[field].index(getattr(one, field)) for one in asked])
        named = truth[:, k] >= 0
        per_value = {
            value: float((seen[wanted == v, k] == v).mean())
            for v, value in enumerate(VALUES[field])
            if (wanted == v).any()
        }
        report["judge"][field] = {"as asked": float((seen[:, k] == wanted).mean()), "by value": per_value,
                                  "judge on held-out stills": float((of_known[named, k] == truth[named, k]).mean())}  # fmt: skip

    training = np.flatnonzero(~stills.held_out)
    keys = np.concatenate(
        [small(np.stack([stills.unit(int(i)) for i in part])) for part in np.array_split(training, 64)]
    )
    keys = np.concatenate([keys, keys.reshape(-1, SMALL, SMALL)[:, :, ::-1].reshape(len(keys), -1)])
    (usual, _), (found, which) = nearest(small(known), keys), nearest(small(pictures), keys)
    limit = REPEATED * float(np.quantile(usual, 0.05))
    report["repeats"] = {"held-out stills, quantiles 0 .05 .5": np.quantile(usual, [0, 0.05, 0.5]).round(4).tolist(),
                         "portraits, quantiles 0 .05 .5": np.quantile(found, [0, 0.05, 0.5]).round(4).tolist(),
                         "repeated": int((found < limit).sum())}  # fmt: skip
    order = np.argsort(found)[:8]
    pair = np.stack(
        [np.concatenate([pictures[i], stills.unit(int(training[which[i] % len(training)]))]) for i in order]
    )
    sheet = np.concatenate(list(pair), axis=1)
    from PIL import Image

    Image.fromarray(np.uint8(np.clip((sheet + 1) * 127.5, 0, 255))).save(args.out / "nearest.png")
    (args.out / "report.json").write_text(json.dumps(report, indent=1))
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
