"""A Parquet of 100 million rows measured in one pass and bounded memory.

    .venv/bin/python benchmarks/stream.py [--rows 100000000] [--groups 0]

Writes confidence (float64) and correctness (bool) to a temporary folder, by row groups, and streams the file through
`SummaryAccumulator` and `RankingAccumulator` in a process of its own. Printed are rows a second of all of it (reading
included), of the two updates alone, the peak memory of that process (imports and Parquet buffers included), and each
value beside that of the batch functions on the first ten million rows. With --groups the rows are in that many groups.
The file is removed afterwards.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROW_GROUP = 1 << 20
BATCH = 1 << 16
PREFIX = 10**7
BYTES_A_ROW = 16


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10**8)
    parser.add_argument("--groups", type=int, default=0, help="how many groups; 0 for none")
    parser.add_argument("--worker", nargs=2, metavar=("FILE", "ROWS"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        print(json.dumps(stream(Path(arguments.worker[0]), int(arguments.worker[1]))))
        return
    with tempfile.TemporaryDirectory() as folder:
        free, needed = shutil.disk_usage(folder).free, 2 * BYTES_A_ROW * arguments.rows
        if free < needed:
            sys.exit(f"{folder} has {free / 1e9:.1f} GB free; {needed / 1e9:.1f} GB are needed. Pass fewer --rows.")
        path = Path(folder) / "rows.parquet"
        write(path, arguments.rows, arguments.groups)
        print(f"{arguments.rows:,} rows, {path.stat().st_size / 1e9:.2f} GB of Parquet", flush=True)
        whole, prefix = (run(path, rows) for rows in (arguments.rows, min(PREFIX, arguments.rows)))
        print(
            f"  {whole['rows'] / whole['seconds'] / 1e6:.1f} million rows a second with reading, "
            f"{whole['rows'] / whole['update_seconds'] / 1e6:.1f} in the updates, {whole['result_seconds']:.1f} s for "
            f"the results, peak memory {whole['peak_mb']:.0f} MB"
        )
        batch = measure_batch(path, prefix["rows"])
        for name, (value, low, high) in whole["values"].items():
            pair = f"{prefix['values'][name][0]:.15f} {batch[name]:.15f}" if name in batch else ""
            print(f"  {name:28} {value:.6f} ({low:.6f} to {high:.6f})  first {prefix['rows']:,}: {pair}")


def write(path: Path, n: int, n_groups: int) -> None:
    rng = np.random.default_rng(0)
    fields = [("confidence", pa.float64()), ("correct", pa.bool_())] + [("group", pa.int64())] * bool(n_groups)
    with pq.ParquetWriter(path, pa.schema(fields)) as writer:
        for start in range(0, n, ROW_GROUP):
            size = min(ROW_GROUP, n - start)
            confidence = rng.beta(4, 1.5, size=size)
            columns = [confidence, rng.random(size) < confidence**1.3]
            if n_groups:
                columns.append(rng.integers(n_groups, size=size))
            writer.write_table(pa.table(columns, names=[name for name, _ in fields]))


def run(path: Path, rows: int) -> dict:
    command = [sys.executable, __file__, "--worker", str(path), str(rows)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def stream(path: Path, rows: int) -> dict:
    from calibrant.metrics import RankingAccumulator, SummaryAccumulator

    summary, ranking = SummaryAccumulator(), RankingAccumulator()
    started, update_seconds, seen = time.perf_counter(), 0.0, 0
    with pq.ParquetFile(path) as file:
        for batch in batches(file):
            kept = batch.slice(0, rows - seen)
            if not kept.num_rows:
                break
            seen += kept.num_rows
            confidence = kept["confidence"].to_numpy()
            correct = kept["correct"].to_numpy(zero_copy_only=False)
            groups = kept["group"] if "group" in kept.schema.names else None
            before = time.perf_counter()
            summary.update(correct, confidence, groups=groups)
            ranking.update(correct, confidence)
            update_seconds += time.perf_counter() - before
    seconds = time.perf_counter() - started
    before = time.perf_counter()
    result, auroc, aurc = summary.result(), ranking.auroc(), ranking.aurc()
    names = ["accuracy", "mean_confidence", "brier_score", "log_loss", "expected_calibration_error"]
    intervals = {name: getattr(result, name) for name in [*names, "debiased_calibration_error"]}
    values = {name: [own.value, own.low, own.high] for name, own in intervals.items()}
    values |= {name: [own.value, own.low, own.high] for name, own in {"auroc": auroc, "aurc": aurc}.items()}
    floor = result.noise_floor
    values["calibration_noise_floor"] = [floor.mean, float(floor.draws[0]), floor.limit]
    return {
        "rows": seen,
        "seconds": seconds,
        "update_seconds": update_seconds,
        "result_seconds": time.perf_counter() - before,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "values": values,
    }


def batches(file: pq.ParquetFile) -> Iterator[pa.RecordBatch]:
    """Batches of one row group after another: `iter_batches` would hold all that it has read of the file."""
    return (batch for k in range(file.num_row_groups) for batch in file.read_row_group(k).to_batches(BATCH))


def measure_batch(path: Path, rows: int) -> dict[str, float]:
    from calibrant import metrics

    columns: list[list[np.ndarray]] = [[], []]
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=ROW_GROUP, columns=["confidence", "correct"]):
            columns[0].append(batch["confidence"].to_numpy())
            columns[1].append(batch["correct"].to_numpy(zero_copy_only=False))
            if sum(part.size for part in columns[0]) >= rows:
                break
    y_prob, y_true = (np.concatenate(parts)[:rows] for parts in columns)
    names = ["accuracy", "mean_confidence", "brier_score", "log_loss", "expected_calibration_error"]
    names += ["debiased_calibration_error", "auroc", "aurc"]
    return {name: getattr(metrics, name)(y_true, y_prob) for name in names}


if __name__ == "__main__":
    main()
