"""A loop that both networks share: AdamW, one cosine, an average of the weights, checkpoints from which it goes on."""

from __future__ import annotations

import copy
import json
import math
import os
import time

import torch


def train(
    net, draw, losses, path, *, steps, rate, seed, threads, log_every=25, keep_every=100, average=0.998, warm=150
):
    """Train to `steps`; `draw(stream)` gives a batch, `losses(net, batch)` a dict. The file `path` holds the state.

    The batch of a step depends on seed and step alone, so a stopped run goes on as if it had not stopped.
    """
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    optimizer = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=0.02, betas=(0.9, 0.98))
    mean, step = copy.deepcopy(net), 0
    if path.exists():
        state = torch.load(path, weights_only=True)
        (
            net.load_state_dict(state["net"]),
            mean.load_state_dict(state["mean"]),
            optimizer.load_state_dict(state["optimizer"]),
        )
        step = int(state["step"])
    sums, since = {}, time.time()
    while step < steps:
        for group in optimizer.param_groups:
            group["lr"] = (
                rate * min(1, (step + 1) / warm) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / steps)))
            )
        batch = draw(torch.Generator().manual_seed(seed * 1_000_003 + step))
        drawn = time.time()
        net.train()
        parts = losses(net, batch)
        optimizer.zero_grad(set_to_none=True)
        sum(parts.values()).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        optimizer.step()
        step += 1
        follow(mean, net, min(average, step / (step + 10)))
        for name, value in parts.items():
            sums[name] = sums.get(name, 0.0) + float(value.detach())
        if step % log_every == 0:
            row = {name: round(value / log_every, 4) for name, value in sums.items()}
            row |= {
                "step": step,
                "s": round((time.time() - since) / log_every, 2),
                "net_s": round(time.time() - drawn, 2),
            }
            print(json.dumps(row), flush=True)
            sums, since = {}, time.time()
        if step % keep_every == 0 or step == steps:
            part = path.with_suffix(".part")
            torch.save(
                {"net": net.state_dict(), "mean": mean.state_dict(), "optimizer": optimizer.state_dict(), "step": step},
                part,
            )
            os.replace(part, path)
    return mean


@torch.no_grad()
def follow(mean, net, keep):
    """Move the averaged weights a little towards the present ones; counters are taken over."""
    for old, new in zip(mean.state_dict().values(), net.state_dict().values(), strict=True):
        if old.dtype.is_floating_point:
            old.mul_(keep).add_(new, alpha=1 - keep)
        else:
            old.copy_(new)
