"""Load a trained run and turn audio into activations, chunked as the app does."""
import numpy as np, soundfile as sf, torch
from scipy.signal import resample_poly
from classes import RATE
from features import log_bands
from net import DrumNet, REACH_FRAMES

CHUNK_FRAMES = 2000                    # every run has CHUNK_FRAMES + 2 * REACH_FRAMES frames


def load_run(path):
    state = torch.load(path, weights_only=True)
    net = DrumNet(tuple(state["widths"]), state["channels"])
    net.load_state_dict(state["ema"])
    return net.eval()


def read_mono(path):
    y, rate = sf.read(path, dtype="float32", always_2d=True)
    y = y.mean(1)
    if rate != RATE:
        g = np.gcd(rate, RATE)
        y = resample_poly(y, RATE // g, rate // g).astype(np.float32)
    return y


def activations(net, y):
    """[frames, 22] for mono samples: chunks with REACH_FRAMES of context on either side, silence outside the file."""
    x = log_bands(y)
    padded = np.pad(x, ((REACH_FRAMES, REACH_FRAMES + CHUNK_FRAMES), (0, 0)))
    out = np.zeros((len(x) + CHUNK_FRAMES, 22), np.float32)
    with torch.no_grad():
        for s in range(0, len(x), CHUNK_FRAMES):
            a = net(torch.from_numpy(padded[None, s:s + CHUNK_FRAMES + 2 * REACH_FRAMES]))[0].numpy()
            out[s:s + CHUNK_FRAMES] = a[REACH_FRAMES:-REACH_FRAMES]
    return out[:len(x)]
