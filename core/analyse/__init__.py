"""Arrays in, arrays out: clusters, scores, maps. Knows no run."""
