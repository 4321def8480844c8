"""PyTorch's matmul + topk on the same card and shapes: a line of JSON a shape and type. Exit 3, with the
reason, without torch or CUDA."""
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
    import torch
except ImportError as missing:
    print(f"PyTorch: {missing}")
    sys.exit(3)
if not torch.cuda.is_available():
    print("PyTorch: it sees no CUDA device")
    sys.exit(3)

# Scores of a slice of rows at a time: all of them at once would be 10 GB at a batch of 256 in fp32.
SLICE = 1 << 20


def best(items, queries, k):
    scores, rows = None, None
    for start in range(0, len(items), SLICE):
        part, at = torch.topk(queries @ items[start:start + SLICE].T, k)
        if scores is not None:
            part, at = torch.cat([scores, part], 1), torch.cat([rows, at + start], 1)
            part, order = torch.topk(part, k)
            at = torch.gather(at, 1, order)
        scores, rows = part, at
    return scores, rows


torch.manual_seed(42)
for name, kind in (("bf16", torch.bfloat16), ("fp32", torch.float32)):
    items = torch.empty((options.rows, options.dimension), dtype=kind, device="cuda").normal_()
    for batch in map(int, options.batches.split(",")):
        queries = torch.randn((batch, options.dimension), device="cuda").to(kind)
        times = []
        for turn in range(options.rounds + 3):
            begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
            begin.record()
            best(items, queries, options.k)
            end.record()
            torch.cuda.synchronize()
            if turn >= 3:
                times.append(begin.elapsed_time(end))
        print(json.dumps({
            "peer": f"torch {torch.__version__} {name}", "rows": options.rows, "dimension": options.dimension,
            "batch": batch, "k": options.k, "ms": sorted(times)[len(times) // 2],
        }), flush=True)
    del items
    torch.cuda.empty_cache()
