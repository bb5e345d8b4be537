"""Objectives: what trainings can be asked for. Light: Keras is imported where one is trained.

To add one: a file with a subclass of `PixelObjective` or `Objective`, and an entry here.
"""

from core.learn.objectives.bce import CrossEntropy
from core.learn.objectives.mse import PixelMse
from core.learn.objectives.objective import Objective
from core.learn.objectives.perceptual import Perceptual

OBJECTIVES: dict[str, Objective] = {"mse": PixelMse(), "bce": CrossEntropy(), "perceptual": Perceptual()}
