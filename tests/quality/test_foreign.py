"""Pictures without labels: a clean one passes, each painted fault is found, published failures fail and real pictures do not."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scipy import ndimage

from thermvision.quality.foreign import ForeignImage, find_head
from thermvision.quality.foreign_checks import image_findings
from thermvision.quality.foreign_read import _of_8_bits, read_image
from thermvision.types import InputError

SIZE = 384
ROOM, SKIN = 40.0, 200.0
STRUCTURE = {"no glowing eyes", "no weave or mottle in the background", "no panes or strands in the background",
             "no grain on the skin", "no weave in cloth"}  # fmt: skip


def portrait():
    """A head, hair and shoulders as smooth warm shapes before a cool wall, with a sensor's white noise."""
    y, x = np.indices((SIZE, SIZE)) / SIZE
    picture = np.full((SIZE, SIZE), ROOM) + 8 * y
    shoulders = np.hypot((x - 0.5) / 0.45, (y - 1.1) / 0.35) < 1
    hair = np.hypot((x - 0.5) / 0.21, (y - 0.4) / 0.29) < 1
    face = (np.hypot((x - 0.5) / 0.17, (y - 0.5) / 0.25) < 1) & (y > 0.3)
    for part, level in ((shoulders, 110.0), (hair, 130.0), (face, SKIN)):
        picture[part] = level
    neck = (np.abs(x - 0.5) < 0.08) & (y > 0.65) & (y < 0.82)
    picture[neck] = SKIN
    picture = ndimage.gaussian_filter(picture, 0.8)
    return picture + 0.6 * np.random.default_rng(2).standard_normal(picture.shape)


def findings_of(grey=None, rgb=None):
    if rgb is None:
        rgb = grey_rgb(np.rint(grey))
    return image_findings(_of_8_bits("picture", rgb, None))


def failed(findings):
    return {one.name for one in findings if one.verdict == "fail"}


def test_a_clean_portrait_passes():
    findings = findings_of(portrait())
    assert not failed(findings)
    assert sum(one.verdict == "pass" for one in findings) >= 10


def tint(g):
    return np.stack([g, g + 4, g], axis=2).clip(0, 255).astype(np.uint8)


def jpeg(g):
    file = io.BytesIO()
    Image.fromarray(g.clip(0, 255).astype(np.uint8)).save(file, "JPEG", quality=8)
    return np.asarray(Image.open(file).convert("RGB"))


def drawn(g, draw):
    image = Image.fromarray(g.clip(3, 250).astype(np.uint8))
    draw(ImageDraw.Draw(image))
    return np.asarray(image.convert("RGB"))


def colour_bar(g):
    g = g.copy()
    g[30:354, 360:375] = np.linspace(250, 5, 324)[:, None]
    return grey_rgb(g)


def text(g):
    return drawn(g, lambda pen: pen.text((6, 6), "34.6 C  e=0.98", fill=255))


def crosshair(g):
    return drawn(g, lambda pen: (pen.line((180, 192, 204, 192), fill=0), pen.line((192, 180, 192, 204), fill=0)))


def grey_rgb(g):
    return np.repeat(g.clip(0, 255).astype(np.uint8)[..., None], 3, axis=2)


def clipped(g):
    return grey_rgb(g * 1.4)


def glowing(g):
    y, x = np.indices(g.shape)
    for centre in (162, 222):
        g = g + 54 * np.exp(-(((x - centre) / 15) ** 2) - ((y - 172) / 11) ** 2)
    return grey_rgb(g)


def wedge(g):
    g = g.copy()
    for i in range(40):
        g[172 + i, 192 - i // 3 : 192 + i // 3 + 1] = ROOM + 4
    return grey_rgb(g)


def weave(g):
    y, x = np.indices(g.shape)
    return grey_rgb(g + np.where(g < 80, 6 * np.sin(x / 1.4) * np.sin(y / 1.4), 0))


def panes(g):
    g = g.copy()
    for at in (18, 45, 72):
        g[15:225, at : at + 5] -= 22
    for at in (15, 75, 135, 195):
        g[at : at + 5, 18:78] -= 22
    return grey_rgb(g)


def grain(g):
    noise = ndimage.gaussian_filter(np.random.default_rng(4).standard_normal(g.shape), 1.3)
    return grey_rgb(g + np.where(g > 170, 4 * noise / noise.std(), 0))


def strands(g):
    x = np.indices(g.shape)[1]
    return grey_rgb(g + np.where((g > 90) & (g < 150), 14 * np.sin(x * 1.3), 0))


def uniform(g):
    return grey_rgb(np.where(g < 80, 40, g))


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        (tint, "neutral grey"), (jpeg, "no JPEG blocks"), (clipped, "not clipped"), (colour_bar, "no painted colour bar"),
        (text, "no painted text or cross"), (crosshair, "no painted text or cross"), (glowing, "no glowing eyes"),
        (wedge, "no black wedge"), (weave, "no weave or mottle in the background"), (panes, "no panes or strands in the background"),
        (grain, "no grain on the skin"), (strands, "hair no crisper than real"), (strands, "no weave in cloth"), (uniform, "background not exactly uniform"),
    ],
)  # fmt: skip
def test_a_painted_fault_is_found(fault, name):
    assert name in failed(findings_of(rgb=fault(portrait())))


def test_without_a_head_the_reason_is_given():
    outdoors = np.random.default_rng(0).uniform(0, 255, (SIZE, SIZE))
    reasons = [one.sentence for one in findings_of(outdoors) if one.verdict == "n/a"]
    assert reasons and all(reasons)


def test_sixteen_bits_and_palettes_are_read(tmp_path):
    kelvin = (29500 + portrait() * 6).astype(np.uint16)
    Image.fromarray(kelvin).save(tmp_path / "a.tiff")
    image = read_image(tmp_path / "a.tiff")
    assert image.kelvin and not failed(image_findings(image)) and not isinstance(find_head(image), str)
    iron = np.stack([portrait(), 0 * portrait() + 60, 255 - portrait()], axis=2).clip(0, 255).astype(np.uint8)
    Image.fromarray(iron).save(tmp_path / "b.png")
    assert read_image(tmp_path / "b.png").false_colour


def test_palettes_and_grey_modes_are_read_as_they_look(tmp_path):
    grey = np.rint(portrait()).clip(0, 255).astype(np.uint8)
    for name, image in (("grey", Image.fromarray(grey)), ("palette", Image.fromarray(grey).quantize(200)),
                        ("alpha", Image.fromarray(np.dstack([grey] * 3 + [np.full_like(grey, 255)])))):  # fmt: skip
        image.save(tmp_path / f"{name}.png")
        assert np.abs(read_image(tmp_path / f"{name}.png").grey - grey).max() < 4
    Image.new("CMYK", (96, 96)).save(tmp_path / "print.jpg")
    with pytest.raises(InputError, match="CMYK"):
        read_image(tmp_path / "print.jpg")


def test_counts_without_a_meaning_need_a_span(tmp_path):
    counts = (3000 + portrait() * 20).astype(np.uint16)
    Image.fromarray(counts).save(tmp_path / "raw.png")
    with pytest.raises(InputError, match="--span"):
        read_image(tmp_path / "raw.png")
    image = read_image(tmp_path / "raw.png", (-20.0, 500.0))
    assert image.kelvin and image.grey.min() == pytest.approx(counts.min() / 65535 * 520 + 253.15, abs=0.01)


@pytest.mark.parametrize(
    ("offset_k", "hot_k", "failing"),
    [(0, 0, set()), (-10, 0, {"skin as warm as skin"}), (0, 9, {"nothing on the head above body temperature"})],
)
def test_temperatures_that_skin_cannot_have(tmp_path, offset_k, hot_k, failing):
    kelvin = 295.0 + portrait() * 0.06 + offset_k
    kelvin[180:200, 180:204] += hot_k
    Image.fromarray(np.rint(kelvin * 100).astype(np.uint16)).save(tmp_path / "a.png")
    degrees = {"skin as warm as skin", "nothing on the head above body temperature"}
    assert failed(image_findings(read_image(tmp_path / "a.png"))) & degrees == failing
    assert {one.verdict for one in findings_of(portrait()) if one.name in degrees} == {"n/a"}


def test_a_video_is_named_as_such(tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"0")
    with pytest.raises(InputError, match="is a video"):
        read_image(tmp_path / "a.mp4")


@pytest.mark.parametrize("content", [b"", b"no image", b"\x89PNG\r\n\x1a\n broken"])
def test_files_that_are_no_picture(tmp_path, content):
    (tmp_path / "x.png").write_bytes(content)
    with pytest.raises(InputError, match="cannot be read as an image"):
        read_image(tmp_path / "x.png")


@pytest.mark.parametrize("number", [11, 13])
def test_published_failures_fail(shared_dir, number):
    found = failed(image_findings(read_image(shared_dir / f"data/thermal_samples/thermvision_fail_{number}.png")))
    expected = (STRUCTURE | {"neutral grey"}) - ({"no glowing eyes"} if number == 13 else set())
    assert expected <= found


@pytest.mark.parametrize("name", ["tfw_103_1_1_4_450_1", "tfw_3312", "tfw_4076"])
def test_real_pictures_do_not_fail(shared_dir, name):
    assert not failed(image_findings(read_image(shared_dir / f"data/thermal_samples/{name}.png")))


def test_real_faces_of_speakingfaces_do_not_fail_the_same_checks(shared_dir):
    with Image.open(shared_dir / "data/thermal_samples/speakingfaces_nine_positions.png") as sheet:
        faces = np.asarray(sheet.convert("RGB"))
    for top in (8, 307, 606):
        for left in (703, 931, 1157):
            rgb = faces[top : top + 276, left : left + 203]
            grey = rgb.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
            found = failed(image_findings(ForeignImage("face", grey, rgb, False, True)))
            assert not found & (STRUCTURE | {"neutral grey", "no black wedge"})
