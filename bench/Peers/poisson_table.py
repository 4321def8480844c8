"""Prints the runs that poisson.sh wrote as a table, a line a round, and the medians. Usage: poisson_table.py FILE"""

import json
import statistics
import sys

PEERS = ("ebb", "echo")
runs = {peer: [] for peer in PEERS}
with open(sys.argv[1], encoding="utf-8") as lines:
    for line in lines:
        run = json.loads(line)
        runs[run["peer"]].append(run)


def cells(run):
    p50, p99 = run["p50_us"] / 1e3, run["p99_us"] / 1e3
    return f"{run['steal']:.0f} | {p50:.2f} | {p99:.1f} | {p99 / p50:.1f} | {run['lag_p99_us'] / 1e3:.1f}"


print("| round | " + " | ".join(f"{peer}: steal, ticks | p50, ms | p99, ms | p99 ÷ p50 | sent late, p99, ms" for peer in PEERS)
      + " |")
print("|---|" + "---:|" * 10)
for number, pair in enumerate(zip(*(runs[peer] for peer in PEERS)), 1):
    print(f"| {number} | " + " | ".join(cells(run) for run in pair) + " |")
names = ("steal", "p50_us", "p99_us", "lag_p99_us")
medians = [{name: statistics.median(run[name] for run in runs[peer]) for name in names} for peer in PEERS]
print("| median | " + " | ".join(cells(run) for run in medians) + " |")
for name in ("p50_us", "p99_us"):
    ratios = sorted(a[name] / b[name] for a, b in zip(runs["ebb"], runs["echo"]))
    print(f"{name[:3]}, ebb ÷ echo in the same round: median {statistics.median(ratios):.2f}, "
          f"{ratios[0]:.2f} to {ratios[-1]:.2f}")
for peer in PEERS:
    print(f"{peer}: CPU a request {statistics.median(run['server_cpu_us'] for run in runs[peer]):.0f} us")
