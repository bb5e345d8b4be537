"""Runs to take away into other tools: a table that Embedding Atlas and data frames open, the files of TensorBoard's projector, a
notebook that goes on from here.

Each is of the test images, and gives bytes: nothing is written, and no map is computed.
"""

from core.export.columns import run_names
from core.export.notebook import notebook
from core.export.projector import projector_zip
from core.export.table import atlas_command, embeddings_table, parquet_bytes

__all__ = ["atlas_command", "embeddings_table", "notebook", "parquet_bytes", "projector_zip", "run_names"]
