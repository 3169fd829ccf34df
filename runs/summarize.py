"""Print one line a run: raw and chosen map on the test part. Usage: summarize.py EVALUATION.json ..."""

import json
import sys
from pathlib import Path


def main(paths: list[str]) -> None:
    print(
        "| seed | n | chosen | log loss | difference (95 %) | ECE | chance, 95th | AUROC | accuracy | mean confidence |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for path in paths:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
        raw, chosen = found["methods"]["raw"], found["methods"][found["chosen"]]

        def pair(name: str, digits: int = 3, raw: dict = raw, chosen: dict = chosen) -> str:
            return " → ".join(f"{method['metrics'][name]['value']:.{digits}f}" for method in (raw, chosen))

        change = found["differences"].get(found["chosen"], {}).get("log_loss", {"value": 0.0, "low": 0.0, "high": 0.0})
        limits = " → ".join(f"{method['noise_floor']['limit']:.3f}" for method in (raw, chosen))
        interval = f"{change['value']:.3f} [{change['low']:.3f}, {change['high']:.3f}]"
        cells = [found["provenance"]["seed"], found["n"], found["chosen"], pair("log_loss"), interval]
        cells += [pair("expected_calibration_error"), limits, pair("auroc"), pair("accuracy"), pair("mean_confidence")]
        print("| " + " | ".join(str(cell) for cell in cells) + " |")


if __name__ == "__main__":
    main(sys.argv[1:])
