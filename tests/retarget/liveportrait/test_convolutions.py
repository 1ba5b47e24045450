"""The rewritten convolutions against the library's own in float64, over sizes that do and do not fit their tiles."""

import pytest
import torch
from torch.nn import functional

from thermvision.retarget.liveportrait import winograd
from thermvision.retarget.liveportrait.blocks import ConvBlock2d, SpectralConv2d
from thermvision.retarget.liveportrait.fast_dense_motion import SingleOutputConv
from thermvision.retarget.liveportrait.fast_generator import instance_norm
from thermvision.retarget.liveportrait.fft_conv import FftConv3d
from thermvision.retarget.liveportrait.folding import fold_batch_norm
from thermvision.retarget.liveportrait.planes import (
    PlanesConv,
    image_of,
    planes_of,
    upsampled_conv_planes,
    upsampled_quarters,
)
from thermvision.retarget.liveportrait.upsampled_conv import UpsampledConv, phases
from thermvision.retarget.liveportrait.winograd import WinogradConv, filtering_matrices

SEED = 3


def random(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(SEED + sum(shape)))


def far_off(found, expected):
    """Largest error as a share of the expected values' spread."""
    assert found.shape == expected.shape
    return float((found - expected).abs().max() / expected.std())


def test_the_matrices_filter_one_axis():
    g, b, a = (torch.from_numpy(matrix) for matrix in filtering_matrices())
    taps, line = random(3).double(), random(6).double()
    expected = line.unfold(0, 3, 1) @ taps
    torch.testing.assert_close(a @ ((g @ taps) * (b @ line)), expected)


@pytest.mark.parametrize("strip_bytes", [1, 1 << 24])
@pytest.mark.parametrize("size", [(2, 6, 1, 13, 18), (1, 16, 5, 16, 16), (1, 3, 2, 3, 5), (1, 40, 1, 32, 64)])
def test_winograd_equals_the_convolution(monkeypatch, size, strip_bytes):
    monkeypatch.setattr(winograd, "STRIP_BYTES", strip_bytes)
    channels, depth = size[1:3]
    taps = 3 if depth > 1 else 1
    weight, bias, x = random(9, channels, taps, 3, 3), random(9), random(*size)
    expected = functional.conv3d(x.double(), weight.double(), bias.double(), padding=(taps // 2, 1, 1))
    assert far_off(WinogradConv(weight, bias)(x), expected) < 3e-5
    if depth == 1:
        found = WinogradConv(weight[:, :, 0], bias, slope=0.2)(x[:, :, 0])
        assert far_off(found, functional.leaky_relu(expected[:, :, 0], 0.2)) < 3e-5


@pytest.mark.parametrize("strip_bytes", [1, 1 << 24])
@pytest.mark.parametrize("size", [(5, 4, 4), (5, 8, 20), (60, 24, 32)])
def test_winograd_in_planes_equals_the_convolution(monkeypatch, size, strip_bytes):
    monkeypatch.setattr(winograd, "STRIP_BYTES", strip_bytes)
    weight, bias, x = random(7, size[0], 3, 3), random(7), random(*size)
    expected = functional.conv2d(x[None].double(), weight.double(), bias.double(), padding=1)[0]
    conv = PlanesConv(weight, bias)
    assert far_off(image_of(conv(planes_of(x))), expected) < 3e-5
    assert far_off(image_of(conv(list(planes_of(x)))), expected) < 3e-5
    strips = [(rows, strip.clone()) for rows, strip in conv.strips(planes_of(x))]
    assert [row for rows, _ in strips for row in range(rows.start, rows.stop)] == list(range(size[1] // 4))
    assert far_off(image_of(torch.cat([strip for _, strip in strips], 2)), expected) < 3e-5


def test_planes_hold_the_image():
    x = random(3, 8, 12)
    planes = planes_of(x)
    assert torch.equal(image_of(planes), x)
    assert torch.equal(planes[4 * 2 + 3], x[:, 2::4, 3::4])
    large = functional.interpolate(x[None], scale_factor=2)[0]
    quarters = upsampled_quarters(planes)
    assert torch.equal(quarters[:, None, :, None].expand(2, 2, 2, 2, -1, -1, -1).flatten(0, 3), planes_of(large))


@pytest.mark.parametrize("factor", [2, 4])
def test_convolution_before_upsampling_in_planes(factor):
    conv, x = UpsampledConv(random(4, 5, 3, 3), random(4), factor), random(1, 5, 8, 12)
    found = torch.stack(upsampled_conv_planes(conv, x[0]))
    torch.testing.assert_close(image_of(found), conv(x)[0])


def test_instance_norm_of_planes():
    x = random(3, 8, 12) * 5 + 40
    torch.testing.assert_close(
        image_of(instance_norm(planes_of(x))), functional.instance_norm(x[None])[0], rtol=1e-4, atol=1e-4
    )


def test_convolution_to_one_channel():
    plain, x = torch.nn.Conv2d(6, 1, 7, padding=3), random(2, 6, 9, 11)
    torch.testing.assert_close(SingleOutputConv(plain)(x), plain(x), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("size", [(2, 5, 4, 22, 44), (1, 5, 3, 20, 45), (1, 2, 9, 8, 8)])
def test_the_fourier_convolution_equals_the_convolution(size):
    weight, bias, x = random(3, size[1], 7, 7, 7), random(3), random(*size)
    expected = functional.conv3d(x.double(), weight.double(), bias.double(), padding=3)
    assert far_off(FftConv3d(weight, bias)(x), expected) < 1e-5


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_convolution_before_upsampling_equals_the_one_after(factor):
    weight, bias, x = random(4, 5, 3, 3), random(4), random(2, 5, 6, 7)
    large = functional.interpolate(x, scale_factor=factor).double()
    expected = functional.relu(functional.conv2d(large, weight.double(), bias.double(), padding=1))
    assert far_off(UpsampledConv(weight, bias, factor)(x), expected) < 1e-5


def test_convolution_before_upsampling_in_volumes():
    weight, bias, x = random(4, 5, 3, 3, 3), random(4), random(1, 5, 4, 2, 3)
    large = functional.interpolate(x, scale_factor=(1, 2, 2)).double()
    expected = functional.relu(functional.conv3d(large, weight.double(), bias.double(), padding=1))
    assert far_off(UpsampledConv(weight, bias, 2)(x), expected) < 1e-5


def test_upsampling_leaves_16_and_25_kernel_taps():
    """Reference 4, rewrite B: 16 of 36 taps for a factor of 2, 25 of 144 for 4."""
    for factor, taps in ((2, 16), (4, 25)):
        assert sum(len(phase.joined) for phase in phases(factor)) ** 2 == taps
        assert sorted(place for phase in phases(factor) for place in phase.places) == list(range(factor))


def test_batch_norm_folds_into_its_convolution():
    torch.manual_seed(SEED)
    block = ConvBlock2d(3, 4).eval()
    block.norm.running_mean.normal_()
    block.norm.running_var.uniform_(0.5, 2)
    torch.nn.init.normal_(block.norm.weight)
    torch.nn.init.normal_(block.norm.bias)
    x = random(1, 3, 8, 8)
    found = functional.conv2d(x, *fold_batch_norm(block.conv, block.norm), padding=1).relu()
    torch.testing.assert_close(found, block(x), rtol=1e-5, atol=1e-5)


def test_the_spectral_norm_is_torchs_own():
    """Same keys and same effective weight as torch's legacy hook, with which the published weights were saved."""
    hooked = torch.nn.utils.spectral_norm(torch.nn.Conv2d(5, 4, 3, padding=1))
    with torch.enable_grad():
        hooked(random(1, 5, 6, 6))
    ours = SpectralConv2d(5, 4, 3)
    ours.load_state_dict(hooked.state_dict())
    x = random(1, 5, 6, 6)
    torch.testing.assert_close(ours(x), hooked.eval()(x))
