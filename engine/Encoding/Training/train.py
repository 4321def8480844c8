"""Trains a sequence encoder on Ebb's event CSV and writes a model bundle. See README.md."""

import argparse

import numpy as np
import torch

import bundle
import events
import heads
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
    parser.add_argument("--members", type=int, default=1,
                        help="encoders that learn apart and serve as one: D is so many times --dimension")
    parser.add_argument("--length", type=int, default=32, help="events that the model looks at, the newest")
    parser.add_argument("--ages", action="store_true", help="time-aware: the model gets the ages of the events")
    parser.add_argument("--baskets", action="store_true", help="a user's rows at one moment are one act")
    parser.add_argument("--exclude-history", action="store_true", help="in validation, as the data's protocol may say")
    parser.add_argument("--validation", type=float, default=0.1, help="share of the rows, the latest; without `part`")
    parser.add_argument("--epochs", type=int, default=20,
                        help="at most; 0 with --warm: the encoder stays as it is, head and item encoder are made")
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
    parser.add_argument("--int8", action="store_true", help="the same in 8 bits, with a scale an item")
    parser.add_argument("--categories", help="item,category as CSV: the bundle gets a head that tells the next one")
    parser.add_argument("--texts", help="item,text as CSV: the bundle gets an item encoder; cold items its vectors")
    parser.add_argument("--portrait", help="a change tree of `ebb portrait`, which the bundle takes with it")
    parser.add_argument("--text-ridge", type=float, default=3.0, help="of the item encoder's regression")
    parser.add_argument("--text-length", type=float, default=1.0, help="what its vectors are multiplied by")
    parser.add_argument("--no-refit", action="store_true", help="do not learn again with the validation part")
    return parser.parse_args()


def report(stage):
    # One line an epoch, read by `ebb train`.
    return lambda epoch, epochs, loss, recall, seconds: print(
        f"epoch {stage} {epoch}/{epochs} loss {loss:.4f} recall20 {recall:.4f} seconds {seconds:.1f}", flush=True)


def main():
    options = parse()
    if options.epochs == 0 and not options.warm:
        raise SystemExit("--epochs 0 learns nothing: name the bundle whose encoder stays with --warm")
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    torch.use_deterministic_algorithms(True)
    log = events.Events(options.events, options.baskets, options.validation)
    print(f"read {len(log.user)} events, {len(log.user_start)} users, {log.item_count} items", flush=True)

    model, epoch, recall = learn(options, log, None, report("learning"))
    parts = beside(model, log, options, False)
    bundle.write(
        options.out + "/learning" if not options.no_refit else options.out, model, log, options, (epoch, recall), parts)
    print(f"picked epoch {epoch} recall20 {recall:.4f}", flush=True)
    if not options.no_refit:
        model, _, _ = learn(options, log, epoch, report("refit"))
        again = beside(model, log, options, True)
        again["metrics"] = parts["metrics"]
        if "categories" in parts:
            # Measured where it had not learned: the temperature and how good the head is.
            again["categories"][0].temperature.copy_(parts["categories"][0].temperature)
            again["categories"] = (*again["categories"][:3], parts["categories"][3])
        bundle.write(options.out, model, log, options, (epoch, recall), again)
    print(f"written {options.out}", flush=True)


def learn(options, log, refit_epochs, tell):
    """Every member from a seed of its own. refit_epochs: None learns and picks, else so many on all that there is."""
    refits = refit_epochs is not None
    members, epoch = [], refit_epochs or 0
    for place in range(options.members):
        torch.manual_seed(options.seed + place)
        member = start(options, log, refits, place)
        # The first says after how many epochs it is enough; the others follow it.
        picks = place == 0 and not refits
        if options.epochs > 0:
            found = learning.train(
                member, log, options, options.epochs if picks else epoch, refits, tell, seed=options.seed + place)
            epoch = found[0] if picks else epoch
        members.append(member)
    model = members[0] if options.members == 1 else models.Together(members)
    if refits:
        return model, epoch, float("nan")
    asked = learning.data.questions(log, options.length)
    return model, epoch, learning.recall_at_20(model, log, asked, options.exclude_history)


def beside(model, log, options, learn_all):
    """What is exported beside the encoder, of a model that has learned: head and item encoder."""
    parts = {"metrics": shrink(model, log, options, learn_all)}
    if options.categories:
        parts["categories"] = heads.fit_categories(model, log, options, learn_all, lambda epoch, epochs, loss: print(
            f"categories {epoch}/{epochs} loss {loss:.4f}", flush=True))
    if options.texts:
        parts["items"] = heads.fit_items(model, log, options, learn_all)
    return parts


def shrink(model, log, options, learn_all):
    """The vectors as they are exported; what fewer bits cost, where that can be asked."""
    model.items.settle()
    if not options.half and not options.int8:
        return {}
    if options.half:
        model.items.halve()
    else:
        model.items.to_bytes()
    if learn_all:
        return {}
    asked = learning.data.questions(log, options.length)
    recall = learning.recall_at_20(model, log, asked, options.exclude_history)
    print(f"with {'16' if options.half else '8'} bits a value recall20 {recall:.4f}", flush=True)
    return {"validation_recall20_fewer_bits": round(recall, 6)}


def start(options, log, learn_all, place):
    model = models.make(options, log.item_count)
    placed = options.start == "ppmi" and starting.place(model, log, learn_all)
    if options.warm:
        # Nothing to learn: what has not seen the validation part is the bundle inside the bundle.
        inner = "/learning" if options.epochs == 0 and not learn_all else ""
        moves = placed and options.epochs > 0
        bundle.take_over(options.warm + inner, model, log, (place, options.members), moves)
    return model


if __name__ == "__main__":
    main()
