#!/usr/bin/env bash
# Runs the kernels' tests and host/EdgeSample as arm64 under qemu's user-mode emulation: with the dot product (cpu max)
# and without (cortex-a72). It shows that the code is right there, never how fast it is. Takes ten minutes or more.
#   bench/arm64-emulated.sh [xunit arguments, such as -class Ebb.Kernels.Tests.CodeSumsTests]
# Packages come from Debian (qemu-user; arm64 libc, unpacked into a folder of its own); skips with a reason without.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

skip() { echo "skipped: $1"; exit 0; }

command -v apt-get >/dev/null || skip "no apt-get to take qemu-user and arm64 libraries from"
if ! command -v qemu-aarch64 >/dev/null; then
    { apt-get update && apt-get install -y qemu-user; } >"$work/apt.log" 2>&1 || skip "$(tail -1 "$work/apt.log")"
fi

mkdir -p "$work/lists/partial" "$work/libraries" "$work/packages"
arm=(-o APT::Architecture=arm64 -o APT::Architectures=arm64 -o "Dir::State::Lists=$work/lists"
    -o APT::Sandbox::User=root)
(cd "$work/packages" && apt-get "${arm[@]}" update && apt-get "${arm[@]}" download \
    libc6 libgcc-s1 libstdc++6 zlib1g libssl3) >"$work/apt.log" 2>&1 || skip "$(tail -1 "$work/apt.log")"
for package in "$work"/packages/*.deb; do
    dpkg -x "$package" "$work/libraries"
done

publish() { # project folder [properties]
    dotnet publish "$root/$1" -c Release -r linux-arm64 --self-contained -o "$work/$2" -v:q --nologo \
        -p:DebugType=none "${@:3}" >"$work/publish.log" 2>&1 || { tail -5 "$work/publish.log"; exit 1; }
}

# Code that is patched while other threads run it is what the emulation gets wrong (seen: calls into stubs that are not
# there yet): one tier, no second mapping of code, one test at a time.
export DOTNET_TieredCompilation=0 DOTNET_EnableWriteXorExecute=0
emulate() { qemu-aarch64 -cpu "$1" -L "$work/libraries" "${@:2}"; }

publish tests/Kernels.Tests tests
for cpu in max cortex-a72; do
    echo "== Kernels.Tests, cpu $cpu"
    emulate $cpu "$work/tests/Ebb.Kernels.Tests" -noLogo -noColor -parallel none -trait- Kind=ChildProcess "$@"
done

publish host/EdgeSample edge -p:PublishSingleFile=true -p:IncludeNativeLibrariesForSelfExtract=true
echo "== EdgeSample, cpu max"
emulate max "$work/edge/ebb-edge" "$work/folder"
