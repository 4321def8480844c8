"""End to end: ACT over TCP from 64 clients, the server on cuda and on cpu, beside the kernels alone at the same batch.
A line of JSON. Exit 3, with the reason, where a server does not start."""
import argparse
import json
import os
import re
import subprocess
import sys

parser = argparse.ArgumentParser()
parser.add_argument("--folder", required=True)
parser.add_argument("--rows", type=int, default=10_000_000)
parser.add_argument("--dimension", type=int, default=64)
parser.add_argument("--clients", type=int, default=64)
parser.add_argument("--k", type=int, default=20)
parser.add_argument("--seconds", type=int, default=20)
parser.add_argument("--backends", default="cuda,cpu")
options = parser.parse_args()


def act(backend):
    """Requests a second and what STATS grew by; the items are put first."""
    server = subprocess.Popen(
        [os.path.join(options.folder, "ebb"), "serve", "--listen", "127.0.0.1:0", "--dimension",
         str(options.dimension), "--backend", backend, "--item-memory", "32GB"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        port, said = None, []
        for line in server.stdout:
            said.append(line.rstrip())
            found = re.search(r"127\.0\.0\.1:(\d+)", line)
            if found:
                port = found.group(1)
                break
        if port is None:
            print(f"ACT on {backend}: the server did not start: {' / '.join(said)}")
            sys.exit(3)
        run = subprocess.run(
            [os.path.join(options.folder, "ebb-wire"), "--verb", "act", "--port", port, "--connections",
             str(options.clients), "--items", str(options.rows), "--put-items", "--k", str(options.k), "--seconds",
             str(options.seconds), "--warmup", "5", "--pid", str(server.pid), "--json"],
            capture_output=True, text=True)
        if run.returncode != 0:
            print(f"ACT on {backend}: {run.stderr.strip()}")
            sys.exit(3)
        return json.loads(run.stdout)
    finally:
        server.terminate()
        server.communicate()


def kernels(batch):
    """Milliseconds of the kernels alone at that batch, rows and dimension."""
    run = subprocess.run(
        [os.path.join(options.folder, "Ebb.Bench.Gpu"), "--rows", str(options.rows), "--dimension",
         str(options.dimension), "--batches", str(batch), "--k", str(options.k), "--users", "1000"],
        capture_output=True, text=True)
    if run.returncode != 0:
        return None
    lines = json.loads(run.stdout.strip().splitlines()[-1])["Lines"]
    return next(line["KernelMs"] for line in lines if line["Work"].startswith("top-K"))


row = {"work": f"ACT over TCP, {options.rows:,} items x {options.dimension}, {options.clients} clients"}
for name in options.backends.split(","):
    result = act(name)
    row[name] = {key: result[key] for key in ("rate", "p50_us", "p99_us", "errors")}
    growth = result["growth"]
    row[name]["gpu"] = {key: value for key, value in growth.items() if key.startswith("engine.gpu_")}
    batches = growth.get("engine.gpu_batches", 0)
    if batches > 0:
        batch = max(1, round(growth["engine.gpu_queries"] / batches))
        alone = kernels(batch)
        row["batch"] = batch
        if alone:
            row["kernels_alone_rate"] = 1000 * batch / alone
            row["share_of_kernels"] = result["rate"] / row["kernels_alone_rate"]
if "cpu" in row and "cuda" in row:
    row["cuda_over_cpu"] = row["cuda"]["rate"] / row["cpu"]["rate"]
print(json.dumps(row), flush=True)
