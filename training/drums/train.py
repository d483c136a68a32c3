"""Trains the drum network on material made as it goes (mixer.py): `python -m drums.train --minutes 60`, from training/, after the split network.

Stops and resumes at the checkpoint; learning curve in <run>/curve.tsv: step, minutes, training and validation losses (onset, velocity), pieces.
"""
import argparse, pathlib, time

import numpy as np
import torch
from torch.nn import functional as F

from split.mixer import Groups
from split.model import SplitNet

from .classes import CLASSES
from .mixer import DrumMixer
from .net import DrumNet

COUNT = len(CLASSES)


def load_split(path, device):
    state = torch.load(path, weights_only=True, map_location=device)
    net = SplitNet(state["widths"]).to(device, memory_format=torch.channels_last)
    net.load_state_dict(state["average"])
    return net


def vary(x):
    """Level, a smooth equaliser and rectangular holes, applied to the magnitudes behind the log; [n, sources, frames, bands]."""
    n, sources, frames, bands = x.shape
    random = lambda *shape: torch.rand(*shape, device=x.device)
    knots = torch.randn(n * sources, 1, 7, device=x.device) * 0.12 * (random(n * sources, 1, 1) < .6)
    curve = F.interpolate(knots, bands, mode="linear", align_corners=True) + torch.randn(n * sources, 1, 1, device=x.device) * 0.1
    x = torch.log10(1 + (torch.pow(10.0, x) - 1) * torch.pow(10.0, curve.view(n, sources, 1, bands)))
    t, b = torch.arange(frames, device=x.device)[:, None], torch.arange(bands, device=x.device)
    at = lambda most: (random(n, 1, 1, 1) * most).long()
    first, low = at(frames), at(bands)
    hole = (t >= first) & (t < first + 4 + at(116)) & (b >= low) & (b < low + 1 + at(11)) & (random(n, 1, 1, 1) < .3)
    return torch.where(hole, x * random(n, 1, 1, 1), x)


def loss_of(logits, onset, velocity, weight):
    raw = F.binary_cross_entropy_with_logits(logits[..., :COUNT], onset, reduction="none")
    onset_loss = (raw * (1 + weight * onset)).mean() * 20
    there = (velocity > 0).float()
    velocity_loss = (there * (torch.sigmoid(logits[..., COUNT:]) - velocity) ** 2).sum() / (there.sum() + 1) * 2
    return onset_loss, velocity_loss


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--data", default="data")
    ap.add_argument("--minutes", type=float, default=60)
    ap.add_argument("--run", default="runs/drums")
    ap.add_argument("--split", default="runs/split/last.pt", help="checkpoint of the split network that the drums are separated with")
    ap.add_argument("--batch", type=int, default=8)
    ap.add_argument("--rate", type=float, default=3e-3)
    ap.add_argument("--device", default="cpu")
    ap.add_argument("--every", type=float, default=60, help="seconds between validations")
    a = ap.parse_args()
    if a.device == "cpu":
        torch.set_num_threads(1)          # two threads on two shared cores wait for each other
    torch.backends.cudnn.benchmark = True
    torch.manual_seed(1)
    run = pathlib.Path(a.run)
    run.mkdir(parents=True, exist_ok=True)
    data = pathlib.Path(a.data)
    split = load_split(a.split, a.device)
    groups = Groups(data / "stems", "train", a.device)
    groups.refresh(1000)
    mixer = DrumMixer(groups, split, a.device, 1, data=data)
    held = DrumMixer(Groups(data / "stems", "val", a.device), split, a.device, 5, valid=True, data=data)
    validation = [held.batch(8)[:3] for _ in range(8)]
    net, ema = DrumNet().to(a.device), DrumNet().to(a.device)
    ema.load_state_dict(net.state_dict())
    print(sum(p.numel() for p in net.parameters()), "parameters", len(groups.pieces), "pieces", flush=True)
    optimiser = torch.optim.AdamW(net.parameters(), lr=a.rate, weight_decay=1e-2)
    step, spent, last = 0, 0.0, run / "last.pt"
    if last.exists():
        state = torch.load(last, weights_only=True, map_location=a.device)
        net.load_state_dict(state["net"]); ema.load_state_dict(state["ema"]); optimiser.load_state_dict(state["optimiser"])
        step, spent = state["step"], state["spent"]
    started, checked, shown = time.time() - spent, time.time(), []
    while (used := time.time() - started) < a.minutes * 60:
        lr = float(a.rate * min(1, (step + 1) / 100) * (0.5 + 0.5 * np.cos(np.pi * used / (a.minutes * 60))) + 1e-5)
        for g in optimiser.param_groups:
            g["lr"] = lr
        x, onset, velocity, _ = mixer.batch(a.batch)
        with torch.autocast(a.device, torch.bfloat16):
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
        shown.append(torch.stack([p.detach() for p in parts]))
        step += 1
        if time.time() - checked > a.every or time.time() - started >= a.minutes * 60:
            ema.eval()
            with torch.no_grad():
                v = torch.stack([torch.stack(loss_of(ema.logits(x), o, w, 2.0)) for x, o, w in validation]).mean(0)
            line = [step, round((time.time() - started) / 60, 2), *np.round(torch.stack(shown).mean(0).tolist(), 4), *np.round(v.tolist(), 4), len(groups.pieces)]
            print(*line, sep="\t", flush=True)
            with open(run / "curve.tsv", "a") as f:
                print(*line, sep="\t", file=f)
            shown, checked = [], time.time()
            groups.refresh()
            torch.save(dict(net=net.state_dict(), ema=ema.state_dict(), optimiser=optimiser.state_dict(), step=step, spent=time.time() - started), run / "last.tmp")
            (run / "last.tmp").replace(last)


if __name__ == "__main__":
    main()
