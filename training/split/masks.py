"""The untrained split: fixed median filters on the spectrogram (Fitzgerald 2010), as src/lib/inference/pipelines/separate/dsp-masks.ts."""

import numpy as np

FFT, HOP, RATE = 4096, 1024, 44100
HARMONIC_FRAMES, PERCUSSIVE_BINS, CROSSOVER_HZ, CROSSOVER_ORDER = 15, 9, 300.0, 8
WINDOW = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FFT) / FFT)).astype(np.float32)
LEAD = FFT // HOP - 1


def stft(y: np.ndarray) -> np.ndarray:
    """[channels, samples] -> complex64 [channels, frames, 2049]; every sample lies under four frames."""
    frames = LEAD + -(-y.shape[-1] // HOP)
    padded = np.pad(y, [(0, 0), (LEAD * HOP, FFT + HOP)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, FFT, axis=-1)[:, : frames * HOP : HOP]
    return np.fft.rfft(windows * WINDOW, axis=-1).astype(np.complex64)


def istft(spec: np.ndarray, length: int) -> np.ndarray:
    """The inverse of `stft`: [channels, frames, 2049] -> [channels, length]."""
    blocks = np.fft.irfft(spec, axis=-1).astype(np.float32) * WINDOW / 1.5
    out = np.zeros((spec.shape[0], (spec.shape[1] + LEAD) * HOP), np.float32)
    for part in range(FFT // HOP):
        piece = blocks[:, :, part * HOP : (part + 1) * HOP].reshape(spec.shape[0], -1)
        out[:, part * HOP : part * HOP + piece.shape[1]] += piece
    return out[:, LEAD * HOP : LEAD * HOP + length]


def _sorting_pairs(count: int) -> list:
    """Batcher's odd-even merge sort as compare-exchange pairs."""
    pairs, p = [], 1
    while p < count:
        k = p
        while k >= 1:
            for j in range(k % p, count - k, 2 * k):
                pairs += [(i + j, i + j + k) for i in range(min(k, count - j - k)) if (i + j) // (2 * p) == (i + j + k) // (2 * p)]
            k //= 2
        p *= 2
    return pairs


def _median_pairs(width: int) -> list:
    """Only the exchanges that the middle value needs: (low index, high index, low needed, high needed)."""
    size = 1 << (width - 1).bit_length()
    needed, keep = {width // 2}, []
    for a, b in reversed([c for c in _sorting_pairs(size) if max(c) < width]):
        if a in needed or b in needed:
            keep.append((a, b, a in needed, b in needed))
            needed |= {a, b}
    return keep[::-1]


def running_median(x: np.ndarray, width: int) -> np.ndarray:
    """Along the last axis of a table, ends mirrored (scipy `reflect`); a sorting network on blocks of rows that fit the cache."""
    half, n, pairs = width // 2, x.shape[1], _median_pairs(width)
    padded, out = np.pad(x, [(0, 0), (half, half)], mode="symmetric"), np.empty_like(x)
    for row in range(0, len(x), 8):
        lane = [padded[row:row + 8, i:i + n] for i in range(width)]
        for a, b, low, high in pairs:
            lane[a], lane[b] = np.minimum(lane[a], lane[b]) if low else None, np.maximum(lane[a], lane[b]) if high else None
        out[row:row + 8] = lane[half]
    return out


def percussive_share(magnitude: np.ndarray) -> np.ndarray:
    """[frames, bins] -> how percussive each bin is, 0-1."""
    harmonic = running_median(np.ascontiguousarray(magnitude.T), HARMONIC_FRAMES).T ** 2
    percussive = running_median(magnitude, PERCUSSIVE_BINS) ** 2
    return percussive / (percussive + harmonic + 1e-12)


def masks_of(p: np.ndarray, hz: np.ndarray) -> np.ndarray:
    """Percussive share [frames, bins] -> shares [3, frames, bins] of drums, bass, other; they add to 1."""
    bass = (1 - p) / (1 + (hz / CROSSOVER_HZ) ** CROSSOVER_ORDER)
    drums = np.minimum(p, 1 - bass)
    return np.stack([drums, bass, 1 - bass - drums]).astype(np.float32)


def dsp_masks(magnitude: np.ndarray) -> np.ndarray:
    """Magnitude [frames, 2049] of the accompaniment -> [3, frames, 2049]."""
    return masks_of(percussive_share(magnitude), np.arange(magnitude.shape[1]) * RATE / FFT)
