"""Torch modules of the beat networks."""

import torch
import torch.nn.functional as F
from torch import nn


class BeatNet(nn.Module):
    """The published BeatNet CRNN (Heydari, Cwitkowitz, Duan 2021): 272 features a frame -> beat, downbeat, none logits."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(1, 2, 10)
        self.linear0 = nn.Linear(262, 150)
        self.lstm = nn.LSTM(150, 150, 2, batch_first=True)
        self.linear = nn.Linear(150, 3)

    def forward(self, features, hidden, cell):
        """features [frames, 272], hidden and cell [2, 1, 150] -> logits [frames, 3], hidden, cell."""
        x = F.max_pool1d(F.relu(self.conv1(features[:, None])), 2).flatten(1)
        x, (hidden, cell) = self.lstm(self.linear0(x)[None], (hidden, cell))
        return self.linear(x[0]), hidden, cell


TEMPO_LOWEST_BPM, TEMPI_PER_OCTAVE, TEMPI = 45.0, 10, 25


class BeatTcn(nn.Module):
    """Our network: 136 log bands a frame -> beat, downbeat and tempo logits, from a conv front end and dilated convolutions.

    After the temporal convolutional networks of Davies and Boeck (2019): strides over frequency, then residual blocks
    whose dilation doubles, so that every answer hears about 40 s around it. Convolutions, batch norm and ReLU only.
    """

    BANDS = 136

    def __init__(self, channels: int = 48, blocks: int = 10) -> None:
        super().__init__()

        def stage(a: int, b: int, rows: int) -> nn.Sequential:
            conv = nn.Conv2d(a, b, (rows, 3), stride=(3, 1), padding=(rows // 2, 1), bias=False)
            return nn.Sequential(conv, nn.BatchNorm2d(b), nn.ReLU())

        self.front = nn.Sequential(nn.BatchNorm2d(1), stage(1, 12, 5), stage(12, 20, 3), stage(20, 32, 3))
        self.join = nn.Sequential(nn.Conv1d(32 * 6, channels, 1, bias=False), nn.BatchNorm1d(channels), nn.ReLU())
        self.blocks = nn.ModuleList(Dilated(channels, 2**k) for k in range(blocks))
        self.head = nn.Conv1d(channels, 2, 1)
        self.tempo = nn.Sequential(nn.Conv1d(channels, channels, 1), nn.ReLU(), nn.Conv1d(channels, TEMPI, 1))

    def forward(self, bands):
        """bands [batch, frames, 136] -> logits [batch, frames, 2] (beat, downbeat), logits of the tempo [batch, frames, TEMPI].

        Tempo k stands for TEMPO_LOWEST_BPM * 2 ** (k / TEMPI_PER_OCTAVE).
        """
        x = self.front(bands.transpose(1, 2)[:, None]).flatten(1, 2)
        x = self.join(x)
        skip = 0
        for block in self.blocks:
            x, s = block(x)
            skip = skip + s
        skip = F.relu(skip)
        return self.head(skip).transpose(1, 2), self.tempo(skip).transpose(1, 2)


class Dilated(nn.Module):
    """Residual block: two parallel dilated convolutions (d and 2d), merged by a 1 x 1 convolution."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        half = channels // 2
        self.near = nn.Conv1d(channels, half, 5, padding=2 * dilation, dilation=dilation)
        self.far = nn.Conv1d(channels, half, 5, padding=4 * dilation, dilation=2 * dilation)
        self.norm = nn.BatchNorm1d(channels)
        self.merge = nn.Conv1d(channels, channels, 1)
        self.drop = nn.Dropout1d(0.1)

    def forward(self, x):
        y = self.drop(F.relu(self.norm(torch.cat([self.near(x), self.far(x)], 1))))
        y = self.merge(y)
        return x + y, y
