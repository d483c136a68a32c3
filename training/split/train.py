"""Trains the split network on data/split/mix_*.npy (mixes.py).

    python -m split.train --minutes 35 --out runs/split        from training/; stops and resumes at the checkpoint
"""

import argparse, json, pathlib, random, time

import numpy as np
import torch

from split import bands
from split.model import SplitNet, fold, mask_shares

SILENT = 1e-3                                           # a stem 30 dB below the mix counts as silent
TREBLE = fold(torch.from_numpy(bands.TREBLE.astype(np.float32))[None, None, None])


def unpack(rows: np.ndarray):
    """[n, 7, frames, 768] float16 -> features [n, 40, t, 96], energy [n, 8, t, 96], parts [n, 3, 8, t, 96], stems [n, 3]..."""
    x = torch.from_numpy(np.array(rows, np.float32))
    left, right = (((10 ** x[:, k] - 1) / 3) ** 2 * torch.from_numpy(bands.WIDTHS) for k in (0, 1))
    energy = left + right
    part = torch.cat([x[:, 5:7], 1 - x[:, 5:6] - x[:, 6:7]], 1)
    return fold(x[:, :5]), fold(energy[:, None]), fold(part).reshape(len(x), 3, bands.FOLD, *fold(energy[:, None]).shape[2:])


def decibels(mask, energy, part, rest):
    """Error of each stem relative to the stem, dB, [n, 3]; `rest` [n, 3] is what no mask reaches, relative to the mix."""
    total = energy.sum((1, 2, 3))[:, None]
    energy = energy[:, None]
    lost = rest * total + SILENT * total
    error = (energy * (mask - part) ** 2).sum((2, 3, 4)) + lost
    return 10 * torch.log10(error / ((energy * part**2).sum((2, 3, 4)) + lost))


def loss_of(net, rows, rest):
    rest = torch.from_numpy(rest)
    seen, energy, part = unpack(rows)
    seen = seen.contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = net(seen)
    mask = mask_shares(logits.float(), seen[:, -bands.FOLD:])
    return decibels(mask, energy, part, rest[..., 0]), decibels(mask, energy * TREBLE, part, rest[..., 1])


def open_shard(path):
    return np.load(path, mmap_mode="r"), np.load(path.with_suffix(".rest.npy"))


def batches(files, size, seed):
    """Endless batches, each from one shard at random rows; shards in random order."""
    rng = random.Random(seed)
    while True:
        order = list(files())                           # looked for again every round: mixing may still go on
        rng.shuffle(order)
        for path in order:
            shard, rest = open_shard(path)
            rows = list(range(len(shard)))
            rng.shuffle(rows)
            for i in range(0, len(rows) - size + 1, size):
                pick = sorted(rows[i:i + size])
                batch = shard[pick]
                if rng.random() < 0.5:                      # left and right exchanged
                    batch = batch[:, [1, 0, 2, 3, 4, 5, 6]]
                yield batch, rest[pick]


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--data", default="data/split")
    ap.add_argument("--out", default="runs/split")
    ap.add_argument("--minutes", type=float, default=35)
    ap.add_argument("--batch", type=int, default=4)
    ap.add_argument("--rate", type=float, default=2e-3)
    a = ap.parse_args()
    torch.set_num_threads(1)                          # a second thread mostly waits when the machine is shared
    torch.manual_seed(7)
    data, out = pathlib.Path(a.data), pathlib.Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    net = SplitNet().to(memory_format=torch.channels_last)
    average = {k: v.clone() for k, v in net.state_dict().items()}
    optimiser = torch.optim.AdamW(net.parameters(), lr=a.rate, weight_decay=1e-2)
    step, spent = 0, 0.0
    checkpoint = out / "last.pt"
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        net.load_state_dict(saved["net"]), optimiser.load_state_dict(saved["optimiser"])
        average, step, spent = saved["average"], saved["step"], saved["spent"]
    shards = lambda name: sorted(p for p in data.glob(f"{name}_*.npy") if p.suffixes == [".npy"])
    feed = batches(lambda: shards("mix"), a.batch, step + 1)
    held = [open_shard(p) for p in shards("val")]
    print(sum(p.numel() for p in net.parameters()), "parameters", flush=True)
    log, shown = open(out / "curve.jsonl", "a"), []
    started, checked = time.time(), time.time()

    def check():
        """Validation with the averaged weights."""
        live = {k: v.clone() for k, v in net.state_dict().items()}
        net.load_state_dict(average)
        net.eval()
        with torch.no_grad():
            db = torch.cat([loss_of(net, s[i:i + 6], rest[i:i + 6])[0] for s, rest in held for i in range(0, len(s), 6)])
        net.train()
        torch.save(dict(net=live, average=average, optimiser=optimiser.state_dict(), step=step, spent=spent + time.time() - started), out / "part.pt")
        (out / "part.pt").replace(checkpoint)
        net.load_state_dict(live)
        return (-db.mean(0)).tolist()

    net.train()
    while (used := spent + time.time() - started) < a.minutes * 60:
        ratio = used / (a.minutes * 60)
        rate = a.rate * min(1, (step + 1) / 60) * (0.5 * (1 + np.cos(np.pi * ratio)) * 0.98 + 0.02)
        for g in optimiser.param_groups:
            g["lr"] = float(rate)                       # a plain number: checkpoints are read with weights_only
        plain, treble = loss_of(net, *next(feed))
        loss = plain.mean() + 0.3 * treble.mean()
        optimiser.zero_grad()
        loss.backward()
        step += 1
        if not torch.isfinite(torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)):
            continue                                    # bfloat16 overflows once in a while
        optimiser.step()
        keep = min(0.995, (step + 1) / (step + 20))
        for k, v in net.state_dict().items():
            average[k] = average[k] * keep + v * (1 - keep) if v.is_floating_point() else v.clone()
        shown.append((-plain.mean(0)).tolist())
        if step % 50 == 0:
            print(step, f"{used:.0f} s", "train", np.round(np.mean(shown, 0), 2), f"rate {rate:.5f}", flush=True)
            shown = []
        if time.time() - checked > 150:
            row = dict(step=step, seconds=round(used), validation=[round(v, 3) for v in check()])
            print(row, flush=True)
            log.write(json.dumps(row) + "\n"), log.flush()
            checked = time.time()
    row = dict(step=step, seconds=round(spent + time.time() - started), validation=[round(v, 3) for v in check()])
    print(row, flush=True)
    log.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
