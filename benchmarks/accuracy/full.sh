#!/usr/bin/env bash
# The full protocol: models on real candles of one hour, five walk-forward folds, 24 features.   usage: full.sh DIR [OUT [MODELS]]
# DIR holds the candles; MODELS, separated by commas, are all. Needs python3. Hours: trainings that are finished, in OUT/cache, are not run
# again, so it may be stopped and goes on.
set -euo pipefail
[ -d "${1:-}" ] || { echo "usage: $0 DIR [OUT [MODELS]]: expected a folder of candles, got '${1:-}'" >&2; exit 2; }
data=$(realpath "$1") out=$(realpath -m "${2:-out/full}")
cd "$(dirname "$0")/../.."
dotnet build -c Release -v quiet --nologo src/Backtest >&2
dotnet run -c Release --no-build --project src/Backtest -- backtest --data "$data" --timeframe 1h --features extended --models "${3:-all}" \
  --out "$out" --cache "$out/cache" --seed 1 > /dev/null
python3 benchmarks/accuracy/full.py "$out/report.json"
