"""What happens to drums between the kit and the file: shaping, rooms, compression, saturation, filters, noise, codecs, separation residue."""
import numpy as np
from scipy.ndimage import median_filter
from scipy.signal import butter, fftconvolve, lfilter, sosfilt
from classes import RATE


def shape_sound(r):
    """One change for all hits of an instrument: pitch by resampling, a shorter tail, a tilt, an equaliser, a touch of drive or noise."""
    ratio = 2 ** (r.normal(0, 2.8) / 12) if r.random() < .75 else 1.0
    tail = r.choice([0, 0, r.uniform(.06, .5)])
    tilt = r.uniform(-.45, .45)
    peaks = [(np.exp(r.uniform(np.log(60), np.log(9000))), r.uniform(-10, 10), r.uniform(.5, 2.5)) for _ in range(r.integers(0, 4))]
    drive = r.uniform(1, 5) if r.random() < .15 else 0
    softer = int(RATE * r.uniform(.001, .006)) if r.random() < .12 else 0            # a rounded attack

    def shape(y):
        if ratio != 1.0:
            y = np.interp(np.arange(0, len(y) - 1, ratio), np.arange(len(y)), y).astype(np.float32)
        if tail:
            y = y * np.exp(-np.arange(len(y)) / (RATE * tail) * 3).astype(np.float32)
        y = lfilter([1, -tilt], [1], y).astype(np.float32)
        for peak in peaks:
            y = peak_filter(y, *peak).astype(np.float32)
        if softer and len(y) > softer:
            y[:softer] *= np.linspace(0, 1, softer, dtype=np.float32)
        if drive:
            y = np.tanh(y / (np.abs(y).max() + 1e-9) * drive).astype(np.float32)
        peak = np.abs(y).max()
        return y / peak if peak > 0 else y
    return shape


def sibilants(r, n):
    """Hiss of consonants, unlabelled: bursts of high noise that swell and fade, as a voice leaves them."""
    y, t = np.zeros(n, np.float32), r.uniform(0, .6)
    while t * RATE < n:
        m = int(RATE * r.uniform(.04, .18))
        low = r.uniform(2500, 5500)
        burst = sosfilt(butter(2, [low, min(10500, low * r.uniform(1.4, 2.5))], "band", fs=RATE, output="sos"), r.standard_normal(m))
        start = int(t * RATE)
        m = min(m, n - start)
        y[start:start + m] += (burst[:m] * np.sin(np.pi * np.arange(m) / m) ** r.uniform(.5, 2)).astype(np.float32) * r.uniform(.2, 1)
        t += r.exponential(.5) + .1
    return y


def impulse_response(r):
    seconds = np.exp(r.uniform(np.log(.12), np.log(1.4)))
    n = int(RATE * seconds)
    tail = r.standard_normal(n) * np.exp(-np.arange(n) / n * 6.9)
    tail = sosfilt(butter(1, [r.uniform(80, 300), r.uniform(2500, 9000)], "band", fs=RATE, output="sos"), tail)
    tail[:int(RATE * r.uniform(.0, .02))] = 0
    for _ in range(r.integers(0, 8)):                         # early reflections
        tail[min(n - 1, int(RATE * r.uniform(.001, .04)))] += r.normal(0, 1) * np.abs(tail).max() * 2
    return (tail / np.sqrt((tail ** 2).sum() + 1e-9)).astype(np.float32)


def compress(r, y):
    """A feed-forward compressor; parallel half of the time."""
    hop = 64
    env = np.sqrt(np.add.reduceat(y ** 2, np.arange(0, len(y), hop)) / hop)
    attack, release = np.exp(-hop / RATE / r.uniform(.001, .03)), np.exp(-hop / RATE / r.uniform(.05, .35))
    level, smooth = 0.0, np.empty_like(env)
    for i, e in enumerate(env):
        level = e + (level - e) * (attack if e > level else release)
        smooth[i] = level
    threshold, ratio = np.percentile(smooth, 95) * 10 ** (r.uniform(-24, -6) / 20) + 1e-6, r.uniform(2, 10)
    gain = np.minimum(1, (smooth / threshold + 1e-9) ** (1 / ratio - 1))
    squeezed = y * np.interp(np.arange(len(y)), np.arange(len(gain)) * hop, gain).astype(np.float32)
    squeezed *= np.abs(y).max() / (np.abs(squeezed).max() + 1e-9)
    return squeezed if r.random() < .5 else .5 * (y + squeezed)


def room(r, y):
    """Drums in a room, on a bus: reverb, compression, saturation; often none."""
    if r.random() < .5:
        wet = fftconvolve(y, impulse_response(r))[:len(y)].astype(np.float32)
        y = y + 10 ** (r.uniform(-26, -4) / 20) * wet * np.abs(y).max() / (np.abs(wet).max() + 1e-9)
    if r.random() < .4:
        y = compress(r, y)
    if r.random() < .2:
        y = np.tanh(y / (np.abs(y).max() + 1e-9) * r.uniform(1, 6)).astype(np.float32)
    return y


def rms(y):
    return float(np.sqrt(np.mean(y ** 2)) + 1e-9)


def mix_with_accompaniment(r, drums, backing):
    if r.random() < .25:                                      # louder, distorted bands
        backing = np.tanh(backing / rms(backing) * r.uniform(.3, 2.5)).astype(np.float32)
    level = 10 ** (r.uniform(-18, 6) / 20)
    reference = rms(drums) if rms(drums) > 1e-4 else .1
    return drums + backing * (reference / rms(backing) * level if rms(backing) > 1e-6 else 0)


def separation_artefacts(r, drums, backing):
    """Drums as a separator leaves them: percussive median-filter mask or smeared ratio mask of the mix, with bleed and holes."""
    mix = mix_with_accompaniment(r, drums, backing)
    bleed = 10 ** (r.uniform(-25, -6) / 20)
    if r.random() < .15:                                      # only bleed
        return drums + bleed * (mix - drums)
    n, hop = 2048, 512
    window = np.hanning(n + 1)[:n].astype(np.float32)
    frames = 1 + (len(mix) + n) // hop

    def stft(y):
        padded = np.pad(y, (n, 2 * n))
        return np.fft.rfft(np.lib.stride_tricks.sliding_window_view(padded, n)[::hop][:frames] * window, axis=1)
    m = stft(mix)
    if r.random() < .5:
        magnitude = np.abs(m).astype(np.float32)
        harmonic = median_filter(magnitude, (int(r.choice([11, 15, 21])), 1)) ** 2
        percussive = median_filter(magnitude, (1, int(r.choice([7, 9, 13])))) ** 2
        mask = percussive / (harmonic + percussive + 1e-9)
        mask = mask * (1 - .8 / (1 + (np.arange(mask.shape[1]) * RATE / n / r.uniform(60, 300)) ** 8)) if r.random() < .5 else mask
    else:                                                     # what a network gives: the ideal ratio, blurred and wrong in places
        d, b = np.abs(stft(drums)) ** 2, np.abs(stft(mix - drums)) ** 2
        mask = (d / (d + b + 1e-9)).astype(np.float32)
        mask = np.clip(mask + r.normal(0, r.uniform(0, .3), (mask.shape[0] // 4 + 1, mask.shape[1] // 16 + 1)).repeat(4, 0).repeat(16, 1)[:mask.shape[0], :mask.shape[1]], 0, 1)
        mask = mask ** r.uniform(.5, 1.5)
    mask = mask + bleed * (1 - mask)
    y = np.zeros((frames + 4) * hop + n, np.float32)
    blocks = np.fft.irfft(m * mask, axis=1).astype(np.float32) * window
    for i in range(n // hop):                                 # overlap-add, one phase of the hop grid at a time
        rows = blocks[i::n // hop]
        y[i * hop:i * hop + rows.size] += rows.reshape(-1)
    return y[n:n + len(mix)] / 1.5


def degrade(r, y):
    """The file's own faults: equaliser, band limits, codec-like holes, noise, clipping."""
    if r.random() < .5:
        for _ in range(r.integers(1, 4)):
            y = peak_filter(y, np.exp(r.uniform(np.log(50), np.log(9000))), r.uniform(-9, 9), r.uniform(.5, 2))
    if r.random() < .15:
        y = sosfilt(butter(2, r.uniform(3500, 9000), "low", fs=RATE, output="sos"), y)
    if r.random() < .12:
        y = sosfilt(butter(2, r.uniform(40, 150), "high", fs=RATE, output="sos"), y)
    if r.random() < .3:
        y = y + rms(y) * 10 ** (r.uniform(-60, -25) / 20) * r.standard_normal(len(y))
    if r.random() < .1:
        limit = np.abs(y).max() * r.uniform(.25, .8)
        y = np.clip(y, -limit, limit)
    return np.asarray(y, np.float32)


def peak_filter(y, hz, gain_db, q):
    """A peaking biquad (Robert Bristow-Johnson's audio EQ cookbook)."""
    a, w = 10 ** (gain_db / 40), 2 * np.pi * hz / RATE
    alpha = np.sin(w) / (2 * q)
    b = np.array([1 + alpha * a, -2 * np.cos(w), 1 - alpha * a])
    c = np.array([1 + alpha / a, -2 * np.cos(w), 1 - alpha / a])
    return lfilter(b / c[0], c / c[0], y)
