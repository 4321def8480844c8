#!/usr/bin/env bash
# Ebb's kernels on this machine's GPU: the card's own bandwidth and matrix rate, copy-in, kernels and copy-out by
# events on the device, PyTorch beside them where it is installed. A table, then the same as JSON.
#   bench/Gpu/run.sh [options]              builds (needs the .NET SDK), then runs
#   bench/Gpu/run.sh publish DIR            a folder that runs on a machine without .NET:  DIR/run.sh [options]
#   bench/Gpu/run.sh --emulated --rows 200 --users 4 --batches 1,16 --k 3 --rounds 1     a dry run without a GPU
# Options: --rows N --dimension D --batches 1,64,256 --k K --users N --rounds N. Exit 3: no CUDA device.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

publish() {
    dotnet publish "$here/Ebb.Bench.Gpu.csproj" -c Release -r linux-x64 --self-contained -o "$1" -v:q --nologo >&2
    cp "$here/run.sh" "$here/torch_topk.py" "$1/"
}

if [[ ${1:-} == publish ]]; then
    publish "${2:?a folder}"
    exit 0
fi

folder=$here
if [[ ! -x $folder/Ebb.Bench.Gpu ]]; then
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    publish "$folder"
fi

echo "machine: $(uname -sr), $(nproc) CPUs; $(nvidia-smi --query-gpu=name,driver_version,clocks.max.sm,memory.total \
    --format=csv,noheader 2>/dev/null || echo 'no nvidia-smi')"
"$folder/Ebb.Bench.Gpu" "$@"

peer=()
while [[ $# -gt 0 ]]; do
    case $1 in
        --emulated) echo "peers skipped: emulated"; exit 0 ;;
        --users) shift 2 ;;
        *) peer+=("$1"); shift ;;
    esac
done
python3 "$folder/torch_topk.py" "${peer[@]}" || echo "PyTorch skipped: not installed, or it sees no CUDA device"
