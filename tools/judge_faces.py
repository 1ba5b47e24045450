"""Judge thermvision.faces on simulated people it was not trained on, as cameras show them.

    python tools/judge_faces.py --stills runs/faces/heldout --count 300 --fit 60 --sheet runs/faces/judged.png

The stills come from `tools/faces/stills.py --seed 1000`. Each is filmed by a preset's noise and shown in kelvin, or in 8 bits by
a gain control, every fourth black-hot. Errors are mean distances of the 478 points over the distance of the outer eye corners
in the picture.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent / "faces"))
VIEWS = ("kelvin", "linear", "plateau", "detail")
CAMERAS = ("generic", "a65", "testo_880", "boson_320")


def filmed(centikelvin, view, camera, stream):
    """A still as a camera with the noise of `camera` shows it: float32, kelvin or 0-255."""
    from thermvision.thermal.agc import make_agc
    from thermvision.thermal.presets import CAMERAS as PRESETS

    preset = PRESETS[camera]
    noise = stream.normal(0, preset.netd_k, centikelvin.shape) + stream.normal(
        0, preset.column_noise_k, (1, centikelvin.shape[1])
    )
    noisy = np.clip(centikelvin + 100 * noise, 0, 65535).astype(np.uint16)
    if view == "kelvin":
        return noisy.astype(np.float32) * np.float32(0.01)
    return make_agc(view)(noisy).astype(np.float32)


def judge(stills, count, fits, stream):
    """A row for each still and the faces found."""
    from thermvision.faces.find import find_faces

    rows, seen = [], []
    for number in range(count):
        k = int(stream.integers(len(stills)))
        view, camera = VIEWS[number % 4], CAMERAS[number // 4 % 4]
        image = filmed(stills.centikelvin[k], view, camera, stream)
        inverted = view != "kelvin" and number % 8 >= 5
        image = 255 - image if inverted else image
        truth, pose = stills.landmarks_px[k].numpy(), stills.pose_deg[k].numpy()
        share = float(stills.visible[k].float().mean())
        faces = find_faces(image, kelvin=view == "kelvin")
        row = {
            "still": k,
            "view": view,
            "camera": camera,
            "inverted": inverted,
            "yaw": float(pose[0]),
            "shown": share,
            "faces": len(faces),
        }
        best = None
        for face in faces:
            error = float(np.linalg.norm(face.landmarks_px - truth, axis=1).mean())
            if best is None or error < best[0]:
                best = (error, face)
        if best is not None:
            error, face = best
            eyes = float(np.linalg.norm(truth[263] - truth[33]))
            each = np.linalg.norm(face.landmarks_px - truth, axis=1)
            row |= {"nme": error / eyes, "score": face.score, "says_inverted": face.inverted, "says_visible": face.visible_light,
                    "pose": [abs(face.yaw_deg - pose[0]), abs(face.pitch_deg - pose[1]), abs((face.roll_deg - pose[2] + 180) % 360 - 180)],
                    "certain": float(np.mean(each < 2.45 * face.sd_px))}  # fmt: skip
            if fits > 0 and abs(pose[0]) <= 45:
                row |= fitted(face, image, truth, pose, eyes)
                fits -= "fit_pose" in row or "fit_refused" in row
        rows.append(row)
        seen.append((image, best[1] if best else None))
    return rows, seen


def fitted(face, image, truth, pose, eyes):
    """What `fit_head` makes of it."""
    from thermvision.head.fit_landmarks import fit_head
    from thermvision.head.projection import View
    from thermvision.motion.euler import rotation_from_euler_deg
    from thermvision.types import InputError

    view = View.from_fov(image.shape[1], image.shape[0], 24.0)
    try:
        fit = fit_head(
            face.landmarks_px.astype(float),
            face.weights.astype(float),
            view,
            focal_is_known=False,
            least_sd_share=face.sd_share,
        )
    except InputError as error:
        return {"fit_refused": str(error)}
    turn = fit.camera_from_head.T @ rotation_from_euler_deg(*(float(v) for v in pose))
    angle = float(np.degrees(np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1))))
    return {"fit_pose": angle, "fit_nme": float(np.linalg.norm(fit.landmarks_px - truth, axis=1).mean()) / eyes}


def summary(rows):
    def spread(values):
        return [round(float(v), 4) for v in np.percentile(values, [50, 95])] if len(values) else None

    good = [row for row in rows if row["shown"] > 0.3]
    out = {
        "pictures": len(rows),
        "recall": round(
            float(np.mean([row["faces"] > 0 and row.get("nme", 9) < 0.25 for row in good if abs(row["yaw"]) < 75])), 4
        ),
    }
    for limit in (30, 60):
        chosen = [row for row in good if "nme" in row and abs(row["yaw"]) <= limit]
        out[f"nme, yaw <= {limit}: median, 95 %"] = spread([row["nme"] for row in chosen])
        out[f"yaw, pitch, roll error, yaw <= {limit}"] = [spread([row["pose"][k] for row in chosen]) for k in range(3)]
    chosen = [row for row in good if "nme" in row]
    for view in VIEWS:
        out[f"nme {view}"] = spread([row["nme"] for row in chosen if row["view"] == view and abs(row["yaw"]) <= 30])
    out["polarity told"] = round(float(np.mean([(row["says_inverted"] > 0.5) == row["inverted"] for row in chosen])), 4)
    out["taken for visible light (> 0.9)"] = round(float(np.mean([row["says_visible"] > 0.9 for row in chosen])), 4)
    out["points within 2.45 sd (asked: 0.95)"] = round(float(np.mean([row["certain"] for row in chosen])), 3)
    out["fit: pose error"] = spread([row["fit_pose"] for row in rows if "fit_pose" in row])
    out["fit: nme"] = spread([row["fit_nme"] for row in rows if "fit_nme" in row])
    out["fits, refused"] = [sum("fit_pose" in row for row in rows), sum("fit_refused" in row for row in rows)]
    return out


def sheet(seen, path, columns=8, size=288):
    from PIL import Image, ImageDraw

    rows = -(-len(seen) // columns)
    page = Image.new("RGB", (columns * size, rows * size))
    for number, (image, face) in enumerate(seen):
        low, high = np.percentile(image, [1, 99])
        grey = np.uint8(np.clip((image - low) / max(high - low, 1e-6), 0, 1) * 255)
        picture = Image.fromarray(grey).convert("RGB")
        scale = size / max(picture.size)
        picture = picture.resize([round(side * scale) for side in picture.size])
        if face is not None:
            draw = ImageDraw.Draw(picture)
            for (x, y), shown in zip(face.landmarks_px * scale, face.visible, strict=True):
                draw.point((x, y), fill=(0, 255, 0) if shown > 0.5 else (255, 60, 60))
            draw.text(
                (3, 3),
                f"{face.score:.2f} y{face.yaw_deg:.0f} p{face.pitch_deg:.0f} r{face.roll_deg:.0f} i{face.inverted:.2f} v{face.visible_light:.2f}",
                fill=(255, 255, 0),
            )
        page.paste(picture, (number % columns * size, number // columns * size))
    page.save(path)


def main():
    from material import read_stills

    from thermvision.rng import rng

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stills", type=Path, required=True)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--fit", type=int, default=0, help="how many faces are fitted too")
    parser.add_argument("--sheet", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    rows, seen = judge(read_stills(args.stills), args.count, args.fit, rng(args.seed, "judge faces"))
    print(json.dumps(summary(rows), indent=1))
    if args.sheet:
        sheet(seen[:48], args.sheet)


if __name__ == "__main__":
    main()
