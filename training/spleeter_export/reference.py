"""The published Spleeter U-Net (Hennequin et al. 2020) in PyTorch, to check the exported graph against."""

import torch
import torch.nn.functional as F


def unet(s: dict, x: torch.Tensor) -> torch.Tensor:
    """Magnitudes [n, 2, frames, 1024] -> sigmoid mask of the same shape. `s`: tensors by name (see export.py)."""
    norm = lambda h, key: F.batch_norm(h, s[f"{key}.running_mean"], s[f"{key}.running_var"], s[f"{key}.weight"], s[f"{key}.bias"], eps=1e-3)
    skips, h = [], x
    for n in range(1, 7):
        c = F.conv2d(F.pad(h, (1, 2, 1, 2)), s[f"down{n}_conv.1.weight"], s[f"down{n}_conv.1.bias"], stride=2)
        skips.append(c)
        h = F.leaky_relu(norm(c, f"down{n}_act.0"), 0.2)
    h = skips.pop()
    for n in range(1, 7):
        h = F.conv_transpose2d(h, s[f"up{n}.0.weight"], s[f"up{n}.0.bias"], stride=2)[:, :, 1:-2, 1:-2]
        h = norm(F.relu(h), f"up{n}.3")
        if skips:
            h = torch.cat([skips.pop(), h], 1)
    return torch.sigmoid(F.conv2d(h, s["up7.0.weight"], s["up7.0.bias"], dilation=2, padding=3))
