"""The drum network: strided 2-D convolutions that fold the bands away, then dilated 1-D convolutions over time.

Input [batch, frames, 80] log bands; output [batch, frames, 22]: 11 onset activations, then 11 velocities, all 0-1.
"""
import torch
from torch import nn
from torch.nn import functional as F
from classes import CLASSES

REACH_FRAMES = 66                      # frames on either side that an output may depend on


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
    def __init__(self, widths=(16, 32, 48), channels=96, dilations=(1, 2, 4, 8, 16, 32)):
        super().__init__()
        a, b, c = widths
        self.norm = nn.BatchNorm2d(1)
        self.bands = nn.Sequential(*strided(1, a, (3, 5)), *strided(a, b, (3, 3)), *strided(b, c, (3, 3)))
        self.fold, self.fold_norm = nn.Linear(c * 10, channels, bias=False), nn.BatchNorm1d(channels)
        self.time = nn.Sequential(*[Residual(channels, d) for d in dilations])
        self.drop = nn.Dropout(.1)
        self.head = nn.Linear(channels, 2 * len(CLASSES))
        nn.init.constant_(self.head.bias[:len(CLASSES)], -3.0)

    def logits(self, x):
        y = self.bands(self.norm(x.unsqueeze(1)))                    # [B, C, T, 10]
        y = self.fold(y.permute(0, 2, 1, 3).flatten(2))              # [B, T, channels]
        y = torch.relu(self.fold_norm(y.flatten(0, 1)).unflatten(0, y.shape[:2]))
        return self.head(self.drop(torch.relu(self.time(y))))

    def forward(self, x):
        return torch.sigmoid(self.logits(x))
