"""Sequence encoders. All share one signature, and their output lies in the space of the item vectors."""

import torch
from torch import nn


class ItemVectors(nn.Module):
    """The tied vectors: what goes in at an event, and what scores are dot products with. Row 0 is padding."""

    def __init__(self, item_count, dimension, scale):
        super().__init__()
        self.scale = scale
        self.weight = nn.Parameter(torch.randn(item_count + 1, dimension) * dimension ** -0.5)
        self.halved = None
        self.bytes, self.scales = None, None
        self.settled = False
        with torch.no_grad():
            self.weight[0] = 0

    def forward(self, item_ids):
        # A multiplication and not padding_idx: ONNX knows no such thing, and gradients of row 0 must vanish.
        present = (item_ids > 0).to(torch.float32).unsqueeze(-1)
        if self.halved is not None:
            return torch.nn.functional.embedding(item_ids, self.halved).to(torch.float32) * present
        if self.bytes is not None:
            return self.bytes[item_ids].to(torch.float32) * self.scales[item_ids] * present
        vectors = torch.nn.functional.embedding(item_ids, self.weight)
        if self.scale > 0 and not self.settled:
            vectors = torch.nn.functional.normalize(vectors, dim=-1)
        return vectors * present

    def directions(self):
        """What scores are dot products with: of one length where scores are cosines (scale > 0)."""
        if self.scale == 0:
            return self.weight[1:]
        return torch.nn.functional.normalize(self.weight[1:], dim=1)

    def logits(self, states):
        if self.scale > 0:
            states = self.scale * torch.nn.functional.normalize(states, dim=-1)
        return states @ self.directions().T

    def settle(self):
        """Learning is over: the vectors as they are exported, so that what goes in is what scores are made with."""
        with torch.no_grad():
            self.weight[1:] = self.directions()
        self.settled = True

    def halve(self):
        """From here on read from float16, as the exported model will; the vectors are rounded to match."""
        with torch.no_grad():
            self.halved = self.weight.to(torch.float16)
            self.weight.copy_(self.halved.to(torch.float32))

    def to_bytes(self):
        """The same with 8 bits a value and a scale an item."""
        with torch.no_grad():
            self.scales = self.weight.abs().amax(dim=1, keepdim=True).clamp(min=1e-12) / 127
            self.bytes = (self.weight / self.scales).round().to(torch.int8)
            self.weight.copy_(self.bytes.to(torch.float32) * self.scales)


class TimeGap(nn.Module):
    """What the seconds since the event before add to an event: a small layer over their logarithm."""

    def __init__(self, dimension, inner=16):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(1, inner), nn.Tanh(), nn.Linear(inner, dimension))
        nn.init.zeros_(self.layers[2].weight)
        nn.init.zeros_(self.layers[2].bias)

    def forward(self, gaps):
        return self.layers((torch.log1p(gaps.clamp(min=0)) / 8).unsqueeze(-1))


class GruEncoder(nn.Module):
    """One GRU over the events, its state mapped to item space."""

    def __init__(self, item_count, dimension, hidden, dropout, timed, scale):
        super().__init__()
        self.items = ItemVectors(item_count, dimension, scale)
        self.time = TimeGap(dimension) if timed else None
        self.gru = nn.GRU(dimension, hidden, batch_first=True)
        self.out = nn.Linear(hidden, dimension)
        self.drop_in = nn.Dropout(dropout)
        self.drop_out = nn.Dropout(dropout)
        self.hidden = hidden

    def states(self, item_ids, gaps):
        """[B, L, D]: what the events up to each one say."""
        events = self.items(item_ids)
        if self.time is not None:
            events = events + self.time(gaps)
        # Given explicitly: an exported graph would otherwise hold the batch it was traced with.
        start = torch.zeros(1, item_ids.shape[0], self.hidden, dtype=torch.float32)
        states, _ = self.gru(self.drop_in(events), start)
        return self.out(self.drop_out(states))


class AttentionEncoder(nn.Module):
    """Causal self-attention after SASRec (Kang and McAuley, 2018), layer norm before each part."""

    def __init__(self, item_count, dimension, blocks, heads, dropout, timed, length_max, scale):
        super().__init__()
        self.items = ItemVectors(item_count, dimension, scale)
        self.time = TimeGap(dimension) if timed else None
        self.place = nn.Parameter(torch.randn(length_max, dimension) * 0.02)
        self.blocks = nn.ModuleList(_Block(dimension, heads, dropout) for _ in range(blocks))
        self.norm = nn.LayerNorm(dimension)
        self.out = nn.Linear(dimension, dimension)
        self.drop_in = nn.Dropout(dropout)

    def states(self, item_ids, gaps):
        length = item_ids.shape[1]
        places = torch.arange(length, dtype=torch.int64)
        events = self.items(item_ids) + torch.nn.functional.embedding(places, self.place)
        if self.time is not None:
            events = events + self.time(gaps)
        # float32 throughout: a Python float in torch.where would make the exported graph float64.
        later = (places.unsqueeze(0) > places.unsqueeze(1)).to(torch.float32) * torch.tensor(-1e9, dtype=torch.float32)
        states = self.drop_in(events)
        for block in self.blocks:
            states = block(states, later)
        return self.out(self.norm(states))


class BothEncoder(nn.Module):
    """The sum of a GRU and of self-attention over the same item vectors: they err on different users."""

    def __init__(self, gru, attention):
        super().__init__()
        self.gru, self.attention = gru, attention
        attention.items = gru.items
        attention.time = gru.time
        self.items = gru.items

    def states(self, item_ids, gaps):
        return self.gru.states(item_ids, gaps) + self.attention.states(item_ids, gaps)


class _Block(nn.Module):
    def __init__(self, dimension, heads, dropout):
        super().__init__()
        self.heads, self.size = heads, dimension // heads
        self.norm1, self.norm2 = nn.LayerNorm(dimension), nn.LayerNorm(dimension)
        self.qkv, self.mix = nn.Linear(dimension, 3 * dimension), nn.Linear(dimension, dimension)
        self.inner, self.outer = nn.Linear(dimension, 2 * dimension), nn.Linear(2 * dimension, dimension)
        self.drop = nn.Dropout(dropout)

    def forward(self, states, later):
        query, key, value = self.qkv(self.norm1(states)).chunk(3, dim=-1)
        shape = (states.shape[0], states.shape[1], self.heads, self.size)
        query, key, value = (part.reshape(shape).transpose(1, 2) for part in (query, key, value))
        shares = torch.softmax(query @ key.transpose(2, 3) * self.size ** -0.5 + later, dim=-1)
        mixed = (self.drop(shares) @ value).transpose(1, 2).reshape(states.shape)
        states = states + self.drop(self.mix(mixed))
        return states + self.drop(self.outer(torch.relu(self.inner(self.norm2(states)))))


class JointItems(nn.Module):
    """The members' item vectors side by side: a dot product is the sum of theirs."""

    def __init__(self, members):
        super().__init__()
        self.members = nn.ModuleList(members)

    @property
    def weight(self):
        return torch.cat([member.weight for member in self.members], dim=1)

    def forward(self, item_ids):
        return torch.cat([member(item_ids) for member in self.members], dim=-1)

    def directions(self):
        return torch.cat([member.directions() for member in self.members], dim=1)

    def settle(self):
        for member in self.members:
            member.settle()

    def halve(self):
        for member in self.members:
            member.halve()

    def to_bytes(self):
        for member in self.members:
            member.to_bytes()


class Together(nn.Module):
    """Encoders that learned apart, from other random starts, as one: their vectors side by side."""

    def __init__(self, members):
        super().__init__()
        self.members = nn.ModuleList(members)
        self.items = JointItems([member.items for member in members])

    def states(self, item_ids, gaps):
        # Of one length where scores are cosines, so that each member says as much as another.
        found = [member.states(item_ids, gaps) for member in self.members]
        if self.members[0].items.scale > 0:
            found = [nn.functional.normalize(states, dim=-1) for states in found]
        return torch.cat(found, dim=-1)


class LastState(nn.Module):
    """The exported form: right-padded events and their number in, the user's vector out; no events, a zero vector."""

    def __init__(self, encoder, head=None):
        super().__init__()
        self.encoder = encoder
        self.head = head

    def forward(self, item_ids, lengths, ages=None):
        gaps = None
        if ages is not None:
            # ages: seconds before the newest event, so the gap to the one before is their difference; first: 0.
            before = torch.cat([ages[:, :1], ages[:, :-1]], dim=1)
            gaps = before - ages
        states = self.encoder.states(item_ids, gaps)
        last = (lengths - 1).clamp(min=0).reshape(-1, 1, 1).expand(-1, 1, states.shape[2])
        present = (lengths > 0).to(torch.float32).unsqueeze(-1)
        vectors = states.gather(1, last).squeeze(1) * present
        if self.head is None:
            return vectors
        logits = self.head(states, self.encoder.items(item_ids), (item_ids > 0).to(torch.float32))
        last = (lengths - 1).clamp(min=0).reshape(-1, 1, 1).expand(-1, 1, logits.shape[2])
        return vectors, logits.gather(1, last).squeeze(1)


def make(options, item_count):
    common = {"dropout": options.dropout, "timed": options.ages, "scale": options.scale}
    gru = GruEncoder(item_count, options.dimension, options.hidden, **common)
    if options.model == "gru":
        return gru
    attention = AttentionEncoder(
        item_count, options.dimension, options.blocks, options.heads, length_max=options.length, **common)
    return attention if options.model == "attention" else BothEncoder(gru, attention)
