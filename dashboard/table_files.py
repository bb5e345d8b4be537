"""A table to take away, as CSV and as Parquet."""

import io
from collections import Counter
from collections.abc import Callable

import pandas as pd
import streamlit as st


def table_files(what: str, table: Callable[[], pd.DataFrame], name: str) -> None:
    """Two buttons, of which each makes the table when it is pressed. `what`: "the list"; `name`: of the files, without an ending."""
    with st.container(horizontal=True):
        st.download_button(
            f"Download {what} (CSV)", lambda: as_csv(table()), file_name=f"{name}.csv", mime="text/csv", icon=":material/download:",
            key=f"csv_{name}", on_click="ignore",
        )  # fmt: skip
        st.download_button(
            "Parquet", lambda: as_parquet(table()), file_name=f"{name}.parquet", mime="application/vnd.apache.parquet", icon=":material/download:",
            key=f"parquet_{name}", on_click="ignore", help=f"{what[0].upper()}{what[1:]} as a Parquet file, which keeps the types of its columns.",
        )  # fmt: skip


def as_csv(table: pd.DataFrame) -> str:
    """The table as text, numbers with six digits."""
    return table.to_csv(index=False, float_format="%.6g")


def as_parquet(table: pd.DataFrame) -> bytes:
    """The table as the bytes of a Parquet file. Columns of one name get a number, without which it cannot tell them apart."""
    import pyarrow  # not before somebody asks for it
    from pyarrow import parquet

    file, seen = io.BytesIO(), Counter()
    names = []
    for name in map(str, table.columns):
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    parquet.write_table(pyarrow.Table.from_pandas(table.set_axis(names, axis=1), preserve_index=False), file)
    return file.getvalue()
