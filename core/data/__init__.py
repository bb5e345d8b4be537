"""Image sets and pictures: what is learnt from."""
