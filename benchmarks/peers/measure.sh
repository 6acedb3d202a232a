#!/bin/sh
# Measures ours and the peers that are installed in turns on one core and rewrites benchmarks/results/<cpu>/.
# usage: measure.sh [REPEATS=3] [CORE=1]       a repeat takes about seven minutes, the scaling before them two; nothing else should run
# Needs, for all peers:
#   apt-get install python3-torch libopenblas0-pthread libopenblas-dev libdnnl-dev g++
#   npm install --prefix benchmarks/peers --no-save --ignore-scripts onnxruntime-node      (or PEERS_NODE, a folder whose node_modules holds it)
set -eu
cd "$(dirname "$0")/../.."
repeats=${1:-3} core=${2:-1} cores=$(nproc) peers=benchmarks/peers work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

field() { sed -n "s/^$1[[:space:]]*: *//p" /proc/cpuinfo | head -n 1; }
vectors=scalar
for set in avx2 avx512f; do if field flags | grep -qw $set; then vectors=${set%f}; fi; done
slug=$(printf '%s family %s %s' "$(field 'model name')" "$(field 'cpu family')" "$vectors" | tr '[:upper:]' '[:lower:]' | sed 's/[^a-z0-9]\{1,\}/-/g')
out=$work/results   # takes the place of the results before at the end

export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
# OpenBLAS of Debian 12 does not know newer processors and would fall back to AVX2: name the AVX-512 kernels where there are any.
if [ $vectors = avx512 ]; then export OPENBLAS_CORETYPE=SkylakeX ATEN_CPU_CAPABILITY=avx512; fi

commit=$(git describe --always --dirty --exclude '*')   # before the results change the tree
dotnet build -c Release benchmarks -v quiet --nologo --disable-build-servers

# What is there: a peer that is not is named and left out.
left_out() {
    echo "left out: $1" >> "$work/left-out"
    echo "left out: $1: $(grep -m 1 -i "error:" "$work/log" || tail -n 1 "$work/log")" >&2
}
torch='' ort=''
g++ -std=c++17 -O2 -march=native $peers/onednn.cpp -ldnnl -lopenblas -o "$work/onednn" 2> "$work/log" || left_out "oneDNN and OpenBLAS"
torch=$(/usr/bin/python3 $peers/torch_shapes.py --versions 2> "$work/log") || left_out PyTorch
if [ "$torch" ]; then
    ort=$(node $peers/ort_shapes.mjs --versions 2> "$work/log") && /usr/bin/python3 $peers/export_onnx.py "$work" > "$work/log" 2>&1 \
        || { ort=''; left_out "ONNX Runtime"; }
fi

ours() { dotnet benchmarks/bin/Release/net10.0/benchmarks.dll "$@" --json; }
pinned() { taskset -c "$core" "$@"; }
mkdir "$out"
echo "start-up and scaling" >&2
dotnet benchmarks/bin/Release/net10.0/benchmarks.dll startup > "$work/start-up"
ours scaling --core "$core" > "$out/scaling.jsonl"
if [ -x "$work/onednn" ]; then pinned "$work/onednn" scaling >> "$out/scaling.jsonl"; fi
/usr/bin/python3 $peers/plot.py "$out/scaling.jsonl" > "$out/scaling.svg"
for repeat in $(seq "$repeats"); do
    echo "repeat $repeat of $repeats" >&2
    ours peers --core "$core" >> "$out/ours.jsonl"
    if [ -x "$work/onednn" ]; then pinned "$work/onednn" >> "$out/onednn.jsonl"; fi
    if [ "$torch" ]; then pinned /usr/bin/python3 $peers/torch_shapes.py >> "$out/torch.jsonl"; fi
    if [ "$ort" ]; then pinned node $peers/ort_shapes.mjs "$work" >> "$out/ort.jsonl"; fi
    if [ "$cores" -gt 1 ]; then ours peers --threads "$cores" >> "$out/threads.jsonl"; fi
done

package() { dpkg-query -W -f '${Version}' "$1" 2> /dev/null || echo unknown; }
{
    echo "# $(field 'model name'), $vectors"
    echo
    echo "- $(date -u +%Y-%m-%d), commit $commit; one thread on one core; medians of many runs, the fastest of $repeats turns on all sides"
    echo "- load average at the end: $(cut -d ' ' -f 1-3 /proc/loadavg) on $cores cores"
    echo "- OS: $(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release), Linux $(uname -r)"
    echo "- .NET: $(dotnet --list-runtimes | sed -n 's/^Microsoft.NETCore.App \([^ ]*\).*/\1/p' | tail -n 1)"
    if [ -x "$work/onednn" ]; then echo "- oneDNN: $(package libdnnl2), OpenBLAS: $(package libopenblas0-pthread), $(g++ --version | head -n 1)"; fi
    if [ "$torch" ]; then echo "- PyTorch: $torch"; fi
    if [ "$ort" ]; then echo "- ONNX Runtime: $ort"; fi
    if [ -f "$work/left-out" ]; then sed 's/^/- /' "$work/left-out"; fi
    sed 's/^/- start-up, /' "$work/start-up"
    echo "- CPU: family $(field 'cpu family'), model $(field model), stepping $(field stepping)"
    echo "- CPU flags: $(field flags | tr ' ' '\n' | grep -E '^(avx|fma|amx)' | sort | tr '\n' ' ')"
    echo
    echo "![Time against T, B and H](scaling.svg)"
    echo
    set -- "$out/ours.jsonl"
    for file in onednn torch ort; do if [ -f "$out/$file.jsonl" ]; then set -- "$@" "$out/$file.jsonl"; fi; done
    if [ -f "$out/threads.jsonl" ]; then set -- "$@" --threads "$out/threads.jsonl"; fi
    /usr/bin/python3 $peers/compare.py "$@"
} > "$out/README.md"
cat "$out/README.md"

results=benchmarks/results/$slug
mkdir -p "$results"
rm -f "$results"/*.jsonl   # also those of a peer that is not there any more; other results stay
mv "$out"/* "$results"
