"""Training mixes made on the fly from rendered stems: whole items, subsets, solos, strangers mixed, drums, effects."""
import json, pathlib

import numpy as np
import torch
from scipy.signal import fftconvolve

from common.spectrum import BINS, HOP, RATE
from .labels import CLASS_OF_PROGRAM, LOWEST_PITCH, PITCHES


class Shards:
    """All items of a split; call refresh() now and then while rendering goes on."""

    def __init__(self, folder, split):
        self.folder, self.split, self.seen, self.items, self.drums = pathlib.Path(folder), split, set(), [], []
        self.refresh()

    def refresh(self):
        for j in sorted(self.folder.glob(f"{self.split}_*.json")):
            if j.name in self.seen:
                continue
            self.seen.add(j.name)
            audio = np.load(j.with_suffix(".npy"), mmap_mode="r")
            meta = json.loads(j.read_text())
            for it in meta["items"]:
                stems = []
                for s in it["stems"]:
                    s["audio"] = audio
                    s["notes"] = np.array(s["notes"], np.float32).reshape(-1, 4)
                    (self.drums if s["isDrum"] else stems).append(s)
                self.items.append(dict(stems=stems, drums=[s for s in it["stems"] if s["isDrum"]], font=meta["font"]))


def piece(stem, start, count):
    """`count` samples of a stem from sample `start` (may be negative: silence)."""
    a, b = max(0, start), min(stem["length"], start + count)
    out = np.zeros(count, np.float32)
    if b > a:
        o = stem["offset"]
        out[a - start:b - start] = stem["audio"][o + a:o + b].astype(np.float32) / 32768
    return out


def transposed(stem, start, count, semitones):
    """A stem played faster or slower like a tape: pitch, formants and attacks move together, which makes a new timbre.
    -> audio [count], notes with their new times and pitches, relative to the clip."""
    notes = stem["notes"].copy()
    notes[:, :2] -= start / RATE
    if semitones == 0:
        return piece(stem, start, count), notes
    ratio = 2 ** (semitones / 12)
    source = piece(stem, start, int(count * ratio) + 2)
    notes[:, :2] /= ratio
    notes[:, 2] += semitones
    return np.interp(np.arange(count) * ratio, np.arange(len(source)), source).astype(np.float32), notes


def equalise(rng, audio):
    """A smooth random curve over frequency for one stem."""
    spectrum = np.fft.rfft(audio)
    octaves = np.log2(np.maximum(np.arange(len(spectrum)) * RATE / len(audio), 30) / 30)
    curve = np.interp(octaves, np.linspace(0, 8.1, 7), rng.normal(0, 4.5, 7))
    out = np.fft.irfft(spectrum * 10 ** (curve / 20), len(audio)).astype(np.float32)
    return out * (rms(audio) / rms(out))


def rms(x):
    return float(np.sqrt(np.mean(x ** 2)) + 1e-9)


def decibels(x):
    return 10.0 ** (x / 20)


def draw(rng, shards, frames, augment=True):
    """-> audio [samples], notes [[start, end, pitch, velocity, class]] relative to the clip's first frame."""
    count = (frames - 1) * HOP + 1
    item = shards.items[rng.integers(len(shards.items))]
    chosen = []                                             # (stem, start sample, semitones, gain)
    length = item["stems"][0]["length"]
    shift = int(rng.integers(-4, 5)) if rng.random() < 0.4 else 0
    room = lambda semitones: max(1, length - RATE - int(count * 2 ** (semitones / 12)))
    start = int(rng.integers(-int(0.4 * RATE), 0)) if rng.random() < 0.1 else int(rng.integers(0, room(shift)))
    r = rng.random()
    stems = item["stems"]
    if r > 0.6 and len(stems) > 1:
        keep = 1 if r > 0.9 else int(rng.integers(1, len(stems) + 1))
        stems = [stems[i] for i in rng.permutation(len(stems))[:keep]]
    chosen += [(s, start, shift, decibels(rng.normal(0, 1))) for s in stems]
    if rng.random() < 0.22:                                 # strangers: other songs, other SoundFonts
        other = shards.items[rng.integers(len(shards.items))]
        extra = [other["stems"][i] for i in rng.permutation(len(other["stems"]))[:int(rng.integers(1, 4))]]
        move = int(rng.integers(-5, 6))
        chosen += [(s, int(rng.integers(0, room(move))), move, decibels(rng.normal(0, 3))) for s in extra]
    audio, notes = np.zeros(count, np.float32), []
    t_end = count / RATE
    for s, at, move, g in chosen:
        y, n = transposed(s, at, count, move)
        audio += g * (equalise(rng, y) if augment and rng.random() < 0.5 else y)
        n = n[(n[:, 1] > 0) & (n[:, 0] < t_end)]
        notes.append(np.c_[n, np.full(len(n), CLASS_OF_PROGRAM[s["program"]])])
    level = rms(audio)
    if rng.random() < 0.62:                                 # drums: as rendered, from elsewhere, or nearly removed
        own = item["drums"] if item["drums"] and rng.random() < 0.7 else [shards.drums[rng.integers(len(shards.drums))]]
        d = sum(transposed(s, start, count, shift if own is item["drums"] else 0)[0] for s in own)
        if rms(d) > 1e-4:
            g = decibels(rng.normal(0, 3)) if own is item["drums"] else level / rms(d) * decibels(rng.normal(-3, 5))
            audio = audio + d * (g * (decibels(rng.uniform(-26, -8)) if rng.random() < 0.2 else 1))
    audio = audio / max(rms(audio), 1e-4) * 0.1
    if augment:
        if rng.random() < 0.2:                              # a small room
            t = np.arange(int(RATE * rng.uniform(0.1, 0.5))) / RATE
            ir = rng.normal(size=len(t)).astype(np.float32) * np.exp(-t / rng.uniform(0.03, 0.15)).astype(np.float32)
            wet = fftconvolve(audio, ir)[:len(audio)]
            audio = audio + wet / rms(wet) * 0.1 * rng.uniform(0.05, 0.4)
        if rng.random() < 0.15:
            drive = rng.uniform(1, 6)
            audio = np.tanh(audio * drive) / drive
        if rng.random() < 0.25:
            audio = audio + rng.normal(size=len(audio)) * 0.1 * decibels(rng.uniform(-60, -32))
    audio = audio / max(rms(audio), 1e-4) * 0.1 * decibels(rng.normal(0, 3.5))
    notes = np.concatenate(notes) if notes else np.zeros((0, 5))
    return audio.astype(np.float32), notes


def colour(rng, magnitude):
    """Equaliser, filters, detune and separation-like holes, applied to magnitudes [frames, 294]."""
    x = magnitude
    if rng.random() < 0.3:                                  # up to a third of a semitone
        d = float(rng.uniform(-1, 1))
        y = np.zeros_like(x)
        if d > 0:
            y[:, 1:] = d * x[:, :-1]
        else:
            y[:, :-1] = -d * x[:, 1:]
        x = (1 - abs(d)) * x + y
    if rng.random() < 0.6:
        knots = rng.normal(0, 4, 8)
        curve = np.interp(np.arange(BINS), np.linspace(0, BINS - 1, 8), knots)
        if rng.random() < 0.2:
            curve -= np.maximum(0, (np.arange(BINS) - rng.uniform(150, 280)) * rng.uniform(0.1, 0.7))
        if rng.random() < 0.15:
            curve -= np.maximum(0, (rng.uniform(20, 90) - np.arange(BINS)) * rng.uniform(0.1, 0.7))
        x = x * (10 ** (curve / 20)).astype(np.float32)
    if rng.random() < 0.15:
        f, b = x.shape[0] // 6 + 2, BINS // 10 + 2
        m = np.clip(rng.normal(0.85, 0.35, (f, b)), 0.1, 1)
        m = np.repeat(np.repeat(m, 6, 0)[:x.shape[0]], 10, 1)[:, :BINS]
        x = x * m.astype(np.float32)
    return x


def targets(notes, frames):
    """-> onset, frame, velocity, has_velocity [88, frames] and the class entries [n, 4] (pitch, frame, class, weight)."""
    onset, active = np.zeros((PITCHES, frames), np.float32), np.zeros((PITCHES, frames), np.float32)
    velocity, known = np.zeros((PITCHES, frames), np.float32), np.zeros((PITCHES, frames), np.float32)
    entries = []
    for s, e, p, v, c in notes:
        p = int(p) - LOWEST_PITCH
        if not 0 <= p < PITCHES:
            continue
        a, b = s * RATE / HOP, max(e, s + 0.03) * RATE / HOP
        i0, i1 = max(0, int(np.ceil(a - 1.5))), min(frames - 1, int(np.floor(a + 1.5)))
        for i in range(i0, i1 + 1):
            onset[p, i] = max(onset[p, i], 1 - abs(i - a) / 1.5)
            velocity[p, i], known[p, i] = v / 127, 1
        f0, f1 = max(0, int(np.floor(a + 0.5))), min(frames - 1, int(np.ceil(b + 0.5)) - 1)
        if f1 < f0:
            continue
        cells = np.arange(f0, f1 + 1)
        cover = np.clip(np.minimum(b, cells + 0.5) - np.maximum(a, cells - 0.5), 0, 1)
        active[p, f0:f1 + 1] = np.maximum(active[p, f0:f1 + 1], cover)
        w = np.where(cells - a < 5, 1.0, 0.25)
        w = w / max(w.sum(), 3.0)
        step = max(1, len(cells) // 24)
        sel = slice(None) if step == 1 else np.r_[0:5, 5:len(cells):step]
        entries.append(np.c_[np.full(len(cells[sel]), p), cells[sel], np.full(len(cells[sel]), c), w[sel]])
    return onset, active, velocity, known, np.concatenate(entries) if entries else np.zeros((0, 4))


def batch(rng, shards, size, frames, spectrum, augment=True):
    clips = [draw(rng, shards, frames, augment) for _ in range(size)]
    mags = spectrum(torch.from_numpy(np.stack([a for a, _ in clips])), frames).numpy()
    if augment:
        mags = np.stack([colour(rng, m) for m in mags])
    parts = [targets(n, frames) for _, n in clips]
    entries = np.concatenate([np.c_[np.full(len(p[4]), i), p[4]] for i, p in enumerate(parts)])
    planes = [torch.from_numpy(np.stack([p[k] for p in parts])) for k in range(4)]
    return torch.from_numpy(np.log10(1 + 1000 * mags).astype(np.float32)), planes, torch.from_numpy(entries), [n for _, n in clips]
