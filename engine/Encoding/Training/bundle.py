"""The bundle that Ebb loads: encoder.onnx, item_vectors.npy, item_ids.txt, reference.json, manifest.json; with
--categories also categories.txt and item_categories.txt, with --texts item_encoder.onnx and its reference, with
--portrait portrait.json.

weights.npz, without the item vectors, is for going on from here (--warm) and is not read by Ebb.
"""

import hashlib
import json
import os
import shutil

import numpy as np
import torch

import models

FORMAT = 1
OPSET = 14
REFERENCE_COUNT = 32


def write(folder, model, log, options, result, parts):
    """result: (epoch, Recall@20); parts: what comes beside the encoder, see heads.py."""
    os.makedirs(folder, exist_ok=True)
    files = ["encoder.onnx", "item_vectors.npy", "item_ids.txt", "reference.json"]
    more, metrics = {}, {"validation_recall20": round(result[1], 6), **parts["metrics"]}
    head = None
    if parts.get("categories"):
        head, names, of_item, head_metrics = parts["categories"]
        metrics.update({name: round(value, 6) for name, value in head_metrics.items()})
        more["categories"] = len(names)
        files += ["categories.txt", "item_categories.txt"]
        _write_lines(folder, "categories.txt", names)
        _write_lines(folder, "item_categories.txt", of_item[1:])
    # The wrapper that is exported, and not only what it wraps, has to be told that it does not learn any more.
    wrapper = models.LastState(model, head).eval()
    inputs = ["item_ids", "lengths"] + (["ages"] if options.ages else [])
    batch = _reference(log, options)
    outputs = ["user_vectors"] + (["category_logits"] if head is not None else [])
    with torch.no_grad():
        said = wrapper(*[batch[name] for name in inputs])
    said = [part.numpy() for part in (said if head is not None else [said])]
    _export(os.path.join(folder, "encoder.onnx"), wrapper, [batch[name] for name in inputs], inputs, outputs)
    vectors = model.items.weight.detach().numpy()[1:].astype("<f4")
    if parts.get("items"):
        encoder, numbers, cold, found = parts["items"]
        vectors[cold] = found[cold]
        add_rows(folder, "item_encoder", encoder, (torch.from_numpy(numbers[1::53][:16]), "word_ids", "item_vectors"))
        more["item_encoder"] = {"words_max": numbers.shape[1], "buckets": len(encoder.words) - 1}
        files += ["item_encoder.onnx", "item_reference.json"]
    if options.portrait:
        shutil.copyfile(options.portrait, os.path.join(folder, "portrait.json"))
        files.append("portrait.json")
    np.save(os.path.join(folder, "item_vectors.npy"), vectors)
    _write_lines(folder, "item_ids.txt", log.item_ids)
    weights = {name: value.numpy() for name, value in model.state_dict().items() if "items." not in name}
    np.savez(os.path.join(folder, "weights.npz"), **weights)
    _write_json(folder, "reference.json", {
        **{name: batch[name].numpy().tolist() for name in inputs},
        **{name: _short(part) for name, part in zip(["expected", "expected_categories"], said)},
    })
    seal(folder, {
        "format": FORMAT,
        "name": options.name,
        "architecture": options.model,
        "dimension": vectors.shape[1],
        "members": options.members,
        "length_max": options.length,
        "items": log.item_count,
        "opset": OPSET,
        "inputs": inputs,
        "outputs": outputs,
        "dataset": options.dataset,
        "licence": options.licence,
        "events": int(len(log.user)),
        "seed": options.seed,
        "epoch": result[0],
        **more,
        "metrics": metrics,
    }, files)


def add_rows(folder, name, model, example):
    """A model of rows beside the encoder: NAME.onnx and what it says of some rows."""
    rows, input_name, output_name = example
    with torch.no_grad():
        expected = model(rows).numpy()
    torch.onnx.export(
        model, (rows,), os.path.join(folder, f"{name}.onnx"), opset_version=OPSET, input_names=[input_name],
        output_names=[output_name], dynamic_axes={input_name: {0: "rows"}, output_name: {0: "rows"}})
    reference = "item_reference.json" if name == "item_encoder" else f"{name}_reference.json"
    _write_json(folder, reference, {"inputs": _short(rows.numpy()), "expected": _short(expected)})


def seal(folder, manifest, files):
    """The manifest, with the checksums of these files beside those it has."""
    sums = manifest.pop("sha256", {})
    sums.update({name: _sha256(os.path.join(folder, name)) for name in files})
    _write_json(folder, "manifest.json", {**manifest, "sha256": sums}, indent=2)


def take_over(folder, model, log, member, moves):
    """The weights of a bundle; member: (place, of how many). Known items stay where they were; moves: they go half way
    to where the events place them now. New ones begin where the events place them, seen from the known."""
    with open(os.path.join(folder, "item_ids.txt"), encoding="utf-8") as file:
        row_of = {item: row for row, item in enumerate(file.read().split("\n")[:-1])}
    vectors = np.load(os.path.join(folder, "item_vectors.npy"))
    known = [(place + 1, row_of[item]) for place, item in enumerate(log.item_ids) if item in row_of]
    state = model.state_dict()
    place, count = member
    prefix = "" if count == 1 else f"members.{place}."
    vectors = np.split(vectors, count, axis=1)[place] if vectors.shape[1] % count == 0 else vectors
    for name, value in np.load(os.path.join(folder, "weights.npz")).items():
        if not name.startswith(prefix):
            continue
        name = name[len(prefix):]
        if name not in state or state[name].shape != value.shape:
            raise SystemExit(f"{folder} is of another model: {name} does not fit; give the options of then")
        state[name].copy_(torch.from_numpy(value))
    if vectors.shape[1] != model.items.weight.shape[1]:
        raise SystemExit(f"{folder} has vectors of {vectors.shape[1]} dimensions; give --dimension {vectors.shape[1]}")
    taken = vectors[[row for _, row in known]]
    with torch.no_grad():
        places = [place for place, _ in known]
        turned = _turned(model.items.weight.detach().numpy(), places, taken)
        turned[places] = (turned[places] + taken) / 2 if moves else taken
        model.items.weight[1:] = torch.from_numpy(turned[1:])
    print(f"goes on from {folder}: {len(known)} of {log.item_count} items known", flush=True)


def _turned(start, places, vectors):
    """All starting vectors, turned and stretched so that those of the known items lie as near their learned ones as
    they can (orthogonal Procrustes): what starts near a known item is near it in the space that was learned."""
    if not places:
        return start.copy()
    left, _, right = np.linalg.svd(start[places].astype(np.float64).T @ vectors.astype(np.float64))
    length = np.linalg.norm(vectors, axis=1).mean() / max(np.linalg.norm(start[places], axis=1).mean(), 1e-9)
    return (start @ (left @ right) * length).astype(np.float32)


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


def _export(path, wrapper, example, inputs, outputs):
    axes = {name: {0: "batch"} if name == "lengths" else {0: "batch", 1: "length"} for name in inputs}
    torch.onnx.export(
        wrapper, tuple(example), path, opset_version=OPSET, input_names=inputs, output_names=outputs,
        dynamic_axes={**axes, **{name: {0: "batch"} for name in outputs}}, do_constant_folding=True)


def _short(rows):
    return [[int(value) if float(value).is_integer() else float(f"{value:.9g}") for value in row]
            for row in rows.astype(np.float64)]


def _write_lines(folder, name, lines):
    with open(os.path.join(folder, name), "w", encoding="utf-8", newline="\n") as file:
        file.write("\n".join(lines) + "\n")


def _write_json(folder, name, value, indent=None):
    with open(os.path.join(folder, name), "w", encoding="utf-8", newline="\n") as file:
        json.dump(value, file, indent=indent)
        file.write("\n")


def _sha256(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()
