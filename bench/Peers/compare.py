"""Runs Ebb and its peers in turn (A B C A B C ...) on the same files and prints a row of the table of ratios."""
import argparse
import os
import statistics
import subprocess
import sys
import tempfile

import numpy as np


class Side:
    """One engine in a process of its own, idle until its turn."""

    def __init__(self, name, command, environment):
        self.name, self.times, self.reads = name, [], []
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment})

    def wait(self):
        if self.process.stdout.readline().strip() != "ready":
            sys.exit(f"{self.name} did not start")

    def round(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        figures = [float(figure) for figure in self.process.stdout.readline().split()]
        self.times.append(figures[0])
        self.reads += figures[1:]

    def end(self):
        self.process.stdin.close()
        self.process.wait()

    @property
    def median(self):
        return statistics.median(self.times)


def agreement(lists, reference):
    """Share of row numbers that both have, list by list: peers add in fp32 and swap what lies closer than that."""
    both = sum(len(set(a) & set(b)) for a, b in zip(lists.tolist(), reference.tolist()))
    return both / reference.size


def main():
    parser = argparse.ArgumentParser()
    for name in ("ebb", "vectors", "queries", "work"):
        parser.add_argument("--" + name, required=True)
    for name, value in (("k", 10), ("batch", 64), ("threads", 1), ("rounds", 5)):
        parser.add_argument("--" + name, type=int, default=value)
    parser.add_argument("--flush", action="store_true")
    parser.add_argument("--sgemm", default="")
    parser.add_argument("--faiss", default="")
    parser.add_argument("--both-threads", action="store_true")
    parser.add_argument("--must", default="-")
    parser.add_argument("--goal", default="-")
    given = parser.parse_args()
    files = [given.vectors, given.queries]
    with tempfile.TemporaryDirectory() as folder:
        sides = start(given, files, folder)
        for side in sides:
            side.wait()
        for _ in range(given.rounds):
            for side in sides:
                side.round()
        for side in sides:
            side.end()
        report(given, sides, folder)


def start(given, files, folder):
    threads = {"OMP_NUM_THREADS": str(given.threads), "OMP_WAIT_POLICY": "passive"}
    flush = "1" if given.flush else "0"

    def ebb(name, count, *more):
        command = [given.ebb, "topk", "--vectors", files[0], "--queries", files[1], "--k", str(given.k), "--batch",
                   str(given.batch), "--threads", str(count), "--out", f"{folder}/{name}.npy", "--step", *more]
        return Side(name, command + (["--flush"] if given.flush else []), {})

    def peer(name, command):
        return Side(name, [*command, *files, str(given.k), str(given.batch), str(given.threads), f"{folder}/{name}.bin",
                           flush], threads)

    if given.both_threads:
        return [ebb("ebb", 1, "--wall"), ebb("ebb-2-threads", 2)]
    sides = [ebb("ebb", given.threads)]
    if given.sgemm:
        sides.append(peer("sgemm", [given.sgemm]))
    if given.faiss:
        sides.append(peer("faiss", [sys.executable, given.faiss]))
    if given.flush:
        sides.append(ebb("scan-alone", given.threads, "--scan-alone"))
    return sides + [ebb("ebb-fp32", given.threads, "--plain")]


def report(given, sides, folder):
    ours = np.load(f"{folder}/ebb.npy")
    agreed = []
    for side in (side for side in sides[1:] if side.name != "scan-alone"):
        path = f"{folder}/{side.name}"
        exists = os.path.exists(path + ".bin")
        lists = np.fromfile(path + ".bin", dtype=np.int32).reshape(ours.shape) if exists else np.load(path + ".npy")
        agreed.append(f"{side.name} {agreement(lists, ours):.5f}")
        if agreement(lists, ours) < 0.999 or (not exists and (lists != ours).any()):
            sys.exit(f"{side.name} and ebb disagree: {agreed[-1]}")
    times = ", ".join(f"{side.name} {side.median:.2f}" for side in sides)
    ratios = ", ".join(f"{side.name} {side.median / sides[0].median:.2f}" for side in sides[1:] if side.name != "scan-alone")
    if sides[0].reads:
        alone = next(side for side in sides if side.name == "scan-alone")
        ratios += f", DRAM read ÷ scan alone {statistics.median(alone.reads) / alone.median:.2f}"
        ratios += f", DRAM read ÷ whole {statistics.median(sides[0].reads) / sides[0].median:.2f}"
        times += f", DRAM read of the codes' bytes {statistics.median(sides[0].reads):.2f}"
    print(f"| {given.work} | {times} | {ratios} | {given.must} | {given.goal} | {', '.join(agreed)} |", flush=True)


main()
