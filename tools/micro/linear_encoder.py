"""The encoder's weights, worked out instead of trained: the principal components of 16x16 blocks, written into AutoencoderKL.

Every layer of the encoder is used as the linear map it can be: residual blocks whose second convolution is zero leave only
their shortcut; a stride-2 convolution mixes 2x2 blocks; the last group norm is held constant by channels of constant
value, and SiLU(h) - SiLU(-h) = h. So latents are exact projections, no absolute level is lost, and they can be cached
and learnt from before the decoder is trained.
"""

from __future__ import annotations

import numpy as np
import torch

BLOCK, ANCHOR = 16, 24.0  # pixels; the constant channels' value, large beside what they anchor


def components(blocks, count):
    """Mean (256,) and directions (count, 256) of the first principal components of blocks (n, 256).

    A component of variance v is scaled to variance v ** 0.75. Noise then hides fine ones first, so that a picture is painted
    from coarse to fine. (Scaled to v ** 0.25, the finest of 0.04 K stood in faces as high as the coarsest of 3 K: 377 numbers
    held 90 % of a face's variance in place of the 31 in kelvin, and what a small model could learn went into texture.)
    """
    mean = blocks.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov((blocks - mean).T))
    values, vectors = values[::-1][:count], vectors[:, ::-1][:, :count]
    return mean, vectors.T / values[:, None] ** 0.125


def to_blocks(unit):
    """(n, 256, 256) to (n, 16, 16, 256)."""
    n, h, w = unit.shape
    return (
        unit.reshape(n, h // BLOCK, BLOCK, w // BLOCK, BLOCK)
        .transpose(0, 1, 3, 2, 4)
        .reshape(n, h // BLOCK, w // BLOCK, BLOCK * BLOCK)
    )


def from_blocks(blocks):
    n, h, w, _ = blocks.shape
    return blocks.reshape(n, h, w, BLOCK, BLOCK).transpose(0, 1, 3, 2, 4).reshape(n, h * BLOCK, w * BLOCK)


def encode(unit, mean, directions):
    """(n, 256, 256) in -1 to 1 to latents (n, c, 16, 16)."""
    return ((to_blocks(unit) - mean) @ directions.T).transpose(0, 3, 1, 2)


def decode(latents, mean, directions):
    """Back without a decoder, block by block: what can be seen before one is trained."""
    return from_blocks(latents.transpose(0, 2, 3, 1) @ np.linalg.pinv(directions).T + mean)


def shift_and_scale(latents):
    """Mean of some of the latents, and what brings their deviation to 1: the units of the flow."""
    sample = np.asarray(latents[::37], np.float32)
    return float(sample.mean()), float(1 / sample.std())


def read_encoder(vae, count):
    """Mean and directions that `write_encoder` wrote; of the mean, what the directions see."""
    with torch.no_grad():
        units = torch.cat([torch.zeros(1, BLOCK * BLOCK), torch.eye(BLOCK * BLOCK)]).reshape(-1, 1, BLOCK, BLOCK)
        latents = torch.cat([vae.encoder(part.expand(-1, 3, -1, -1))[:, :count, 0, 0] for part in units.split(64)])
    level, *moved = latents.double().numpy()
    directions = (np.stack(moved) - level).T
    return -np.linalg.pinv(directions) @ level, directions


def write_encoder(vae, mean, directions, latent_noise):
    """Set the encoder of a VAE with channels (16, 32, 64, 64, 128) so that its mean is directions @ (block - mean).

    Its variance, which a trained encoder would say, is the noise that the decoder is taught to bear.
    """
    encoder, count = vae.encoder, len(directions)
    with torch.no_grad():
        for parameter in encoder.parameters():
            parameter.zero_()
        encoder.conv_in.weight[0, :, 1, 1] = 1 / 3  # grey
        size, held = 1, 1  # of the block gathered so far, channels that hold it
        order = np.zeros(
            (1, 1), int
        )  # which pixel of the block each channel holds: while that is lossless, pixels are just stacked
        for level, block in enumerate(encoder.down_blocks):
            for resnet in block.resnets:
                if resnet.conv_shortcut is not None:
                    for c in range(min(held, resnet.conv_shortcut.weight.shape[1])):
                        resnet.conv_shortcut.weight[c, c, 0, 0] = 1
            if not block.downsamplers:
                continue
            conv = block.downsamplers[0].conv
            if size < 8:  # 2x2 blocks of channels become channels
                new = np.zeros((2 * size, 2 * size), int)
                for dy in (0, 1):
                    for dx in (0, 1):
                        for c in range(held):
                            out = (2 * dy + dx) * held + c
                            conv.weight[out, c, dy, dx] = 1
                            y, x = np.argwhere(order == c)[0]
                            new[dy * size + y, dx * size + x] = out
                order, size, held = new, 2 * size, 4 * held
            else:  # the last one: 64 pixels of each of 2x2 blocks to the components
                full = torch.from_numpy(directions.reshape(count, 2, 8, 2, 8).astype(np.float32))
                for y in range(8):
                    for x in range(8):
                        conv.weight[:count, order[y, x], :2, :2] = full[:, :, y, :, x]
                conv.bias[:count] = torch.from_numpy(-(directions @ mean).astype(np.float32))
                held = count
            assert level < 4
        last = encoder.down_blocks[-1].resnets[0].conv_shortcut
        width = last.weight.shape[0]
        last.weight.zero_()
        for c in range(count):
            last.weight[c, c, 0, 0], last.weight[count + c, c, 0, 0] = 1, -1
        anchors = torch.arange(2 * count, width)
        last.bias[anchors] = ANCHOR * (1 - 2.0 * (anchors % 2))
        share = len(anchors) / width
        encoder.conv_norm_out.weight[: 2 * count] = ANCHOR * share**0.5
        for c in range(count):
            encoder.conv_out.weight[c, c, 1, 1], encoder.conv_out.weight[c, count + c, 1, 1] = 1, -1
        encoder.conv_out.bias[count:] = 2 * float(np.log(latent_noise))
