"""Compares the untrained masks, the network and blends of both on the validation mixes (held-out songs, kits and basses).

    python -m split.validate --checkpoint runs/split/last.pt          from training/
"""

import argparse, pathlib

import numpy as np
import torch

from split import bands
from split.model import SplitNet, mask_shares
from split.train import decibels, open_shard, unpack


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--checkpoint", default="runs/split/last.pt")
    ap.add_argument("--data", default="data/split")
    a = ap.parse_args()
    torch.set_num_threads(1)
    net = SplitNet()
    plain = SplitNet().eval()                              # its head is zero: the untrained masks, but for the floor
    net.load_state_dict(torch.load(a.checkpoint, weights_only=True)["average"])
    net.eval()
    weights = [0, 0.5, 0.6, 0.7, 0.8, 0.9, 1]
    rows = {w: [] for w in weights}
    with torch.no_grad():
        for path in sorted(p for p in pathlib.Path(a.data).glob("val_*.npy") if p.suffixes == [".npy"]):
            shard, rest = open_shard(path)
            for i in range(0, len(shard), 6):
                seen, energy, part = unpack(shard[i:i + 6])
                share = seen[:, -bands.FOLD:]
                own, base = mask_shares(net(seen), share), mask_shares(plain(seen), share)
                for w in weights:
                    rows[w].append(-decibels(w * own + (1 - w) * base, energy, part, torch.from_numpy(rest[i:i + 6])[..., 0]))
    for w in weights:
        db = torch.cat(rows[w])
        print(f"blend {w}: drums, bass, other", np.round(db.mean(0).numpy(), 2), "mean", round(float(db.mean()), 2))


if __name__ == "__main__":
    main()
