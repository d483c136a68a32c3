"""The drum network: strided 2-D convolutions that fold the bands away, then dilated 1-D convolutions over time.

Input [batch, 2, frames, 80] log bands of the mix and of the drums separated from it; output [batch, frames, 22]: 11 onset activations, then 11 velocities, all 0-1.
"""
import torch
from torch import nn
from torch.nn import functional as F
from .classes import CLASSES

CONTEXT_FRAMES = 100                   # the second input channel is a frame less the mean of this many frames on either side


def without_context(x):
    """x less its mean over the surrounding two seconds, for [batch, sources, frames, bands]: what stands out of a sustained accompaniment."""
    reach = CONTEXT_FRAMES
    sums = F.pad(x.float(), (0, 0, reach + 1, reach)).cumsum(2)
    return x - (sums[:, :, 2 * reach + 1:] - sums[:, :, :-(2 * reach + 1)]) / (2 * reach + 1)


class Residual(nn.Module):
    """x + W2 relu(norm(dilated conv of x)), on [batch, frames, channels].

    The dilated convolution is one matrix product over three shifted copies: on a CPU that trains ten times faster than Conv1d.
    """
    def __init__(self, channels, dilation):
        super().__init__()
        self.dilation = dilation
        self.conv = nn.Linear(3 * channels, channels, bias=False)
        self.norm = nn.BatchNorm1d(channels)
        self.mix = nn.Linear(channels, channels)

    def forward(self, x):
        d, frames = self.dilation, x.shape[1]
        padded = F.pad(x, (0, 0, d, d))
        y = self.conv(torch.cat([padded[:, :frames], x, padded[:, 2 * d:]], 2))
        y = self.norm(y.flatten(0, 1)).unflatten(0, x.shape[:2])
        return x + self.mix(torch.relu(y))


def strided(inputs, outputs, kernel):
    return [nn.Conv2d(inputs, outputs, kernel, stride=(1, 2), padding=(kernel[0] // 2, kernel[1] // 2), bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]


class DrumNet(nn.Module):
    SOURCES = 2

    def __init__(self, widths=(24, 40, 64), channels=128, blocks=7):
        """Each source is seen as it is and `without_context`; block i has dilation 2^i."""
        super().__init__()
        a, b, c = widths
        # Frames on either side that an output may depend on: three convolutions, the dilated ones, the mean.
        self.reach_frames = 3 + 2 ** blocks - 1 + CONTEXT_FRAMES
        self.norm = nn.BatchNorm2d(2 * self.SOURCES)
        self.bands = nn.Sequential(*strided(2 * self.SOURCES, a, (3, 5)), *strided(a, b, (3, 3)), *strided(b, c, (3, 3)))
        self.fold, self.fold_norm = nn.Linear(c * 10, channels, bias=False), nn.BatchNorm1d(channels)
        self.time = nn.Sequential(*[Residual(channels, 2 ** i) for i in range(blocks)])
        self.drop = nn.Dropout(.1)
        self.head = nn.Linear(channels, 2 * len(CLASSES))
        nn.init.constant_(self.head.bias[:len(CLASSES)], -3.0)

    @classmethod
    def like(cls, state):
        """The network that a state dictionary belongs to, with its weights."""
        blocks = 1 + max(int(name.split(".")[1]) for name in state if name.startswith("time."))
        widths = tuple(state[f"bands.{i}.weight"].shape[0] for i in (0, 3, 6))
        net = cls(widths, state["fold.weight"].shape[0], blocks)
        net.load_state_dict(state)
        return net

    def logits(self, x):
        x = torch.cat([x, without_context(x)], 1)       # [B, 4, T, 80]
        y = self.bands(self.norm(x))                    # [B, C, T, 10]
        y = self.fold(y.permute(0, 2, 1, 3).flatten(2))              # [B, T, channels]
        y = torch.relu(self.fold_norm(y.flatten(0, 1)).unflatten(0, y.shape[:2]))
        return self.head(self.drop(torch.relu(self.time(y))))

    def forward(self, x):
        return torch.sigmoid(self.logits(x))
