"""Log-filtered spectrogram features of the beat networks (reference for the TypeScript kernel).

Follows the published description of madmom's signal chain (Boeck et al., BSD code, reimplemented): frames centred on
their time, Hann window, magnitude of the first half of the DFT, triangular filters spaced 24 to the octave from 30 Hz to
17 kHz (duplicate bins dropped, areas normalised), log10(1 + x); then the positive first difference is stacked on.
"""

import numpy as np
from scipy.signal import resample_poly

SAMPLE_RATE_HZ = 22050
FRAME_SAMPLES = 1411
HOP_SAMPLES = 441
BANDS_PER_OCTAVE = 24
FMIN_HZ, FMAX_HZ, REFERENCE_HZ = 30.0, 17000.0, 440.0
FRAMES_PER_SECOND = SAMPLE_RATE_HZ / HOP_SAMPLES


def filter_bank() -> np.ndarray:
    """[bins 705, bands 136], float32."""
    bins = FRAME_SAMPLES >> 1
    bin_hz = np.fft.fftfreq(bins * 2, 1.0 / SAMPLE_RATE_HZ)[:bins]
    lowest = np.floor(np.log2(FMIN_HZ / REFERENCE_HZ) * BANDS_PER_OCTAVE)
    highest = np.ceil(np.log2(FMAX_HZ / REFERENCE_HZ) * BANDS_PER_OCTAVE)
    centres = REFERENCE_HZ * 2.0 ** (np.arange(lowest, highest) / BANDS_PER_OCTAVE)
    centres = centres[(centres >= FMIN_HZ) & (centres <= FMAX_HZ)]
    at = np.clip(np.searchsorted(bin_hz, centres), 1, bins - 1)
    at = at - (centres - bin_hz[at - 1] < bin_hz[at] - centres)
    at = np.unique(at)
    bank = np.zeros((bins, len(at) - 2), np.float32)
    for band, (start, centre, stop) in enumerate(zip(at, at[1:], at[2:])):
        if stop - start < 2:
            centre, stop = start, start + 1
        shape = np.zeros(stop - start)
        shape[: centre - start] = np.linspace(0, 1, centre - start, endpoint=False)
        shape[centre - start :] = np.linspace(1, 0, stop - centre, endpoint=False)
        bank[start:stop, band] = shape / shape.sum()
    return bank


BANK = filter_bank()


def to_feature_rate(audio: np.ndarray, rate: int) -> np.ndarray:
    mono = audio if audio.ndim == 1 else audio.mean(1)
    if rate == SAMPLE_RATE_HZ:
        return mono.astype(np.float32)
    g = np.gcd(rate, SAMPLE_RATE_HZ)
    return resample_poly(mono, SAMPLE_RATE_HZ // g, rate // g).astype(np.float32)


def log_bands(mono: np.ndarray) -> np.ndarray:
    """[frames, 136]: one frame every 20 ms, frame i centred on i * 441 samples."""
    frames = int(np.ceil(len(mono) / HOP_SAMPLES))
    half = FRAME_SAMPLES // 2
    padded = np.pad(mono, (half, FRAME_SAMPLES + HOP_SAMPLES))
    window = np.hanning(FRAME_SAMPLES).astype(np.float32)
    out = np.empty((frames, BANK.shape[1]), np.float32)
    for start in range(0, frames, 2048):
        stop = min(frames, start + 2048)
        at = np.arange(start, stop)[:, None] * HOP_SAMPLES + np.arange(FRAME_SAMPLES)
        spectrum = np.abs(np.fft.rfft(padded[at] * window, axis=1))[:, : FRAME_SAMPLES >> 1]
        out[start:stop] = np.log10(1 + spectrum.astype(np.float32) @ BANK)
    return out


def with_difference(bands: np.ndarray) -> np.ndarray:
    """[frames, 272]: the bands and their positive first difference (zero in the first frame)."""
    rise = np.zeros_like(bands)
    rise[1:] = np.maximum(0, bands[1:] - bands[:-1])
    return np.concatenate([bands, rise], 1)
