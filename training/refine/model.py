"""The refiner: better masks for drums, bass and other below 4 kHz, from the separation's masks and from what the notes explain."""
import torch
from torch import nn
from torch.nn import functional as F

FEATURES = 12
NET = slice(1, 4)                                       # logarithms of the separation's shares: where the answer starts from


class Refiner(nn.Module):
    """features [batch, FEATURES, frames, bins] -> masks [batch, 3, frames, bins] that sum to 1 (drums, bass, other)."""

    def __init__(self, channels=12):
        super().__init__()
        self.mix = nn.Conv2d(FEATURES, channels, 1)
        self.near = nn.Conv2d(channels, channels, (3, 5), padding=(1, 2))
        self.wide = nn.Conv2d(channels, channels, (5, 3), padding=(2, 1))
        self.head = nn.Conv2d(channels, 3, 1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, features):
        y = F.relu(self.mix(features))
        y = y + F.relu(self.near(y))
        y = y + F.relu(self.wide(y))
        return torch.softmax(self.head(y) + features[:, NET], 1)
