"""Load a trained run and turn audio into activations, chunked as the app does."""
import numpy as np, torch

from .features import log_bands
from .net import DrumNet

CHUNK_FRAMES = 1000                    # every run has this many frames and the reach of the network on either side


def load_run(path):
    return DrumNet.like(torch.load(path, weights_only=True, map_location="cpu")["ema"]).eval()


def activations(net, mix, drums):
    """[frames, 22] for mono samples of the mix and of the drums in it: chunks with the network's reach on either side, silence outside the file."""
    x, reach = np.stack([log_bands(mix), log_bands(drums)]), net.reach_frames
    padded = np.pad(x, ((0, 0), (reach, reach + CHUNK_FRAMES), (0, 0)))
    out = np.zeros((x.shape[1] + CHUNK_FRAMES, 22), np.float32)
    with torch.no_grad():
        for s in range(0, x.shape[1], CHUNK_FRAMES):
            a = net(torch.from_numpy(padded[None, :, s:s + CHUNK_FRAMES + 2 * reach]))[0].numpy()
            out[s:s + CHUNK_FRAMES] = a[reach:-reach]
    return out[:x.shape[1]]
