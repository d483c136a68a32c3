"""All one-shot drum sounds in one array, and a player that strikes thousands of them at once on any device.

    python -m common.kit_bank          from training/: data/kits.npy (int16, 44.1 kHz) and data/kits.json, from the sources of drums/sounds.py
"""
import json, pathlib, sys

import numpy as np
import torch

RATE = 44100
DATA = pathlib.Path(__file__).resolve().parents[1] / "data"
MOST_LAYERS = 4
GENERAL_MIDI = ("FluidR3", "MuseScore")                  # their kits are in data/stems already
FADE_SECONDS = 0.008                                     # a choked hat fades this long


def collect():
    """Runs the collectors of drums/sounds.py at 44.1 kHz."""
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "drums"))
    import classes
    classes.RATE = RATE                                  # before its users are imported
    import sounds
    kits = {n: k for n, k in sounds.all_kits().items() if not n.startswith(GENERAL_MIDI)}
    index, chunks, at = {}, [], 0
    for name, kit in kits.items():
        for kind, instruments in kit.items():
            for layers in instruments:
                rows = []
                for velocity, y in thinned(layers):
                    chunks.append((np.clip(np.asarray(y, np.float32), -1, 1) * 32767).astype(np.int16))
                    rows.append([round(float(velocity), 3), at, len(y)])
                    at += len(y)
                index.setdefault(name, {}).setdefault(kind, []).append(rows)
    DATA.mkdir(parents=True, exist_ok=True)
    np.save(DATA / "kits.npy", np.concatenate(chunks))
    (DATA / "kits.json").write_text(json.dumps(dict(kits=index, heldOut=sorted(sounds.HELD_OUT_KITS))))
    print(len(index), "kits", round(at / RATE), "s")


def thinned(layers):
    """At most MOST_LAYERS of an instrument's layers, evenly, the loudest among them."""
    if len(layers) <= MOST_LAYERS:
        return layers
    return [layers[round(i * (len(layers) - 1) / (MOST_LAYERS - 1))] for i in range(MOST_LAYERS)]


class KitBank:
    """The sounds on `device`; `names` are the kits of training or (`valid`) those that only validation uses."""

    def __init__(self, device, valid=False, folder=DATA):
        data = json.loads((folder / "kits.json").read_text())
        self.kits = {n: k for n, k in data["kits"].items() if (n in data["heldOut"]) == valid}
        self.names = list(self.kits)
        weights = np.array([self.weight(n) for n in self.names])
        self.chance = weights / weights.sum()
        self.samples = torch.from_numpy(np.load(folder / "kits.npy")).to(device)
        self.device = device

    @staticmethod
    def weight(name):
        """Recorded kits count most; synthetic machines are many."""
        return 0.4 if name.startswith("synth") else 1.0 if name.startswith("drumsynth") else 5.0

    def instruments(self, r, kinds, gains):
        """One sound per class for a clip: a whole kit, or sounds picked from many. {class: (layers, gain, ratio, tail, tilt, curve, pan)}."""
        draw = lambda: self.kits[self.names[r.choice(len(self.names), p=self.chance)]]
        base, scatter, chosen = draw(), r.choice([0, 0.15, 0.6]), {}
        for kind in kinds:
            pool = base.get(kind) if r.random() >= scatter else None
            while not pool:
                pool = draw().get(kind)
            chosen[kind] = dict(layers=pool[r.integers(len(pool))], gain=gains[kind] * 10 ** (r.normal(0, 4) / 20),
                                ratio=2 ** (r.normal(0, 2.5) / 12) if r.random() < 0.7 else 1.0,
                                tail=r.uniform(0.06, 0.5) if r.random() < 0.33 else 0.0, tilt=r.uniform(-0.4, 0.4) if r.random() < 0.6 else 0.0,
                                curve=r.uniform(0.9, 2.2), pan=0.5 if kind in ("kick", "snare") or r.random() < 0.3 else r.uniform(0.2, 0.8))
        return chosen

    def hits(self, r, clip, strokes, kit):
        """Strokes [(seconds, class, velocity)] of one clip as rows for `play`: clip, start, source, length, gain, ratio, tail, tilt, pan, choke."""
        rows, hat = [], None
        for at, kind, velocity in strokes:
            i = kit[kind]
            layers = i["layers"]
            k = next((k for k, (v, _, _) in enumerate(layers) if v >= velocity - 0.05), len(layers) - 1)
            if len(layers) > 1 and r.random() < 0.2:
                k = int(np.clip(k + r.integers(-1, 2), 0, len(layers) - 1))
            _, offset, length = layers[k]
            rows.append([clip, at * RATE, offset, length, i["gain"] * velocity ** i["curve"], i["ratio"], i["tail"], i["tilt"], i["pan"], 1e9])
            if kind in ("closed_hat", "open_hat"):        # a new hat ends the old one
                if hat is not None and at > hat[0]:
                    rows[hat[1]][9] = (at - hat[0]) * RATE
                hat = (at, len(rows) - 1)
        return rows

    def play(self, rows, clips, samples):
        """Rows of `hits` -> stereo float32 [clips, 2, samples]."""
        out = torch.zeros(clips, 2, samples, device=self.device)
        if not rows:
            return out
        table = np.array(rows, np.float64)
        counts = np.minimum(np.floor((table[:, 3] - 2) / table[:, 5]), np.minimum(samples - np.maximum(0, table[:, 1]), table[:, 9] + FADE_SECONDS * RATE))
        table, counts = table[counts > 1], counts[counts > 1].astype(np.int64)
        if not len(counts):
            return out
        t = torch.from_numpy(table).to(self.device)
        n = torch.from_numpy(counts).to(self.device)
        row = torch.repeat_interleave(torch.arange(len(counts), device=self.device), n)
        first = torch.cumsum(n, 0) - n
        step = torch.arange(int(n.sum()), device=self.device) - first[row]
        place = step * t[row, 5]
        whole = place.floor()
        share = (place - whole).float()
        at = (t[row, 2] + whole).long()
        read = lambda k: self.samples[torch.clamp(at + k, 0, len(self.samples) - 1)].float() / 32768
        before, here, after = read(-1) * (whole > 0), read(0), read(1)
        tilt = t[row, 7].float()
        y = (1 - share) * (here - tilt * before) + share * (after - tilt * here)
        tail = t[row, 6].float()
        seconds = step.float() / RATE
        y = y * torch.where(tail > 0, torch.exp(-3 * seconds / tail.clamp(min=1e-3)), torch.ones_like(tail))
        y = y * ((t[row, 9].float() - step.float()) / (FADE_SECONDS * RATE) + 1).clamp(0, 1) * t[row, 4].float()
        target = t[row, 1].clamp(min=0).long() + step
        clip, pan = t[row, 0].long(), t[row, 8].float() * (np.pi / 2)
        flat = out.view(-1)
        flat.index_add_(0, clip * 2 * samples + target, y * torch.cos(pan) * 2 ** 0.5)
        flat.index_add_(0, clip * 2 * samples + samples + target, y * torch.sin(pan) * 2 ** 0.5)
        return out


if __name__ == "__main__":
    collect()
