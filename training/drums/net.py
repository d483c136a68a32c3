"""The drum network: strided 2-D convolutions that fold the bands away, then dilated 1-D convolutions over time.

Input [batch, frames, 80] log bands; output [batch, frames, 22]: 11 onset activations, then 11 velocities, all 0-1.
"""
import torch
from torch import nn
from torch.nn import functional as F
from classes import CLASSES

CONTEXT_FRAMES = 100                   # the second input channel is a frame less the mean of this many frames on either side


def without_context(x):
    """x less its mean over the surrounding two seconds, for [batch, frames, bands]: what stands out of a sustained accompaniment."""
    reach = CONTEXT_FRAMES
    sums = F.pad(x.float(), (0, 0, reach + 1, reach)).cumsum(1)
    return x - (sums[:, 2 * reach + 1:] - sums[:, :-(2 * reach + 1)]) / (2 * reach + 1)


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
    def __init__(self, widths=(16, 32, 48), channels=96, blocks=7, context=True):
        """`context` adds a second input channel (`without_context`); block i has dilation 2^i. Version 1.0.0 has 6 blocks and no context."""
        super().__init__()
        a, b, c = widths
        self.context, inputs = context, 2 if context else 1
        # Frames on either side that an output may depend on: three convolutions, the dilated ones, the mean.
        self.reach_frames = 3 + 2 ** blocks - 1 + (CONTEXT_FRAMES if context else 0)
        self.norm = nn.BatchNorm2d(inputs)
        self.bands = nn.Sequential(*strided(inputs, a, (3, 5)), *strided(a, b, (3, 3)), *strided(b, c, (3, 3)))
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
        net = cls(widths, state["fold.weight"].shape[0], blocks, state["bands.0.weight"].shape[1] == 2)
        net.load_state_dict(state)
        return net

    def logits(self, x):
        x = torch.stack([x, without_context(x)], 1) if self.context else x.unsqueeze(1)      # [B, inputs, T, 80]
        y = self.bands(self.norm(x))                    # [B, C, T, 10]
        y = self.fold(y.permute(0, 2, 1, 3).flatten(2))              # [B, T, channels]
        y = torch.relu(self.fold_norm(y.flatten(0, 1)).unflatten(0, y.shape[:2]))
        return self.head(self.drop(torch.relu(self.time(y))))

    def forward(self, x):
        return torch.sigmoid(self.logits(x))

    def begin_from(self, state):
        """Takes over the weights of a smaller network: what is new (a second input channel, further blocks) begins without effect."""
        own = self.state_dict()
        for block in self.time:
            nn.init.zeros_(block.mix.weight)
            nn.init.zeros_(block.mix.bias)
        nn.init.zeros_(self.bands[0].weight)
        for name, value in state.items():
            if own[name].shape == value.shape:
                own[name].copy_(value)
            else:
                own[name][tuple(slice(0, n) for n in value.shape)] = value
