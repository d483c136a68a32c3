"""The 768 rows that the split network sees: 2,049 bins merged to 320 x 1, 224 x 2 and 224 x 5; above 20.3 kHz nothing."""

import numpy as np

WIDTHS = np.repeat([1, 2, 5], [320, 224, 224])
EDGES = np.concatenate([[0], np.cumsum(WIDTHS)])
ROWS, FOLD = len(WIDTHS), 8
BIN_OF_ROW_HZ = (EDGES[:-1] + EDGES[1:] - 1) / 2 * 44100 / 4096
# Weights of a second error that lets cymbals and attacks count beside the much stronger low end.
TREBLE = np.clip((BIN_OF_ROW_HZ / 1000) ** 2, 0.01, 30)
LEVEL = 0.1                                             # every segment is scaled to this RMS


def merge(x: np.ndarray) -> np.ndarray:
    """Sums over the bins of each row: [..., 2049] -> [..., 768]."""
    return np.add.reduceat(x[..., : EDGES[-1]], EDGES[:-1], axis=-1)


def spread(x: np.ndarray) -> np.ndarray:
    """[..., 768] -> [..., 2049]; bins above the last row take its value."""
    return np.pad(np.repeat(x, WIDTHS, axis=-1), [(0, 0)] * (x.ndim - 1) + [(0, 2049 - EDGES[-1])], mode="edge")


def level(energy: np.ndarray) -> np.ndarray:
    """Mean energy in a row -> about 0-3, for amplitudes of a mix at RMS 0.1 and an unscaled 4096-point transform."""
    return np.log10(1 + 3 * np.sqrt(energy / WIDTHS)).astype(np.float32)


def features(spec: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Complex [2, frames, 2049] (scaled to RMS 0.1) and percussive share [frames, 2049] -> [5, frames, 768]: levels of
    left, right, mid, side; percussive share weighted by energy."""
    power = np.abs(spec) ** 2
    mid, side = (np.abs(spec[0] + spec[1]) / 2) ** 2, (np.abs(spec[0] - spec[1]) / 2) ** 2
    total = power.sum(0)
    p = merge(share * total) / (merge(total) + 1e-9)
    return np.stack([level(merge(power[0])), level(merge(power[1])), level(merge(mid)), level(merge(side)), p.astype(np.float32)])
