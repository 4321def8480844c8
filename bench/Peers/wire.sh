#!/usr/bin/env bash
# OBSERVE of Ebb against SET of 512 bytes of Redis and Garnet, and a C echo server as the floor: the same generator
# (bench/Wire, one thread), 50 connections, 100,000 users or keys, each round all peers in turn; medians, ratios and the
# musts of the issue. Ebb three times: records of 1,220 bytes (the default schema) with one writer, the same with a
# writer a processor (the default of `ebb serve`), and records of 648 bytes (8 recent events) with one writer.
#   bench/Peers/wire.sh [folder for data]
# ROUNDS (3), SECONDS_EACH (3) and WARMUP (6, seconds: two of the peers are compiled while they run) set the length.
# BUILD=0 takes the build that is there. A peer that cannot be had is skipped with the reason.
set -euo pipefail
cd "$(dirname "$0")/../.."
data=${1:-$(mktemp -d)}
rounds=${ROUNDS:-3}
seconds=${SECONDS_EACH:-3}
warmup=${WARMUP:-6}
mkdir -p "$data"
results=$data/results.jsonl
: >"$results"
server=0
trap '[[ $server == 0 ]] || kill $server 2>/dev/null' EXIT

command -v redis-server >/dev/null || { apt-get update && apt-get install -y redis-server redis-tools; } \
    >"$data/apt.log" 2>&1 || true
garnet=$data/garnet/garnet-server
[[ -x $garnet ]] || dotnet tool install garnet-server --tool-path "$data/garnet" >"$data/garnet.log" 2>&1 || true
cc -O2 -pthread -o "$data/echo" bench/Peers/echo.c 2>"$data/cc.log" || true
for project in bench/Wire host/Server; do
    [[ ${BUILD:-1} == 1 ]] || continue
    dotnet build -c Release "$project" >"$data/build.log" || { tail -5 "$data/build.log"; exit 1; }
done
wire=bench/Wire/bin/Release/net10.0/ebb-wire
ebb=host/Server/bin/Release/net10.0/ebb

# name port command...
start() {
    local name=$1 port=$2
    shift 2
    "$@" >"$data/$name.out" 2>&1 &
    server=$!
    for _ in $(seq 100); do
        (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return 0
        sleep 0.1
    done
    echo "$name skipped: it does not listen: $(tail -1 "$data/$name.out")"
    stop
    return 1
}

stop() {
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=0
}

# name arguments of ebb-wire...
measure() {
    local name=$1
    shift
    "$wire" --pid "$server" --seconds "$seconds" --warmup "$warmup" --json "$@" \
        | sed "s/^{/{\"peer\":\"$name\",/" >>"$results" || echo "$name failed: $*"
}

depths() {
    local name=$1
    shift
    for depth in 1 16 64; do
        measure "$name" "$@" --depth $depth
        [[ $name != ebb* || $depth != 1 ]] || set -- "${@/--put-items/--json}"
    done
}

# name arguments of ebb serve...
serve() {
    local name=$1
    shift
    rm -rf "$data/ebb"
    if start "$name" 7912 "$ebb" serve --folder "$data/ebb" --dimension 64 --listen 127.0.0.1:7912 \
        --log-level warning "$@"; then
        depths "$name" --port 7912 --verb observe --put-items
        depths "$name-durable" --port 7912 --verb observe --durable
        stop
    fi
    rm -rf "$data/ebb"
}

echo '{ "number": 1, "half_lives": ["30 d"], "recent_events": 8 }' >"$data/small.json"
for round in $(seq "$rounds"); do
    if [[ -x $data/echo ]] && start echo 7911 "$data/echo" 7911; then
        depths echo --port 7911 --verb echo
        stop
    fi
    serve ebb --partitions 1
    serve ebb-two
    serve ebb-small --partitions 1 --memory-schema "$data/small.json"
    if command -v redis-server >/dev/null \
        && start redis 7913 redis-server --port 7913 --save "" --appendonly no --dir "$data"; then
        depths redis --port 7913 --verb set
        [[ $round != 1 ]] || for depth in 1 16 64; do
            redis-benchmark -p 7913 -t set -d 512 -c 50 -r 100000 -n $((depth == 1 ? 300000 : 1000000)) -P $depth --csv \
                | tail -1 | sed "s/^/cross-check, redis-benchmark at depth $depth (test, rps, avg, min, p50, p95, p99, max ms): /"
        done
        stop
    fi
    if command -v redis-server >/dev/null && mkdir -p "$data/aof" \
        && start redis-aof 7914 redis-server --port 7914 --save "" --appendonly yes --appendfsync always \
            --dir "$data/aof" --auto-aof-rewrite-percentage 0; then
        depths redis-aof --port 7914 --verb set
        stop
        rm -rf "$data/aof"
    fi
    if [[ -x $garnet ]] && start garnet 7915 "$garnet" --port 7915 --bind 127.0.0.1 --memory 1g --no-obj --logger-level Error; then
        depths garnet --port 7915 --verb set
        stop
    fi
done

echo "commit $(git rev-parse --short HEAD), $(nproc) CPUs, $(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2), load $(
    cut -d' ' -f1-3 /proc/loadavg); $(redis-server --version 2>/dev/null | cut -d' ' -f1-3 || echo 'no Redis'), garnet-server" \
    "$(dotnet tool list --tool-path "$data/garnet" 2>/dev/null | awk '/garnet/ { print $2 }')"
python3 bench/Peers/wire_table.py "$results"
