"""Our own sounds beside the SoundFonts: sung vowels, tonewheel organ, subtractive leads, pads and basses, 808s, FM keys, plucked
strings, winds and bows.

`render(rng, program, notes, seconds)` -> float32 mono at 16 kHz, or None where we have no sound for that program.
"""
import numpy as np

RATE = 16000
VOWELS = {"a": (800, 1150, 2900), "e": (400, 1900, 2600), "i": (300, 2250, 3000), "o": (450, 800, 2830), "u": (330, 700, 2700)}
WIDTHS = (90, 110, 170)


def _hz(p):
    return 440.0 * 2 ** ((np.asarray(p, float) - 69) / 12)


def _envelope(n, length, attack, decay, sustain, release):
    """ADSR over n samples, the key held for `length` samples."""
    t = np.arange(n) / RATE
    held = np.where(t < attack, t / max(attack, 1e-4), sustain + (1 - sustain) * np.exp(-(t - attack) / max(decay, 1e-3)))
    i = min(n - 1, length)
    tail = held[i] * np.exp(-(t - i / RATE) / max(release, 1e-3))
    return np.where(np.arange(n) < i, held, tail)


def _voice(rng, notes, seconds):
    """One line: notes glide into each other, vibrato comes in late, formants move."""
    n = int(seconds * RATE)
    step = 80
    frames = n // step + 1
    pitch, amp = np.full(frames, np.nan), np.zeros(frames)
    notes = sorted(notes)
    for k, (s, e, p, v) in enumerate(notes):
        if k + 1 < len(notes):
            e = min(e, notes[k + 1][0])
        a, b = int(s * RATE / step), max(int(s * RATE / step) + 2, int(e * RATE / step))
        b = min(b, frames)
        if b <= a:
            continue
        t = np.arange(b - a) * step / RATE
        rate, depth = rng.uniform(4.5, 6.5), rng.uniform(0.0, 0.55)
        curve = p + depth * np.clip((t - 0.15) / 0.3, 0, 1) * np.sin(2 * np.pi * rate * t + rng.uniform(0, 6)) + rng.gauss(0, 0.08)
        joined = k and s - notes[k - 1][1] < 0.06
        from_pitch = notes[k - 1][2] if joined else p - rng.choice([0, 0, 0.5, 1.5])
        curve += (from_pitch - p) * np.exp(-t / rng.uniform(0.012, 0.04))
        pitch[a:b] = curve
        level = (v / 127) ** 1.5
        env = np.minimum(1, t / rng.uniform(0.015, 0.06)) * np.minimum(1, (t[-1] - t + 0.005) / rng.uniform(0.02, 0.08))
        amp[a:b] = np.maximum(env, 0.5 if joined else 0) * level
    if np.isnan(pitch).all():
        return None
    idx = np.arange(frames)
    good = ~np.isnan(pitch)
    pitch = np.interp(idx, idx[good], pitch[good]) + np.cumsum(np.array([rng.gauss(0, 0.006) for _ in range(frames)])) * 0.2
    f0 = _hz(pitch)
    # formants drift from vowel to vowel
    marks = sorted({0, frames, *[int(s * RATE / step) for s, *_ in notes]})
    scale, form = rng.uniform(0.9, 1.25), np.zeros((3, frames))
    for a, b in zip(marks[:-1], marks[1:]):
        vowel = VOWELS[rng.choice("aeiou")]
        for i in range(3):
            form[i, a:b] = vowel[i] * scale
    kernel = np.hanning(9) / np.hanning(9).sum()
    form = np.stack([np.convolve(np.pad(f, 4, mode="edge"), kernel, "valid") for f in form])
    x = np.arange(n) / step
    phase = np.cumsum(np.interp(x, idx, f0)) / RATE
    tilt, out = rng.uniform(1.0, 1.7), np.zeros(n)
    for h in range(1, int(min(36, 7200 / f0.min())) + 1):
        f = f0 * h
        g = sum((0.9, 0.6, 0.35)[i] / (1 + ((f - form[i]) / WIDTHS[i]) ** 2) for i in range(3)) + 0.03
        g = np.where(f < 7300, g * h ** -tilt * amp, 0)
        out += np.interp(x, idx, g) * np.sin(2 * np.pi * h * phase)
    breath = np.random.default_rng(rng.randrange(1 << 30)).normal(size=n) * rng.uniform(0.001, 0.02)
    return out + np.diff(breath, prepend=0) * np.interp(x, idx, amp)


def _patch(rng, program):
    """Harmonic weights, filter and envelope of a subtractive patch."""
    shape = rng.choice(["saw", "square", "pulse", "triangle"])
    pad, bass = 88 <= program <= 95, program in (38, 39)
    return dict(shape=shape, voices=rng.choice([1, 2, 3, 5]) if not bass else rng.choice([1, 1, 2]), detune=rng.uniform(0.03, 0.22),
                cut=rng.uniform(1.5, 30) * (0.6 if bass else 1), sweep=rng.choice([0, 0, 1, 4, 10]), sweep_time=rng.uniform(0.05, 0.5),
                attack=rng.uniform(0.08, 0.5) if pad else rng.choice([0.002, 0.005, 0.02]),
                decay=rng.uniform(0.1, 1.0), sustain=rng.uniform(0.5, 1) if pad or rng.random() < 0.6 else rng.uniform(0, 0.3),
                release=rng.uniform(0.1, 0.5) if pad else rng.uniform(0.01, 0.12), vibrato=rng.choice([0, 0, 0.1, 0.3]),
                duty=rng.uniform(0.1, 0.45))


def _subtractive(rng, program, notes, seconds):
    p, n = _patch(rng, program), int(seconds * RATE)
    out = np.zeros(n)
    for s, e, pitch, v in notes:
        i, length = int(s * RATE), int((e - s) * RATE)
        m = min(n - i, length + int(4 * p["release"] * RATE))
        if m <= 0:
            continue
        t = np.arange(m) / RATE
        f = float(_hz(pitch))
        harmonics = min(40, int(7300 / f))
        env = _envelope(m, length, p["attack"], p["decay"], p["sustain"], p["release"])
        sweep = p["cut"] * (1 + p["sweep"] * np.exp(-t[::160] / p["sweep_time"]))
        note = np.zeros(m)
        bend = p["vibrato"] * np.sin(2 * np.pi * 5.5 * t) * np.clip((t - 0.2) * 4, 0, 1)
        for voice in range(p["voices"]):
            cents = 0 if p["voices"] == 1 else p["detune"] * (voice / (p["voices"] - 1) - 0.5) * 2
            phase = np.cumsum(f * 2 ** ((bend + cents) / 12)) / RATE + rng.random()
            for h in range(1, harmonics + 1):
                a = {"saw": 1 / h, "square": (h % 2) / h, "triangle": (h % 2) / h ** 2, "pulse": np.sin(np.pi * h * p["duty"]) / h}[p["shape"]]
                if abs(a) < 1e-3:
                    continue
                low = 1 / (1 + (h / sweep) ** 4)
                note += a * np.interp(np.arange(m), np.arange(len(low)) * 160, low) * np.sin(2 * np.pi * h * phase)
        out[i:i + m] += note * env * (v / 127) ** 1.5
    return out


def _organ(rng, notes, seconds):
    n = int(seconds * RATE)
    out = np.zeros(n)
    bars = [(0.5, rng.random()), (1.5, rng.random() * 0.5), (1, 1), (2, rng.random()), (3, rng.random() * 0.7), (4, rng.random() * 0.7),
            (6, rng.random() * 0.4), (8, rng.random() * 0.5)]
    rotor, depth, click = rng.choice([0.8, 6.5]), rng.uniform(0, 0.25), rng.uniform(0, 0.4)
    for s, e, pitch, v in notes:
        i, length = int(s * RATE), int((e - s) * RATE)
        m = min(n - i, length + 400)
        if m <= 0:
            continue
        t, f = np.arange(m) / RATE, float(_hz(pitch))
        note = sum(a * np.sin(2 * np.pi * f * r * t + 0.3 * np.sin(2 * np.pi * rotor * t)) for r, a in bars if f * r < 7300)
        note = note + click * np.exp(-t / 0.004) * np.sin(2 * np.pi * 2100 * t)
        out[i:i + m] += note * _envelope(m, length, 0.003, 9, 1, 0.01) * (1 + depth * np.sin(2 * np.pi * rotor * (t + s))) * (0.6 + 0.4 * v / 127)
    return out


def _sub_bass(rng, notes, seconds):
    """808-like: a decaying sine with a falling start and some drive."""
    n = int(seconds * RATE)
    out = np.zeros(n)
    drop, decay, drive = rng.uniform(0, 12), rng.uniform(0.3, 2.5), rng.uniform(0.5, 5)
    for s, e, pitch, v in notes:
        i, length = int(s * RATE), int((e - s) * RATE)
        m = min(n - i, length + 600)
        if m <= 0:
            continue
        t = np.arange(m) / RATE
        phase = np.cumsum(float(_hz(pitch)) * 2 ** (drop * np.exp(-t / 0.015) / 12)) / RATE
        note = np.tanh(drive * np.sin(2 * np.pi * phase)) / np.tanh(drive)
        out[i:i + m] += note * _envelope(m, length, 0.002, decay, 0, 0.02) * (v / 127) ** 1.2
    return out


def _fm_keys(rng, notes, seconds):
    n = int(seconds * RATE)
    out = np.zeros(n)
    ratio, index, decay = rng.choice([1, 2, 7, 14, 3]), rng.uniform(0.4, 3), rng.uniform(0.4, 2.5)
    for s, e, pitch, v in notes:
        i, length = int(s * RATE), int((e - s) * RATE)
        m = min(n - i, length + 2400)
        if m <= 0:
            continue
        t, f = np.arange(m) / RATE, float(_hz(pitch))
        r = ratio if f * ratio < 6500 else 1
        mod = index * (v / 127) * np.exp(-t / (decay * 0.4)) * np.sin(2 * np.pi * f * r * t)
        out[i:i + m] += np.sin(2 * np.pi * f * t + mod) * _envelope(m, length, 0.002, decay, 0, 0.08) * (v / 127) ** 1.3
    return out


def _plucked(rng, program, notes, seconds):
    """Strings that are plucked: partials that die the sooner the higher they are; overdriven guitars go through an amplifier."""
    n = int(seconds * RATE)
    out = np.zeros(n)
    place, damping, stretch = rng.uniform(0.06, 0.45), rng.uniform(0.25, 1.6) * (2.5 if program in (28, 45) else 1), rng.uniform(0, 6e-5)
    colour, release, pick = rng.uniform(0.4, 1.6), rng.uniform(0.02, 0.09), rng.uniform(0, 0.06)
    for s, e, pitch, v in notes:
        i, held = int(s * RATE), e - s
        m = min(n - i, int((held + 4 * release) * RATE))
        if m <= 8:
            continue
        t, f = np.arange(m) / RATE, float(_hz(pitch))
        note = np.zeros(m)
        for h in range(1, int(min(28, 7300 / f)) + 1):
            a = abs(np.sin(np.pi * h * place)) / h ** colour * (0.35 + 0.65 * v / 127) ** (0.2 * h)
            if a > 2e-3:
                note += a * np.exp(-t * damping * (0.6 + 0.12 * h + f / 600)) * np.sin(2 * np.pi * f * h * np.sqrt(1 + stretch * h * h) * t)
        k = min(m, 160)
        note[:k] += pick * np.array([rng.gauss(0, 1) for _ in range(k)]) * np.linspace(1, 0, k)
        out[i:i + m] += note * np.where(t < held, 1, np.exp(-(t - held) / release)) * np.minimum(1, t / 0.002) * (v / 127) ** 1.4
    if program in (29, 30, 31):
        drive = rng.uniform(2, 14) / max(1e-6, float(np.abs(out).max()))
        out = np.tanh(out * drive)
        cabinet = np.exp(-np.arange(24) / rng.uniform(1.2, 4))
        out = np.convolve(out, cabinet / cabinet.sum(), "same")
    return out


def _blown(rng, program, notes, seconds):
    """Winds, brass and bowed strings: partials whose brightness follows the breath, vibrato that comes late, a noisy start."""
    n, r = int(seconds * RATE), np.random.default_rng(rng.randrange(1 << 30))
    out = np.zeros(n)
    odd = program in (68, 71) or (64 <= program <= 71 and rng.random() < 0.3)
    brass, bowed = 56 <= program <= 63, 40 <= program <= 51
    tilt = rng.uniform(1.1, 2.0) if brass or bowed else rng.uniform(1.6, 3.2) if program >= 72 else rng.uniform(1.0, 1.8)
    players, attack, release = (rng.choice([3, 4]) if 48 <= program <= 51 else 1), rng.uniform(0.015, 0.11), rng.uniform(0.03, 0.15)
    rate, depth, breath = rng.uniform(4.2, 6.5), rng.uniform(0.0, 0.4), rng.uniform(0.0, 0.06) * (2 if program >= 72 else 1)
    for s, e, pitch, v in notes:
        i, held = int(s * RATE), e - s
        m = min(n - i, int((held + 3 * release) * RATE))
        if m <= 8:
            continue
        t, f = np.arange(m) / RATE, float(_hz(pitch))
        env = np.minimum(1, t / attack) * np.where(t < held, 1, np.exp(-(t - held) / release))
        bend = depth * np.clip((t - 0.2) * 3, 0, 1) * np.sin(2 * np.pi * rate * t + rng.uniform(0, 6)) - rng.uniform(0, 0.4) * np.exp(-t / 0.03)
        note = np.zeros(m)
        for _ in range(players):
            phase = np.cumsum(f * 2 ** ((bend + (rng.gauss(0, 0.08) if players > 1 else 0)) / 12)) / RATE + rng.random()
            for h in range(1, int(min(24, 7300 / f)) + 1):
                a = h ** -tilt * (0.25 if odd and h % 2 == 0 else 1)
                if a > 3e-3:
                    note += a * env ** (1 + 0.12 * h * (2 if brass else 1)) * (0.4 + 0.6 * v / 127) ** (0.12 * h) * np.sin(2 * np.pi * h * phase)
        out[i:i + m] += (note / players + breath * np.diff(r.standard_normal(m), prepend=0)) * env * (v / 127) ** 1.3
    return out


def render(rng, program, notes, seconds):
    if 24 <= program <= 37 or program in (45, 46):
        return _plucked(rng, program, notes, seconds).astype(np.float32)
    if 40 <= program <= 51 or 56 <= program <= 61 or 64 <= program <= 79:
        return _blown(rng, program, notes, seconds).astype(np.float32)
    if 52 <= program <= 54:
        by_voice = [[], [], []]                             # chords are sung by up to three voices
        for note in sorted(notes):
            free = next((b for b in by_voice if not b or note[0] - b[-1][0] > 0.05), None)
            if free is not None:
                free.append(note)
        parts = [_voice(rng, b, seconds) for b in by_voice if b]
        parts = [p for p in parts if p is not None]
        return sum(parts).astype(np.float32) if parts else None
    if program in (16, 17, 18):
        return _organ(rng, notes, seconds).astype(np.float32)
    if program in (4, 5):
        return _fm_keys(rng, notes, seconds).astype(np.float32)
    if program in (38, 39):
        return (_sub_bass if rng.random() < 0.35 else lambda *a: _subtractive(a[0], program, a[1], a[2]))(rng, notes, seconds).astype(np.float32)
    if program in (62, 63) or 80 <= program <= 95:
        return _subtractive(rng, program, notes, seconds).astype(np.float32)
    return None
