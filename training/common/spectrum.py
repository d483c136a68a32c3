"""Log-frequency magnitudes for the notes network: the Python reference of src/lib/audio/dsp/notes-spectrum.ts.

16 kHz mono in; one frame every 480 samples (30 ms), centred on its sample; 294 bins, three a semitone, bin 3p + 1 on the
pitch A0 + p. Four Hann windows share the work: long ones below, short ones above. A bin is the square root of the power that
a triangle on the FFT's bins collects, divided by half the window's sum: a sine of amplitude a gives about a.
"""
import numpy as np
import torch

RATE, HOP, BINS = 16000, 480, 294
A0_HZ = 27.5
BANDS = ((8192, 0.0, 90.0), (4096, 90.0, 265.0), (2048, 265.0, 800.0), (1024, 800.0, 1e9))   # window, from Hz, to Hz
LOG_GAIN = 1000.0


def bin_hz():
    return A0_HZ * 2.0 ** ((np.arange(BINS) - 1) / 36.0)


def filters():
    """[(window length, first bin, weights[bins in band, fft bins])]: triangles over the power spectrum."""
    hz, out = bin_hz(), []
    for n, lo, hi in BANDS:
        ks = np.where((hz >= lo) & (hz < hi))[0]
        spacing = RATE / n
        fft_hz = np.arange(n // 2 + 1) * spacing
        half = np.maximum(spacing, hz[ks] * (2 ** (1 / 36) - 1))
        w = np.maximum(0.0, 1.0 - np.abs(fft_hz[None] - hz[ks][:, None]) / half[:, None])
        out.append((n, int(ks[0]), w.astype(np.float32)))
    return out


class Spectrum:
    """audio [batch, samples] (torch) -> magnitudes [batch, frames, 294]."""

    def __init__(self, device="cpu"):
        self.parts = []
        for n, first, w in filters():
            used = np.where(w.sum(0) > 0)[0]
            a, b = int(used[0]), int(used[-1]) + 1
            window = torch.hann_window(n, periodic=True)
            self.parts.append((n, first, a, b, torch.from_numpy(w[:, a:b].T.copy()).to(device), (window / (window.sum() / 2)).to(device)))

    def __call__(self, audio, frames=None):
        if frames is None:
            frames = audio.shape[1] // HOP + 1
        need = (frames - 1) * HOP + 8192
        x = torch.nn.functional.pad(audio, (4096, max(0, need - 4096 - audio.shape[1])))
        out = torch.empty(audio.shape[0], frames, BINS, device=audio.device)
        for n, first, a, b, w, window in self.parts:
            s = x[:, 4096 - n // 2:]
            f = s.unfold(1, n, HOP)[:, :frames] * window
            spec = torch.fft.rfft(f)[..., a:b]
            power = spec.real.square() + spec.imag.square()
            out[..., first:first + w.shape[1]] = (power @ w).sqrt()
        return out


def compress(magnitude):
    """Magnitudes to what the network is fed."""
    return torch.log10(1.0 + LOG_GAIN * magnitude)
