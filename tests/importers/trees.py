"""Miniature sets, laid out as the sets are documented, with their quirks."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

FACE = (20, 12, 44, 44)  # left, top, right, bottom in a picture of 64x48


def picture(number: int = 0, width: int = 64, height: int = 48, face=FACE) -> np.ndarray:
    """A warm ellipse on a cool room, uint8; each number gives another one."""
    y, x = np.mgrid[:height, :width]
    x0, y0, x1, y1 = face
    inside = ((x - (x0 + x1) / 2) / ((x1 - x0) / 2)) ** 2 + ((y - (y0 + y1) / 2) / ((y1 - y0) / 2)) ** 2 < 1
    noise = np.random.default_rng(number).normal(0, 3, (height, width))
    return np.clip(np.where(inside, 190 + number % 20, 60) + noise, 0, 255).astype(np.uint8)


def encoded(values: np.ndarray, kind: str = "PNG") -> bytes:
    target = io.BytesIO()
    Image.fromarray(values).save(target, kind, **({"quality": 95} if kind == "JPEG" else {}))
    return target.getvalue()


def grey_rgb(number: int, **size) -> np.ndarray:
    return np.repeat(picture(number, **size)[..., None], 3, axis=2)


def centikelvin(number: int = 0) -> np.ndarray:
    """16-bit TLinear: a face of 34 C in a room of 23 C, plus the number in hundredths."""
    return np.where(picture(number) > 120, 30715, 29615).astype(np.uint16) + np.uint16(number)


def sf_tl54() -> dict[str, bytes]:
    files = {
        "metadata.csv": b"Sub_ID,Split,Age,Gender,Ethnicity,Acc_Trial_1,Acc_Trial_2\n1,Train,32,Male,Asian,Glasses,None\n"
        b"101,Valid,23,Female,Asian,Glasses;Hat,None\n121,Test,47,Female,Asian,Veil,Veil\n"
    }
    for split, subject in (("train", 1), ("val", 101), ("test", 121)):
        for trial in (1, 2):
            name = f"{subject}_{trial}_1_5_{70 + trial}_1"
            for colour in ("gray", "iron"):
                files[f"dataset/{colour}/{split}/images/{name}.png"] = encoded(grey_rgb(subject + trial))
                files[f"dataset/{colour}/{split}/json/{name}.json"] = labelme(54)
    del files["dataset/gray/test/json/121_2_1_5_72_1.json"]
    return files


def labelme(points: int, box=((20, 12), (44, 44))) -> bytes:
    shapes = [{"label": "face", "points": box, "shape_type": "rectangle"}]
    shapes += [{"label": str(i), "points": [[20 + i / 3, 12 + i / 2]], "shape_type": "point"} for i in range(points)]
    return json.dumps({"shapes": shapes, "imageHeight": 48, "imageWidth": 64}).encode()


TFW_HEAD = "name,xs,ys,xe,ye,p1x,p1y,p2x,p2y,p3x,p3y,p4x,p4y,p5x,p5y\n"


def tfw() -> dict[str, bytes]:
    """Two faces in an outdoor image, a box over the edge, one wholly outside, an image without rows and a row without image."""
    points = "27,22,37,22,32,28,28,35,36,35"
    files = {}
    for split in ("train", "val", "test"):
        for place, names in (
            ("indoor", ["103_1_1_4_450_1.png", "103_1_1_4_451_1.png"]),
            ("outdoor", ["3312.png", "4076.png", "9.png"]),
        ):
            for at, name in enumerate(names):
                for colour in ("", "_gray"):
                    files[f"TFW/{split}/{place}{colour}/{name}"] = encoded(grey_rgb(at + len(colour)))
        files[f"TFW/{split}/indoor.csv"] = (
            TFW_HEAD + f"103_1_1_4_450_1.png,20,12,44,44,{points}\n103_1_1_4_451_1.png,50,12,84,44,{points}\n"
        ).encode()
        files[f"TFW/{split}/outdoor.csv"] = (
            TFW_HEAD
            + f"3312.png,2,3,10,14,{points}\n3312.png,20,12,44,44,{points}\n4076.png,70,60,90,80,{points}\n5000.png,1,1,9,9,{points}\n"
        ).encode()
    return files


def tufts() -> dict[str, bytes]:
    files = {}
    rows = ["Set,Participant,File,Left,Top,Width,Height"]
    for participant, number in ((1, 1), (2, 1), (30, 2)):
        for part, count in (("A", 9), ("E", 5)):
            for place in range(1, count + 1):
                name = f"TD_IR_{part}_{place}.jpg"
                files[f"TD_IR_{part}_Set{number}/{participant}/{name}"] = encoded(picture(place), "JPEG")
                rows.append(f"TD_IR_{part}_Set{number},{participant},{name},20,12,24,32")
    rows = [row for row in rows if not row.startswith("TD_IR_A_Set2,30,TD_IR_A_9")]
    files["bounding-boxes.csv"] = "\n".join(rows).encode()
    return files


SIX = ("righteye_outer", "righteye_inner", "lefteye_inner", "lefteye_outer", "mouthcorner_right", "mouthcorner_left")


def dlib(
    images: dict[str, list[tuple[float, float, float, float]]],
    points=((122, 104), (140, 105), (163, 105), (182, 106), (134, 153), (171, 152)),
) -> bytes:
    parts = "".join(f'<part name="{name}" x="{x}" y="{y}" />' for name, (x, y) in zip(SIX, points, strict=True))
    shown = ""
    for file, boxes in images.items():
        inner = "".join(f'<box height="{h}" left="{a}" top="{t}" width="{w}"><label>unlabelled</label>{parts if i == 0 else ""}</box>' for i, (a, t, w, h) in enumerate(boxes))  # fmt: skip
        shown += f'<image file="{file}">{inner}</image>'
    return f"<dataset><name>Carl</name><images>{shown}</images></dataset>".encode()


def carl() -> dict[str, bytes]:
    """160x120 pictures, labels for 320x240; a stray copy, a double box, a picture without label, visible ones beside."""
    files, labels = {}, {}
    for session in (1, 4):
        for light in ("AR", "IR", "NA"):
            name = f"20/session_{session}/thermal_bmp/20S{session}B{light}1.bmp"
            files[name] = encoded(picture(session, 160, 120, (50, 20, 110, 110)), "BMP")
            files[name.replace("thermal_bmp", "classic").replace(f"S{session}B", f"S{session}C")] = encoded(
                picture(0, 640, 480), "BMP"
            )
            labels[name] = [(100, 40, 120, 180)]
    files["20/session_4/thermal_bmp/20S4BAR1 - Copy.bmp"] = files["20/session_4/thermal_bmp/20S4BAR1.bmp"]
    files["20/session_4/thermal_bmp/Copy.bmp"] = files["20/session_4/thermal_bmp/20S4BAR1.bmp"]
    labels["20/session_4/thermal_bmp/20S4BIR1.bmp"] = [(100, 40, 120, 180), (104, 44, 118, 170)]
    del labels["20/session_1/thermal_bmp/20S1BNA1.bmp"]
    labels["20/session_1/classic/20S1CAR1.bmp"] = [(175, 90, 340, 347)]
    files["Carl_annotations/20.xml"] = dlib(labels)
    return files


def eurecom() -> dict[str, bytes]:
    files = {}
    for person in ("001", "050"):
        for number, code in (("01", "NN"), ("02", "EH"), ("06", "AEC"), ("14", "OH")):
            files[f"{person}/TH/TH_{person}_1_{number}_{code}.bmp"] = encoded(picture(int(number), 160, 120), "BMP")
            files[f"{person}/VIS/VIS_{person}_1_{number}_{code}.bmp"] = encoded(picture(0, 200, 150), "BMP")
    return files


def charlotte() -> dict[str, bytes]:
    head = "ID," + ",".join(f"x{i},y{i}" for i in range(72)) + ",Sensation,Air Temperature,RH,Distance"
    full = ",".join(f"{20 + i % 24},{12 + i % 32}" for i in range(72))
    profile = ",".join(f"{20 + i % 24},{12 + i % 32}" for i in range(43)) + "," * (2 * 29)
    broken = ",".join(f"{20 + i},{12 + i}" for i in range(5)) + "," * (2 * 67)
    files = {
        "S1/S1.csv": f"{head}\nR11185,{full},-1,20.9,45,1.0\nR11186,{profile},0,23.5,44,6.6\nR11187,{broken},0,23.5,44,2\nR11189,{full},0,23.5,44,2\n".encode(),
        "S10.csv": f"{head}\nR20001.tiff,{full},2,26.4,40,3.3\n".encode(),
    }
    for person, number in ((1, 11185), (1, 11186), (1, 11187), (1, 11188), (10, 20001)):
        files[f"S{person}/R{number}.tiff"] = encoded(centikelvin(number % 100), "TIFF")
        files[f"S{person}/N{number}.jpg"] = encoded(picture(number), "JPEG")
    return files


def thermvision_db() -> dict[str, bytes]:
    """Names as published: two spaces and `Face` in the men's first set, a lower-case film, a take, frames without a box and one with two."""
    files = {}
    box = "0 0.5 0.58333 0.375 0.66667\n"
    places = {
        "Female Subjects/Set 1 Cropped Headpose Variations/Subject-1": ("Thermal Animations", "Thermal Face Detection", "subject11.mp4"),
        "Female Subjects/Set 2 Cropped Facial Expressions/Subject-1": ("Thermal Animations", "Thermal Face Detection", "Subject12.mp4"),
        "Male Subjects/Set 1 Cropped  Headpose Variations/Subject-5": ("Face Animations", "Face Detection", "Subject51.mp4"),
        "Male Subjects/Set 2 Cropped Facial Expressions/Subject-5-2": ("Thermal Animations", "Thermal Face Detection", "Subject52-2.mp4"),
    }  # fmt: skip
    for folder, (frames, labels, film) in places.items():
        files[f"{folder}/{frames}/{film}"] = b"no film"
        for number in range(4):
            tinted = grey_rgb(number).astype(np.int16) + np.array([2, 0, -3])
            files[f"{folder}/{frames}/Extracted_frames/frame_{number:04d}.png"] = encoded(
                tinted.clip(0, 255).astype(np.uint8)
            )
            if number != 3:
                files[f"{folder}/{labels}/labels/frame_{number:04d}.txt"] = (box * (2 if number == 2 else 1)).encode()
    return files


def yolo(points: int = 0) -> dict[str, bytes]:
    files = {"data.yaml": b"names: [face]\nnc: 1\n", "classes.txt": b"face\n"}
    keypoints = "".join(f" {0.3 + i / 50:.4f} {0.4 + i / 60:.4f}" for i in range(points))
    for split in ("train", "val"):
        for number in range(3):
            files[f"images/{split}/P{number}_{split}.png"] = encoded(picture(number))
        files[f"labels/{split}/P0_{split}.txt"] = f"0 0.5 0.58333 0.375 0.66667{keypoints}\n".encode()
        files[f"labels/{split}/P1_{split}.txt"] = b""
    return files


def coco() -> dict[str, bytes]:
    files = {f"train2017/{name}.jpg": encoded(picture(at), "JPEG") for at, name in enumerate("abc")}
    keypoints = [v for i in range(6) for v in (24 + i, 20 + i, (2, 1, 0)[i % 3])]
    told = {
        "images": [{"id": i, "file_name": f"{name}.jpg", "width": 64, "height": 48} for i, name in enumerate("abcd")],
        "annotations": [
            {
                "id": 1,
                "image_id": 0,
                "category_id": 3,
                "bbox": [20, 12, 24, 32],
                "keypoints": keypoints,
                "num_keypoints": 4,
            },
            {"id": 2, "image_id": 0, "category_id": 3, "bbox": [2, 3, 8, 11]},
            {"id": 3, "image_id": 0, "category_id": 9, "bbox": [0, 0, 60, 40]},
            {"id": 4, "image_id": 1, "category_id": 3, "bbox": [20, 12, 24, 32], "iscrowd": 1},
            {"id": 5, "image_id": 2, "category_id": 3, "bbox": ["x"]},
        ],
        "categories": [{"id": 3, "name": "face"}, {"id": 9, "name": "car"}],
    }
    files["annotations/instances_train2017.json"] = json.dumps(told).encode()
    files["notes.json"] = b"[1, 2]"
    return files


def folders() -> dict[str, bytes]:
    return {
        f"{split}/{gender}/S{person}_{number}.jpg": encoded(picture(number), "JPEG")
        for split in ("train", "test") for gender, person in (("female", 1), ("male", 2)) for number in range(2)
    }  # fmt: skip


TREES = {
    "sf-tl54": sf_tl54, "tfw": tfw, "tufts": tufts, "carl": carl, "charlotte": charlotte, "eurecom": eurecom,
    "thermvision-db": thermvision_db, "yolo": yolo, "coco": coco, "folders": folders,
}  # fmt: skip


def as_folder(files: dict[str, bytes], root: Path) -> Path:
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return root


def as_zip(files: dict[str, bytes], path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return path
