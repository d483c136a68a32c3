"""Mixes rendered stems at random while the split network trains, on the device that trains it.

Sources: the groups of data/stems (data_render), the kits of common/kit_bank.py struck by the patterns of training/drums, and the synthetic
bass lines of pools.py. One call gives what the loss needs: the network's features, the energy of each row, and each stem's share of it,
Re(sum conj(X) S) / sum |X|^2 over both channels and the bins of a row. With these shares c the error of a mask m is
sum E (m - c)^2 + rest, so that no inverse transform is needed.
"""
import json, pathlib, pickle

import numpy as np
import torch

from common.kit_bank import KitBank
from split import bands, masks

FRAMES = 256
SAMPLES = (FRAMES + 3) * masks.HOP
KINDS = ["kick", "snare", "clap", "closed_hat", "open_hat", "low_tom", "mid_tom", "high_tom", "ride", "crash", "shaker", "other"]
GAINS = dict(kick=1.0, snare=0.85, clap=0.6, closed_hat=0.3, open_hat=0.35, low_tom=0.75, mid_tom=0.7, high_tom=0.65, ride=0.32, crash=0.5, shaker=0.25, other=0.35)


class Groups:
    """The drums, bass and other of rendered pieces, int16 on the device. `refresh` takes in what was rendered meanwhile."""

    def __init__(self, folder, split, device):
        self.folder, self.split, self.device, self.seen = pathlib.Path(folder), split, device, set()
        self.pieces, self.items = [], []                 # tensors [3, 2, samples]; the meta data beside them
        self.refresh()

    def refresh(self, most=4):
        """At most `most` new shards, so that training does not stand still."""
        for j in sorted(self.folder.glob(f"{self.split}_*.json")):
            if most <= 0:
                return
            if j.name not in self.seen:
                self.seen.add(j.name)
                shard = torch.from_numpy(np.load(j.with_suffix("").with_suffix(".groups.npy"))).to(self.device)
                self.pieces += list(shard)
                self.items += json.loads(j.read_text())["items"]
                most -= 1


class Mixer:
    """Endless batches for training, or fixed ones for validation, of `Groups` and the other pools."""

    def __init__(self, groups, device, seed, valid=False, data="data"):
        self.groups, self.device, self.r = groups, device, np.random.default_rng(seed)
        self.kits = KitBank(device, valid)
        with open(pathlib.Path(data) / "patterns.pkl", "rb") as f:
            patterns = pickle.load(f)
        lines = np.load(pathlib.Path(data) / "basses.npy")
        every = 9
        self.patterns = [p for i, p in enumerate(patterns) if (i % every == 4) == valid]
        self.basses = torch.from_numpy(lines[4::every] if valid else np.delete(lines, np.s_[4::every], 0)).to(device)
        self.window = torch.from_numpy(masks.WINDOW).to(device)
        merge = np.zeros((2049, bands.ROWS), np.float32)
        for row in range(bands.ROWS):
            merge[bands.EDGES[row]:bands.EDGES[row + 1], row] = 1
        self.merge_matrix = torch.from_numpy(merge).to(device)
        self.widths = torch.from_numpy(bands.WIDTHS.astype(np.float32)).to(device)
        self.treble = torch.from_numpy(bands.TREBLE.astype(np.float32)).to(device)
        self.octave = torch.log2(torch.arange(2049, device=device).clamp(min=1) * masks.RATE / masks.FFT / 1000)

    def piece(self, group, start):
        pieces = self.groups.pieces
        return pieces[self.r.integers(len(pieces))][group][:, start:start + SAMPLES]

    def one_shots(self, count):
        """Stereo drum parts [count, 2, SAMPLES] of the kits, sometimes in a room, sometimes driven; and their strokes."""
        rows, parts, r = [], [], self.r
        for clip in range(count):
            pattern = self.patterns[r.integers(len(self.patterns))]
            begin, seconds = r.uniform(0, 2), SAMPLES / masks.RATE
            strokes = [(t - begin, k, v) for t, k, v in pattern if begin <= t < begin + seconds]
            rows += self.kits.hits(r, clip, strokes, self.kits.instruments(r, KINDS, GAINS))
            parts.append(strokes)
        y = self.kits.play(rows, count, SAMPLES)
        return self.drive(self.room(y, 0.6), 0.3), parts

    def room(self, y, share):
        """Short stereo reverberation of decaying noise, for a share of the clips."""
        count, r = len(y), self.r
        n = int(0.7 * masks.RATE)
        seconds = torch.from_numpy(r.uniform(0.1, 0.7, (count, 1, 1))).to(self.device).float()
        amount = torch.from_numpy(r.uniform(0.03, 0.35, (count, 1, 1)) * (r.random((count, 1, 1)) < share)).to(self.device).float()
        t = torch.arange(n, device=self.device) / masks.RATE
        tail = torch.randn(count, 2, n, device=self.device) * torch.exp(-6 * t / seconds) * (t < seconds)
        tail = tail + torch.roll(tail, 1, -1) * torch.rand(count, 1, 1, device=self.device)          # darker than the source
        tail = tail / tail.square().sum(-1, keepdim=True).sqrt()
        size = y.shape[-1] + n
        wet = torch.fft.irfft(torch.fft.rfft(y, size) * torch.fft.rfft(tail, size), size)[..., :y.shape[-1]]
        return y + amount * wet

    def drive(self, y, share):
        gain = torch.from_numpy(self.r.uniform(1, 5, (len(y), 1, 1))).to(self.device).float()
        on = torch.from_numpy(self.r.random((len(y), 1, 1)) < share).to(self.device)
        peak = y.abs().amax((1, 2), keepdim=True).clamp(min=1e-4)
        return torch.where(on, torch.tanh(y / peak * gain) * peak / gain, y)

    def transposed(self, piece, group, start, semitones):
        """A stem of a piece played faster or slower like a tape."""
        ratio = 2 ** (semitones / 12)
        start = min(start, piece.shape[-1] - int(SAMPLES * ratio) - 2)
        place = torch.arange(SAMPLES, device=self.device, dtype=torch.float64) * ratio + start
        whole = place.floor().long()
        share = (place - whole).float()
        y = piece[group].float()
        return y[:, whole] * (1 - share) + y[:, whole + 1] * share

    def stems(self, count):
        """Stereo [count, 3, 2, SAMPLES]: drums, bass, other, at the levels that songs have, with a wide tail."""
        r, silent = self.r, torch.zeros(2, SAMPLES, dtype=torch.int16, device=self.device)
        out = torch.zeros(count, 3, 2, SAMPLES, device=self.device)
        length = self.groups.pieces[0].shape[-1]
        struck = []
        for i in range(count):
            start = int(r.integers(0, length - SAMPLES))
            whole = self.groups.pieces[r.integers(len(self.groups.pieces))][:, :, start:start + SAMPLES]
            drums, bass, other = whole
            pick = r.random()
            if pick > 0.93:
                drums = silent
            elif pick > 0.45:
                struck.append(i)
            pick = r.random()
            if pick < 0.12:
                bass = self.transposed(self.groups.pieces[r.integers(len(self.groups.pieces))], 1, start, r.uniform(-5, 5))
            elif 0.55 < pick < 0.68:
                bass = self.piece(1, start)
            elif 0.68 < pick < 0.93:
                line = int(r.integers(0, self.basses.shape[-1] - SAMPLES))
                bass = self.basses[r.integers(len(self.basses))][:, line:line + SAMPLES]
            elif pick > 0.95:
                bass = silent
            if r.random() < 0.04:
                other = silent
            out[i] = torch.stack([drums, bass, other]).float() / 32768
            if r.random() < 0.2:                          # a second piece on top
                out[i, 2] += self.piece(2, start).float() / 32768 * r.uniform(0.3, 1)
        if struck:
            out[struck, 0] = self.one_shots(len(struck))[0]
        out[:, 1] = self.drive(out[:, 1], 0.25)
        out[:, 2] = self.drive(out[:, 2], 0.2)
        level = out.square().mean((2, 3), keepdim=True).sqrt()
        as_played = torch.from_numpy(r.random((count, 1, 1, 1)) < 0.35).to(self.device)
        wanted = torch.from_numpy(10 ** (np.stack([r.normal(-1, 5, count), r.normal(-2, 5, count), np.zeros(count)], 1) / 20) * 0.05).to(self.device).float()[..., None, None]
        scaled = torch.where(level > 1e-4, out * wanted / level.clamp(min=1e-6), torch.zeros_like(out))
        mixed_in = torch.tensor([i in struck for i in range(count)], device=self.device)[:, None, None, None]
        out = torch.where(as_played & ~mixed_in, out * (0.05 / level.amax(1, keepdim=True).clamp(min=1e-6)), scaled)
        swap = torch.from_numpy(r.random((count, 3, 1, 1)) < 0.35).to(self.device)
        out = torch.where(swap, out.flip(2), out)
        narrow = torch.from_numpy(r.random((count, 3, 1, 1)) < 0.15).to(self.device)
        return torch.where(narrow, out.mean(2, keepdim=True).expand_as(out), out)

    def equaliser(self, count):
        """Smooth gains over the bins [count, 3, 1, 1, 2049]: a shelf, a bell, sometimes a low-pass or a high-pass."""
        r, shape = self.r, (count, 3, 1)
        put = lambda x: torch.from_numpy(np.asarray(x)).to(self.device).float()
        bell = lambda deviation, low, high: put(r.normal(0, deviation, shape)) * torch.exp(-((self.octave - put(r.uniform(low, high, shape))) ** 2) / put(r.uniform(0.3, 3, shape)))
        db = put(r.normal(0, 1.2, shape)) * self.octave + bell(4, -4, 3.5)
        db[:, 1] = db[:, 1] + (bell(6, -4, 1) + bell(6, -2, 2))[:, 1]          # basses differ most, and few are in the banks
        db = db - 12 * (self.octave - put(r.uniform(1.5, 3.5, shape))).clamp(min=0) * put(r.random(shape) < 0.12)
        db = db - 12 * (put(r.uniform(-4.5, -3, shape)) - self.octave).clamp(min=0) * put(r.random(shape) < 0.08)
        db = db * put(r.random(shape) < 0.7)
        return (10 ** (db / 20))[:, :, None, None]

    def stft(self, y):
        """[..., SAMPLES] -> complex [..., FRAMES, 2049]."""
        return torch.fft.rfft(y.unfold(-1, masks.FFT, masks.HOP)[..., :FRAMES, :] * self.window)

    def merge(self, x):
        return x @ self.merge_matrix

    def batch(self, count):
        """seen [n, 40, frames, 96], energy [n, 8, frames, 96], part [n, 3, 8, frames, 96], rest [n, 3, 2]."""
        with torch.no_grad():
            specs = self.stft(self.stems(count)) * self.equaliser(count)
            specs = specs * (bands.LEVEL / rms_of(specs.sum(1)).clamp(min=1e-6))[:, None, None, None, None]
            return self.examples(specs)

    def examples(self, specs):
        from split.model import fold
        mix = specs.sum(1)
        seen, energy = features(mix, self.merge, self.widths)
        part = self.merge((mix.real[:, None] * specs.real + mix.imag[:, None] * specs.imag).sum(2)) / (energy[:, None] + 1e-9)
        own = self.merge(specs.abs().square().sum(2))
        lost = own - energy[:, None] * part.square()
        rest = torch.stack([(lost * w).sum((2, 3)) / (energy * w).sum((1, 2)).clamp(min=1e-9)[:, None] for w in (torch.ones_like(self.treble), self.treble)], -1)
        part = part.clamp(-4, 4)
        n = len(mix)
        return fold(seen), fold(energy[:, None]), fold(part).reshape(n, 3, bands.FOLD, FRAMES, -1), rest


def rms_of(spec):
    """RMS of the sound behind [n, 2, frames, 2049] (Hann window)."""
    return (spec.abs().square().sum((1, 2, 3)) * 2 / (2 * spec.shape[2] * masks.FFT**2 * 3 / 8)).sqrt()


def percussive_share(magnitude):
    """masks.percussive_share for [n, frames, bins] on any device."""
    harmonic = median(magnitude.transpose(1, 2), masks.HARMONIC_FRAMES).transpose(1, 2).square()
    percussive = median(magnitude, masks.PERCUSSIVE_BINS).square()
    return percussive / (percussive + harmonic + 1e-12)


def median(x, width):
    """Running median along the last axis, ends mirrored, by the sorting network of masks.py."""
    half, n = width // 2, x.shape[-1]
    padded = torch.cat([x[..., :half].flip(-1), x, x[..., -half:].flip(-1)], -1)
    lane = [padded[..., i:i + n] for i in range(width)]
    for a, b, low, high in masks._median_pairs(width):
        lane[a], lane[b] = torch.minimum(lane[a], lane[b]) if low else None, torch.maximum(lane[a], lane[b]) if high else None
    return lane[half]


def features(mix, merge, widths):
    """bands.features for complex [n, 2, frames, 2049] at RMS 0.1: -> [n, 5, frames, 768], energy [n, frames, 768]."""
    power = mix.abs().square()
    left, right = merge(power[:, 0]), merge(power[:, 1])
    cross = merge(mix.real[:, 0] * mix.real[:, 1] + mix.imag[:, 0] * mix.imag[:, 1])
    energy = left + right
    level = lambda e: torch.log10(1 + 3 * (e.clamp(min=0) / widths).sqrt())
    share = percussive_share(mix.abs().mean(1))
    p = merge(share * power.sum(1)) / (energy + 1e-9)
    return torch.stack([level(left), level(right), level((energy + 2 * cross) / 4), level((energy - 2 * cross) / 4), p], 1), energy
