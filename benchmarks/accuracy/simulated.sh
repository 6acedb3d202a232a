#!/usr/bin/env bash
# The models on simulated markets of five seeds, and what they make of them together.   usage: simulated.sh 0.5|0.55|0.6 [OUT [MODELS]]
# Markets of 10 x 20,000 candles with that best possible accuracy (0.5: nothing to find); the first three fifths train, the rest test.
# Needs python3. Trainings that are finished, in OUT/cache, are not run again.
set -euo pipefail
cd "$(dirname "$0")/../.."
case "${1:-}" in
  0.5 | 0.55 | 0.6) ;;
  *) echo "usage: $0 0.5|0.55|0.6 [OUT [MODELS]]" >&2; exit 2 ;;
esac
out=${2:-out/accuracy/$1}
models=${3:+--models $3}
dotnet build -c Release -v quiet --nologo src/Backtest >&2
for seed in 1 2 3 4 5; do
  dotnet run -c Release --no-build --project src/Backtest -- backtest --accuracy "$1" --candles 20000 --folds 1 --seed "$seed" \
    $models --out "$out/$seed" --cache "$out/cache" > /dev/null 2> >(grep -vE 'done|found finished|evaluating' >&2 || true)
  echo "seed $seed done" >&2
done
python3 benchmarks/accuracy/simulated.py "$1" "$out"/[1-5]/report.json
