"""Trains the notes network on rendered stems. Resumable: a run is a folder with last.pt, curve.tsv.

    python -m notes.train --run runs/notes --data data/notes --minutes 50
The learning rate follows the time spent (minutes of work, pauses left out), so that a slower machine still ends its schedule.
"""
import argparse, copy, math, pathlib, queue, threading, time

import mir_eval
import numpy as np
import torch
from torch import nn

from common.spectrum import HOP, RATE, Spectrum
from .dataset import Shards, batch
from .decode import decode, families_of, sigmoid
from .labels import CLASS_OF_PROGRAM, FAMILY_OF_CLASS, LOWEST_PITCH
from .model import NotesNet


STANDARDISE_STEP = 300          # by then the trunk tells notes from silence


def loss_of(head, classes, planes, entries):
    onset, active, velocity, known = planes
    head = head.float()
    edge = torch.ones(head.shape[-1])
    edge[:4] = edge[-4:] = 0
    cells = edge.sum() * head.shape[0] * 88
    bce = nn.functional.binary_cross_entropy_with_logits
    lo = (bce(head[:, 0], onset, reduction="none", pos_weight=torch.tensor(2.0)) * edge).sum() / cells
    lf = (bce(head[:, 1], active, reduction="none", pos_weight=torch.tensor(1.5)) * edge).sum() / cells
    # velocity: relative to the clip, plus a little of the level itself
    w = known * onset * edge
    n = w.sum((1, 2), keepdim=True) + 1e-6
    v, t = torch.sigmoid(head[:, 2]), velocity
    dv, dt = v - (v * w).sum((1, 2), keepdim=True) / n, t - (t * w).sum((1, 2), keepdim=True) / n
    total = w.sum() + 1e-6
    lv = (w * (dv - dt).square()).sum() / total + 0.1 * (w * (v - t).square()).sum() / total
    i, p, f, c = (entries[:, k].long() for k in range(4))
    logits = classes.permute(0, 2, 3, 1)[i, p, f].float()
    log = torch.log_softmax(logits, -1)
    member = nn.functional.one_hot(torch.tensor(FAMILY_OF_CLASS)).float()
    family = torch.log(log.exp() @ member + 1e-6)
    weight = entries[:, 4].float() / entries[:, 4].sum().clamp(min=1)
    right = family.gather(1, torch.tensor(FAMILY_OF_CLASS)[c][:, None])[:, 0]
    lc = -(log.gather(1, c[:, None])[:, 0] * weight).sum()
    lg = -(right * weight).sum()
    return lo, lf, lv, lc, lg


def total_loss(parts):
    lo, lf, lv, lc, lg = parts
    return 40 * lo + 10 * lf + 80 * lv + 1.0 * lc + 2.0 * lg


def standardise(net, shards, frames, spectrum):
    """Sets the constants before the instrument branch from the sounding cells of some training clips."""
    rng, rows = np.random.default_rng(11), []
    for _ in range(8):
        x, _, entries, _ = batch(rng, shards, 4, frames, spectrum)
        i, p, f, _ = (entries[:, k].long() for k in range(4))
        with torch.no_grad():
            rows.append(net.features(x).permute(0, 2, 3, 1)[i, p, f].float())
    rows = torch.cat(rows)
    return rows.mean(0), 1 / (rows.std(0) + 0.02)


class Feeder(threading.Thread):
    """Makes batches in the background."""

    def __init__(self, seed, shards, size, frames):
        super().__init__(daemon=True)
        self.rng, self.shards, self.size, self.frames = np.random.default_rng(seed), shards, size, frames
        self.queue, self.spectrum = queue.Queue(3), Spectrum()
        self.start()

    def run(self):
        while True:
            try:
                self.queue.put(batch(self.rng, self.shards, self.size, self.frames, self.spectrum))
            except Exception as e:                      # a rare empty clip must not end the run
                print("skipped a batch:", e, flush=True)


def note_scores(net, clips, onset_threshold=0.4, frame_threshold=0.6):
    """Onset F1, with offsets, with the right family, velocity correlation and family accuracy over clips of the validation songs."""
    hits, r, e, off, fam, nfam, vel, multi = 0, 0, 0, 0, 0, 0, [], 0
    for x, _, _, notes in clips:
        with torch.no_grad():
            h, k = net(x)
        h, k = h.float().numpy(), k.float().numpy()
        for b, truth in enumerate(notes):
            truth = truth[(truth[:, 0] >= 0)]
            est = decode(sigmoid(h[b, 0].T), sigmoid(h[b, 1].T), sigmoid(h[b, 2].T), k[b].transpose(2, 1, 0), onset_threshold, frame_threshold)
            ri = np.maximum(truth[:, :2], [[0, 0.01]])
            ri[:, 1] = np.maximum(ri[:, 1], ri[:, 0] + 0.02)
            r, e = r + len(truth), e + len(est)
            if not len(truth) or not est:
                continue
            ei = np.array([[n["start"], n["end"]] for n in est])
            hz = lambda q: 440 * 2 ** ((np.asarray(q) - 69) / 12)
            ep = hz([n["pitch"] for n in est])
            m = mir_eval.transcription.match_notes(ri, hz(truth[:, 2]), ei, ep, offset_ratio=None)
            hits += len(m)
            off += len(mir_eval.transcription.match_notes(ri, hz(truth[:, 2]), ei, ep))
            g = np.array([FAMILY_OF_CLASS[int(c)] for c in truth[:, 4]])
            ge = np.array([families_of(n["scores"]).argmax() for n in est])
            multi += sum(g[i] == ge[j] for i, j in m)
            if len(m) > 8:
                a, c = truth[[i for i, _ in m], 3], np.array([est[j]["velocity"] for _, j in m])
                if a.std() > 1 and c.std() > 0:
                    vel.append(np.corrcoef(a, c)[0, 1])
    return dict(onset=2 * hits / (r + e), offset=2 * off / (r + e), multi=2 * multi / (r + e), family=multi / max(1, hits),
                velocity=float(np.mean(vel)) if vel else 0.0)


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--run", default="runs/notes")
    ap.add_argument("--data", default="data/notes")
    ap.add_argument("--minutes", type=float, default=50)
    ap.add_argument("--channels", type=int, default=48)
    ap.add_argument("--batch", type=int, default=4)
    ap.add_argument("--frames", type=int, default=208)
    ap.add_argument("--lr", type=float, default=2e-3)
    ap.add_argument("--seed", type=int, default=1)
    a = ap.parse_args()
    torch.set_num_threads(2)
    torch.manual_seed(a.seed)
    run = pathlib.Path(a.run)
    run.mkdir(parents=True, exist_ok=True)
    shards, held = Shards(a.data, "train"), Shards(a.data, "val")
    rng, spectrum = np.random.default_rng(7), Spectrum()
    clips = [batch(rng, held, 4, a.frames, spectrum, augment=False) for _ in range(8)]
    net = NotesNet(a.channels).to(memory_format=torch.channels_last)
    ema = copy.deepcopy(net)
    branch = [*net.timbre.parameters(), *net.classes.parameters()]
    rest = [p for p in net.parameters() if all(p is not q for q in branch)]
    opt = torch.optim.AdamW([dict(params=rest, times=1.0), dict(params=branch, times=2.5)], lr=a.lr, weight_decay=1e-3, betas=(0.9, 0.99))
    step, spent, warm = 0, 0.0, 0
    last = run / "last.pt"
    if last.exists():
        s = torch.load(last)
        step, spent = s["step"], s["spent"]
        if "mean" in s["net"]:
            net.load_state_dict(s["net"]), ema.load_state_dict(s["ema"]), opt.load_state_dict(s["opt"])
        else:                                           # a run from before the instrument branch
            old = {k: v for k, v in s["ema"].items() if not k.startswith(("timbre", "classes"))}
            net.load_state_dict(old, strict=False)
            net.mean, net.scale = standardise(net, shards, a.frames, spectrum)
            ema.load_state_dict(net.state_dict())
            warm = step
    feeder = Feeder(a.seed * 1000 + step, shards, a.batch, a.frames)
    sums, next_eval, next_save = np.zeros(5), spent + 300, spent + 60
    print("clips", len(clips), "items", len(shards.items), "from", step, flush=True)
    while spent < a.minutes * 60:
        t = time.time()
        x, planes, entries, _ = feeder.queue.get()
        f = spent / (a.minutes * 60)
        lr = a.lr * min(1, (step - warm + 1) / 150) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1, max(0, f - 0.15) / 0.85))))
        for g in opt.param_groups:
            g["lr"] = lr * g["times"]
        with torch.autocast("cpu", torch.bfloat16):
            h, k = net(x)
        parts = loss_of(h, k, planes, entries)
        loss = total_loss(parts)
        opt.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        if torch.isfinite(loss):
            opt.step()
        step += 1
        if step == STANDARDISE_STEP and float(net.mean.abs().sum()) == 0:
            net.mean, net.scale = standardise(net, shards, a.frames, spectrum)
            ema.load_state_dict(net.state_dict())
        decay = min(0.998, (1 + step) / (20 + step))
        with torch.no_grad():
            for e, p in zip(ema.parameters(), net.parameters()):
                e.lerp_(p, 1 - decay)
        sums += [float(v.detach()) for v in parts]
        spent += min(10.0, time.time() - t)
        if step % 50 == 0:
            print(f"{step} {spent / 60:.1f} min lr {lr:.5f} onset {sums[0] / 50 * 40:.3f} frame {sums[1] / 50 * 10:.3f} "
                  f"velocity {sums[2] / 50:.4f} class {sums[3] / 50:.3f} family {sums[4] / 50:.3f}", flush=True)
            sums[:] = 0
        if step % 200 == 0:
            shards.refresh()
        if spent >= next_save or spent >= a.minutes * 60:
            next_save = spent + 120
            torch.save(dict(net=net.state_dict(), ema=ema.state_dict(), opt=opt.state_dict(), step=step, spent=spent,
                            channels=a.channels), run / "tmp.pt")
            (run / "tmp.pt").rename(last)
        if spent >= next_eval or spent >= a.minutes * 60:
            next_eval = spent + 420
            ema.eval()
            with torch.autocast("cpu", torch.bfloat16):
                s = note_scores(ema, clips)
            line = f"{step}\t{spent / 60:.1f}\t" + "\t".join(f"{k}={v:.4f}" for k, v in s.items())
            print("val", line, flush=True)
            with open(run / "curve.tsv", "a") as fh:
                fh.write(line + "\n")


if __name__ == "__main__":
    main()
