"""Parquet files as rows of plain values, where pyarrow is installed; it is an extra, since few need it."""

from collections.abc import Iterator
from pathlib import Path

from labeling.formats.lines import BadFile


def read_parquet(path: Path) -> tuple[list[str], Iterator[dict[str, object]]]:
    """The columns of a file, and its rows a batch at a time; `BadFile` when pyarrow is missing or the file is none."""
    try:
        # Inside: 100 MB and half a second that no other format has to pay for.
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise BadFile("Parquet needs the extra 'parquet' (pip install pyarrow); or save the file as CSV.") from error
    try:
        file = ParquetFile(path)
    except (ArrowException, OSError) as error:
        raise BadFile(f"{path.name} cannot be read as Parquet ({str(error).splitlines()[0]}).") from error

    def rows() -> Iterator[dict[str, object]]:
        try:
            for batch in file.iter_batches():
                yield from batch.to_pylist()
        except (ArrowException, OSError) as error:
            raise BadFile(f"{path.name} cannot be read as Parquet ({str(error).splitlines()[0]}).") from error

    return list(file.schema_arrow.names), rows()
