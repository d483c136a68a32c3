"""Log band energies: the network's input. The TypeScript kernel (src/lib/inference/pipelines/transcribe-drums) mirrors this file;
tests/fixtures/golden/drums_features.json compares the two.

22.05 kHz mono, Hann window 1024 (periodic), hop 220, frame t centred on sample 220 t (zeros outside), power spectrum, 80 triangular
bands spaced evenly on the mel scale (HTK) from 30 Hz to 10.6 kHz, each at least two FFT bins wide, then log10(1 + 1000 * sqrt(power) / 512).
The level is set beforehand: the 95th percentile of the RMS of 2,205-sample blocks becomes 0.15 (`level_gain`).
"""
import numpy as np
from .classes import RATE

FFT, HOP, BANDS, LOW_HZ, HIGH_HZ, LEVEL, BLOCK = 1024, 220, 80, 30.0, 10600.0, 0.15, 2205
FRAMES_PER_SECOND = RATE / HOP


def filterbank():
    """[BANDS, FFT / 2 + 1] triangles in FFT bins; rows sum to 1."""
    mel = lambda f: 2595 * np.log10(1 + f / 700)
    hz = 700 * (10 ** (np.linspace(mel(LOW_HZ), mel(HIGH_HZ), BANDS + 2) / 2595) - 1) * FFT / RATE
    k = np.arange(FFT // 2 + 1)
    bank = np.zeros((BANDS, len(k)))
    for i in range(BANDS):
        centre = hz[i + 1]
        low, high = min(hz[i], centre - 1.0), max(hz[i + 2], centre + 1.0)
        bank[i] = np.clip(np.minimum((k - low) / (centre - low), (high - k) / (high - centre)), 0, None)
        bank[i] /= bank[i].sum()
    return bank.astype(np.float32)


BANK = filterbank()
WINDOW = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FFT) / FFT)).astype(np.float32)


def level_gain(y):
    """Gain that brings the loud parts of y to LEVEL; 1 for silence."""
    n = len(y) // BLOCK
    if n == 0:
        rms = np.array([np.sqrt(np.mean(np.square(y, dtype=np.float64)))]) if len(y) else np.zeros(1)
    else:
        rms = np.sort(np.sqrt(np.mean(np.square(y[:n * BLOCK].reshape(n, BLOCK), dtype=np.float64), axis=1)))
    loud = rms[min(len(rms) - 1, int(0.95 * len(rms)))]
    return float(LEVEL / loud) if loud > 1e-6 else 1.0


def log_bands(y, gain=None):
    """[frames, BANDS] float32 for mono samples y; frames = ceil(len(y) / HOP)."""
    y = np.asarray(y, np.float32) * np.float32(level_gain(y) if gain is None else gain)
    frames = -(-len(y) // HOP)
    padded = np.pad(y, (FFT // 2, FFT))
    windows = np.lib.stride_tricks.sliding_window_view(padded, FFT)[:frames * HOP:HOP]
    out = np.empty((frames, BANDS), np.float32)
    for i in range(0, frames, 2000):
        power = np.abs(np.fft.rfft(windows[i:i + 2000] * WINDOW, axis=1)).astype(np.float32) ** 2
        out[i:i + 2000] = np.log10(1 + 1000 / 512 * np.sqrt(power @ BANK.T))
    return out
