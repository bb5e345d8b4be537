"""A table to take away, as CSV and as Parquet."""

import io
from collections.abc import Callable

import pandas as pd
import streamlit as st


def table_files(what: str, table: Callable[[], pd.DataFrame], name: str) -> None:
    """Two buttons, of which each makes the table when it is pressed. `what`: "the list"; `name`: of the files, without an ending."""
    with st.container(horizontal=True):
        st.download_button(
            f"Download {what} (CSV)", lambda: table().to_csv(index=False, float_format="%.6g"), file_name=f"{name}.csv", mime="text/csv",
            icon=":material/download:", key=f"csv_{name}",
        )  # fmt: skip
        st.download_button(
            "Parquet", lambda: as_parquet(table()), file_name=f"{name}.parquet", mime="application/vnd.apache.parquet", icon=":material/download:",
            key=f"parquet_{name}", help=f"{what[0].upper()}{what[1:]} as a Parquet file, which keeps the types of its columns.",
        )  # fmt: skip


def as_parquet(table: pd.DataFrame) -> bytes:
    """The table as the bytes of a Parquet file."""
    import pyarrow  # not before somebody asks for it
    from pyarrow import parquet

    file = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pandas(table, preserve_index=False), file)
    return file.getvalue()
