"""Trains a bundle's re-ranker on a table that `ebb train reranker` writes, and adds it to the bundle.

A row of the table: number of the question, 1 where the item came, then the features as Ebb computes them.
"""

import argparse
import json
import os

import numpy as np
import torch
from torch import nn

import bundle

INNER = 32
LISTS_PER_BATCH = 64
LIST_LENGTH = 20


class ReRanker(nn.Module):
    """The standardised score and what a small network adds to it; at first it adds nothing."""

    def __init__(self, mean, spread):
        super().__init__()
        self.mean, self.spread = nn.Parameter(mean, requires_grad=False), nn.Parameter(spread, requires_grad=False)
        self.layers = nn.Sequential(
            nn.Linear(len(mean), INNER), nn.ReLU(), nn.Linear(INNER, INNER), nn.ReLU(), nn.Linear(INNER, 1))
        nn.init.zeros_(self.layers[4].weight)
        nn.init.zeros_(self.layers[4].bias)

    def forward(self, features):
        return features[:, :1] + self.layers((features - self.mean) / self.spread)


def recall(lists, order):
    """Mean of hits / min(20, came) over questions; what did not come among the best counts as well."""
    found = []
    for features, came, total in lists:
        best = torch.topk(order(features), min(LIST_LENGTH, len(came))).indices
        found.append(came[best].sum().item() / min(LIST_LENGTH, total))
    return float(np.mean(found))


def read(path):
    table = np.load(path)
    cuts = np.flatnonzero(np.diff(table[:, 0])) + 1
    lists = []
    for rows in np.split(table, cuts):
        # Column 1 is the number of items that came, negative where this one did not.
        total = int(np.abs(rows[:, 1]).max())
        lists.append((torch.from_numpy(rows[:, 2:].copy()), torch.from_numpy((rows[:, 1] > 0).astype(np.float32)),
                      total))
    return lists


def train(lists, options):
    torch.manual_seed(options.seed)
    random = np.random.default_rng(options.seed)
    mine = random.permutation(len(lists))
    cut = len(lists) * 4 // 5
    learn = [lists[index] for index in mine[:cut] if lists[index][1].sum() > 0]
    ask = [lists[index] for index in mine[cut:]]
    every = torch.cat([features for features, _, _ in learn])
    model = ReRanker(every.mean(0), every.std(0).clamp(min=1e-3))
    optimiser = torch.optim.AdamW(model.parameters(), lr=options.rate, weight_decay=1e-3)
    before = recall(ask, lambda features: features[:, 0])
    best, kept = before, {name: value.clone() for name, value in model.state_dict().items()}
    for epoch in range(1, options.epochs + 1):
        model.train()
        losses = []
        for at in range(0, len(learn), LISTS_PER_BATCH):
            loss = 0
            for index in random.permutation(len(learn))[:LISTS_PER_BATCH]:
                features, came, _ = learn[index]
                loss = loss - (torch.log_softmax(model(features).squeeze(1), 0) * came).sum() / came.sum()
            optimiser.zero_grad()
            (loss / LISTS_PER_BATCH).backward()
            optimiser.step()
            losses.append(loss.item() / LISTS_PER_BATCH)
        with torch.no_grad():
            now = recall(ask, lambda features: model(features).squeeze(1))
        print(f"epoch refit {epoch}/{options.epochs} loss {np.mean(losses):.4f} recall20 {now:.4f}", flush=True)
        if now > best:
            best, kept = now, {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(kept)
    print(f"re-ranker: Recall@20 of questions kept apart {before:.4f} without, {best:.4f} with", flush=True)
    return model.eval(), before, best, ask


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table")
    parser.add_argument("--bundle", action="append", required=True, help="to add it to; may be given again")
    parser.add_argument("--features", required=True, help="names, comma between")
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=42)
    options = parser.parse_args()
    torch.set_num_threads(1)
    lists = read(options.table)
    print(f"read {len(lists)} lists", flush=True)
    model, before, after, ask = train(lists, options)
    sample = torch.cat([features for features, _, _ in ask])[::97][:64]
    for folder in options.bundle:
        bundle.add_rows(folder, "reranker", model, (sample, "features", "order"))
        with open(os.path.join(folder, "manifest.json"), encoding="utf-8") as file:
            manifest = json.load(file)
        manifest["reranker"] = {"features": options.features.split(",")}
        manifest["metrics"].update(
            {"reranker_recall20_before": round(before, 6), "reranker_recall20_after": round(after, 6)})
        bundle.seal(folder, manifest, ["reranker.onnx", "reranker_reference.json"])
        print(f"written {folder}", flush=True)


if __name__ == "__main__":
    main()
