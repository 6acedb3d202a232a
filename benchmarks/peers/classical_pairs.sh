#!/bin/sh
# Logistic regression, gradient boosting and random forest beside scikit-learn's on the ten 1h pairs: same rows, same 25 features, same threads.
# usage: classical_pairs.sh [TURNS=1] [THREADS="1 2"] [MODELS="logistic boosting forest"]      nothing else should run
# A turn takes one minute, and the peer's forest, which only the first turn fits, another four.
# Prints a table and writes it to benchmarks/results/<cpu>/classical.md. Fails if an accuracy differs by more than 0.3 points.
# CLASSICAL_FAILS=--slower: also if a fit takes longer than the peer's. CLASSICAL_OUT: another file for the table.
# Needs python3-sklearn and python3-pandas, and the candles in ../shared/data (or NEURALCORE_SHARED).
set -eu
cd "$(dirname "$0")/../.."
turns=${1:-1} threads=${2:-1 2} models=${3:-logistic boosting forest} peers=benchmarks/peers work=$(mktemp -d) python=${NEURALCORE_PYTHON:-/usr/bin/python3}
shared=${NEURALCORE_SHARED:-$PWD/../shared}
trap 'rm -rf "$work"' EXIT

field() { sed -n "s/^$1[[:space:]]*: *//p" /proc/cpuinfo | head -n 1; }
vectors=scalar
for set in avx2 avx512f; do if field flags | grep -qw $set; then vectors=${set%f}; fi; done
slug=$(printf '%s family %s %s' "$(field 'model name')" "$(field 'cpu family')" "$vectors" | tr '[:upper:]' '[:lower:]' | sed 's/[^a-z0-9]\{1,\}/-/g')
out=${CLASSICAL_OUT:-benchmarks/results/$slug/classical.md}

commit=$(git describe --always --dirty --exclude '*')
for project in benchmarks src/Backtest; do dotnet build -c Release $project -v quiet --nologo --disable-build-servers; done
ours() { dotnet benchmarks/bin/Release/net10.0/benchmarks.dll classical --json "$@"; }
dotnet src/Backtest/bin/Release/net10.0/NeuralCore.Backtest.dll convert "$shared/data/klines" "$work/klines" --timeframe 1h --format csv > "$work/log" 2>&1 \
    || { cat "$work/log" >&2; exit 1; }
training=$($python $peers/classical_pairs.py rows "$work/klines" "$work")
for turn in $(seq "$turns"); do
    for n in $threads; do
        echo "turn $turn of $turns, $n threads" >&2
        for model in $models; do
            ours --data "$work" --training "$training" --threads "$n" --repeats 3 --filter "$model" >> "$work/ours.jsonl"
            repeats=3
            if [ "$model" = forest ]; then repeats=1; fi
            if [ $repeats = 3 ] || [ "$turn" = 1 ]; then
                $python $peers/classical.py "$work" --training "$training" --threads "$n" --repeats $repeats --filter "$model" >> "$work/peer.jsonl"
            fi
        done
    done
done
status=0
$python $peers/classical_pairs.py table "$work/ours.jsonl" "$work/peer.jsonl" ${CLASSICAL_FAILS:-} > "$work/table" 2> "$work/failed" || status=1
{
    echo "# Classical models beside scikit-learn: $(field 'model name'), $vectors"
    echo
    echo "- $(date -u +%Y-%m-%d), commit $commit; \`benchmarks/peers/classical_pairs.sh\`, $turns turns, the fastest fit on both sides; processor s are those of all threads"
    echo "- the ten 1h pairs of ../shared/data, 25 features: $training rows train, the last fifth judges, direction of the next candle"
    echo "- .NET $(dotnet --list-runtimes | sed -n 's/^Microsoft.NETCore.App \([^ ]*\).*/\1/p' | tail -n 1), scikit-learn $($python -c 'import sklearn; print(sklearn.__version__)')"
    echo "- load average at the end: $(cut -d ' ' -f 1-3 /proc/loadavg) on $(nproc) cores"
    echo
    cat "$work/table"
} > "$work/classical.md"
mkdir -p "$(dirname "$out")"
mv "$work/classical.md" "$out"
cat "$out"
cat "$work/failed" >&2
exit $status
