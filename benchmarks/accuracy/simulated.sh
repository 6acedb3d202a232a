#!/usr/bin/env bash
# The models on simulated markets of several seeds, and what they make of them together.   usage: simulated.sh 0.5|0.55|0.6|empty [OUT]
#   0.5, 0.55, 0.6   5 markets of 10 x 20,000 candles with that best possible accuracy; the first three fifths train, the rest test
#   empty            20 markets of 10 x 8,000 candles with nothing to find, 3 folds
# Needs python3. Finished markets in OUT are not run again.
set -euo pipefail
cd "$(dirname "$0")/../.."
case "${1:-}" in
  0.5 | 0.55 | 0.6) seeds=5 options="--accuracy $1 --candles 20000 --folds 1" ;;
  empty) seeds=20 options="--accuracy 0.5 --candles 8000 --folds 3" ;;
  *) echo "usage: $0 0.5|0.55|0.6|empty [OUT]" >&2; exit 2 ;;
esac
out=${2:-out/accuracy/$1}
dotnet build -c Release -v quiet --nologo src/Backtest >&2
for seed in $(seq "$seeds"); do
  [ -f "$out/$seed/report.json" ] && continue
  dotnet run -c Release --no-build --project src/Backtest -- backtest $options --seed "$seed" --out "$out/$seed" > /dev/null 2> >(grep -v done >&2 || true)
  echo "seed $seed done" >&2
done
python3 benchmarks/accuracy/simulated.py "$1" "$out"/*/report.json
