"""Plays DrumSynth 2 patches (.ds, text files of parameters), as Debian's lmms-common ships some 700 of them. Our own reading of the
format: envelopes are "sample,percent" points at 44.1 kHz; tone, noise, overtones and two noise bands are summed.
Near enough to the original to be the drum it is meant to be; not sample-exact.
"""
import configparser
import numpy as np
from scipy.signal import butter, lfilter, sosfilt

RATE_44 = 44100
WAVES = [lambda p: np.sin(p), lambda p: np.sin(p) ** 2, lambda p: 1 - 2 * np.abs((p / np.pi) % 2 - 1), lambda p: (p / np.pi) % 2 - 1,
         lambda p: np.sign(np.sin(p))]


def envelope(text, n):
    points = sorted((float(a), float(b)) for a, b in (p.split(",")[:2] for p in text.split()))
    return np.interp(np.arange(n), [p[0] for p in points], [p[1] for p in points], right=0.0) / 100


def length_of(text):
    return int(max(float(p.split(",")[0]) for p in text.split()))


def sweep(f1, f2, droop, n):
    if droop > 0:
        return f2 + (f1 - f2) * np.exp(-np.arange(n) * 4.5 / max(1, n) * (1 + 20 * droop / 100))
    return np.linspace(f1, f2, max(1, n))


def gain(level):
    return (level / 100) ** 2


def patch(path, seed=0, longest_seconds=2.5):
    """Mono float64 at 44.1 kHz; empty where the file switches everything off."""
    r = np.random.default_rng(seed)
    ini = configparser.ConfigParser(strict=False, interpolation=None, comment_prefixes=(";",))
    ini.read_string(path.read_text("latin1"))

    def number(section, key, default=0.0):
        try:
            return float(ini.get(section, key).split(",")[0])
        except (configparser.Error, ValueError, IndexError):
            return default

    on = lambda s: number(s, "on") == 1
    env = lambda s, key="envelope": ini.get(s, key, fallback="0,100 1000,0").strip() or "0,100 1000,0"
    stretch, tune = max(.1, number("General", "Stretch", 100) / 100), 2 ** (number("General", "Tuning") / 12)
    parts = [env(s) for s in ("Tone", "Noise", "NoiseBand", "NoiseBand2") if on(s)]
    parts += [env("Overtones", f"envelope{i}") for i in (1, 2) if on("Overtones")]
    if not parts:
        return np.zeros(0)
    n = int(min(longest_seconds * RATE_44, max(map(length_of, parts)) * stretch + 1))
    at = lambda text: envelope(text, int(n / stretch) + 1)[(np.arange(n) / stretch).astype(int)]
    out = np.zeros(n)
    if on("Tone"):
        m = min(n, int(length_of(env("Tone")) * stretch) + 1)
        f = np.full(n, number("Tone", "F2")) * tune
        f[:m] = sweep(number("Tone", "F1"), number("Tone", "F2"), number("Tone", "Droop"), m) * tune
        out += gain(number("Tone", "Level")) * np.sin(2 * np.pi * np.cumsum(f) / RATE_44 + np.deg2rad(number("Tone", "Phase"))) * at(env("Tone"))
    if on("Noise"):
        slope, noise = number("Noise", "Slope") / 100, r.uniform(-1, 1, n)
        noise = lfilter([1, -slope], [1], noise) if slope > 0 else lfilter([1 + slope], [1, slope], noise) if slope < 0 else noise
        out += gain(number("Noise", "Level")) * noise * at(env("Noise"))
    if on("Overtones"):
        t, method = np.arange(n) / RATE_44, int(number("Overtones", "Method"))
        f1, f2 = number("Overtones", "F1") * tune, number("Overtones", "F2") * tune
        e1, e2, mix = at(env("Overtones", "envelope1")), at(env("Overtones", "envelope2")), number("Overtones", "Param", 50) / 100
        w1, w2 = (WAVES[int(number("Overtones", f"Wave{i}")) % len(WAVES)] for i in (1, 2))
        if method == 1:
            y = w1(2 * np.pi * f1 * t + mix * 8 * e2 * w2(2 * np.pi * f2 * t)) * e1
        elif method == 2:
            y = w1(2 * np.pi * f1 * t) * ((1 - mix) + mix * w2(2 * np.pi * f2 * t) * e2) * e1
        elif method == 3:
            ratios = (1, 1.34, 1.48, 1.87, 2.22, 2.63)
            metal = sum(np.sign(np.sin(2 * np.pi * f1 * q * t)) for q in ratios) / 6
            y = metal * (e1 + mix * e2) / 2
        else:
            y = .5 * (w1(2 * np.pi * f1 * t) * e1 * (1 - mix) + w2(2 * np.pi * f2 * t) * e2 * mix) * 2
        if number("Overtones", "Filter") == 1:
            y = sosfilt(butter(2, 6000, "high", fs=RATE_44, output="sos"), y)
        out += gain(number("Overtones", "Level")) * y
    for s in ("NoiseBand", "NoiseBand2"):
        if on(s):
            f, width = np.clip(number(s, "F", 1000) * tune, 30, 18000), np.clip(number(s, "dF", 50), 1, 100)
            low = sosfilt(butter(1, np.clip(f * width / 100 * .5, 5, 8000), "low", fs=RATE_44, output="sos"), r.uniform(-1, 1, n))
            low /= np.abs(low).max() + 1e-9
            out += gain(number(s, "Level")) * low * np.sin(2 * np.pi * f * np.arange(n) / RATE_44) * at(env(s))
    if on("Distortion"):
        out = np.clip(out * (1 + number("Distortion", "Clipping") / 20), -1, 1)
    return out
