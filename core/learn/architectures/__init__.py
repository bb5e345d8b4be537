"""Architectures of autoencoders and of loss networks. Light: Keras is imported where one is built."""

from core.learn.architectures.architecture import Architecture, LossNetwork
from core.learn.architectures.own import Own, OwnLossNetwork
from core.learn.architectures.plain import Plain
from core.learn.architectures.study_a import StudyA, StudyALossNetwork
from core.learn.architectures.study_b import StudyB

ARCHITECTURES: dict[str, Architecture] = {"default": Own(), "study_a": StudyA(), "study_b": StudyB()}
LOSS_NETWORKS: dict[str, LossNetwork] = {
    "default": OwnLossNetwork(), "study_a": StudyALossNetwork(), "plain": Plain(),
}  # fmt: skip
