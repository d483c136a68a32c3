"""The notes network: harmonic stacking, residual convolutions along pitch and time, no recurrence and no norm layers."""
import math

import torch
from torch import nn

from common.spectrum import BINS

from .labels import CLASSES, PITCHES

HARMONICS = (0.5, 1, 2, 3, 4, 5, 6, 7, 8)
SHIFTS = [round(36 * math.log2(h)) for h in HARMONICS]
ROWS = 3 * PITCHES + 2
TIMBRE = 96
LOUDNESS = 48


def conv(cin, cout, kernel, gain=1.0, **kw):
    m = nn.Conv2d(cin, cout, kernel, **kw)
    nn.init.kaiming_normal_(m.weight, nonlinearity="relu")
    m.weight.data *= gain
    nn.init.zeros_(m.bias)
    return m


class Block(nn.Module):
    """Along pitch (neighbours, then octaves), then along time."""

    def __init__(self, c, dilation):
        super().__init__()
        self.a = conv(c, c, (5, 1), padding=(2, 0))
        self.b = conv(c, c, (3, 1), padding=(12, 0), dilation=(12, 1))
        self.t = conv(c, c, (1, 5), gain=0.2, padding=(0, 2 * dilation), dilation=(1, dilation))

    def forward(self, x):
        y = torch.relu_(self.a(x))
        y = torch.relu_(self.b(y))
        return torch.relu_(self.t(y).add_(x))


class NotesNet(nn.Module):
    """features [batch, frames, 294] -> logits: onset, frame, velocity [batch, 3, 88, frames], classes [batch, K, 88, frames]."""

    def __init__(self, channels=96, dilations=(1, 2, 4, 1, 2, 8, 1, 4)):
        super().__init__()
        c = channels
        self.stem = conv(len(SHIFTS), c, (5, 3), stride=(3, 1), padding=(0, 1))
        self.blocks = nn.ModuleList(Block(c, d) for d in dilations)
        # The instrument is read from the trunk and from the first layer, both brought to mean 0, deviation 1 over sounding
        # cells (constants, set by train.py): what tells instruments apart is small beside what tells notes from silence.
        self.register_buffer("mean", torch.zeros(2 * c))
        self.register_buffer("scale", torch.ones(2 * c))
        self.timbre = conv(2 * c, TIMBRE, (1, 5), padding=(0, 2))
        self.head = nn.Conv2d(c, 2, 1)
        # How hard a note was struck is read from the same place as its instrument: it is loudness less what the instrument and the mix make of it.
        self.loudness = conv(2 * c, LOUDNESS, (1, 5), padding=(0, 2))
        self.velocity = nn.Conv2d(LOUDNESS, 1, 1)
        self.classes = nn.Conv2d(TIMBRE, len(CLASSES), 1)
        nn.init.constant_(self.head.bias, -3.0)
        self.reach = 1 + sum(2 * d for d in dilations) + 3          # frames to each side that an output sees

    @staticmethod
    def stack(x):
        """[batch, frames, bins] -> [batch, harmonics, rows, frames]; row r of harmonic h is the bin r - 1 + shift."""
        x = (x.transpose(1, 2) - 0.5) * 2.0
        lo, hi = 1 - min(SHIFTS), max(SHIFTS) + ROWS - 1 - BINS
        x = nn.functional.pad(x, (0, 0, lo, hi), value=-1.0)
        return torch.stack([x[:, lo - 1 + s:lo - 1 + s + ROWS] for s in SHIFTS], 1)

    def first(self, x):
        """The first layer before its ReLU: [batch, c, 88, frames]."""
        return self.stem(self.stack(x).contiguous(memory_format=torch.channels_last))

    def trunk(self, first):
        """The ReLU of the first layer, and the trunk: [batch, c, 88, frames] each."""
        first = torch.relu_(first)
        y = first
        for b in self.blocks:
            y = b(y)
        return first, y

    def features(self, x):
        """First layer and trunk, one upon the other: [batch, 2 c, 88, frames]."""
        return torch.cat(self.trunk(self.first(x)), 1)

    def forward(self, x):
        return self.heads(self.first(x))[:2]

    def heads(self, first):
        """The logits of `forward` from the first layer before its ReLU, and the timbre [batch, 96, 88, frames] that the classes are read from."""
        first, last = self.trunk(first)
        z = (torch.cat([first, last], 1) - self.mean[:, None, None]) * self.scale[:, None, None]
        head = torch.cat([self.head(last), self.velocity(torch.relu(self.loudness(z)))], 1)
        timbre = torch.relu(self.timbre(z))
        return head, self.classes(timbre), timbre
