"""Judge the gender network on simulated people it was not trained on, and find the temperature that makes its logit a probability.

    python tools/judge_gender.py --packs runs/gender/packed --any-hair runs/gender/anyhair --onnx runs/gender/gender.onnx --out runs/gender/judged

Faces come from packs of tools/faces/gender_pack.py: fold 1 for the temperature and for choosing the room, fold 0 for the
figures. Each is cut as `annotate` cuts it, its box and roll off by a few per cent, shown by a camera as in training, and
looked at twice, mirrored the second time. Intervals are over people. Written: figures.json and a sheet of the worst.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parent / "faces"))
ROOMS = (1.0, 1.2, 1.35, 1.5, 1.65, 1.85)
FEWER = 0.4  # of the faces, for choosing the room
LOOKS = ("as it is", "hair hidden", "another's hair", "black-hot", "64 px", "24 px", "camera")
HIDE_PX, SEED = 0.12, 7  # how far above the brows hiding begins, of the way from chin to brows


def looked_at(pack, picks, look, room, stream):
    """Crops (n, 1, 128, 128) of faces as the network takes them."""
    import gender_crops as made

    from thermvision.tasks.training.augment.recipe import through_camera
    from thermvision.tasks.training.augment.stretch import stretched

    kelvin, points, n = pack.kelvin(picks), pack.points[picks], len(picks)
    masks = made.face_masks(points, torch.full((n,), HIDE_PX), torch.full((n,), 40.0))
    if look == "hair hidden":
        mean = (masks * kelvin).sum(dim=(2, 3), keepdim=True) / masks.sum(dim=(2, 3), keepdim=True)
        kelvin = masks * kelvin + (1 - masks) * (mean - 5)
    if look == "another's hair":
        kelvin = made.with_others_surroundings(kelvin, points, masks, pack, picks, stream)
    room = room * torch.exp(0.04 * torch.randn(n, generator=stream))
    lean, shift = 2 * torch.randn(n, generator=stream), 0.02 * torch.randn(n, 2, generator=stream)
    x = made.cut(kelvin, room, lean, shift, torch.ones(n))
    if look == "camera":
        x, inverted = through_camera(x, stream, 32)
        x = torch.where(inverted[:, None, None, None], -x, x)  # annotate turns black-hot faces round
    else:
        x = x + 0.05 * torch.randn(x.shape, generator=stream)
    if look.endswith(" px"):
        x = fewer_pixels_of(x, int(look.split()[0]))
    return stretched(-x if look == "black-hot" else x)


def fewer_pixels_of(x, face_px):
    """As a camera on which the longer side of the face's crop has so many pixels."""
    from torch.nn import functional

    down = functional.interpolate(x, size=(face_px, face_px), mode="area")
    return functional.interpolate(down, size=x.shape[-2:], mode="bilinear", align_corners=False)


def logits_of(tell, pack, look, room, step=96):
    """Mean logit of each face and its mirror image, the same noise whatever the network."""
    stream, told = torch.Generator().manual_seed(SEED), []
    for start in range(0, len(pack), step):
        x = looked_at(pack, np.arange(start, min(start + step, len(pack))), look, room, stream).numpy()
        told.append(tell(np.concatenate([x, x[..., ::-1]])).reshape(2, -1).mean(axis=0))
    return np.concatenate(told).astype(float)


def temperature_of(logits, male):
    """The divisor of the logits at which the labels are the likeliest (Guo et al. 2017), from 0.2 to 5."""
    tries = np.exp(np.linspace(np.log(0.2), np.log(5), 400))
    sign = np.where(male, 1.0, -1.0)
    return float(tries[np.argmin([np.logaddexp(0, -sign * logits / one).mean() for one in tries])])


def probabilities(logits):
    return 1 / (1 + np.exp(-np.clip(logits, -30, 30)))


def calibration_error(p_male, male, bins=10):
    """Mean distance between what is said and what is so, over bins of what is said, weighted by their faces."""
    which = np.minimum((p_male * bins).astype(int), bins - 1)
    return float(sum(abs((p_male - male)[which == k].sum()) for k in range(bins)) / len(male))


def figures(p_male, male, person, stream):
    """Each figure with its interval over people."""
    from thermvision.tasks.measures.bootstrap import estimate, person_numbers
    from thermvision.tasks.measures.gender import gender_statistics

    names, numbers = person_numbers([str(one % 100_000) for one in person])  # of one index: alike in all folders
    strata = np.zeros(len(names), np.int64)
    strata[numbers] = male
    told = {"images": len(male), "people": len(names)}
    for name, statistic in gender_statistics(p_male, male, numbers, len(names)).items():
        one = estimate(statistic, len(names), stream, draws=2000, strata=strata)
        told[name] = [round(one.value, 4), round(one.low, 4), round(one.high, 4)]
    return told


def groups_of(pack):
    """Name of a group -> which faces are in it."""
    yaw = pack.pose_deg[:, 0].abs().numpy()
    found = {f"yaw {low}-{high}": (yaw >= low) & (yaw < high) for low, high in ((0, 15), (15, 30), (30, 45), (45, 60), (60, 75), (75, 95))}  # fmt: skip
    for place, name in enumerate(("glasses", "headwear", "mask")):
        found[f"with {name}"] = pack.worn[:, place]
    found["nothing worn"] = ~pack.worn.any(axis=1)
    return found


def by_room(tell, packs, count):
    """Share of right answers on fold 1 within 60 degrees of yaw, for each room and look."""
    from gender_crops import read_packs
    from train_gender import VALIDATION_FOLD

    pack = read_packs(packs, [VALIDATION_FOLD], round(FEWER * count))
    near, male = pack.pose_deg[:, 0].abs().numpy() <= 60, pack.male.numpy() > 0.5
    return {
        f"{room:g}": {look: round(float(((logits_of(tell, pack, look, room) > 0) == male)[near].mean()), 4) for look in ("as it is", "another's hair", "camera")}
        for room in ROOMS
    }  # fmt: skip


def judge(tell, packs, any_hair, room, count, stream):
    """All figures: by look, by group, and of people whose hair was drawn whatever their gender."""
    from gender_crops import read_packs
    from gender_pack import FOLDS
    from train_gender import TEST_FOLD, VALIDATION_FOLD

    told = {"right on fold 1 by room": by_room(tell, packs, count)}
    check = read_packs(packs, [VALIDATION_FOLD], count)
    hard = np.concatenate([logits_of(tell, check, look, room) for look in ("another's hair", "camera")])
    told["temperature"] = round(temperature_of(hard, np.tile(check.male.numpy() > 0.5, 2)), 3)
    test = read_packs(packs, [TEST_FOLD], count)
    male, yaw = test.male.numpy() > 0.5, test.pose_deg[:, 0].abs().numpy()
    kept = {}
    for look in LOOKS:
        kept[look] = p = probabilities(logits_of(tell, test, look, room) / told["temperature"])
        told[f"{look}, yaw under 60"] = figures(p[yaw < 60], male[yaw < 60], test.person[yaw < 60], stream)
        told[f"{look}, yaw under 60"]["calibration error"] = round(calibration_error(p[yaw < 60], male[yaw < 60]), 4)
    for name, those in ((name, those) for name, those in groups_of(test).items() if those.any()):
        told[f"camera, {name}"] = figures(kept["camera"][those], male[those], test.person[those], stream)
    if any_hair:
        free = read_packs(any_hair, list(range(FOLDS)), count)
        for look in ("as it is", "camera"):
            p = probabilities(logits_of(tell, free, look, room) / told["temperature"])
            those = free.pose_deg[:, 0].abs().numpy() < 60
            told[f"any hair, {look}, yaw under 60"] = figures(
                p[those], free.male.numpy()[those] > 0.5, free.person[those], stream
            )
    return told, test, kept


def sheet(test, p_male, room, path, columns=12, rows=8):
    """The faces of which the network is most sure and wrong."""
    from PIL import Image, ImageDraw

    male = test.male.numpy() > 0.5
    worst = np.argsort(-np.abs(p_male - male))[: columns * rows]
    x = looked_at(test, np.sort(worst), "as it is", room, torch.Generator().manual_seed(SEED))
    page = Image.new("L", (columns * 128, rows * 128))
    for number, place in enumerate(np.sort(worst)):
        crop = Image.fromarray(np.uint8(np.clip((x[number, 0].numpy() + 1.2) / 2.4, 0, 1) * 255))
        ImageDraw.Draw(crop).text((3, 3), f"{'m' if male[place] else 'f'} {p_male[place]:.2f}", fill=255)
        page.paste(crop, (number % columns * 128, number // columns * 128))
    page.save(path)


def main():
    import onnxruntime

    from thermvision.faces.gender_reading import ROOM_GENDER
    from thermvision.rng import rng

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packs", type=Path, nargs="+", required=True)
    parser.add_argument(
        "--any-hair", type=Path, nargs="*", default=[], help="packs of people with any hair, none of them trained on"
    )
    parser.add_argument("--onnx", type=Path, required=True)
    parser.add_argument("--room", type=float, default=ROOM_GENDER)
    parser.add_argument("--count", type=int, default=1000, help="faces of each fold that are looked at")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(1)
    session = onnxruntime.InferenceSession(args.onnx, providers=["CPUExecutionProvider"])
    args.out.mkdir(parents=True, exist_ok=True)
    told, test, kept = judge(
        lambda x: session.run(None, {"x": x})[0],
        args.packs,
        args.any_hair,
        args.room,
        args.count,
        rng(SEED, "judge gender"),
    )
    (args.out / "figures.json").write_text(json.dumps(told, indent=1))
    sheet(test, kept["as it is"], args.room, args.out / "worst.png")
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
