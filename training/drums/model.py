"""Load a trained run and turn audio into activations, chunked as the app does."""
import numpy as np, soundfile as sf, torch
from scipy.signal import resample_poly
from classes import RATE
from features import log_bands
from net import DrumNet

CHUNK_FRAMES = 1000                    # every run has this many frames and the reach of the network on either side


def load_run(path):
    return DrumNet.like(torch.load(path, weights_only=True)["ema"]).eval()


def read_mono(path):
    y, rate = sf.read(path, dtype="float32", always_2d=True)
    y = y.mean(1)
    if rate != RATE:
        g = np.gcd(rate, RATE)
        y = resample_poly(y, RATE // g, rate // g).astype(np.float32)
    return y


def activations(net, y):
    """[frames, 22] for mono samples: chunks with the network's reach on either side, silence outside the file."""
    x, reach = log_bands(y), net.reach_frames
    padded = np.pad(x, ((reach, reach + CHUNK_FRAMES), (0, 0)))
    out = np.zeros((len(x) + CHUNK_FRAMES, 22), np.float32)
    with torch.no_grad():
        for s in range(0, len(x), CHUNK_FRAMES):
            a = net(torch.from_numpy(padded[None, s:s + CHUNK_FRAMES + 2 * reach]))[0].numpy()
            out[s:s + CHUNK_FRAMES] = a[reach:-reach]
    return out[:len(x)]
