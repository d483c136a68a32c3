"""Trains the refiner on what dump-features.ts wrote; resumes from RUN/last.pt.

    python -m refine.train --data data/refine/freepats data/refine/general --val data/refine-val --run runs/refine2        from training/
"""
import argparse, json, pathlib, time

import numpy as np
import torch

from .model import FEATURES, NET, Refiner

STEMS = ("drums", "bass", "other")
FLOOR = 1e-2                                            # under the logarithm of the level, as in features.ts


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


def equalised(rng, features, mix, true):
    """Half of the crops as through an equaliser over everything: what a bin holds is no reason to know whose it is."""
    bins = features.shape[-1]
    octave = np.log2((np.arange(bins) + 1) / 24)
    for i in np.flatnonzero(rng.random(len(features)) < 0.5):
        db = rng.normal(0, 1.5) * octave + rng.normal(0, 4) * np.exp(-((octave - rng.uniform(-4, 4)) / rng.uniform(0.4, 2)) ** 2)
        gain = torch.from_numpy(10 ** (db / 20)).float()
        features[i, 0] = torch.log((torch.exp(features[i, 0]) - FLOOR).clamp(min=0) * gain + FLOOR)
        mix[i] *= gain
        true[i] *= gain


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


def perturbed(rng, features):
    """The separation is surer of a sound here and less sure there: a smooth error over frequency in the logarithms of its shares
    of drums and bass, since no bank of sounds shows all that it does to unknown ones."""
    octave = torch.linspace(-5, 4, features.shape[-1])
    for i in range(len(features)):
        for stem in (0, 1):
            error = rng.normal(0, 0.5) + rng.normal(0, 0.8) * torch.exp(-((octave - rng.uniform(-4, 4)) / rng.uniform(0.7, 3)) ** 2)
            features[i, NET][stem] += error
        shares = torch.exp(features[i, NET])
        features[i, NET] = torch.log((shares / shares.sum(0)).clamp(min=FLOOR))


@torch.no_grad()
def validate(net, every, without=()):
    """Mean SDR over songs: of the refined stems, and of the separation as it was."""
    songs = {}
    for w in every:
        features, mix, true = (torch.from_numpy(np.array(x))[None] for x in (w.features, w.mix, w.true))
        features[:, list(without)] = 0
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
    ap.add_argument("--channels", type=int, default=16)
    ap.add_argument("--wide", type=int, default=32)
    ap.add_argument("--batch", type=int, default=6)
    ap.add_argument("--frames", type=int, default=96)
    ap.add_argument("--rate", type=float, default=2e-3)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--as-heard", action="store_true", help="no equaliser over the crops, no errors in the separation's shares")
    ap.add_argument("--without", type=int, nargs="*", default=[], help="features that this member does not see")
    ap.add_argument("--every", type=int, default=300)
    a = ap.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(a.seed)
    run = pathlib.Path(a.run)
    run.mkdir(parents=True, exist_ok=True)
    data, held = [w for folder in a.data for w in windows(folder)], windows(a.val)
    net = Refiner(a.channels, a.wide)
    optimiser = torch.optim.AdamW(net.parameters(), a.rate, weight_decay=1e-4)
    judge, step = Refiner(a.channels, a.wide), 0
    average = {k: v.clone() for k, v in net.state_dict().items()}
    if (run / "last.pt").exists():
        state = torch.load(run / "last.pt", weights_only=True)
        net.load_state_dict(state["net"])
        optimiser.load_state_dict(state["optimiser"])
        average, step = state["average"], state["step"]
    print(len(data), "windows,", sum(p.numel() for p in net.parameters()), "parameters, from step", step, flush=True)
    began, running = time.time(), 0.0
    while step < a.steps:
        rate = a.rate * min(1, (step + 1) / 30) * 0.5 * (1 + np.cos(np.pi * step / a.steps)) + 1e-5
        for group in optimiser.param_groups:
            group["lr"] = float(rate)
        rng = np.random.default_rng((a.seed, step))
        features, mix, true = crop(rng, data, a.batch, a.frames)
        if not a.as_heard:
            equalised(rng, features, mix, true)
            perturbed(rng, features)
        features[:, a.without] = 0
        loss = loss_of(net(features), mix, true)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimiser.step()
        step += 1
        keep = min(0.995, step / (step + 20))
        with torch.no_grad():
            for k, v in net.state_dict().items():
                average[k].lerp_(v, 1 - keep)
        running = float(loss.detach()) if step == 1 else 0.97 * running + 0.03 * float(loss.detach())
        if step % a.every == 0 or step == a.steps:
            judge.load_state_dict(average)
            now, was = validate(judge, held, a.without)
            row = dict(step=step, seconds=round(time.time() - began), training=round(running, 2), refined=now, separated=was)
            with open(run / "curve.jsonl", "a") as f:
                f.write(json.dumps(row) + "\n")
            torch.save(dict(net=net.state_dict(), average=average, optimiser=optimiser.state_dict(), step=step, channels=a.channels, wide=a.wide, without=a.without), run / "last.pt")
            print(row, flush=True)


if __name__ == "__main__":
    main()
