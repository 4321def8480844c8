"""What a bundle holds beside the encoder: the category head and the item encoder. Both are fitted after the encoder,
which they leave as it is."""

import csv

import numpy as np
import torch
from torch import nn

import learning

INNER = 64
EPOCHS = 4
RATE = 3e-3
BUCKETS = 2048
WORDS_MAX = 16
# The regression learns from items with as many events; those without any are given the item encoder's vector.
KNOWN_FROM = 5


class CategoryHead(nn.Module):
    """Logits of the next event's category, from the user's vector, the last item and the mean of all."""

    def __init__(self, dimension, category_count):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(3 * dimension, INNER), nn.Tanh(), nn.Linear(INNER, category_count))
        self.temperature = nn.Parameter(torch.ones(1), requires_grad=False)

    def forward(self, states, events, present):
        """[B, L, C]: after each event. events are padded with zeros; present is 1 where there is one."""
        counts = present.cumsum(1).clamp(min=1).unsqueeze(-1)
        means = events.cumsum(1) / counts
        unit = nn.functional.normalize(states, dim=-1)
        return self.layers(torch.cat([unit, events, means], dim=-1)) / self.temperature


def read_column(path, log):
    """item,text by the log's item numbers from 1 on; "" for an item without."""
    of_item = {}
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.reader(file):
            if len(row) >= 2 and row[0] != "item":
                of_item[row[0].strip()] = row[1].strip()
    return [""] + [of_item.get(item, "") for item in log.item_ids]


def fit_categories(model, log, options, learn_all, report):
    """A head over the categories of --categories; returns (head, names, category of each item, metrics)."""
    texts = read_column(options.categories, log)
    names = sorted(set(texts) - {""})
    number = {name: index for index, name in enumerate(names)}
    category = np.array([number.get(text, -1) for text in texts])
    torch.manual_seed(options.seed)
    head = CategoryHead(model.items.weight.shape[1], len(names))
    random = np.random.default_rng(options.seed)
    optimiser = torch.optim.Adam(head.parameters(), lr=RATE)
    windows = learning.data.windows(log, options.length, learn_all)
    model.eval()
    for epoch in range(1, EPOCHS + 1):
        losses = []
        for batch in learning.batches(windows, options.batch, random):
            logits, truth = _next(model, head, log, batch, category, lambda at: learn_all or not log.valid[at])
            if len(truth) == 0:
                continue
            loss = nn.functional.cross_entropy(logits, truth)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
        report(epoch, EPOCHS, float(np.mean(losses)))
    if learn_all:
        return head, names, texts, {}
    return head, names, texts, _judge(model, head, log, options, category)


def _judge(model, head, log, options, category):
    """Of the validation part: the temperature, and how often the likeliest category came."""
    spans = [(max(start, end - options.length), end, max(start, end - options.length))
             for start, end in zip(log.user_start, log.user_end) if log.valid[end - 1] and end - start >= 2]
    parts = []
    with torch.no_grad():
        for at in range(0, len(spans), 256):
            parts.append(_next(model, head, log, spans[at:at + 256], category, lambda row: log.valid[row]))
    if not parts:
        return {}
    logits = torch.cat([part[0] for part in parts])
    truth = torch.cat([part[1] for part in parts])
    losses = {t: nn.functional.cross_entropy(logits / t, truth).item() for t in np.arange(0.6, 2.5, 0.1)}
    head.temperature.fill_(float(min(losses, key=losses.get)))
    return {"validation_category_accuracy": (logits.argmax(1) == truth).float().mean().item(),
            "category_temperature": head.temperature.item()}


def _next(model, head, log, batch, category, teaches):
    item_ids, gaps, _ = learning.pad(log, [(start, end) for start, end, _ in batch])
    rows, columns, truth = [], [], []
    for row, (start, end, first) in enumerate(batch):
        for at in range(first, end - 1):
            if teaches(at + 1) and category[log.item[at + 1]] >= 0:
                rows.append(row)
                columns.append(at - start)
                truth.append(category[log.item[at + 1]])
    with torch.no_grad():
        states, events = model.states(item_ids, gaps), model.items(item_ids)
    logits = head(states, events, (item_ids > 0).to(torch.float32))
    return logits[rows, columns], torch.tensor(truth, dtype=torch.int64)


class ItemEncoder(nn.Module):
    """Numbers of words in (0: none), an item vector out. Its length says how much the words tell: a vector as long as
    those that learned would stand in everybody's list, for means of words point where everybody's interest points."""

    def __init__(self, words, squares, scale):
        super().__init__()
        # The last column: what a word adds to the square by whose root the sum is divided.
        self.words = nn.Parameter(torch.cat([words * scale, squares], dim=1).to(torch.float16), requires_grad=False)

    def forward(self, word_ids):
        present = (word_ids > 0).to(torch.float32).unsqueeze(-1)
        total = (nn.functional.embedding(word_ids, self.words).to(torch.float32) * present).sum(1)
        return total[:, :-1] / total[:, -1:].clamp(min=1e-6).sqrt()


def word_numbers(text):
    """As Ebb's TextWords: runs of ASCII letters and digits and of bytes from 0x80 on, hashed by FNV-1a."""
    numbers, digest, inside = [], 2166136261, False
    for value in text.encode("utf-8") + b" ":
        lower = value | 0x20 if 65 <= value <= 90 else value
        if 97 <= lower <= 122 or 48 <= lower <= 57 or lower >= 0x80:
            digest, inside = ((digest ^ lower) * 16777619) & 0xFFFFFFFF, True
        else:
            if inside:
                numbers.append(1 + digest % BUCKETS)
            digest, inside = 2166136261, False
    return (numbers + [0] * WORDS_MAX)[:WORDS_MAX]


def fit_items(model, log, options, learn_all):
    """Ridge regression of the items' vectors on their words, rare words weighing more; (encoder, cold vectors)."""
    numbers = np.array([word_numbers(text) for text in read_column(options.texts, log)])
    learnt = np.ones(len(log.user), dtype=bool) if learn_all else ~log.valid
    counts = np.bincount(log.item[learnt], minlength=log.item_count + 1)
    vectors = model.items.directions().detach().numpy().astype(np.float64)
    length = float(np.linalg.norm(vectors, axis=1).mean())
    words = np.zeros((log.item_count + 1, BUCKETS + 1))
    np.add.at(words, (np.arange(len(numbers))[:, None], numbers), 1)
    words[:, 0] = 0
    rarity = np.log((1 + log.item_count) / (1 + (words > 0).sum(0)))
    known = np.flatnonzero((counts >= KNOWN_FROM) & (words.sum(1) > 0))
    weight = np.sqrt(np.minimum(counts[known], 50))[:, None]
    inputs = words[known] * rarity / np.sqrt((words[known] * rarity ** 2).sum(1, keepdims=True)).clip(1e-9)
    target = vectors[known - 1] / length
    gram = (inputs * weight).T @ (inputs * weight) + options.text_ridge * np.eye(BUCKETS + 1)
    solved = np.linalg.solve(gram, (inputs * weight).T @ (target * weight))
    encoder = ItemEncoder(
        torch.from_numpy((solved * rarity[:, None]).astype(np.float32)),
        torch.from_numpy((rarity ** 2)[:, None].astype(np.float32)), length * options.text_length).eval()
    with torch.no_grad():
        found = encoder(torch.from_numpy(numbers)).numpy()[1:]
    cold = (counts[1:] == 0) & (np.linalg.norm(found, axis=1) > 0)
    print(f"item encoder: of {len(known)} items; {int(cold.sum())} without an event get its vector",
          flush=True)
    return encoder, numbers, cold, found
