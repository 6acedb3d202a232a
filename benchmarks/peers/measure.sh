#!/bin/sh
# Measures ours and PyTorch in turns on one core and rewrites benchmarks/results/<cpu>/.   usage: measure.sh [REPEATS=5] [CORE=1]
# A repeat takes about a minute. Needs: apt-get install python3-torch libopenblas0-pthread
set -eu
cd "$(dirname "$0")/../.."
repeats=${1:-5} core=${2:-1}

field() { sed -n "s/^$1[[:space:]]*: *//p" /proc/cpuinfo | head -n 1; }
vectors=scalar
for set in avx2 avx512f; do if field flags | grep -qw $set; then vectors=${set%f}; fi; done
slug=$(printf '%s family %s %s' "$(field 'model name')" "$(field 'cpu family')" "$vectors" | tr '[:upper:]' '[:lower:]' | sed 's/[^a-z0-9]\{1,\}/-/g')
out=benchmarks/results/$slug

export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
# OpenBLAS of Debian 12 does not know newer processors and would fall back to AVX2: name the AVX-512 kernels where there are any.
if [ $vectors = avx512 ]; then export OPENBLAS_CORETYPE=SkylakeX ATEN_CPU_CAPABILITY=avx512; fi

commit=$(git describe --always --dirty --exclude '*')   # before the results change the tree
torch=$(/usr/bin/python3 benchmarks/peers/torch_shapes.py --versions)
dotnet build -c Release benchmarks -v quiet --nologo
mkdir -p "$out"
rm -f "$out"/*
for repeat in $(seq "$repeats"); do
    echo "repeat $repeat of $repeats" >&2
    dotnet benchmarks/bin/Release/net10.0/benchmarks.dll peers --json --core "$core" >> "$out/ours.jsonl"
    taskset -c "$core" /usr/bin/python3 benchmarks/peers/torch_shapes.py >> "$out/torch.jsonl"
done
{
    echo "# One thread, $(field 'model name'), $vectors"
    echo
    echo "- $(date -u +%Y-%m-%d), commit $commit, median of many runs, fastest of $repeats turns on both sides"
    echo "- load average at the end: $(cut -d ' ' -f 1-3 /proc/loadavg) on $(nproc --all) cores"
    echo "- OS: $(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release), Linux $(uname -r)"
    echo "- .NET: $(dotnet --list-runtimes | sed -n 's/^Microsoft.NETCore.App \([^ ]*\).*/\1/p' | tail -n 1)"
    echo "- PyTorch: $torch"
    echo "- CPU flags: $(field flags | tr ' ' '\n' | grep -E '^(avx|fma|amx)' | sort | tr '\n' ' ')"
    echo
    /usr/bin/python3 benchmarks/peers/compare.py "$out/ours.jsonl" "$out/torch.jsonl"
} > "$out/README.md"
cat "$out/README.md"
