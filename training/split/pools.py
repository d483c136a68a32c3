"""Two pools beside the SoundFonts, so that the networks hear more drum patterns and basses than General MIDI songs have.

    python -m split.pools --jobs 2          from training/: data/basses.npy [lines, 2, samples] int16, 44.1 kHz; data/patterns.pkl

Basses: additive synthesis (808s, plucked strings, filtered saws and squares, FM-like subs) playing the bass parts of data_render.songs.
Patterns: lists of (seconds, class, velocity) by training/drums/patterns.py, for the player of common/kit_bank.py.
"""

import argparse, multiprocessing, pathlib, pickle, random, sys

import numpy as np

from data_render import songs

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "drums"))
from patterns import pattern  # noqa: E402

RATE, SAMPLES = 44100, 512 * 1024
SECONDS = SAMPLES / RATE
PATTERN_SECONDS = 12.0


def bass_voice(r):
    """A function (Hz, seconds, velocity) -> mono samples; one random patch."""
    kind = r.choice(["808", "string", "saw", "square", "sub"], p=[0.25, 0.3, 0.2, 0.15, 0.1])
    pick, bright, damp = r.uniform(0.08, 0.45), r.uniform(250, 2500), r.uniform(0.3, 3)
    sweep, drive, detune = r.uniform(0, 3), r.choice([0, 1.5, 3, 6]), r.uniform(0, 0.006)
    length808, click = r.uniform(0.4, 1.6), r.uniform(0, 0.1)
    body = [(r.uniform(40, 900), r.uniform(0.3, 1.5), 10 ** (r.normal(0, 7) / 20)) for _ in range(3)]     # Hz, octaves, gain

    def resonance(hz):
        return float(np.prod([1 + (gain - 1) * np.exp(-((np.log2(hz / centre) / width) ** 2)) for centre, width, gain in body]))

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
                a = a * resonance(hz * h)
                y += a * np.sin(phase * h * (1 + (2e-5 * h * h if kind == "string" else 0)) + h)
                if detune > 0.003 and kind in ("saw", "square"):
                    a = a * resonance(hz * h)
                y += a * np.sin(phase * h * (1 + detune) + 2 * h)
        y[: int(0.004 * RATE)] *= np.linspace(0, 1, int(0.004 * RATE))
        if click and kind == "string":
            y[:600] += click * r.standard_normal(600) * np.linspace(1, 0, 600)
        release = min(n, int(0.05 * RATE))
        y[-release:] *= np.linspace(1, 0, release)
        y = y * velocity
        return np.tanh(y * drive) / drive if drive else y

    return play


def bass_line(seed):
    """int16 [2, SAMPLES]."""
    r = np.random.default_rng([17, seed])
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
    return (np.stack([out * (1 - width), out]) * 0.7 * 32767).astype(np.int16)


def drum_pattern(seed):
    return [(round(float(t), 4), k, round(float(v), 3)) for t, k, v in pattern(np.random.default_rng([19, seed]), PATTERN_SECONDS)]


def main():
    ap = argparse.ArgumentParser(description=__doc__)
    ap.add_argument("--out", default="data")
    ap.add_argument("--lines", type=int, default=800)
    ap.add_argument("--patterns", type=int, default=5000)
    ap.add_argument("--jobs", type=int, default=2)
    a = ap.parse_args()
    out = pathlib.Path(a.out)
    out.mkdir(parents=True, exist_ok=True)
    with multiprocessing.Pool(a.jobs) as pool:
        np.save(out / "basses.npy", np.stack(pool.map(bass_line, range(a.lines), chunksize=4)))
        (out / "patterns.pkl").write_bytes(pickle.dumps(pool.map(drum_pattern, range(a.patterns), chunksize=50)))


if __name__ == "__main__":
    main()
