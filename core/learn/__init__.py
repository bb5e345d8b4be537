"""Training: the only place that imports Keras."""
