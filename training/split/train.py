"""Trains the split network on mixes made as it goes (mixer.py).

    python -m split.train --minutes 35 --out runs/split        from training/; stops and resumes at the checkpoint; --device cuda where there is one
"""

import argparse, json, pathlib, time

import numpy as np
import torch

from common import warm
from split import bands
from split.mixer import Groups, Mixer
from split.model import SplitNet, fold, mask_shares

SILENT = 1e-3                                           # a stem 30 dB below the mix counts as silent
TREBLE = fold(torch.from_numpy(bands.TREBLE.astype(np.float32))[None, None, None])
VALIDATION_BATCHES = 12


def decibels(mask, energy, part, rest):
    """Error of each stem relative to the stem, dB, [n, 3]; `rest` [n, 3] is what no mask reaches, relative to the mix."""
    total = energy.sum((1, 2, 3))[:, None]
    energy = energy[:, None]
    lost = rest * total + SILENT * total
    error = (energy * (mask - part) ** 2).sum((2, 3, 4)) + lost
    return 10 * torch.log10(error / ((energy * part**2).sum((2, 3, 4)) + lost))


def loss_of(net, seen, energy, part, rest):
    """dB errors [n, 3], plain and weighted towards the treble."""
    seen = seen.contiguous(memory_format=torch.channels_last)
    with torch.autocast(seen.device.type, dtype=torch.bfloat16):
        logits = net(seen)
    mask = mask_shares(logits.float(), seen[:, -bands.FOLD:])
    return decibels(mask, energy, part, rest[..., 0]), decibels(mask, energy * TREBLE.to(seen.device), part, rest[..., 1])


def validate(net, batches):
    net.eval()
    with torch.no_grad():
        db = torch.cat([loss_of(net, *b)[0] for b in batches])
    net.train()
    return (-db.mean(0)).tolist()


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--data", default="data")
    ap.add_argument("--out", default="runs/split")
    ap.add_argument("--minutes", type=float, default=35)
    ap.add_argument("--batch", type=int, default=4)
    ap.add_argument("--rate", type=float, default=2e-3)
    ap.add_argument("--widths", type=int, nargs=4, default=SplitNet.WIDTHS)
    ap.add_argument("--device", default="cpu")
    ap.add_argument("--init", help="a shipped model.onnx to go on from")
    ap.add_argument("--every", type=float, default=60, help="seconds between validations")
    a = ap.parse_args()
    if a.device == "cpu":
        torch.set_num_threads(1)                          # a second thread mostly waits when the machine is shared
    torch.backends.cudnn.benchmark = True
    torch.manual_seed(7)
    data, out = pathlib.Path(a.data), pathlib.Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    net = SplitNet(a.widths).to(a.device, memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(net.parameters(), lr=a.rate, weight_decay=1e-2)
    average, step, spent = None, 0, 0.0
    checkpoint = out / "last.pt"
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True, map_location=a.device)
        net.load_state_dict(saved["net"]), optimiser.load_state_dict(saved["optimiser"])
        average, step, spent = saved["average"], saved["step"], saved["spent"]
    groups = Groups(data / "stems", "train", a.device)
    mixer = Mixer(groups, a.device, step + 1, data=data)
    if a.init and not step:
        warm.load_split(net, a.init, [mixer.batch(a.batch)[0] for _ in range(warm.CALIBRATION_BATCHES)])
    average = average or {k: v.clone() for k, v in net.state_dict().items()}
    with_held = Mixer(Groups(data / "stems", "val", a.device), a.device, 5, valid=True, data=data)
    held = [with_held.batch(4) for _ in range(VALIDATION_BATCHES)]
    judge = SplitNet(a.widths).to(a.device, memory_format=torch.channels_last)
    print(sum(p.numel() for p in net.parameters()), "parameters", len(groups.pieces), "pieces", flush=True)
    judge.load_state_dict(average)
    print("before", [round(v, 2) for v in validate(judge, held)], flush=True)
    log, shown = open(out / "curve.jsonl", "a"), []
    started, checked, looked = time.time(), time.time(), time.time()

    def save():
        state = dict(net=net.state_dict(), average=average, optimiser=optimiser.state_dict(), step=step, spent=spent + time.time() - started, widths=list(a.widths))
        torch.save(state, out / "part.pt")
        (out / "part.pt").replace(checkpoint)

    net.train()
    while (used := spent + time.time() - started) < a.minutes * 60:
        ratio = used / (a.minutes * 60)
        rate = a.rate * min(1, (step + 1) / 100) * (0.5 * (1 + np.cos(np.pi * ratio)) * 0.98 + 0.02)
        for g in optimiser.param_groups:
            g["lr"] = float(rate)                       # a plain number: checkpoints are read with weights_only
        plain, treble = loss_of(net, *mixer.batch(a.batch))
        loss = plain.mean() + 0.3 * treble.mean()
        optimiser.zero_grad()
        loss.backward()
        step += 1
        length = torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        if not torch.isfinite(length):
            continue                                    # bfloat16 overflows once in a while
        optimiser.step()
        keep = min(0.998, (step + 1) / (step + 20))
        with torch.no_grad():
            for k, v in net.state_dict().items():
                average[k].lerp_(v, 1 - keep) if v.dtype.is_floating_point else average[k].copy_(v)
        shown.append(plain.detach().mean(0))
        if time.time() - looked > 5:
            groups.refresh()
            looked = time.time()
        if time.time() - checked > a.every or spent + time.time() - started >= a.minutes * 60:
            judge.load_state_dict(average)
            row = dict(step=step, minutes=round((spent + time.time() - started) / 60, 2), pieces=len(groups.pieces),
                       train=[round(v, 2) for v in (-torch.stack(shown).mean(0)).tolist()], val=[round(v, 2) for v in validate(judge, held)])
            print(json.dumps(row), flush=True)
            log.write(json.dumps(row) + "\n")
            log.flush()
            shown, checked = [], time.time()
            save()
    save()


if __name__ == "__main__":
    main()
