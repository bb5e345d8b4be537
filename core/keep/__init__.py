"""What is kept on disk: runs, results, and how they are written and read whole."""
