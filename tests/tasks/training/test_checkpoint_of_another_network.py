"""A run that another version began with another network: one sentence, no traceback of torch."""

import pytest
import torch

from thermvision.tasks.training.checkpoint import restore
from thermvision.tasks.training.learner import Learner
from thermvision.tasks.training.networks.finder import Finder
from thermvision.types import InputError


@pytest.mark.parametrize("blocks", [(1, 1, 1, 1), (1, 2, 7, 7)])
def test_a_finder_of_other_blocks_is_refused(blocks):
    net, other = Finder(), Finder(blocks=blocks)
    learner = object.__new__(Learner)  # what is restored is all that counts here
    learner.net, learner.mean, learner.optimizer = net, Finder(), torch.optim.AdamW(net.parameters())
    state = {"net": other.state_dict(), "mean": other.state_dict(), "optimizer": learner.optimizer.state_dict()}
    with pytest.raises(InputError, match="another network than this version trains; choose another folder"):
        restore(learner, state)
