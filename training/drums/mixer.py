"""Training material for the drum network, made while it trains: what the app will hear, the mix and the drums that our own split network
takes out of it.

Drums are one-shots struck by patterns (common/kit_bank.py) or the drum stems of rendered pieces with their notes; accompaniment is the
rest of rendered pieces. The mix goes through the split network as it will in the app, and both become features.
"""
import numpy as np
import torch

from common.kit_bank import RATE as RATE_44
from split import bands, masks
from split.mixer import FRAMES as SPLIT_FRAMES, SAMPLES, Mixer, features as split_features, rms_of
from split.model import fold, mask_shares, unfold

from .classes import CLASSES, GM_TO_CLASS, INDEX, RATE
from .features import BANK, BLOCK, FFT, HOP, LEVEL, WINDOW

FRAMES = 560                                             # 5.6 s at about 100 frames a second
FIRST_SECOND = masks.LEAD * masks.HOP / RATE_44          # of the clip: what lies before it is under fewer than four windows
TAPS = 63                                                # of the filter before every second sample is dropped


class DrumMixer(Mixer):
    def __init__(self, groups, split_net, device, seed, valid=False, data="data"):
        super().__init__(groups, device, seed, valid, data)
        self.split_net = split_net.eval().requires_grad_(False)
        self.bank = torch.from_numpy(BANK.T.copy()).to(device)
        self.analysis = torch.from_numpy(WINDOW).to(device)
        n = torch.arange(TAPS, dtype=torch.float64) - TAPS // 2
        taps = torch.sinc(n * 0.48) * 0.48 * torch.kaiser_window(TAPS, False, 8.0, dtype=torch.float64)
        self.taps = (taps / taps.sum()).float().to(device)[None, None]

    def piece_drums(self, i):
        """The drum stem of rendered piece i, and its strokes [(seconds, class or other, velocity)]."""
        strokes = [(s, GM_TO_CLASS.get(int(p), "other"), v / 127) for stem in self.groups.items[i]["stems"] if stem["isDrum"] for s, _, p, v in stem["notes"]]
        return self.groups.pieces[i][0], strokes

    def clips(self, count):
        """Stereo mixes [count, 2, SAMPLES] at 44.1 kHz and the strokes of each: [(seconds, class, velocity)]."""
        r, pieces = self.r, self.groups.pieces
        kinds = r.choice(["struck", "piece", "none"], count, p=[0.55, 0.41, 0.04])
        drums, strokes = torch.zeros(count, 2, SAMPLES, device=self.device), [[] for _ in range(count)]
        struck = [i for i in range(count) if kinds[i] == "struck"]
        if struck:
            sound, beats = self.one_shots(len(struck))
            drums[struck] = sound
            for i, b in zip(struck, beats):
                strokes[i] = b
        backing, as_mixed = torch.zeros_like(drums), torch.zeros(count, 1, 1, dtype=torch.bool, device=self.device)
        for i in range(count):
            start = int(r.integers(0, pieces[0].shape[-1] - SAMPLES))
            own = int(r.integers(len(pieces)))
            if kinds[i] == "piece":
                sound, beats = self.piece_drums(own)
                drums[i] = sound[:, start:start + SAMPLES].float() / 32768
                strokes[i] = [(s - start / RATE_44, k, v) for s, k, v in beats]
            if r.random() < 0.72 or kinds[i] == "none":
                same = r.random() < 0.5
                backing[i] = pieces[own if same else int(r.integers(len(pieces)))][1:, :, start:start + SAMPLES].float().sum(0) / 32768
                as_mixed[i] = kinds[i] == "piece" and same and r.random() < 0.6
        rms = lambda y: y.square().mean((1, 2), keepdim=True).sqrt()
        level, reference = rms(backing), torch.where(rms(drums) > 1e-4, rms(drums), torch.full_like(rms(drums), 0.1))
        gain = torch.from_numpy(10 ** (r.uniform(-16, 7, (count, 1, 1)) / 20)).to(self.device).float() * reference / level.clamp(min=1e-6)
        backing = torch.where(as_mixed | (level < 1e-5), backing, backing * gain)
        return self.drive(drums, 0.15) + backing, strokes

    def hiss(self, count):
        """Bursts of high noise as consonants are, unlabelled."""
        r, n = self.r, SAMPLES
        t = np.arange(n) / RATE_44
        envelope = np.zeros((count, n), np.float32)
        for row in envelope:
            at = r.uniform(0, 0.6)
            while at < t[-1]:
                long = r.uniform(0.04, 0.18)
                a, b = int(at * RATE_44), min(n, int((at + long) * RATE_44))
                row[a:b] = np.sin(np.pi * np.arange(b - a) / (b - a)) ** r.uniform(0.5, 2) * r.uniform(0.2, 1)
                at += r.exponential(0.5) + 0.1
        noise = torch.randn(count, n, device=self.device)
        hz = torch.fft.rfftfreq(n, 1 / RATE_44).to(self.device)
        low = torch.from_numpy(r.uniform(2500, 5500, (count, 1))).to(self.device)
        band = ((hz > low) & (hz < low * 2.2)).float()
        return torch.fft.irfft(torch.fft.rfft(noise) * band, n) * torch.from_numpy(envelope).to(self.device)

    def separated(self, mix):
        """Mono [n, samples] of the drums that the split network hears in the spectra [n, 2, frames, 2049], and of the mix itself."""
        gain = (bands.LEVEL / rms_of(mix).clamp(min=1e-6))[:, None, None, None]
        seen = fold(split_features(mix * gain, self.merge, self.widths)[0])
        with torch.autocast(seen.device.type, torch.bfloat16):
            logits = self.split_net(seen.contiguous(memory_format=torch.channels_last))
        share = unfold(mask_shares(logits.float(), seen[:, -bands.FOLD:])[:, 0])[:, 0]
        wide = torch.repeat_interleave(share, torch.from_numpy(bands.WIDTHS).to(self.device), -1)
        wide = torch.nn.functional.pad(wide, (0, 2049 - wide.shape[-1]), mode="replicate")
        mono = mix.mean(1)
        return self.inverse(mono * wide), self.inverse(mono)

    def inverse(self, spec):
        """masks.istft for [n, frames, 2049], only where four windows lie over a sample."""
        blocks = torch.fft.irfft(spec, masks.FFT) * self.window / 1.5
        parts = masks.FFT // masks.HOP
        out = torch.zeros(len(spec), SPLIT_FRAMES * masks.HOP + masks.FFT, device=self.device)
        for k in range(parts):
            piece = blocks[:, :, k * masks.HOP:(k + 1) * masks.HOP].reshape(len(spec), -1)
            out[:, k * masks.HOP:k * masks.HOP + piece.shape[1]] += piece
        return out[:, masks.LEAD * masks.HOP:SPLIT_FRAMES * masks.HOP]

    def log_bands(self, y):
        """features.log_bands of 44.1 kHz mono [n, samples], the loud parts brought to LEVEL: [n, FRAMES, 80]."""
        half = torch.nn.functional.conv1d(torch.nn.functional.pad(y[:, None], (TAPS // 2, TAPS // 2)), self.taps, stride=2)[:, 0]
        blocks = half[:, :half.shape[1] // BLOCK * BLOCK].reshape(len(y), -1, BLOCK).square().mean(2).sqrt().sort(1).values
        loud = blocks[:, min(blocks.shape[1] - 1, int(0.95 * blocks.shape[1])), None]
        half = half * torch.where(loud > 1e-6, LEVEL / loud.clamp(min=1e-6), torch.ones_like(loud))
        windows = torch.nn.functional.pad(half, (FFT // 2, FFT)).unfold(1, FFT, HOP)[:, :FRAMES]
        power = torch.fft.rfft(windows * self.analysis).abs().square()
        return torch.log10(1 + 1000 / 512 * (power @ self.bank).clamp(min=0).sqrt())

    def targets(self, strokes):
        """Onset triangles and velocities [n, FRAMES, classes]."""
        rows = [(i, s - FIRST_SECOND, INDEX[k], v) for i, clip in enumerate(strokes) for s, k, v in clip if k in INDEX and -0.05 < s - FIRST_SECOND < FRAMES * HOP / RATE]
        planes = torch.zeros(2, len(strokes) * FRAMES * len(CLASSES), device=self.device)
        if rows:
            t = torch.tensor(rows, device=self.device)
            f = t[:, 1] * (RATE / HOP)
            for k in range(-1, 3):
                i = f.floor().long() + k
                height = 1 - (i - f).abs() / 2
                ok = (i >= 0) & (i < FRAMES) & (height > 0)
                at = ((t[:, 0].long() * FRAMES + i) * len(CLASSES) + t[:, 2].long())[ok]
                planes[0].scatter_reduce_(0, at, height[ok], "amax")
                strong = height[ok] > 0.25
                planes[1].scatter_reduce_(0, at[strong], t[ok, 3][strong], "amax")
        return planes.view(2, len(strokes), FRAMES, len(CLASSES))

    def batch(self, count):
        """features [n, 2, FRAMES, 80] (the mix, the separated drums), onset, velocity [n, FRAMES, classes], strokes."""
        with torch.no_grad():
            mix, strokes = self.clips(count)
            loud = mix.square().mean((1, 2), keepdim=True).sqrt()
            hissing = torch.from_numpy((self.r.random((count, 1, 1)) < 0.12) * self.r.uniform(0.2, 1.2, (count, 1, 1))).to(self.device).float()
            mix = mix + self.hiss(count)[:, None] * hissing * loud
            mix = mix + torch.randn_like(mix) * loud * torch.from_numpy(10 ** (self.r.uniform(-60, -25, (count, 1, 1)) / 20) * (self.r.random((count, 1, 1)) < 0.3)).to(self.device).float()
            mix = self.drive(mix, 0.1)
            specs = self.stft(mix) * self.equaliser(count)[:, 0]
            drums, whole = self.separated(specs)
            onset, velocity = self.targets(strokes)
            return torch.stack([self.log_bands(whole), self.log_bands(drums)], 1), onset, velocity, strokes

