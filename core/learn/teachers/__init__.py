"""Teachers: how a loss network, whose features a loss compares, is trained. Light: Keras is imported where one is trained."""

from core.learn.teachers.classifier import Classifier
from core.learn.teachers.teacher import Teacher

TEACHERS: dict[str, Teacher] = {"classifier": Classifier()}
