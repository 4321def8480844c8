"""Full softmax over tied item vectors, the epoch picked on validation."""

import copy
import time

import numpy as np
import torch

import events as data


def recall_at_20(model, log, asked, exclude_history):
    """Mean of hits / min(20, |truth|) over the questions."""
    model.eval()
    found = []
    with torch.no_grad():
        for at in range(0, len(asked), 256):
            part = asked[at:at + 256]
            item_ids, gaps, lengths = pad(log, [(start, end) for start, end, _ in part])
            states = model.states(item_ids, gaps)
            last = states[torch.arange(len(part)), lengths - 1]
            scores = scores_of(model, last)
            for row, (start, end, truth) in enumerate(part):
                if exclude_history:
                    scores[row, log.item[start:end] - 1] = -torch.inf
            best = scores.topk(min(20, scores.shape[1]), dim=1).indices.numpy() + 1
            found += [len(np.intersect1d(best[row], part[row][2])) / min(20, len(part[row][2]))
                      for row in range(len(part))]
    return float(np.mean(found)) if found else float("nan")


def scores_of(model, states):
    """Of one encoder as it learns, or of several together: only their order counts."""
    return model.items.logits(states) if hasattr(model.items, "logits") else states @ model.items.directions().T


def pad(log, stretches):
    lengths = torch.tensor([end - start for start, end in stretches])
    item_ids = torch.zeros(len(stretches), int(lengths.max()), dtype=torch.int64)
    gaps = torch.zeros(item_ids.shape, dtype=torch.float32)
    for row, (start, end) in enumerate(stretches):
        item_ids[row, :end - start] = torch.from_numpy(log.item[start:end])
        gaps[row, :end - start] = torch.from_numpy(log.gap[start:end])
        gaps[row, 0] = 0
    return item_ids, gaps, lengths


def batches(stretches, batch_size, random):
    """Stretches of about one length together, batches in any order."""
    order = random.permutation(len(stretches))
    for at in range(0, len(order), batch_size * 50):
        chunk = sorted(order[at:at + batch_size * 50], key=lambda index: stretches[index][1] - stretches[index][0])
        parts = [chunk[start:start + batch_size] for start in range(0, len(chunk), batch_size)]
        for index in random.permutation(len(parts)):
            yield [stretches[place] for place in parts[index]]


def loss_of(model, log, batch, learn_all):
    item_ids, gaps, _ = pad(log, [(start, end) for start, end, _ in batch])
    rows, columns, taught = [], [], []
    for row, (start, end, first) in enumerate(batch):
        for at in range(first, end):
            truth = log.targets(at)
            if truth is not None and (learn_all or not log.valid[at + 1]):
                rows.append(row)
                columns.append(at - start)
                taught.append(truth)
    if not rows:
        return None
    states = model.states(item_ids, gaps)[rows, columns]
    chances = torch.log_softmax(model.items.logits(states), dim=1)
    places = np.repeat(np.arange(len(taught)), [len(truth) for truth in taught])
    shares = np.repeat([1 / len(truth) for truth in taught], [len(truth) for truth in taught])
    chosen = chances[torch.from_numpy(places), torch.from_numpy(np.concatenate(taught) - 1)]
    return -(chosen * torch.from_numpy(shares.astype(np.float32))).sum() / len(taught)


def train(model, log, options, epochs, learn_all, report, seed):
    """Learns; returns (epoch, Recall@20) of the best and leaves its weights in the model. learn_all: all epochs."""
    random = np.random.default_rng(seed)
    optimiser = torch.optim.Adam(model.parameters(), lr=options.rate, weight_decay=options.decay)
    stretches = data.windows(log, options.length, learn_all)
    asked = [] if learn_all else data.questions(log, options.length)
    if not learn_all and not asked:
        raise SystemExit("the validation part holds no question with a history; choose another --validation share")
    best, kept = (0, -1.0), None
    for epoch in range(1, epochs + 1):
        started, losses = time.monotonic(), []
        model.train()
        for group in optimiser.param_groups:
            group["lr"] = options.rate * 0.5 * (1 + np.cos(np.pi * (epoch - 1) / epochs))
        for batch in batches(stretches, options.batch, random):
            loss = loss_of(model, log, batch, learn_all)
            if loss is not None:
                optimiser.zero_grad()
                loss.backward()
                torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
                optimiser.step()
                losses.append(loss.item())
        recall = float("nan") if learn_all else recall_at_20(model, log, asked, options.exclude_history)
        report(epoch, epochs, float(np.mean(losses)), recall, time.monotonic() - started)
        if not learn_all and recall > best[1]:
            best, kept = (epoch, recall), copy.deepcopy(model.state_dict())
        if not learn_all and epoch - best[0] >= options.patience:
            break
    if kept is not None:
        model.load_state_dict(kept)
    return best if not learn_all else (epochs, float("nan"))
