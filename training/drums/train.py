"""Train the drum network for a given time: `python train.py --minutes 12 --out run1 [--resume]`. Checkpoints every minute, EMA weights,
learning curve in training/runs/drums/<out>/curve.tsv. New shards are picked up while training runs.
"""
import argparse, json, pathlib, time
import numpy as np, torch
from torch.nn import functional as F
from classes import CLASSES
from features import FRAMES_PER_SECOND
from net import DrumNet
from sounds import DATA

RUNS = DATA.parents[1] / "runs" / "drums"
CROP, COUNT = 512, len(CLASSES)


def targets(events, frames):
    """[frames, 11] onset triangles two frames wide to either side and [frames, 11] velocities (0 where there is no hit)."""
    onset, velocity = np.zeros((frames, COUNT), np.float32), np.zeros((frames, COUNT), np.float32)
    for at, c, v in events:
        f = at * FRAMES_PER_SECOND
        for t in range(max(0, int(f) - 1), min(frames, int(f) + 3)):
            h = 1 - abs(t - f) / 2
            if h > onset[t, c]:
                onset[t, c] = h
            if h > .25:
                velocity[t, c] = max(velocity[t, c], v)
    return onset, velocity


class Shards:
    def __init__(self, folder):
        self.folder, self.seen, self.clips = folder, set(), []

    def refresh(self):
        for path in sorted(self.folder.glob("[0-9]*.npz")):
            if path.name in self.seen or path.name.endswith(".tmp.npz"):
                continue
            self.seen.add(path.name)
            with np.load(path) as z:
                features, events = z["features"], json.loads(str(z["events"]))
            for x, e in zip(features, events):
                onset, velocity = targets(e, len(x))
                self.clips.append((x, (onset * 255).astype(np.uint8), (velocity * 255).astype(np.uint8)))
        return len(self.clips)

    def batch(self, r, size):
        x, onset, velocity = (np.empty((size, CROP, n), np.float32) for n in (80, COUNT, COUNT))
        for i, k in enumerate(r.integers(0, len(self.clips), size)):
            a, b, c = self.clips[k]
            s = int(r.integers(0, len(a) - CROP))
            x[i], onset[i], velocity[i] = a[s:s + CROP], b[s:s + CROP], c[s:s + CROP]
            if r.random() < .1:                                  # the file begins (or ends) here
                n = int(r.integers(5, 100))
                part = slice(0, n) if r.random() < .7 else slice(CROP - n, CROP)
                x[i, part], onset[i, part], velocity[i, part] = 0, 0, 0
        return torch.from_numpy(x), torch.from_numpy(onset) / 255, torch.from_numpy(velocity) / 255


def vary(x):
    """Level, a smooth equaliser and rectangular holes, applied to the magnitudes behind the log."""
    batch, frames, bands = x.shape
    knots = torch.randn(batch, 1, 7) * 0.12 * (torch.rand(batch, 1, 1) < .6)
    curve = F.interpolate(knots, bands, mode="linear", align_corners=True) + torch.randn(batch, 1, 1) * 0.12
    x = torch.log10(1 + (torch.pow(10.0, x) - 1) * torch.pow(10.0, curve))
    for i in range(batch):
        if torch.rand(()) < .3:
            b, w = int(torch.randint(0, bands, ())), int(torch.randint(1, 12, ()))
            t, n = int(torch.randint(0, frames, ())), int(torch.randint(4, 120, ()))
            x[i, t:t + n, b:b + w] *= torch.rand(())
    return x


def loss_of(logits, onset, velocity, weight):
    raw = F.binary_cross_entropy_with_logits(logits[..., :COUNT], onset, reduction="none")
    onset_loss = (raw * (1 + weight * onset)).mean() * 20
    there = (velocity > 0).float()
    velocity_loss = (there * (torch.sigmoid(logits[..., COUNT:]) - velocity) ** 2).sum() / (there.sum() + 1) * 2
    return onset_loss, velocity_loss


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--minutes", type=float, default=12)
    ap.add_argument("--out", default="run1")
    ap.add_argument("--start", help="weights of another run to begin from")
    ap.add_argument("--resume", action="store_true")
    ap.add_argument("--batch", type=int, default=20)
    ap.add_argument("--rate", type=float, default=3e-3)
    ap.add_argument("--widths", type=int, nargs=3, default=(16, 32, 48))
    ap.add_argument("--channels", type=int, default=96)
    a = ap.parse_args()
    torch.set_num_threads(1)          # two threads on two shared cores wait for each other: slower by far; torch.manual_seed(1)
    r = np.random.default_rng(1)
    run = RUNS / a.out
    run.mkdir(parents=True, exist_ok=True)
    net = DrumNet(tuple(a.widths), a.channels)
    ema = DrumNet(tuple(a.widths), a.channels)
    print(sum(p.numel() for p in net.parameters()), "parameters", flush=True)
    optimiser = torch.optim.AdamW(net.parameters(), lr=a.rate, weight_decay=1e-2)
    step, spent = 0, 0.0
    if a.start:
        net.begin_from(torch.load(RUNS / a.start / "last.pt", weights_only=True)["ema"])
    if a.resume and (run / "last.pt").exists():
        state = torch.load(run / "last.pt", weights_only=True)
        net.load_state_dict(state["net"]); optimiser.load_state_dict(state["optimiser"])
        step, spent = state["step"], state["spent"]
    ema.load_state_dict(state["ema"] if a.resume and step else net.state_dict())
    train, valid = Shards(DATA / "train"), Shards(DATA / "valid")
    print(train.refresh(), "training clips,", valid.refresh(), "validation clips", flush=True)
    validation = [valid.batch(np.random.default_rng(5), 48) for _ in range(2)]
    began, saved, sums = time.process_time(), time.time(), []
    wall = time.time()
    while True:
        done = (spent + time.time() - wall) / (a.minutes * 60)
        if done >= 1:
            break
        lr = float(a.rate * min(1, (step + 1) / 100) * (0.5 + 0.5 * np.cos(np.pi * done)) + 1e-5)
        for g in optimiser.param_groups:
            g["lr"] = lr
        x, onset, velocity = train.batch(r, a.batch)
        with torch.autocast("cpu", torch.bfloat16):
            logits = net.logits(vary(x))
        parts = loss_of(logits.float(), onset, velocity, 2.0)
        optimiser.zero_grad(set_to_none=True)
        (parts[0] + parts[1]).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        optimiser.step()
        decay = min(.998, (step + 1) / (step + 10))
        with torch.no_grad():
            for p, q in zip(ema.state_dict().values(), net.state_dict().values()):
                p.lerp_(q, 1 - decay) if p.dtype.is_floating_point else p.copy_(q)
        sums.append([float(p.detach()) for p in parts])
        step += 1
        if time.time() - saved > 60 or step == 20:
            train.refresh()
            ema.eval()
            with torch.no_grad():
                v = np.mean([[float(p) for p in loss_of(ema.logits(x), o, w, 2.0)] for x, o, w in validation], axis=0)
            line = [step, round((spent + time.time() - wall) / 60, 2), *np.round(np.mean(sums, axis=0), 4), *np.round(v, 4), len(train.clips)]
            print(*line, sep="\t", flush=True)
            with open(run / "curve.tsv", "a") as f:
                print(*line, sep="\t", file=f)
            sums, saved = [], time.time()
            save(run, net, ema, optimiser, step, spent + time.time() - wall, a)
    save(run, net, ema, optimiser, step, spent + time.time() - wall, a)
    print("done after", step, "steps,", round((time.process_time() - began) / 60, 1), "CPU minutes", flush=True)


def save(run, net, ema, optimiser, step, spent, a):
    torch.save(dict(net=net.state_dict(), ema=ema.state_dict(), optimiser=optimiser.state_dict(), step=step, spent=spent,
                    widths=list(a.widths), channels=a.channels), run / "last.tmp")
    (run / "last.tmp").replace(run / "last.pt")


if __name__ == "__main__":
    main()
