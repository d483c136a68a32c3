import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

export interface WavSpec {
  readonly seconds: number;
  readonly sampleRateHz?: number;
  readonly bits?: 8 | 16;
  readonly channels?: number;
  /** 0 for silence; above 1 it clips. */
  readonly gain?: number;
}

/** A mono or stereo WAV of plucked tones. */
export function wavBytes(spec: WavSpec): Buffer {
  const frames = Math.round(spec.seconds * rateOf(spec));
  return Buffer.concat([header(spec, frames), samples(spec, frames)]);
}

/**
 * A recording far too long to be held in memory, written to a temporary folder: one bar again and again.
 * The second value removes it.
 */
export async function longWav(spec: WavSpec): Promise<readonly [path: string, remove: () => void]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'loopmind-long-'));
  const file = path.join(folder, 'long.wav');
  const barSeconds = 2;
  const barFrames = barSeconds * rateOf(spec);
  const bars = Math.ceil(spec.seconds / barSeconds);
  const bar = samples({ ...spec, seconds: barSeconds }, barFrames);
  function* content(): Generator<Buffer> {
    yield header(spec, bars * barFrames);
    for (let i = 0; i < bars; i++) yield bar;
  }
  await pipeline(content, createWriteStream(file));
  return [file, () => rmSync(folder, { recursive: true, force: true })];
}

const rateOf = ({ sampleRateHz = 44_100 }: WavSpec): number => sampleRateHz;

function header(spec: WavSpec, frames: number): Buffer {
  const { bits = 16, channels = 1 } = spec;
  const frameBytes = (bits / 8) * channels;
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + frames * frameBytes, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(rateOf(spec), 24);
  head.writeUInt32LE(rateOf(spec) * frameBytes, 28);
  head.writeUInt16LE(frameBytes, 32);
  head.writeUInt16LE(bits, 34);
  head.write('data', 36);
  head.writeUInt32LE(frames * frameBytes, 40);
  return head;
}

const PITCHES = [57, 60, 64, 69];
const STEP_SECONDS = 0.5;

function samples(spec: WavSpec, frames: number): Buffer {
  const { bits = 16, channels = 1, gain = 0.4 } = spec;
  const data = Buffer.alloc((frames * channels * bits) / 8);
  for (let i = 0; i < frames; i++) {
    const t = i / rateOf(spec);
    const pitch = PITCHES[Math.floor(t / STEP_SECONDS) % PITCHES.length]!;
    const hz = 440 * 2 ** ((pitch - 69) / 12);
    const tone = gain * Math.exp(-4 * (t % STEP_SECONDS)) * Math.sin(2 * Math.PI * hz * t);
    const level = Math.max(-1, Math.min(1, tone));
    for (let channel = 0; channel < channels; channel++) {
      const at = i * channels + channel;
      if (bits === 8) data.writeUInt8(Math.min(255, Math.round(128 + 127 * level)), at);
      else data.writeInt16LE(Math.round(32_767 * level), 2 * at);
    }
  }
  return data;
}
