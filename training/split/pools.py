"""Two pools of stems without a SoundFont, so that the split hears more drum kits and basses than General MIDI has.

    python -m split.pools          from training/: writes data/split/drums_NNN.npy and basses_NNN.npy, [items, 2, samples] int16

Drums: one-shots of Hydrogen kits, Sonic Pi samples, the Black Pearl kit and seeded machines (all of training/drums, at
44.1 kHz) playing the patterns of training/drums. Basses: additive synthesis (808s, plucked strings, filtered saws and
squares, FM-like subs) playing the bass parts of data_render.songs.
"""
import argparse, pathlib, pickle, random, sys

import numpy as np
from scipy.signal import butter, sosfilt

from data_render import songs

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "drums"))
import classes  # noqa: E402

classes.RATE = 44100    # before its users are imported: the one-shots are made at the rate of the split
import sounds  # noqa: E402
from patterns import pattern  # noqa: E402

RATE, SAMPLES = 44100, 512 * 1024
SECONDS = SAMPLES / RATE


def all_kits():
    kits = {f.name: sounds.hydrogen_kit(f) for f in sorted(sounds.HYDROGEN.iterdir()) if f.name not in sounds.SKIPPED_KITS}
    kits["sonic_pi"] = sounds.sonic_pi_kit()
    kits["Black_Pearl"] = sounds.soundfont_kit(pathlib.Path("/usr/share/sounds/sf2/Black_Pearl_4_LV2.sf2"), 0, drum_channel=False)
    for seed in range(24):
        kits[f"synth_{seed}"] = {c: [[(1.0, sounds.prepare(y, RATE, c))] for y in ys] for c, ys in sounds.synth_kit(seed).items()}
    return {n: k for n, k in kits.items() if k.get("kick") and k.get("snare")}


def room(r, y):
    """Short stereo reverberation: decaying noise, darker than the source."""
    n = int(RATE * r.uniform(0.1, 0.7))
    tail = r.standard_normal((2, n)) * np.exp(-np.arange(n) / n * 6)
    tail = sosfilt(butter(1, r.uniform(2000, 9000), "low", fs=RATE, output="sos"), tail)
    size = 1 << (y.shape[1] + n).bit_length()
    wet = np.fft.irfft(np.fft.rfft(y, size) * np.fft.rfft(tail / np.sqrt((tail**2).sum(1, keepdims=True)), size), size)[:, : y.shape[1]]
    return y + r.uniform(0.03, 0.35) * wet


def drum_loop(r, kits):
    names = list(kits)
    base = kits[names[r.integers(len(names))]]
    sound, gain, pan, curve = {}, {}, {}, r.uniform(0.8, 2)
    for kind, nominal in classes.NOMINAL_GAIN.items():
        pool = base.get(kind)
        while not pool or r.random() < 0.1:
            pool = kits[names[r.integers(len(names))]].get(kind)
        sound[kind] = pool[r.integers(len(pool))]
        gain[kind] = nominal * 10 ** (r.normal(0, 3) / 20)
        pan[kind] = 0.5 if kind in ("kick", "snare") else r.uniform(0.2, 0.8)
    out = np.zeros((2, SAMPLES + 3 * RATE), np.float32)
    ringing = None
    for at, kind, velocity in pattern(r, SECONDS):
        layers = sound[kind]
        y = np.asarray(next((w for v, w in layers if v >= velocity - 0.05), layers[-1][1]), np.float32)
        y = y[None] * np.float32([[np.cos(pan[kind] * np.pi / 2)], [np.sin(pan[kind] * np.pi / 2)]]) * (gain[kind] * velocity**curve)
        start = int(at * RATE)
        if kind in ("closed_hat", "open_hat"):
            if ringing and ringing[0] < start < ringing[1]:        # a new hat ends the old one
                out_end = ringing[1]
                fade = np.clip(1 - np.arange(out_end - start) / (0.008 * RATE), 0, 1).astype(np.float32)
                out[:, start:out_end] -= ringing[2][:, start - ringing[0]:] * (1 - fade)
            ringing = (start, start + y.shape[1], y)
        out[:, start:start + y.shape[1]] += y
    out = out[:, :SAMPLES]
    if r.random() < 0.6:
        out = room(r, out)
    if r.random() < 0.3:
        drive = r.uniform(1, 4)
        out = np.tanh(out * drive) / drive
    return out


def bass_voice(r):
    """A function (Hz, seconds, velocity) -> mono samples; one random patch."""
    kind = r.choice(["808", "string", "saw", "square", "sub"], p=[0.25, 0.3, 0.2, 0.15, 0.1])
    pick, bright, damp = r.uniform(0.08, 0.45), r.uniform(250, 2500), r.uniform(0.3, 3)
    sweep, drive, detune = r.uniform(0, 3), r.choice([0, 1.5, 3, 6]), r.uniform(0, 0.006)
    length808, click = r.uniform(0.4, 1.6), r.uniform(0, 0.1)

    def play(hz, seconds, velocity):
        n = int(RATE * min(4, (length808 if kind == "808" else seconds + 0.06)))
        t = np.arange(n) / RATE
        phase = 2 * np.pi * hz * t
        if kind == "808":
            phase = 2 * np.pi * np.cumsum(hz * (1 + sweep * np.exp(-t / 0.02))) / RATE
            y = np.sin(phase) * np.exp(-t * 4 / length808)
        elif kind == "sub":
            y = np.sin(phase + sweep * 0.5 * np.sin(phase) * np.exp(-t * damp)) * np.exp(-t * 0.5 * damp)
        else:
            y = np.zeros(n)
            cutoff = bright * (1 + 2 * velocity * np.exp(-t * 4)) if kind != "string" else None
            for h in range(1, int(min(40, 6000 / hz)) + 1):
                if kind == "square" and h % 2 == 0:
                    continue
                if kind == "string":
                    a = abs(np.sin(np.pi * h * pick)) / h * np.exp(-t * damp * (0.6 + 0.35 * h)) * (0.4 + 0.6 * velocity) ** (0.15 * h)
                else:
                    a = 1 / h / (1 + (hz * h / cutoff) ** 4) * np.exp(-t * 0.3 * damp)
                y += a * np.sin(phase * h * (1 + (2e-5 * h * h if kind == "string" else 0)) + h)
                if detune > 0.003 and kind in ("saw", "square"):
                    y += a * np.sin(phase * h * (1 + detune) + 2 * h)
        y[: int(0.004 * RATE)] *= np.linspace(0, 1, int(0.004 * RATE))
        if click and kind == "string":
            y[:600] += click * r.standard_normal(600) * np.linspace(1, 0, 600)
        release = min(n, int(0.05 * RATE))
        y[-release:] *= np.linspace(1, 0, release)
        y = y * velocity
        return np.tanh(y * drive) / drive if drive else y

    return play


def bass_line(r, seed):
    rng = random.Random(f"bass-{seed}")
    p, voice = songs.Piece(rng, SECONDS), bass_voice(r)
    out = np.zeros(SAMPLES + 5 * RATE)
    transpose = rng.choice([0, 0, -12, 0])
    for s, e, pitch, v in songs.bass(p, rng.randint(70, 115), rng.choice([2, 8])):
        if not 0 <= s < SECONDS - 0.1:
            continue
        while pitch + transpose > 55:
            pitch -= 12
        y = voice(440 * 2 ** ((max(23, pitch + transpose) - 69) / 12), e - s, min(1, v / 115))
        start = int(s * RATE)
        out[start:start + len(y)] += y
    out = out[:SAMPLES] / max(1e-6, np.abs(out).max())
    width = r.choice([0, 0, 0.1])
    return np.stack([out * (1 - width), out])


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--out", default="data/split")
    ap.add_argument("--shards", type=int, default=12)
    a = ap.parse_args()
    out = pathlib.Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    cache = out / "kits44.pkl"
    if not cache.exists():
        cache.write_bytes(pickle.dumps(all_kits()))
    kits = pickle.loads(cache.read_bytes())
    print(len(kits), "kits", flush=True)
    for n in range(a.shards):
        for name in ("drums", "basses"):
            path = out / f"{name}_{n:03d}.npy"
            if path.exists():
                continue
            r = np.random.default_rng([17, n, name == "drums"])
            items = [drum_loop(r, kits) if name == "drums" else bass_line(r, n * 16 + i) for i in range(16)]
            data = np.stack([y / max(1e-6, np.abs(y).max()) * 0.7 for y in items])
            np.save(path, (data * 32767).astype(np.int16))
            print(path.name, flush=True)


if __name__ == "__main__":
    main()
