"""Medians and ratios of wire.sh's runs as two tables."""
import collections
import json
import statistics
import sys

MUSTS = {("redis", 1): 0.8, ("redis", 16): 1.2, ("redis", 64): 1.5, ("garnet", 16): 0.8, ("garnet", 64): 1.0}
SHOWN = {"echo": "C echo (floor)", "ebb": "Ebb, records of 1,220 B, 1 writer", "ebb-two": "Ebb, 1,220 B, default writers",
         "ebb-small": "Ebb, 648 B, 1 writer", "redis": "Redis", "garnet": "Garnet",
         "ebb-durable": "Ebb, 1,220 B, 1 writer, durable",
         "ebb-two-durable": "Ebb, 1,220 B, default writers, durable", "ebb-small-durable": "Ebb, 648 B, durable",
         "redis-aof": "Redis, appendfsync always"}
PAIRS = [(ours, theirs) for theirs in ("redis", "garnet") for ours in ("ebb", "ebb-two", "ebb-small")]
PAIRS += [("ebb-durable", "redis-aof"), ("ebb-two-durable", "redis-aof"), ("ebb-small-durable", "redis-aof")]


def main():
    runs = collections.defaultdict(list)
    for line in open(sys.argv[1]):
        run = json.loads(line)
        runs[run["peer"], run["depth"]].append(run)

    def median(peer, depth, field):
        return statistics.median(run[field] for run in runs[peer, depth])

    def group(peer, depth):
        entries = sum(run["growth"].get("engine.committed_entries", 0) for run in runs[peer, depth])
        commits = sum(run["growth"].get("engine.commits", 0) for run in runs[peer, depth])
        return f"{entries / commits:,.0f}" if commits else "-"

    print("\n| peer | depth | requests/s (each round) | p50, us | p99, us | CPU a request, us: server, client "
          "| entries a commit | errors |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for peer, name in SHOWN.items():
        for depth in sorted(key[1] for key in runs if key[0] == peer):
            each = " ".join(f"{run['rate'] / 1000:.0f}k" for run in runs[peer, depth])
            print(f"| {name} | {depth} | {median(peer, depth, 'rate'):,.0f} ({each}) "
                  f"| {median(peer, depth, 'p50_us'):,.0f} | {median(peer, depth, 'p99_us'):,.0f} "
                  f"| {median(peer, depth, 'server_cpu_us'):.1f}, {median(peer, depth, 'client_cpu_us'):.1f} | {group(peer, depth)} "
                  f"| {sum(run['errors'] for run in runs[peer, depth])} |")

    print("\n| | against | depth | throughput ratio (median of rounds) | must | server CPU ratio | p99 ratio | verdict |")
    print("|---|---|---:|---:|---:|---:|---:|---|")
    for ours, theirs in PAIRS:
        for depth in sorted(key[1] for key in runs if key[0] == theirs):
            pairs = list(zip(runs[ours, depth], runs[theirs, depth]))
            if not pairs:
                continue
            rate = statistics.median(a["rate"] / b["rate"] for a, b in pairs)
            p99 = statistics.median(a["p99_us"] / b["p99_us"] for a, b in pairs)
            cpu = statistics.median(a["server_cpu_us"] / b["server_cpu_us"] for a, b in pairs)
            must = 1.0 if theirs == "redis-aof" else MUSTS.get((theirs, depth))
            verdict = "-" if must is None else "met" if rate >= must else "MISSED"
            if p99 > 1:
                verdict += ", p99 worse"
            print(f"| {SHOWN[ours]} | {SHOWN[theirs]} | {depth} | {rate:.2f} | {must or '-'} | {cpu:.2f} | {p99:.2f} "
                  f"| {verdict} |")


main()
