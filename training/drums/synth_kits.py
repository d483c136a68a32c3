"""Drum machines of our own: every parameter of every voice is drawn at random (seeded), so that each seed is another kit."""
import numpy as np
from scipy.signal import butter, sosfilt
from classes import RATE


def decay(n, seconds):
    return np.exp(-np.arange(n) / (RATE * seconds) * 6.9)          # seconds = time to -60 dB


def band(y, low, high, order=2):
    nyquist = RATE / 2 * 0.98
    if low and high and high < nyquist:
        return sosfilt(butter(order, [low, high], "band", fs=RATE, output="sos"), y)
    if low:
        return sosfilt(butter(order, low, "high", fs=RATE, output="sos"), y)
    return sosfilt(butter(order, min(high, nyquist), "low", fs=RATE, output="sos"), y)


def swept(n, start, end, sweep):
    """A sine whose frequency falls from start to end Hz with time constant `sweep` seconds."""
    f = end + (start - end) * np.exp(-np.arange(n) / (RATE * sweep))
    return np.sin(2 * np.pi * np.cumsum(f) / RATE)


def kick(r):
    length = r.choice([r.uniform(.12, .35), r.uniform(.35, 1.3)])           # short punch or long 808
    n = int(RATE * min(.9, length))
    end = r.uniform(38, 65)
    y = swept(n, end * r.uniform(2, 9), end, r.uniform(.008, .06)) * decay(n, length)
    y += r.uniform(0, .5) * band(r.standard_normal(n), r.uniform(800, 3000), None) * decay(n, r.uniform(.006, .03))
    if r.random() < .5:
        y = np.tanh(y * r.uniform(1.5, 6))
    return y


def snare(r):
    n = int(RATE * .5)
    tone = sum(swept(n, f * r.uniform(1, 1.6), f, .015) for f in r.uniform(140, 340, r.integers(1, 3))) * decay(n, r.uniform(.06, .3))
    noise = band(r.standard_normal(n), r.uniform(600, 2500), r.uniform(5000, 12000)) * decay(n, r.uniform(.1, .5))
    y = r.uniform(.2, 1) * tone + r.uniform(.4, 1.2) * noise / np.abs(noise).max()
    return np.tanh(y * r.uniform(.7, 3))


def clap(r):
    n = int(RATE * .5)
    if r.random() < .25:                                                     # rim / side-stick
        y = sum(swept(n, f, f, .01) for f in r.uniform(380, 2000, 3)) * decay(n, r.uniform(.02, .08))
        return y + .3 * band(r.standard_normal(n), 2000, None) * decay(n, .01)
    env, gap = np.zeros(n), r.uniform(.006, .014)
    for i in range(r.integers(2, 5)):
        at = int(RATE * gap * i)
        env[at:] = np.maximum(env[at:], decay(n - at, r.uniform(.02, .05)))
    at = int(RATE * gap * 3)
    env[at:] = np.maximum(env[at:], r.uniform(.5, 1) * decay(n - at, r.uniform(.12, .5)))
    return band(r.standard_normal(n), r.uniform(600, 1100), r.uniform(1800, 7000)) * env


def metal(r, n):
    base = r.uniform(180, 520)
    ratios = r.uniform(1, 4.5, 6)
    y = sum(np.sign(np.sin(2 * np.pi * base * q * np.arange(n) / RATE + r.uniform(0, 6))) for q in ratios) / 6
    return (1 - (w := r.uniform(.1, 1))) * y + w * r.standard_normal(n) * .6


def hats(r):
    n = int(RATE * 1.2)
    body = band(metal(r, n), r.uniform(4500, 8000), None, 3)
    closed = body[:int(RATE * .3)] * decay(int(RATE * .3), r.uniform(.03, .14))
    return closed, body * decay(n, r.uniform(.3, 1.1))


def tom(r, low, high):
    n = int(RATE * .7)
    f = r.uniform(low, high)
    y = swept(n, f * r.uniform(1.1, 2), f, r.uniform(.02, .1)) * decay(n, r.uniform(.2, .8))
    return y + r.uniform(0, .25) * band(r.standard_normal(n), 300, 5000) * decay(n, r.uniform(.03, .1))


def cymbal(r, ride):
    n = int(RATE * (1.6 if ride else 2.4))
    y = band(metal(r, n), r.uniform(2500, 6000), None) * decay(n, r.uniform(.6, 1.6) if ride else r.uniform(1.2, 3))
    if ride:
        y += r.uniform(.1, .5) * sum(swept(n, f, f, .01) for f in r.uniform(2500, 5500, 3)) * decay(n, r.uniform(.2, .7)) * .3
    return y


def shaker(r):
    n = int(RATE * .2)
    rise = int(RATE * r.uniform(.004, .03))
    y = band(r.standard_normal(n), r.uniform(3500, 6500), None) * decay(n, r.uniform(.06, .2))
    y[:rise] *= np.linspace(0, 1, rise)
    return y


def synth_kit(seed):
    """{class: [sound, ...]} for one random drum machine; sounds are float64 at 22.05 kHz."""
    r = np.random.default_rng(1000 + seed)
    closed, opened = hats(r)
    closed2, opened2 = hats(r)
    return dict(kick=[kick(r), kick(r)], snare=[snare(r), snare(r)], clap=[clap(r), clap(r)], closed_hat=[closed, closed2], open_hat=[opened, opened2],
                low_tom=[tom(r, 60, 100)], mid_tom=[tom(r, 100, 150)], high_tom=[tom(r, 150, 240)], ride=[cymbal(r, True)],
                crash=[cymbal(r, False)], shaker=[shaker(r)])
