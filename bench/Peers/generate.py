"""Writes <out>.items.npy and <out>.queries.npy: float32 normal vectors, or given vectors tiled with small noise."""
import sys

import numpy as np


def main():
    out, rows, dimension, queries = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    random = np.random.default_rng(42)
    if len(sys.argv) > 5:
        source = np.load(sys.argv[5]).astype(np.float32)
        noise = 0.05 * source.std()
        items = source[np.arange(rows) % len(source)]
        items += noise * random.standard_normal(items.shape, dtype=np.float32)
        asked = source[random.integers(len(source), size=queries)]
        asked = asked + noise * random.standard_normal(asked.shape, dtype=np.float32)
    else:
        items = random.standard_normal((rows, dimension), dtype=np.float32)
        asked = random.standard_normal((queries, dimension), dtype=np.float32)
    np.save(out + ".items.npy", np.ascontiguousarray(items))
    np.save(out + ".queries.npy", np.ascontiguousarray(asked))


main()
