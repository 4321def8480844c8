#!/bin/sh
# Publishes host/EdgeSample self-contained as one file for linux-x64 and linux-arm64 and prints size, and on x64 the
# time to the first list and the resident memory (median of five runs, a fresh folder each). arm64 cannot run on x64.
# Arguments go to dotnet publish: -p:PublishReadyToRun=true starts faster, is larger, and publishes for many minutes.
# Not trimmed: FASTER raises trim warnings (IL2104), so nobody vouches for the result.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

for rid in linux-x64 linux-arm64; do
    dotnet publish "$root/host/EdgeSample" -c Release -r "$rid" --self-contained -o "$out/$rid" \
        -p:PublishSingleFile=true -p:EnableCompressionInSingleFile=false -p:IncludeNativeLibrariesForSelfExtract=true \
        -p:DebugType=none -p:PublishDocumentationFiles=false -p:PublishReferencesDocumentationFiles=false \
        -v:q --nologo "$@" >&2
    bytes=$(du -sb "$out/$rid" | cut -f1)
    files=$(find "$out/$rid" -type f | wc -l)
    echo "$rid: $((bytes / 1048576)) MiB in $files file(s)"
done

[ "$(uname -m)" = x86_64 ] || { echo "this machine is no x64: nothing is run"; exit 0; }
for run in 1 2 3 4 5; do
    "$out/linux-x64/ebb-edge" "$out/folder-$run" | tail -n 1
done | sort -n -k7 | sed -n 3p
