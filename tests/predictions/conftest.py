"""One table in each format."""

import json

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest


@pytest.fixture(params=["csv", "tsv", "jsonl", "parquet"])
def write(request, tmp_path):
    """Write columns of equal length as a table, in every format in turn."""

    def write_table(**columns):
        path = tmp_path / f"answers.{request.param}"
        table = pa.table(columns)
        if request.param == "parquet":
            pq.write_table(table, path)
        elif request.param == "jsonl":
            path.write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()))
        else:
            for i, field in enumerate(table.schema):
                if pa.types.is_list(field.type):
                    cells = [None if row is None else json.dumps(row) for row in table.column(i).to_pylist()]
                    table = table.set_column(i, field.name, pa.array(cells, pa.string()))
            separator = "\t" if request.param == "tsv" else ","
            pa_csv.write_csv(table, path, pa_csv.WriteOptions(delimiter=separator))
        return path

    return write_table
