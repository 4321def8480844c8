"""Trains a sequence encoder on Ebb's event CSV and writes a model bundle. See README.md."""

import argparse

import numpy as np
import torch

import bundle
import events
import learning
import models
import starting


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", help="user,item,type,time[,value[,part]], .csv or .csv.gz; part: train or valid")
    parser.add_argument("--out", required=True, help="folder of the bundle")
    parser.add_argument("--name", default="encoder")
    parser.add_argument("--dataset", default="", help="what it was trained on, for the manifest")
    parser.add_argument("--licence", default="", help="of the data, which the weights take over")
    parser.add_argument("--model", choices=["gru", "attention", "both"], default="gru")
    parser.add_argument("--dimension", type=int, default=64)
    parser.add_argument("--hidden", type=int, default=128, help="of the GRU")
    parser.add_argument("--blocks", type=int, default=2, help="of attention")
    parser.add_argument("--heads", type=int, default=2, help="of attention")
    parser.add_argument("--length", type=int, default=32, help="events that the model looks at, the newest")
    parser.add_argument("--ages", action="store_true", help="time-aware: the model gets the ages of the events")
    parser.add_argument("--baskets", action="store_true", help="a user's rows at one moment are one act")
    parser.add_argument("--exclude-history", action="store_true", help="in validation, as the data's protocol may say")
    parser.add_argument("--validation", type=float, default=0.1, help="share of the rows, the latest; without `part`")
    parser.add_argument("--epochs", type=int, default=20, help="at most")
    parser.add_argument("--patience", type=int, default=4, help="epochs without a better one before it ends")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=4e-3)
    parser.add_argument("--decay", type=float, default=0.0)
    parser.add_argument("--dropout", type=float, default=0.4)
    parser.add_argument("--scale", type=float, default=0.0, help="of cosines as scores; 0: dot products")
    parser.add_argument("--start", choices=["random", "ppmi"], default="ppmi",
                        help="item vectors before learning: random, or from what was done together")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--threads", type=int, default=1, help="part of what the result depends on")
    parser.add_argument("--warm", help="bundle to go on from: its weights, for the items that both know")
    parser.add_argument("--half", action="store_true", help="item vectors inside the model as float16")
    parser.add_argument("--no-refit", action="store_true", help="do not learn again with the validation part")
    return parser.parse_args()


def report(stage):
    # One line an epoch, read by `ebb train`.
    return lambda epoch, epochs, loss, recall, seconds: print(
        f"epoch {stage} {epoch}/{epochs} loss {loss:.4f} recall20 {recall:.4f} seconds {seconds:.1f}", flush=True)


def main():
    options = parse()
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    torch.use_deterministic_algorithms(True)
    log = events.Events(options.events, options.baskets, options.validation)
    print(f"read {len(log.user)} events, {len(log.user_start)} users, {log.item_count} items", flush=True)

    model = start(options, log, False)
    epoch, recall = learning.train(model, log, options, options.epochs, False, report("learning"))
    bundle.write(options.out + "/learning" if not options.no_refit else options.out, model, log, options, epoch, recall)
    print(f"picked epoch {epoch} recall20 {recall:.4f}", flush=True)
    if not options.no_refit:
        torch.manual_seed(options.seed)
        model = start(options, log, True)
        learning.train(model, log, options, epoch, True, report("refit"))
        bundle.write(options.out, model, log, options, epoch, recall)
    print(f"written {options.out}", flush=True)


def start(options, log, learn_all):
    model = models.make(options, log.item_count)
    if options.start == "ppmi":
        starting.place(model, log, learn_all)
    if options.warm:
        bundle.take_over(options.warm, model, log)
    return model


if __name__ == "__main__":
    main()
