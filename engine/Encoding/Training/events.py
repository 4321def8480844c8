"""Ebb's event CSV (user,item,type,time[,value[,part]]) as sequences to learn from."""

import csv
import datetime
import gzip

import numpy as np

# As the default memory schema numbers them; any other type is written as its number.
TYPES = {"view": 0, "click": 1, "favourite": 2, "cart": 3, "purchase": 4, "rate": 5, "return": 6, "dislike": 7}


def seconds_of(text):
    """Seconds or milliseconds since the epoch, or ISO 8601 (UTC where it names no zone)."""
    try:
        number = float(text)
        return number / 1000.0 if abs(number) >= 1e11 else number
    except ValueError:
        moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=datetime.timezone.utc)
        return moment.timestamp()


class Events:
    """Rows sorted by user, then time, stably; items are numbered from 1 in order of their ids, 0 is padding.

    act:    number of the act a row belongs to: the row itself, or, with baskets, all rows of a user at one moment.
    valid:  True where the row is kept for validation: never learned from, only asked about.
    """

    def __init__(self, path, baskets, validation_share):
        users, items, types, times, parts = _read(path)
        self.item_ids = sorted(set(items))
        number = {item: index + 1 for index, item in enumerate(self.item_ids)}
        user_number = {}
        user = np.array([user_number.setdefault(name, len(user_number)) for name in users], dtype=np.int64)
        time = np.array(times, dtype=np.float64)
        order = np.lexsort((np.arange(len(time)), time, user))
        self.user = user[order]
        self.time = time[order]
        self.item = np.array([number[item] for item in items], dtype=np.int64)[order]
        self.type = np.array(types, dtype=np.int64)[order]
        if any(parts):
            self.valid = np.array([part == "valid" for part in parts])[order]
        else:
            self.valid = self.time >= np.quantile(time, 1 - validation_share)
        first = np.r_[True, self.user[1:] != self.user[:-1]]
        starts = first | (np.r_[True, self.time[1:] != self.time[:-1]] if baskets else True)
        self.act = np.cumsum(starts) - 1
        self.act_start = np.flatnonzero(starts)
        self.act_end = np.r_[self.act_start[1:], len(order)]
        self.user_start = np.flatnonzero(first)
        self.user_end = np.r_[self.user_start[1:], len(order)]
        # Seconds since the user's event before; 0 for a first one.
        self.gap = np.where(first, 0.0, np.r_[0.0, np.diff(self.time)]).astype(np.float32)

    @property
    def item_count(self):
        return len(self.item_ids)

    def targets(self, row):
        """Items of the act after the row's own, or None where the row does not end an act or nothing follows."""
        act = self.act[row]
        if row + 1 != self.act_end[act] or row + 1 == len(self.user) or self.user[row + 1] != self.user[row]:
            return None
        return np.unique(self.item[self.act_start[act + 1]:self.act_end[act + 1]])


def windows(events, length_max, learn_all):
    """(start, end, first) of stretches of one user's rows; rows from `first` on teach, if what follows them may.

    Stretches overlap by half, so that every row but a user's first ones is read with a past of half the length.
    """
    found = []
    for start, end in zip(events.user_start, events.user_end):
        if not learn_all:
            late = np.flatnonzero(events.valid[start:end])
            end = start + late[0] if len(late) else end
        at, first = start, start
        while end - first >= 2:
            stop = min(at + length_max, end)
            found.append((at, stop, first))
            if stop == end:
                break
            first = stop - 1
            at = stop - length_max // 2
    return found


def questions(events, length_max):
    """(start, end, truth): what is asked about the validation part, with at most length_max rows of history."""
    asked = []
    for act in range(len(events.act_start)):
        begin = events.act_start[act]
        if events.valid[begin] and begin > 0 and events.user[begin - 1] == events.user[begin]:
            own = events.user_start[np.searchsorted(events.user_start, begin, side="right") - 1]
            asked.append((max(own, begin - length_max), begin, np.unique(events.item[begin:events.act_end[act]])))
    return asked


def _read(path):
    users, items, types, times, parts = [], [], [], [], []
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", newline="", encoding="utf-8") as file:
        for number, row in enumerate(csv.reader(file)):
            if not row or (number == 0 and row[0].strip().lower() == "user"):
                continue
            if len(row) < 4:
                raise SystemExit(f"{path}:{number + 1}: has {len(row)} fields, user,item,type,time are needed")
            kind = row[2].strip().lower()
            kind = TYPES.get(kind, int(kind) if kind.isdigit() else -1)
            if kind < 0:
                raise SystemExit(f"{path}:{number + 1}: type '{row[2]}' is not known")
            if kind in (TYPES["return"], TYPES["dislike"]):
                continue
            users.append(row[0].strip())
            items.append(row[1].strip())
            types.append(kind)
            times.append(seconds_of(row[3].strip()))
            parts.append(row[5].strip() if len(row) > 5 else "")
    if not users:
        raise SystemExit(f"{path}: holds no events")
    return users, items, types, times, parts
