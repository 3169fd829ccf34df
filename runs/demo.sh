#!/usr/bin/env bash
# The main result: SmolLM2-135M-Instruct on world-facts, over five seeds. A seed moves split, folds and resamples together.
set -euo pipefail
cd "$(dirname "$0")/.."
for seed in 0 1 2 3 4; do
    .venv/bin/calibrant audit --seed "$seed" --out "calibrant-audit/seed-$seed"
done
.venv/bin/python runs/summarize.py calibrant-audit/seed-*/evaluation.json
