"""Item vectors to begin with, from what users did close together."""

import numpy as np
import torch

WINDOW = 10
ITEM_COUNT_MAX = 12_000


def place(model, log, learn_all):
    """Leading directions of the positive PMI (Levy and Goldberg, 2014), in place of the random vectors; whether they
    were placed."""
    if log.item_count > ITEM_COUNT_MAX:
        print(f"more than {ITEM_COUNT_MAX} items: the vectors start at random", flush=True)
        return False
    counts = np.zeros((log.item_count, log.item_count), dtype=np.float32)
    learnt = np.ones(len(log.user), dtype=bool) if learn_all else ~log.valid
    for back in range(1, WINDOW + 1):
        near = (log.user[back:] == log.user[:-back]) & learnt[back:] & learnt[:-back]
        first, second = log.item[:-back][near] - 1, log.item[back:][near] - 1
        np.add.at(counts, (first, second), 1)
        np.add.at(counts, (second, first), 1)
    np.fill_diagonal(counts, 0)
    sums = counts.sum(1)
    with np.errstate(divide="ignore", invalid="ignore"):
        pmi = np.log(counts * counts.sum() / (sums[:, None] * sums[None, :]))
    pmi[~np.isfinite(pmi) | (pmi < 0)] = 0
    dimension = model.items.weight.shape[1]
    left, values, _ = torch.svd_lowrank(torch.from_numpy(pmi), q=dimension + 16, niter=4)
    vectors = left[:, :dimension] * values[:dimension].sqrt()
    lengths = vectors.norm(dim=1, keepdim=True)
    known = (lengths > 0).squeeze(1)
    with torch.no_grad():
        rows = torch.nonzero(known).squeeze(1)
        model.items.weight[rows + 1] = vectors[rows] / lengths[rows]
    return True
