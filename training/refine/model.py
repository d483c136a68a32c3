"""The refiner: better masks for drums, bass and other below 4 kHz, from the separation's masks and from what the notes explain."""
import torch
from torch import nn
from torch.nn import functional as F

FEATURES = 16
NET = slice(1, 4)                                       # logarithms of the separation's shares: where the answer starts from
STEP = 4                                                # frames and bins of a place of the wide view


class Refiner(nn.Module):
    """features [batch, FEATURES, frames, bins] (frames and bins multiples of STEP) -> masks [batch, 3, frames, bins] that sum to 1
    (drums, bass, other)."""

    def __init__(self, channels=16, wide=32):
        """Without `wide` channels it sees only what is near."""
        super().__init__()
        self.mix = nn.Conv2d(FEATURES, channels, 1)
        self.wide = wide > 0
        if self.wide:
            # What each bin is like over the whole window: the timbre of an instrument is the same in all of its notes.
            self.sound = nn.Sequential(nn.Conv2d(channels, channels, (1, 9), padding=(0, 4)), nn.ReLU(), nn.Conv2d(channels, channels, (1, 9), padding=(0, 4)))
            self.down = nn.Conv2d(channels, wide, STEP, STEP)
            self.around = nn.ModuleList(nn.Conv2d(wide, wide, 3, padding=(d, 1), dilation=(d, 1)) for d in (1, 2, 4))
            self.up = nn.ConvTranspose2d(wide, channels, STEP, STEP)
        self.near = nn.Conv2d(channels, channels, (3, 5), padding=(1, 2))
        self.long = nn.Conv2d(channels, channels, (5, 3), padding=(2, 1))
        self.head = nn.Conv2d(channels, 3, 1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, features):
        y = F.relu(self.mix(features))
        if self.wide:
            level = torch.exp(features[:, :1])
            whole = (y * level).sum(2, keepdim=True) / level.sum(2, keepdim=True)
            y = F.relu(y + self.sound(whole))
            z = F.relu(self.down(y))
            for layer in self.around:
                z = z + F.relu(layer(z))
            y = F.relu(y + self.up(z))
        y = y + F.relu(self.near(y))
        y = y + F.relu(self.long(y))
        return torch.softmax(self.head(y) + features[:, NET], 1)
