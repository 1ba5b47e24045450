"""The task that the settings name, with its network."""

from __future__ import annotations

from thermvision.tasks.training.config import OWN, TrainConfig
from thermvision.tasks.training.networks.by_name import check_gender_network
from thermvision.tasks.training.task import LearntTask
from thermvision.types import InputError


def check_model(config: TrainConfig) -> None:
    """InputError, before any work, for a network that does not exist or has no weights to start from."""
    if config.task == "gender":
        check_gender_network(config.model, config.pretrained)
    elif config.model == OWN[config.task] and config.pretrained:
        raise InputError("--pretrained has no weights for our own network; leave it out or give --model")


def task_by_name(config: TrainConfig, male_share: float = 0.5) -> LearntTask:
    """The task of filled settings; male_share: of the training people, for gender."""
    if config.task == "gender":
        from thermvision.tasks.training.gender_task import GenderTask

        return GenderTask(config.model, config.pretrained, male_share, config.augmentation)
    if config.task == "landmarks":
        from thermvision.tasks.training.landmark_task import LandmarkTask

        return LandmarkTask(config.augmentation)
    if config.model != OWN["detect"]:
        from thermvision.tasks.training.hub_detect_task import HubDetectTask

        return HubDetectTask(
            config.model, config.input_px, config.pretrained, config.augmentation, config.least_face_px, config.least_visible
        )  # fmt: skip
    from thermvision.tasks.training.detect_task import DetectTask

    return DetectTask(config.input_px, config.augmentation, config.least_face_px, config.least_visible)
