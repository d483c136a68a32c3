"""Trains the instruments network on what the app hears of rendered songs:

    python -m instruments.train --data EVAL/INSTRUMENTS/a EVAL/INSTRUMENTS/b --val EVAL/INSTRUMENTS/c --run runs/instruments     from training/

Resumable; learning curve in <run>/curve.jsonl, weights (the mean over the last steps) in <run>/last.pt.
"""
import argparse, json, math, pathlib, time

import numpy as np
import torch
from torch import nn

from notes.labels import CLASSES, FAMILIES

from .data import load
from .model import TIMBRE, Players

RATE, WARM_STEPS = 2e-3, 100
EARLIER_ROUND, STRENGTH = 0.3, 0.3                      # weights of their losses beside that of the last round
FLAT = 0.03                                             # a song whose velocities deviate less teaches nothing about them


def excerpt(rng, song):
    """Rows of a song: at times without an instrument, or a stretch of it alone."""
    keep = np.ones(len(song.notes), bool)
    alone = song.plays.sum(1) == 1
    for family in range(len(FAMILIES)):
        if rng.random() < 0.15:
            keep &= ~((song.plays[:, family] > 0) & alone)
    if rng.random() < 0.4:
        length = rng.integers(40, max(41, len(keep)))
        first = rng.integers(0, max(1, len(keep) - length + 1))
        keep[:first] = keep[first + length:] = False
    return keep if keep.sum() >= 16 else np.ones(len(keep), bool)


def disturb(rng, net, notes, scores, timbre):
    """Sounds that nobody knows: scores and timbres off by an amount that a song keeps and one that a note keeps."""
    normal = lambda sd, *shape: torch.from_numpy(rng.normal(0, sd, shape).astype(np.float32)) * float(rng.random())
    scores = scores * math.exp(rng.normal(0, 0.15)) + normal(0.5, 1, len(CLASSES)) + normal(0.3, *scores.shape)
    timbre = timbre + (normal(0.3, 1, TIMBRE) + normal(0.2, *timbre.shape)) / net.scale
    if rng.random() < 0.4:
        notes = notes.clone()
        notes[:, 2] += float(rng.normal(0, 2))
    return notes, scores, timbre


def strength_loss(v, struck):
    """One less the correlation with the true velocities, plus a little of the level itself."""
    w = (struck >= 0).float()
    n = w.sum()
    if n < 8:
        return v.sum() * 0
    dv, dt = (v - (v * w).sum() / n) * w, (struck - (struck * w).sum() / n) * w
    spread = dt.square().sum() / n
    correlation = (dv * dt).sum() / (dv.square().sum() * dt.square().sum() + 1e-8).sqrt()
    return (1 - correlation) * spread / (spread + FLAT ** 2) + 4 * ((v - struck).square() * w).sum() / n


def loss_of(net, song, rng):
    notes, scores, timbre, plays, struck = song.tensors(excerpt(rng, song))
    logits, velocities = net(*disturb(rng, net, notes, scores, timbre), noise=0.03)
    weights = [EARLIER_ROUND] * (len(logits) - 1) + [1.0]
    families = sum(w * nn.functional.binary_cross_entropy_with_logits(x, plays) for w, x in zip(weights, logits))
    return families + STRENGTH * strength_loss(velocities, struck)


def f1_by_family(net, songs, also=0.3):
    """(F1 of note and family, the same with one family a note), means over songs; notes that were not heard do not count here."""
    rows = []
    for song in songs:
        notes, scores, timbre, plays, _ = song.tensors()
        with torch.no_grad():
            p = torch.sigmoid(net(notes, scores, timbre)[0][-1])
        lead = nn.functional.one_hot(p.argmax(1), len(FAMILIES)).bool()
        rows.append([2 * float((x & (plays > 0)).sum()) / float(x.sum() + plays.sum()) for x in (lead | (p >= also), lead)])
    return np.mean(rows, 0)


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--data", nargs="+", required=True)
    ap.add_argument("--val", nargs="+", required=True)
    ap.add_argument("--run", default="runs/instruments", type=pathlib.Path)
    ap.add_argument("--steps", type=int, default=5000)
    ap.add_argument("--batch", type=int, default=4)
    ap.add_argument("--every", type=int, default=500)
    ap.add_argument("--seed", type=int, default=1)
    a = ap.parse_args()
    torch.manual_seed(a.seed)
    rng = np.random.default_rng(a.seed)
    songs, val = load(a.data), load(a.val)
    net = Players()
    sounds = torch.from_numpy(np.concatenate([s.timbre for s in songs[:200]]))
    net.mean.copy_(sounds.mean(0))
    net.scale.copy_(1 / (sounds.std(0) + 0.05))
    average = Players()
    average.load_state_dict(net.state_dict())
    optimiser = torch.optim.AdamW(net.parameters(), RATE, weight_decay=1e-2)
    step, last, spent = 0, a.run / "last.pt", 0.0
    a.run.mkdir(parents=True, exist_ok=True)
    if last.exists():
        state = torch.load(last, weights_only=True)
        net.load_state_dict(state["net"]), average.load_state_dict(state["average"]), optimiser.load_state_dict(state["optimiser"])
        step, spent = state["step"], state["spent"]
        rng = np.random.default_rng(a.seed + step)
    print(len(songs), "songs", len(val), "for validation", sum(p.numel() for p in net.parameters()), "parameters", flush=True)
    started, running = time.time() - spent, []
    while step < a.steps:
        step += 1
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(1, step / WARM_STEPS) * (0.5 + 0.5 * math.cos(math.pi * step / a.steps)) + 1e-5
        net.train()
        loss = sum(loss_of(net, songs[rng.integers(len(songs))], rng) for _ in range(a.batch)) / a.batch
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        running.append(float(loss.detach()))
        with torch.no_grad():
            for mean, now in zip(average.state_dict().values(), net.state_dict().values()):
                mean.lerp_(now, 0.01)
        if step % a.every == 0 or step == a.steps:
            several, one = f1_by_family(average.eval(), val)
            row = dict(step=step, minutes=round((time.time() - started) / 60, 1), loss=round(float(np.mean(running)), 4), f1=round(float(several), 4), f1_one_family=round(float(one), 4))
            running = []
            print(row, flush=True)
            with open(a.run / "curve.jsonl", "a") as f:
                f.write(json.dumps(row) + "\n")
            torch.save(dict(net=net.state_dict(), average=average.state_dict(), optimiser=optimiser.state_dict(), step=step, spent=time.time() - started), last)


if __name__ == "__main__":
    main()
