"""The bundle that Ebb loads: encoder.onnx, item_vectors.npy, item_ids.txt, reference.json, manifest.json.

weights.npz, without the item vectors, is for going on from here (--warm) and is not read by Ebb.
"""

import hashlib
import json
import os

import numpy as np
import torch

import models

FORMAT = 1
OPSET = 14
REFERENCE_COUNT = 32


def write(folder, model, log, options, epoch, recall):
    os.makedirs(folder, exist_ok=True)
    # The wrapper that is exported, and not only what it wraps, has to be told that it does not learn any more.
    wrapper = models.LastState(model).eval()
    model.items.settle()
    if options.half:
        model.items.halve()
    inputs = ["item_ids", "lengths"] + (["ages"] if options.ages else [])
    batch = _reference(log, options)
    with torch.no_grad():
        expected = wrapper(*[batch[name] for name in inputs]).numpy()
    _export(os.path.join(folder, "encoder.onnx"), wrapper, [batch[name] for name in inputs], inputs)
    vectors = model.items.weight.detach().numpy()[1:].astype("<f4")
    np.save(os.path.join(folder, "item_vectors.npy"), vectors)
    with open(os.path.join(folder, "item_ids.txt"), "w", encoding="utf-8", newline="\n") as file:
        file.write("\n".join(log.item_ids) + "\n")
    weights = {name: value.numpy() for name, value in model.state_dict().items() if not name.endswith("items.weight")}
    np.savez(os.path.join(folder, "weights.npz"), **weights)
    _write_json(folder, "reference.json", {
        **{name: batch[name].numpy().tolist() for name in inputs},
        "expected": [[float(f"{value:.9g}") for value in row] for row in expected.astype(np.float64)],
    })
    files = ["encoder.onnx", "item_vectors.npy", "item_ids.txt", "reference.json"]
    _write_json(folder, "manifest.json", {
        "format": FORMAT,
        "name": options.name,
        "architecture": options.model,
        "dimension": options.dimension,
        "length_max": options.length,
        "items": log.item_count,
        "opset": OPSET,
        "inputs": inputs,
        "outputs": ["user_vectors"],
        "dataset": options.dataset,
        "licence": options.licence,
        "events": int(len(log.user)),
        "seed": options.seed,
        "epoch": epoch,
        "metrics": {"validation_recall20": round(recall, 6)},
        "sha256": {name: _sha256(os.path.join(folder, name)) for name in files},
    }, indent=2)


def take_over(folder, model, log):
    """The weights of a bundle: all but the vectors of items that it does not know, which start as they are."""
    with open(os.path.join(folder, "item_ids.txt"), encoding="utf-8") as file:
        row_of = {item: row for row, item in enumerate(file.read().split("\n")[:-1])}
    vectors = np.load(os.path.join(folder, "item_vectors.npy"))
    known = [(place + 1, row_of[item]) for place, item in enumerate(log.item_ids) if item in row_of]
    state = model.state_dict()
    for name, value in np.load(os.path.join(folder, "weights.npz")).items():
        if name not in state or state[name].shape != value.shape:
            raise SystemExit(f"{folder} is of another model: {name} does not fit; give the options of then")
        state[name].copy_(torch.from_numpy(value))
    if vectors.shape[1] != model.items.weight.shape[1]:
        raise SystemExit(f"{folder} has vectors of {vectors.shape[1]} dimensions; give --dimension {vectors.shape[1]}")
    with torch.no_grad():
        places = torch.tensor([place for place, _ in known], dtype=torch.int64)
        model.items.weight[places] = torch.from_numpy(vectors[[row for _, row in known]])
    print(f"goes on from {folder}: {len(known)} of {log.item_count} items known", flush=True)


def _reference(log, options):
    """Every length from 0 to the longest, on real events and their order; the rest of a row is padding."""
    count, length = max(REFERENCE_COUNT, options.length + 1), options.length
    item_ids = torch.zeros(count, length, dtype=torch.int64)
    ages = torch.zeros(count, length, dtype=torch.float32)
    lengths = torch.tensor([row % (length + 1) for row in range(count)], dtype=torch.int64)
    long_enough = np.flatnonzero(log.user_end - log.user_start >= 2)
    for row in range(count):
        user = long_enough[row * 7919 % len(long_enough)]
        rows = np.arange(log.user_start[user], log.user_end[user])
        # A user with fewer events is told again.
        rows = np.resize(rows, int(lengths[row]))
        times = np.sort(log.time[rows])
        item_ids[row, :len(rows)] = torch.from_numpy(log.item[rows])
        ages[row, :len(rows)] = torch.from_numpy((times[-1:] - times).astype(np.float32))
    return {"item_ids": item_ids, "lengths": lengths, "ages": ages}


def _export(path, wrapper, example, inputs):
    axes = {name: {0: "batch"} if name == "lengths" else {0: "batch", 1: "length"} for name in inputs}
    torch.onnx.export(
        wrapper, tuple(example), path, opset_version=OPSET, input_names=inputs, output_names=["user_vectors"],
        dynamic_axes={**axes, "user_vectors": {0: "batch"}}, do_constant_folding=True)


def _write_json(folder, name, value, indent=None):
    with open(os.path.join(folder, name), "w", encoding="utf-8", newline="\n") as file:
        json.dump(value, file, indent=indent)
        file.write("\n")


def _sha256(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()
