#!/usr/bin/env bash
# Ebb on this machine's GPU: the card's own bandwidth and matrix rate, copy-in, kernels and copy-out by events on the
# device, ACT over TCP from 64 clients, and PyTorch, FAISS and cuVS where they are installed. A table, then JSON.
#   bench/Gpu/run.sh [options]              builds (needs the .NET SDK), then runs
#   bench/Gpu/run.sh publish DIR            a folder that runs on a machine without .NET, DIR/run.sh [options], and
#                                           DIR.tar.xz of it to carry there
#   bench/Gpu/run.sh --emulated             a dry run of all of it without a GPU, in shapes that a CPU can bear
# Options: --rows N --dimension D --batches 1,64,256 --k K --users N --rounds N --act-rows N (0: no ACT).
# Exit 3: no CUDA device. Everything that is left out is said, with the reason.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

publish() {
    mkdir -p "$1"
    local project
    for project in "$here/Ebb.Bench.Gpu.csproj" "$here/../Wire/Ebb.Bench.Wire.csproj" \
        "$here/../../host/Server/Ebb.Server.csproj"; do
        dotnet publish "$project" -c Release -r linux-x64 --self-contained -o "$1" -v:q --nologo \
            -p:RunAnalyzers=false >&2
    done

    # The server without its encoder: hundreds of megabytes that no row here needs.
    rm -f "$1"/libonnxruntime* "$1"/*.pdb "$1"/*.xml
    cp "$here/run.sh" "$here/act_row.py" "$here/torch_topk.py" "$here/faiss_gpu_topk.py" "$here/cuvs_topk.py" "$1/"
}

if [[ ${1:-} == publish ]]; then
    target=${2:?a folder}
    publish "$target"
    tar -C "$target" -cJf "$target.tar.xz" .
    du -h "$target.tar.xz" >&2
    exit 0
fi

folder=$here
if [[ ! -x $folder/Ebb.Bench.Gpu ]]; then
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    publish "$folder"
fi

emulated=no
act_rows=10000000
own=()
peer=()
act=()
if [[ " $* " == *" --emulated "* ]]; then
    # First, so that what is asked for by name comes later and counts.
    emulated=yes
    act_rows=300
    own=(--emulated)
    peer=(--rows 200 --dimension 20 --batches 1,16 --k 3 --rounds 1)
    act=(--backends emulated,cpu --users 32 --clients 8 --k 3 --rounds 1 --seconds 3 --warmup 1)
    set -- "${peer[@]}" --users 4 "$@"
    peer=()
fi

# Without sizes of one's own: the table of the issue, whose first row is a smaller catalogue and one query.
table=no
if [[ $# == 0 || $emulated == yes ]]; then
    table=yes
fi

while [[ $# -gt 0 ]]; do
    case $1 in
        --emulated) shift ;;
        --act-rows) act_rows=${2:?$1 has a value}; shift 2 ;;
        --users) own+=("$1" "${2:?$1 has a value}"); shift 2 ;;
        *) own+=("$1" "${2:?$1 has a value}"); peer+=("$1" "$2"); shift 2 ;;
    esac
done

echo "machine: $(uname -sr), $(nproc) CPUs; $(nvidia-smi --query-gpu=name,driver_version,clocks.max.sm,memory.total \
    --format=csv,noheader 2>/dev/null || echo 'no nvidia-smi')"
exit_code=0
"$folder/Ebb.Bench.Gpu" "${own[@]}" || exit_code=$?
if [[ $table == yes && $exit_code == 0 ]]; then
    first=(--rows 1000000 --dimension 128 --batches 1 --k 10 --users 1000)
    if [[ $emulated == yes ]]; then
        first=(--emulated --rows 100 --dimension 20 --batches 1 --k 3 --users 4 --rounds 1)
    fi

    "$folder/Ebb.Bench.Gpu" "${first[@]}" || exit_code=$?
fi

# A peer that is not installed, or sees no device, ends with 3 and the reason; that is no failure of this run.
peer() {
    local name=$1
    shift
    if ! command -v python3 >/dev/null; then
        echo "$name skipped: no python3"
        return
    fi

    python3 "$@" || { [[ $? == 3 ]] && echo "$name skipped"; } || echo "$name FAILED"
}

if [[ $emulated == yes ]]; then
    echo "EMULATED: the peers below are only called, and no figure says anything about a GPU."
fi

peer "PyTorch" "$folder/torch_topk.py" "${peer[@]}"
peer "FAISS on the GPU" "$folder/faiss_gpu_topk.py" "${peer[@]}"
peer "cuVS" "$folder/cuvs_topk.py" "${peer[@]}"
if [[ $act_rows == 0 ]]; then
    echo "ACT skipped: --act-rows 0"
elif [[ $exit_code != 0 ]]; then
    echo "ACT skipped: no device"
else
    peer "ACT over TCP" "$folder/act_row.py" --folder "$folder" --rows "$act_rows" "${act[@]}"
fi

exit "$exit_code"
