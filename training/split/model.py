"""The split network: which share of each row of the accompaniment is drums, bass, other.

A U-Net over time and 96 places of 8 rows (bands.py); the answer is a change of the untrained masks (masks.py) in the log
domain, so that training starts from them. Sizes are chosen for WASM: about 2.5 GMAC for 12 s.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from split import bands, masks

FEATURES, STEMS, PLACES = 5, 3, bands.ROWS // bands.FOLD
LOW_SHARE = (1 / (1 + (bands.BIN_OF_ROW_HZ / masks.CROSSOVER_HZ) ** masks.CROSSOVER_ORDER)).astype(np.float32)
FLOOR = 0.02


def fold(x: torch.Tensor) -> torch.Tensor:
    """[n, c, frames, 768] -> [n, c * 8, frames, 96]."""
    n, c, t, _ = x.shape
    return x.reshape(n, c, t, PLACES, bands.FOLD).permute(0, 1, 4, 2, 3).reshape(n, c * bands.FOLD, t, PLACES)


def unfold(x: torch.Tensor) -> torch.Tensor:
    n, c, t, _ = x.shape
    return x.reshape(n, c // bands.FOLD, bands.FOLD, t, PLACES).permute(0, 1, 3, 4, 2).reshape(n, c // bands.FOLD, t, bands.ROWS)


def conv_norm(inputs: int, outputs: int, kernel=(3, 3), stride=1, dilation=1) -> nn.Sequential:
    pad = (kernel[0] // 2 * dilation, kernel[1] // 2)
    return nn.Sequential(nn.Conv2d(inputs, outputs, kernel, stride, pad, (dilation, 1), bias=False), nn.BatchNorm2d(outputs))


class SplitNet(nn.Module):
    """features [n, 40, frames, 96] (frames a multiple of 8) -> logits [n, 24, frames, 96], stem-major."""

    WIDTHS = (64, 96, 160, 256)

    def __init__(self, widths=WIDTHS):
        super().__init__()
        w0, w1, w2, w3 = self.widths = tuple(widths)
        self.stem = conv_norm(FEATURES * bands.FOLD, w0, (1, 3))
        # What a place sounds like (bass here, cymbals there) is learned as an offset: the convolutions do not know where they are.
        self.place = nn.Parameter(torch.zeros(1, w0, 1, PLACES))
        self.down1, self.enc1a, self.enc1b = conv_norm(w0, w1, stride=2), conv_norm(w1, w1), conv_norm(w1, w1, dilation=2)
        self.down2, self.enc2a, self.enc2b = conv_norm(w1, w2, stride=2), conv_norm(w2, w2), conv_norm(w2, w2, dilation=2)
        self.down3, self.enc3a, self.enc3b = conv_norm(w2, w3, stride=2), conv_norm(w3, w3), conv_norm(w3, w3, dilation=3)
        self.enc3c, self.enc3d = conv_norm(w3, w3), conv_norm(w3, w3, dilation=6)
        self.up3, self.up2, self.up1 = (nn.ConvTranspose2d(b, a, 2, stride=2) for a, b in ((w2, w3), (w1, w2), (w0, w1)))
        self.dec2, self.dec1 = conv_norm(w2, w2), conv_norm(w1, w1)
        self.mix = conv_norm(w0, w0, (3, 1))
        self.head = nn.Conv2d(w0, STEMS * bands.FOLD, 1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, x):
        a = F.relu(self.stem(x) + self.place)
        b = F.relu(self.down1(a))
        b = F.relu(b + self.enc1b(F.relu(self.enc1a(b))))
        c = F.relu(self.down2(b))
        c = F.relu(c + self.enc2b(F.relu(self.enc2a(c))))
        d = F.relu(self.down3(c))
        d = F.relu(d + self.enc3b(F.relu(self.enc3a(d))))
        d = F.relu(d + self.enc3d(F.relu(self.enc3c(d))))
        c = F.relu(self.up3(d) + c)
        c = F.relu(c + self.dec2(c))
        b = F.relu(self.up2(c) + b)
        b = F.relu(b + self.dec1(b))
        a = F.relu(self.up1(b) + a)
        return self.head(F.relu(a + self.mix(a)))


def mask_shares(logits: torch.Tensor, share: torch.Tensor) -> torch.Tensor:
    """Logits [n, 24, frames, 96] and percussive share [n, 8, frames, 96] -> shares [n, 3, 8, frames, 96] that add to 1."""
    low = fold(torch.from_numpy(LOW_SHARE).to(logits)[None, None, None])
    bass = (1 - share) * low
    drums = torch.minimum(share, 1 - bass)
    base = torch.stack([drums, bass, 1 - bass - drums], 1)
    n, _, t, p = logits.shape
    return torch.softmax(logits.reshape(n, STEMS, bands.FOLD, t, p) + torch.log(base + FLOOR), 1)
