#!/usr/bin/env bash
# ACT of Ebb at Poisson moments, at a share of what a closed loop of 50 connections gets, beside what this machine can do
# at all: a C echo server with as many threads that works as long a request (echo.c), in turn with Ebb. It is sent frames
# of OBSERVE and sends them back, so its replies are shorter than lists. What the host takes of the processors while a
# run lasts, warm-up included ("steal", ticks of 10 ms over all processors), stands beside each run.
#   bench/Peers/poisson.sh [folder for data]
# ROUNDS (10), SECONDS_EACH (2), SHARE (.7) and WORK (microseconds of the echo server's work a request; else measured:
# what Ebb's server takes more than an echo server without work) set the run. BUILD=0 takes the build that is there.
set -euo pipefail
cd "$(dirname "$0")/../.."
data=${1:-$(mktemp -d)}
mkdir -p "$data"
ebb_server=0
echo_server=0
trap 'for one in $ebb_server $echo_server; do [[ $one == 0 ]] || kill "$one" 2>/dev/null || true; done' EXIT

command -v cc >/dev/null || { echo "skipped: no C compiler for the echo server"; exit 0; }
cc -O2 -pthread -o "$data/echo" bench/Peers/echo.c
for project in bench/Wire host/Server; do
    [[ ${BUILD:-1} == 1 ]] || continue
    dotnet build -c Release "$project" >"$data/build.log" || { tail -5 "$data/build.log"; exit 1; }
done
wire=bench/Wire/bin/Release/net10.0/ebb-wire
ebb=${EBB:-host/Server/bin/Release/net10.0}/ebb

await() {
    for _ in $(seq 100); do
        (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return 0
        sleep 0.1
    done
    echo "nothing listens on port $1"
    exit 1
}

# work a request, in microseconds
start_echo() {
    "$data/echo" 7911 "$(nproc)" "$1" "$request_bytes" &
    echo_server=$!
    await 7911
}

# A number of a run's JSON, by its name.
value() { sed -n "s/.*\"$1\":\([-0-9.e+]*\).*/\1/p"; }

load() { "$wire" --users 2000 --json "$@"; }

# Seconds in which the server finds out how many loops this load wants (LoopScaling).
warmup=2

rm -rf "$data/ebb"
"$ebb" serve --folder "$data/ebb" --dimension 64 --listen 127.0.0.1:7912 --log-level warning >"$data/ebb.out" 2>&1 &
ebb_server=$!
await 7912
of_ebb=(--port 7912 --verb act --pid "$ebb_server")
load "${of_ebb[@]}" --put-items --warmup 15 --seconds 1 >/dev/null
for _ in 1 2 3 4 5; do load "${of_ebb[@]}" --warmup 0.3 --seconds 2; done >"$data/closed.jsonl"
capacity=$(value rate <"$data/closed.jsonl" | sort -g | sed -n 3p)
rate=$(python3 -c "print(round($capacity * ${SHARE:-0.7}))")
ebb_cpu=$(load "${of_ebb[@]}" --rate "$rate" --warmup "$warmup" --seconds 3 | value server_cpu_us)
request_bytes=1
start_echo 0
idle=$(load --port 7911 --verb echo --pid "$echo_server" --rate "$rate" --warmup 0.5 --seconds 2)
kill "$echo_server"
wait "$echo_server" 2>/dev/null || true
request_bytes=$(value request_bytes <<<"$idle")
WORK=${WORK:-$(python3 -c "print(round(max(0, $ebb_cpu - $(value server_cpu_us <<<"$idle"))))")}
start_echo "$WORK"
of_echo=(--port 7911 --verb echo --pid "$echo_server")

steal() { awk '/^cpu / { print $9 }' /proc/stat; }

# name arguments
one() {
    local name=$1 before run
    shift
    before=$(steal)
    run=$(load "$@" --rate "$rate" --warmup "$warmup" --seconds "${SECONDS_EACH:-2}")
    sed "s/^{/{\"peer\":\"$name\",\"steal\":$(($(steal) - before)),/" <<<"$run"
}

results=$data/poisson.jsonl
: >"$results"
for round in $(seq "${ROUNDS:-10}"); do
    if ((round % 2)); then
        one ebb "${of_ebb[@]}" >>"$results"
        one echo "${of_echo[@]}" >>"$results"
    else
        one echo "${of_echo[@]}" >>"$results"
        one ebb "${of_ebb[@]}" >>"$results"
    fi
done
echo "commit $(git rev-parse --short HEAD), $(nproc) CPUs,$(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2); closed loop" \
    "$(printf %.0f "$capacity")/s (median of 5), offered $rate/s; the echo server works $WORK us a request on $(nproc) threads"
python3 bench/Peers/poisson_table.py "$results"
