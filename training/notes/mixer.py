"""Training mixes made on the fly from rendered stems, on the device that trains: whole items, subsets, solos, strangers mixed, drums, effects.

`Stems` holds the shards of data_render as int16 on the device; `Mixer.batch` gives features, target planes and class entries without a
loop over notes. Choices are drawn by numpy, sound is made by torch.
"""
import json, pathlib

import numpy as np
import torch

from common.spectrum import BINS, HOP, RATE, Spectrum, compress
from .labels import CLASS_OF_PROGRAM, LOWEST_PITCH, PITCHES

MOST_SHIFT = 5                                           # semitones
LAST_SECOND = RATE                                       # the ring of the last note; clips end before it


class Stems:
    """All items of a split; `refresh` takes in what was rendered meanwhile."""

    def __init__(self, folder, split, device):
        self.folder, self.split, self.device, self.seen, self.items, self.drums = pathlib.Path(folder), split, device, set(), [], []
        self.refresh(1000)

    def refresh(self, most=4):
        """At most `most` new shards, so that training does not stand still."""
        for j in sorted(self.folder.glob(f"{self.split}_*.json")):
            if most <= 0:
                return
            if j.name in self.seen:
                continue
            self.seen.add(j.name)
            most -= 1
            audio = torch.from_numpy(np.load(j.with_suffix(".npy"))).to(self.device)
            meta = json.loads(j.read_text())
            for item in meta["items"]:
                for s in item["stems"]:
                    s["audio"] = audio[s["offset"]:s["offset"] + s["length"]]
                    notes = np.array(s.pop("notes"), np.float32).reshape(-1, 4)
                    s["notes"] = np.c_[notes, np.full(len(notes), CLASS_OF_PROGRAM[s["program"]], np.float32)]
                stems, drums = ([s for s in item["stems"] if s["isDrum"] == kind] for kind in (False, True))
                self.drums += drums
                if stems:
                    self.items.append(dict(stems=stems, drums=drums, font=meta["font"]))


def decibels(x):
    return 10.0 ** (x / 20)


class Mixer:
    def __init__(self, stems, frames, device, seed, augment=True):
        self.stems, self.frames, self.device, self.augment = stems, frames, device, augment
        self.r, self.count = np.random.default_rng(seed), (frames - 1) * HOP + 1
        self.spectrum = Spectrum(device)
        self.bins = torch.arange(BINS, device=device)
        self.curve = self.ramps(BINS, 8)
        size = self.count // 2 + 1
        octaves = np.log2(np.maximum(np.arange(size) * RATE / self.count, 30) / 30)
        self.stem_curve = torch.from_numpy(np.stack([np.interp(octaves, np.linspace(0, 8.1, 7), np.eye(7)[k]) for k in range(7)])).float().to(device)

    def ramps(self, length, knots):
        """[knots, length]: what each knot gives to each place, linearly in between."""
        at = np.arange(length)
        return torch.from_numpy(np.stack([np.interp(at, np.linspace(0, length - 1, knots), np.eye(knots)[k]) for k in range(knots)])).float().to(self.device)

    def put(self, x):
        return torch.as_tensor(np.asarray(x), dtype=torch.float32).to(self.device)

    def choose(self):
        """One clip: [(stem, first sample, semitones, gain)], drums [(stem, first sample, semitones)], how loud the drums are."""
        r, items = self.r, self.stems.items
        item = items[r.integers(len(items))]
        length = item["stems"][0]["length"]
        shift = int(r.integers(-4, 5)) if r.random() < 0.4 else 0
        room = lambda semitones: max(1, length - LAST_SECOND - int(self.count * 2 ** (semitones / 12)))
        start = int(r.integers(-int(0.4 * RATE), 0)) if r.random() < 0.1 else int(r.integers(0, room(shift)))
        kind, stems = r.random(), item["stems"]
        if kind > 0.55 and len(stems) > 1:
            keep = 1 if kind > 0.82 else int(r.integers(1, len(stems) + 1))
            stems = [stems[i] for i in r.permutation(len(stems))[:keep]]
        chosen = [(s, start, shift, decibels(r.normal(0, 1))) for s in stems]
        if r.random() < 0.2:                                # strangers: other songs, other SoundFonts
            other = items[r.integers(len(items))]
            for i in r.permutation(len(other["stems"]))[:int(r.integers(1, 4))]:
                move = int(r.integers(-MOST_SHIFT, MOST_SHIFT + 1))
                chosen.append((other["stems"][i], int(r.integers(0, room(move))), move, decibels(r.normal(0, 3))))
        drums, relative, gain = [], False, 0.0
        if r.random() < 0.62 and self.stems.drums:          # drums: as rendered, from elsewhere, or nearly removed
            own = bool(item["drums"]) and r.random() < 0.7
            source = item["drums"] if own else [self.stems.drums[r.integers(len(self.stems.drums))]]
            drums = [(s, start, shift if own else 0) for s in source]
            relative, gain = not own, decibels(r.normal(0, 3)) if own else decibels(r.normal(-3, 5))
            gain *= decibels(r.uniform(-26, -8)) if r.random() < 0.25 else 1
        return chosen, drums, relative, gain

    def sound(self, slots):
        """[(stem, first sample, semitones)] -> float32 [slots, count]: played faster or slower like a tape, so that pitch, formants and
        attacks move together, which makes a new timbre."""
        need = int(self.count * 2 ** (MOST_SHIFT / 12)) + 3
        raw = torch.zeros(len(slots), need, dtype=torch.int16, device=self.device)
        for k, (s, start, _) in enumerate(slots):
            a, b = max(0, start), min(s["length"], start + need)
            if b > a:
                raw[k, a - start:b - start] = s["audio"][a:b]
        ratio = torch.tensor([2 ** (m / 12) for _, _, m in slots], dtype=torch.float64, device=self.device)[:, None]
        place = torch.arange(self.count, device=self.device, dtype=torch.float64) * ratio
        whole = place.floor()
        share = (place - whole).float()
        at = whole.long()
        y = raw.float() / 32768
        return y.gather(1, at) * (1 - share) + y.gather(1, at + 1) * share

    def equalise(self, y, share):
        """A smooth random curve over frequency for a share of the rows, loudness kept."""
        db = self.put(self.r.normal(0, 4.5, (len(y), 7)) * (self.r.random((len(y), 1)) < share)) @ self.stem_curve
        out = torch.fft.irfft(torch.fft.rfft(y) * 10 ** (db / 20), self.count)
        return out * (rms(y) / rms(out))

    def overdrive(self, y, share):
        """An amplifier that is driven, for a share of the stems, loudness kept."""
        level = rms(y)
        gain = self.put(decibels(self.r.uniform(-6, 20, (len(y), 1))))
        driven = torch.tanh(y / level * gain)
        on = self.put(self.r.random((len(y), 1)) < share) > 0
        return torch.where(on & (level > 1e-4), driven / rms(driven) * level, y)

    def audio(self, clips):
        """[clips, count] at RMS 0.1 and the notes [(start, end, pitch, velocity, class, clip)] in seconds of the clip."""
        slots = [(k, s, at, move, g) for k, (chosen, _, _, _) in enumerate(clips) for s, at, move, g in chosen]
        y = self.sound([(s, at, move) for _, s, at, move, _ in slots])
        if self.augment:
            y = self.overdrive(self.equalise(y, 0.5), 0.12)
        owner = torch.tensor([k for k, *_ in slots], device=self.device)
        pitched = torch.zeros(len(clips), self.count, device=self.device).index_add_(0, owner, y * self.put([g for *_, g in slots])[:, None])
        beats = [(k, d) for k, (_, drums, _, _) in enumerate(clips) for d in drums]
        if beats:
            owner = torch.tensor([k for k, _ in beats], device=self.device)
            drums = torch.zeros_like(pitched).index_add_(0, owner, self.sound([d for _, d in beats]))
            level = rms(drums)
            relative = self.put([[float(c[2])] for c in clips])
            gain = self.put([[c[3]] for c in clips]) * (relative * rms(pitched) / level + 1 - relative)
            pitched = pitched + torch.where(level > 1e-4, drums * gain, torch.zeros_like(drums))
        notes = []
        for k, s, at, move, _ in slots:
            ratio = 2 ** (move / 12)
            n = s["notes"].copy()
            n[:, :2] = (n[:, :2] - at / RATE) / ratio
            n[:, 2] += move
            n = n[(n[:, 1] > 0) & (n[:, 0] < self.count / RATE)]
            notes.append(np.c_[n, np.full(len(n), k)])
        return pitched / rms(pitched).clamp(min=1e-4) * 0.1, np.concatenate(notes)

    def spoil(self, y):
        """A small room, overdrive, noise."""
        r, n = self.r, len(y)
        on = lambda share: self.put(r.random((n, 1)) < share)
        t = torch.arange(RATE // 2, device=self.device) / RATE
        tail = torch.randn(n, len(t), device=self.device) * torch.exp(-t / self.put(r.uniform(0.03, 0.15, (n, 1)))) * (t < self.put(r.uniform(0.1, 0.5, (n, 1))))
        size = self.count + len(t)
        wet = torch.fft.irfft(torch.fft.rfft(y, size) * torch.fft.rfft(tail, size), size)[:, :self.count]
        y = y + wet / rms(wet) * 0.1 * self.put(r.uniform(0.05, 0.4, (n, 1))) * on(0.2)
        drive = self.put(r.uniform(1, 6, (n, 1)))
        y = torch.where(on(0.15) > 0, torch.tanh(y * drive) / drive, y)
        return y + torch.randn_like(y) * 0.1 * self.put(decibels(r.uniform(-60, -32, (n, 1)))) * on(0.25)

    def colour(self, x):
        """Detune, equaliser, filters and separation-like holes, applied to magnitudes [clips, frames, 294]."""
        r, n = self.r, len(x)
        on = lambda share: self.put(r.random((n, 1, 1)) < share)
        d = self.put(r.uniform(-1, 1, (n, 1, 1))) * on(0.3)   # up to a third of a semitone
        up, down = torch.nn.functional.pad(x[..., :-1], (1, 0)), torch.nn.functional.pad(x[..., 1:], (0, 1))
        x = (1 - d.abs()) * x + d.clamp(min=0) * up + (-d).clamp(min=0) * down
        db = (self.put(r.normal(0, 4, (n, 8))) @ self.curve)[:, None]
        db = db - (self.bins - self.put(r.uniform(150, 280, (n, 1, 1)))).clamp(min=0) * self.put(r.uniform(0.1, 0.7, (n, 1, 1))) * on(0.2)
        db = db - (self.put(r.uniform(20, 90, (n, 1, 1))) - self.bins).clamp(min=0) * self.put(r.uniform(0.1, 0.7, (n, 1, 1))) * on(0.15)
        x = x * 10 ** (db * on(0.6) / 20)
        f, b = x.shape[1] // 6 + 2, BINS // 10 + 2
        holes = (0.85 + 0.35 * torch.randn(n, f, b, device=self.device)).clamp(0.1, 1)
        holes = holes.repeat_interleave(6, 1)[:, :x.shape[1]].repeat_interleave(10, 2)[..., :BINS]
        return torch.where(on(0.15) > 0, x * holes, x)

    def targets(self, notes, clips):
        """-> [onset, frame, velocity, known] planes [clips, 88, frames] and the class entries (clip, pitch, frame, class, weight)."""
        n = torch.from_numpy(notes.astype(np.float32)).to(self.device)
        n = n[(n[:, 2] >= LOWEST_PITCH) & (n[:, 2] < LOWEST_PITCH + PITCHES)]
        clip, pitch = n[:, 5].long(), n[:, 2].long() - LOWEST_PITCH
        a, b = n[:, 0] * (RATE / HOP), torch.maximum(n[:, 1], n[:, 0] + 0.03) * (RATE / HOP)
        planes = torch.zeros(4, clips * PITCHES * self.frames, device=self.device)
        row = (clip * PITCHES + pitch) * self.frames
        for k in range(-2, 3):
            i = a.round().long() + k
            height = 1 - (i - a).abs() / 1.5
            ok = (height > 0) & (i >= 0) & (i < self.frames)
            at = row[ok] + i[ok]
            planes[0].scatter_reduce_(0, at, height[ok], "amax")
            planes[2][at] = n[ok, 3] / 127
            planes[3][at] = 1
        f0 = (a + 0.5).floor().long().clamp(min=0)
        f1 = ((b + 0.5).ceil().long() - 1).clamp(max=self.frames - 1)
        length = (f1 - f0 + 1).clamp(min=0)
        note = torch.repeat_interleave(torch.arange(len(n), device=self.device), length)
        frame = torch.arange(len(note), device=self.device) - (torch.cumsum(length, 0) - length)[note] + f0[note]
        cover = (torch.minimum(b[note], frame + 0.5) - torch.maximum(a[note], frame - 0.5)).clamp(0, 1)
        planes[1].scatter_reduce_(0, row[note] + frame, cover, "amax")
        weight = torch.where(frame - a[note] < 5, 1.0, 0.25)
        total = torch.zeros(len(n), device=self.device).index_add_(0, note, weight).clamp(min=3)
        entries = clip[note], pitch[note], frame, n[note, 4].long(), weight / total[note]
        return planes.view(4, clips, PITCHES, self.frames), entries

    def batch(self, size):
        """features [size, frames, 294], planes, entries, notes (numpy, as `audio`)."""
        with torch.no_grad():
            clips = [self.choose() for _ in range(size)]
            audio, notes = self.audio(clips)
            if self.augment:
                audio = self.spoil(audio)
            audio = audio / rms(audio).clamp(min=1e-4) * 0.1
            if self.augment:
                audio = audio * self.put(decibels(self.r.normal(0, 3.5, (size, 1))))
            magnitude = self.spectrum(audio, self.frames)
            if self.augment:
                magnitude = self.colour(magnitude)
            planes, entries = self.targets(notes, size)
            return compress(magnitude), planes, entries, notes


def rms(x):
    return (x.square().mean(-1, keepdim=True) + 1e-12).sqrt()
