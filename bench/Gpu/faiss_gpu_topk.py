"""FAISS' flat inner-product index on the same card and shapes: a line of JSON a batch. Exit 3, with the reason, without
FAISS or a device of its own."""
import argparse
import json
import sys
import time

parser = argparse.ArgumentParser()
parser.add_argument("--rows", type=int, default=10_000_000)
parser.add_argument("--dimension", type=int, default=128)
parser.add_argument("--batches", default="1,64,256")
parser.add_argument("--k", type=int, default=100)
parser.add_argument("--rounds", type=int, default=20)
options = parser.parse_args()

try:
    import faiss
    import numpy as np
except ImportError as missing:
    print(f"FAISS: {missing}")
    sys.exit(3)
if not hasattr(faiss, "StandardGpuResources") or faiss.get_num_gpus() == 0:
    print("FAISS: this build has no GPU, or sees none")
    sys.exit(3)

resources = faiss.StandardGpuResources()
random = np.random.default_rng(42)
for is_half in (False, True):
    config = faiss.GpuIndexFlatConfig()
    config.useFloat16 = is_half
    index = faiss.GpuIndexFlatIP(resources, options.dimension, config)
    for start in range(0, options.rows, 1 << 20):
        count = min(1 << 20, options.rows - start)
        index.add(random.standard_normal((count, options.dimension), dtype=np.float32))
    for batch in map(int, options.batches.split(",")):
        queries = random.standard_normal((batch, options.dimension), dtype=np.float32)
        times = []
        for turn in range(options.rounds + 3):
            begin = time.perf_counter()
            index.search(queries, options.k)
            if turn >= 3:
                times.append(1000 * (time.perf_counter() - begin))
        # Wall time: search copies queries in and lists out, and waits.
        print(json.dumps({
            "peer": f"faiss {faiss.__version__} {'fp16' if is_half else 'fp32'}", "rows": options.rows,
            "dimension": options.dimension, "batch": batch, "k": options.k, "wall_ms": sorted(times)[len(times) // 2],
        }), flush=True)
    del index
