"""Trainings that run beside the pages: the queue, the process, what it tells."""
