import { describe, expect, it } from 'vitest';
import { readMp3Info } from './mp3-info';
import { PeakCollector, regroupPeaks } from './peaks';
import { mpegFrameAt, sniffContainer } from './sniff';

const bytes = (...parts: (string | number[])[]): Uint8Array =>
  Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'string' ? [...part].map((c) => c.charCodeAt(0)) : part)),
  );

/** Frames of 417 bytes: MPEG 1, layer III, 128 kbit/s, 44.1 kHz, stereo. */
function mpegFrames(count: number): number[] {
  return Array.from({ length: count }, () => [0xff, 0xfb, 0x90, 0, ...new Array<number>(413).fill(0)]).flat();
}

const ID3 = bytes('ID3', [3, 0, 0, 0, 0, 0, 20], new Array<number>(20).fill(0));

describe('sniffContainer', () => {
  it.each([
    ['wav', bytes('RIFF....WAVE')],
    ['wav', bytes('RF64....WAVE')],
    ['aiff', bytes('FORM....AIFC')],
    ['flac', bytes('fLaC')],
    ['flac', bytes([...ID3], 'fLaC')],
    ['ogg', bytes('OggS')],
    ['mp4', bytes('....ftypM4A ')],
    ['unsupported-audio', bytes('....ftypM4P ')],
    ['webm', bytes([0x1a, 0x45, 0xdf, 0xa3])],
    ['mp3', bytes(mpegFrames(2))],
    ['mp3', bytes([...ID3], mpegFrames(2))],
    ['mp3', bytes('junk in front', mpegFrames(2))],
    ['not-audio', bytes('RIFF....AVI ')],
    ['not-audio', bytes('\x89PNG')],
    ['not-audio', bytes('MThd')],
    ['not-audio', bytes('PK\x03\x04')],
    ['unknown', bytes('some text')],
    ['unknown', bytes(mpegFrames(1).slice(0, 100))],
    ['unknown', new Uint8Array(0)],
  ] as const)('finds %s whatever the name says', (expected, head) => {
    expect(sniffContainer(head)).toBe(expected);
  });

  it('reads the size of an MPEG frame', () => {
    expect(mpegFrameAt(bytes(mpegFrames(1)), 0)).toMatchObject({
      bytes: 417,
      sampleRateHz: 44_100,
      samples: 1152,
    });
  });
});

describe('readMp3Info', () => {
  it('finds the encoder delay in a LAME header', () => {
    const frame = Uint8Array.from(mpegFrames(2));
    const tag = 4 + 32;
    frame.set(bytes('Info', [0, 0, 0, 1], [0, 0, 0, 100], 'LAME3.100'), tag);
    // Delay 576 and padding 1000, twelve bits each.
    frame.set([576 >> 4, ((576 & 15) << 4) | (1000 >> 8), 1000 & 255], tag + 12 + 21);
    expect(readMp3Info(frame)).toEqual({
      delaySamples: 576 + 529,
      lengthSamples: 100 * 1152 - 1576,
      sampleRateHz: 44_100,
    });
  });

  it('knows no delay without a header, and nothing without a frame', () => {
    expect(readMp3Info(Uint8Array.from(mpegFrames(2)))).toEqual({ delaySamples: 0, sampleRateHz: 44_100 });
    expect(readMp3Info(new Uint8Array(100))).toBeUndefined();
  });
});

describe('peaks', () => {
  it('does not depend on the blocks', () => {
    const signal = Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i / 7));
    const whole = new PeakCollector(441, 10);
    whole.push(signal, signal);
    const cut = new PeakCollector(441, 10);
    for (let at = 0; at < 1000; at += 37)
      cut.push(signal.subarray(at, at + 37), signal.subarray(at, at + 37));
    const peaks = whole.finish();
    expect(cut.finish()).toEqual(peaks);
    expect(peaks.length).toBe(2 * Math.ceil(1000 / 44.1));
  });

  it('keeps extremes on a coarser grid', () => {
    expect([...regroupPeaks(Float32Array.of(-1, 0, -0.5, 1, 0, 0.5), 10, 5)]).toEqual([-1, 1, 0, 0.5]);
    expect([...regroupPeaks(Float32Array.of(-1, 1), 10, 20)]).toEqual([-1, 1, -1, 1]);
  });
});
