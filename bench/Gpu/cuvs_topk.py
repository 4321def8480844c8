"""cuVS' brute force by inner product on the same card and shapes: a line of JSON a batch. Exit 3, with the reason,
without cuVS or a device."""
import argparse
import json
import sys

parser = argparse.ArgumentParser()
parser.add_argument("--rows", type=int, default=10_000_000)
parser.add_argument("--dimension", type=int, default=128)
parser.add_argument("--batches", default="1,64,256")
parser.add_argument("--k", type=int, default=100)
parser.add_argument("--rounds", type=int, default=20)
options = parser.parse_args()

try:
    import cupy
    from cuvs.neighbors import brute_force
except ImportError as missing:
    print(f"cuVS: {missing}")
    sys.exit(3)

random = cupy.random.default_rng(42)
items = random.standard_normal((options.rows, options.dimension), dtype=cupy.float32)
index = brute_force.build(items, metric="inner_product")
for batch in map(int, options.batches.split(",")):
    queries = random.standard_normal((batch, options.dimension), dtype=cupy.float32)
    times = []
    for turn in range(options.rounds + 3):
        begin, end = cupy.cuda.Event(), cupy.cuda.Event()
        begin.record()
        brute_force.search(index, queries, options.k)
        end.record()
        end.synchronize()
        if turn >= 3:
            times.append(cupy.cuda.get_elapsed_time(begin, end))
    print(json.dumps({
        "peer": "cuvs fp32", "rows": options.rows, "dimension": options.dimension, "batch": batch, "k": options.k,
        "ms": sorted(times)[len(times) // 2],
    }), flush=True)
