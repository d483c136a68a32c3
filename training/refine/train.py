"""Trains the refiner on what dump-features.ts wrote; resumes from RUN/last.pt.

    python -m refine.train --data data/refine --val data/refine-val --run runs/refine --minutes 20        from training/
"""
import argparse, json, pathlib, time

import numpy as np
import torch

from .model import FEATURES, Refiner

STEMS = ("drums", "bass", "other")


class Window:
    """One file of dump-features.ts, mapped, not read."""

    def __init__(self, path):
        frames, bins, features = np.fromfile(path, np.int32, 3)
        assert features == FEATURES, path
        cells = int(frames) * int(bins)
        data = np.memmap(path, np.float32, "r", 12)
        self.song = path.stem.rsplit("_", 1)[0]
        self.features = data[:FEATURES * cells].reshape(FEATURES, frames, bins)
        spectra = data[FEATURES * cells:(FEATURES + 14) * cells].reshape(7, 2, frames, bins)
        self.mix, self.separated, self.true = spectra[0], spectra[1:4], spectra[4:7]
        self.beyond = data[(FEATURES + 14) * cells:].reshape(3, 2)          # per stem: error and energy where nothing is refined
        self.frames = int(np.flatnonzero(np.abs(self.mix).sum((0, 2)) > 0).max(initial=0)) + 1


def windows(folder):
    return [Window(p) for p in sorted(pathlib.Path(folder).glob("*.bin"))]


def crop(rng, every, batch, frames):
    picked = []
    while len(picked) < batch:
        w = every[rng.integers(len(every))]
        at = int(rng.integers(max(1, w.frames - frames + 1)))
        if np.abs(w.mix[:, at:at + frames]).max() > 1e-3:
            picked.append([torch.from_numpy(np.array(x[..., at:at + frames, :])) for x in (w.features, w.mix, w.true)])
    return [torch.stack(x) for x in zip(*picked)]


def energies(masks, mix, true):
    """Energy of the error and of the truth, [batch, 3]."""
    error = ((masks[:, :, None] * mix[:, None] - true) ** 2).sum((2, 3, 4))
    return error, (true ** 2).sum((2, 3, 4))


def loss_of(masks, mix, true):
    """Negative SDR in dB of the stems that are there, with a floor so that what is nearly perfect stops counting."""
    error, energy = energies(masks, mix, true)
    total = energy.sum(1, keepdim=True)
    there = (energy > 2e-3 * total).float()
    ratio = (error + 3e-3 * energy + 1e-4 * total + 1e-3) / (energy + 1e-4 * total + 1e-3)
    return (10 * torch.log10(ratio) * there).sum() / there.sum().clamp(min=1)


@torch.no_grad()
def validate(net, every):
    """Mean SDR over songs: of the refined stems, and of the separation as it was."""
    songs = {}
    for w in every:
        features, mix, true = (torch.from_numpy(np.array(x))[None] for x in (w.features, w.mix, w.true))
        now, _ = energies(net(features), mix, true)
        was = ((torch.from_numpy(np.array(w.separated)) - true[0]) ** 2).sum((1, 2, 3))
        row = songs.setdefault(w.song, np.zeros((3, 3)))
        row += np.stack([now[0].numpy() + w.beyond[:, 0], was.numpy() + w.beyond[:, 0], w.beyond[:, 1]])
    rows = []
    for now, was, energy in songs.values():
        there = energy > 1e-3 * energy.sum()
        rows.append([np.where(there, 10 * np.log10((energy + 1e-9) / (e + 1e-9)), np.nan) for e in (now, was)])
    return [dict(zip(STEMS, np.nanmean(part, 0).round(2).tolist())) for part in zip(*rows)]


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--data", nargs="+", required=True)
    ap.add_argument("--val", required=True)
    ap.add_argument("--run", required=True)
    ap.add_argument("--steps", type=int, default=1500)
    ap.add_argument("--channels", type=int, default=12)
    ap.add_argument("--batch", type=int, default=4)
    ap.add_argument("--frames", type=int, default=128)
    ap.add_argument("--rate", type=float, default=3e-3)
    ap.add_argument("--every", type=int, default=150)
    a = ap.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    run = pathlib.Path(a.run)
    run.mkdir(parents=True, exist_ok=True)
    data, held = [w for folder in a.data for w in windows(folder)], windows(a.val)
    net = Refiner(a.channels)
    optimiser = torch.optim.AdamW(net.parameters(), a.rate, weight_decay=1e-4)
    step = 0
    if (run / "last.pt").exists():
        state = torch.load(run / "last.pt", weights_only=True)
        net.load_state_dict(state["net"])
        optimiser.load_state_dict(state["optimiser"])
        step = state["step"]
    print(len(data), "windows,", sum(p.numel() for p in net.parameters()), "parameters, from step", step, flush=True)
    began, running = time.time(), 0.0
    while step < a.steps:
        rate = a.rate * min(1, (step + 1) / 30) * 0.5 * (1 + np.cos(np.pi * step / a.steps)) + 1e-5
        for group in optimiser.param_groups:
            group["lr"] = float(rate)
        features, mix, true = crop(np.random.default_rng(step), data, a.batch, a.frames)
        loss = loss_of(net(features), mix, true)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()
        step += 1
        running = float(loss.detach()) if step == 1 else 0.97 * running + 0.03 * float(loss.detach())
        if step % a.every == 0 or step == a.steps:
            now, was = validate(net, held)
            row = dict(step=step, seconds=round(time.time() - began), training=round(running, 2), refined=now, separated=was)
            with open(run / "curve.jsonl", "a") as f:
                f.write(json.dumps(row) + "\n")
            torch.save(dict(net=net.state_dict(), optimiser=optimiser.state_dict(), step=step, channels=a.channels), run / "last.pt")
            print(row, flush=True)


if __name__ == "__main__":
    main()
