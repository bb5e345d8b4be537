"""Published figures to be measured against, with how they were obtained. Facts, not results of this project."""

# Clustering image encodings with perceptual autoencoders (2018): accuracy of majority labels, k-means on the test
# embeddings, scored on the same test images.
STUDY_A = {
    "dataset": "fashion_mnist",
    "clusters": 20,
    "accuracy": (
        {"loss": "mse", "latent": 5, "accuracy": 0.7048},
        {"loss": "mse", "latent": 10, "accuracy": 0.6983},
        {"loss": "mse", "latent": 20, "accuracy": 0.7003},
        {"loss": "perceptual", "latent": 5, "accuracy": 0.7557},
        {"loss": "perceptual", "latent": 10, "accuracy": 0.7753},
        {"loss": "perceptual", "latent": 20, "accuracy": 0.7737},
    ),
}
