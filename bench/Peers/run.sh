#!/usr/bin/env bash
# Ebb against flat peers on the same files, in turn, medians and ratios (peer's time ÷ Ebb's) as a table.
#   bench/Peers/run.sh [folder for data]                             the issue's table on generated data
#   VECTORS=items.npy bench/Peers/run.sh [folder]                    the same, those vectors tiled with small noise
# ROUNDS (5), ROWS (a pattern for awk on the work column) shorten a run. Peers that cannot be installed are skipped.
set -euo pipefail
cd "$(dirname "$0")/../.."
data=${1:-$(mktemp -d)}
rounds=${ROUNDS:-5}
here=bench/Peers
python=/usr/bin/python3

mkdir -p "$data"
if ! "$python" -c 'import numpy, faiss' 2>/dev/null || ! command -v gcc >/dev/null; then
    { apt-get update && apt-get install -y python3-faiss python3-numpy libopenblas0 libopenblas-dev gcc; } \
        >"$data/apt.log" 2>&1 || echo "packages were not installed: $(tail -1 "$data/apt.log")"
fi
"$python" -c 'import numpy' || { echo "skipped: no numpy for $python"; exit 1; }
faiss=$here/faiss_topk.py
"$python" -c 'import faiss' 2>/dev/null || { echo "FAISS skipped: $python cannot import it"; faiss=; }
sgemm=$data/sgemm_topk
gcc -O3 -march=native -o "$sgemm" $here/sgemm_topk.c -lopenblas 2>"$data/gcc.log" \
    || { echo "OpenBLAS skipped: $(tail -1 "$data/gcc.log")"; sgemm=; }
dotnet build -c Release $here >"$data/build.log" || { tail -5 "$data/build.log"; exit 1; }
ebb=$here/bin/Release/net10.0/Ebb.Bench.Peers

echo "commit $(git rev-parse --short HEAD), $(nproc) CPUs, $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2), load$(
    cut -d' ' -f1-3 /proc/loadavg | sed 's/^/ /'); FAISS $("$python" -c 'import faiss
print(faiss.__version__, faiss.get_compile_options())' 2>/dev/null || echo none), BLAS threshold 2 queries;" \
    "OpenBLAS $(dpkg-query -W -f '${Version}' libopenblas0-pthread 2>/dev/null || echo unknown)"
echo "One core: $("$ebb" peak)"
echo
echo "| work | ms a batch (median of $rounds; one thread: CPU time, two: wall) | peer ÷ Ebb | must | goal | lists agree |"
echo "|---|---|---|---|---|---|"

# rows dimension batch k threads must goal [compare.py options]
row() {
    local name="N = $1, D = $2, batch $3, K = $4, $5 thread" files="$data/$1-$2"
    if [[ -n ${ROWS:-} ]] && ! awk -v name="$name" -v rows="$ROWS" 'BEGIN { exit name !~ rows }'; then
        return
    fi
    # Few queries for one at a time, four batches of 64 or one of 256 otherwise.
    [[ -f $files.items.npy ]] || "$python" $here/generate.py "$files" "$1" "$2" 256 ${VECTORS:-}
    [[ -f $files.few.npy ]] || "$python" -c "import numpy as np
np.save('$files.few.npy', np.load('$files.queries.npy')[:16])"
    local queries=$files.queries.npy
    [[ $3 == 1 ]] && queries=$files.few.npy
    "$python" $here/compare.py --ebb "$ebb" --sgemm "$sgemm" --faiss "$faiss" --vectors "$files.items.npy" \
        --queries "$queries" --k "$4" --batch "$3" --threads "$5" --rounds "$rounds" --must "$6" --goal "$7" \
        --work "$name" "${@:8}"
}

row 1000000 64 1 10 1 "scan 0.75, whole 0.74, fp32 3.7" "scan 0.88, whole 0.85, fp32 5" --flush
row 1000000 128 1 10 1 "scan 0.75, whole 0.74, fp32 3.7" "scan 0.88, whole 0.85, fp32 5" --flush
for batch in 64 256; do
    row 1000000 64 $batch 10 1 3.3 4.5
    row 1000000 64 $batch 100 1 2.3 3.5
    row 1000000 128 $batch 10 1 2.7 4
    row 1000000 128 $batch 100 1 2.2 3
done
row 100000 64 256 100 1 1.4 2.5
row 100000 128 256 100 1 1.4 2.5
row 1000000 64 64 10 1 "(1 ÷ 2 threads) 0.59" 0.53 --both-threads
