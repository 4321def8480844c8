"""FAISS IndexFlatIP on its BLAS path. A line in is one round, a line out its milliseconds a batch."""
import sys
import time

import faiss
import numpy as np


def main():
    vectors, queries, k, batch, threads, out, flush = sys.argv[1:8]
    k, batch = int(k), int(batch)
    items, asked = np.load(vectors), np.load(queries)
    faiss.omp_set_num_threads(int(threads))
    # Below this many queries FAISS computes distances one by one: from 2 queries on it is told to use BLAS.
    faiss.cvar.distance_compute_blas_threshold = 2
    index = faiss.IndexFlatIP(items.shape[1])
    index.add(items)
    clock = time.process_time if threads == "1" else time.perf_counter
    junk = np.ones(64 << 20, dtype=np.float32) if flush == "1" else None

    def search():
        total, found = 0.0, []
        for first in range(0, len(asked), batch):
            if junk is not None:
                junk.sum()
            start = clock()
            found.append(index.search(asked[first:first + batch], k)[1])
            total += clock() - start
        return 1000 * total / len(found), found

    search()
    print("ready", flush=True)
    found = []
    for _ in sys.stdin:
        ms, found = search()
        print(ms, flush=True)
    np.concatenate(found).astype(np.int32).tofile(out)


main()
