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
parser.add_argument("--users", type=int, default=20_000, help="each acts once before the warm-up")
parser.add_argument("--k", type=int, default=20)
parser.add_argument("--rounds", type=int, default=20, help="of the kernels alone")
parser.add_argument("--seconds", type=int, default=20)
parser.add_argument("--warmup", type=int, default=5)
parser.add_argument("--backends", default="cuda,cpu", help="emulated in cuda's place: a dry run without a GPU")
options = parser.parse_args()


def program(name):
    return os.path.join(options.folder, name)


def act(backend):
    """Requests a second and what STATS grew by; the items are put first."""
    server = subprocess.Popen(
        [program("ebb"), "serve", "--listen", "127.0.0.1:0", "--dimension", str(options.dimension), "--backend",
         backend, "--item-memory", "32GB", "--log-level", "Error"],
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
            [program("ebb-wire"), "--verb", "act", "--port", port, "--connections", str(options.clients), "--items",
             str(options.rows), "--users", str(options.users), "--put-items", "--k", str(options.k), "--seconds",
             str(options.seconds), "--warmup", str(options.warmup), "--pid", str(server.pid), "--json"],
            capture_output=True, text=True)
        if run.returncode != 0:
            print(f"ACT on {backend}: {run.stderr.strip()}")
            sys.exit(1)
        return json.loads(run.stdout)
    finally:
        server.terminate()
        server.communicate()


def kernels(batch, backend):
    """Milliseconds of the kernels alone at that batch, rows and dimension, with users along as a server has them."""
    run = subprocess.run(
        [program("Ebb.Bench.Gpu"), *(["--emulated"] if backend == "emulated" else []), "--rows", str(options.rows),
         "--dimension", str(options.dimension), "--batches", str(batch), "--k", str(options.k), "--users",
         str(min(options.users, 1000)), "--rounds", str(options.rounds)],
        capture_output=True, text=True)
    if run.returncode != 0:
        print(f"the kernels alone: {run.stderr.strip()}")
        return None
    lines = json.loads(run.stdout.strip().splitlines()[-1])["Lines"]
    return next(line["KernelMs"] for line in lines if line["Work"].endswith("users along"))


row = {"work": f"ACT over TCP, {options.rows:,} items x {options.dimension}, {options.clients} clients"}
for name in options.backends.split(","):
    result = act(name)
    row[name] = {key: result[key] for key in ("rate", "p50_us", "p99_us", "errors", "server_cpu_us")}
    growth = result["growth"]
    row[name]["scans"] = sum(value for key, value in growth.items() if key.startswith("engine.scans"))
    row[name]["gpu"] = {key: value for key, value in growth.items() if key.startswith("engine.gpu_")}
    batches = growth.get("engine.gpu_batches", 0)
    if batches > 0:
        # Lists that were kept need no kernel: the rate of the queries is what the kernels alone are beside.
        batch = max(1, round(growth["engine.gpu_queries"] / batches))
        row["batch"] = batch
        alone = kernels(batch, name)
        if alone:
            row["kernels_alone_rate"] = 1000 * batch / alone
            queries = growth["engine.gpu_queries"] / result["requests"] * result["rate"]
            row["share_of_kernels"] = queries / row["kernels_alone_rate"]
device = next((name for name in ("cuda", "emulated") if name in row), None)
if device and "cpu" in row:
    row["device_over_cpu"] = row[device]["rate"] / row["cpu"]["rate"]
print(json.dumps(row), flush=True)
