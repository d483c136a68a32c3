import type { BeatActivations } from './decode';

/** Activations as a good network gives them, for beats at any times; `downEvery` beats make a bar. */
export function pulses(
  beatsSeconds: readonly number[],
  {
    durationSeconds,
    downEvery = 4,
    firstDown = 0,
    level = 0.9,
  }: {
    durationSeconds: number;
    downEvery?: number;
    firstDown?: number;
    level?: number;
  },
): BeatActivations {
  const frames = Math.ceil(durationSeconds * 50);
  const beat = new Float32Array(frames).fill(0.01);
  const downbeat = new Float32Array(frames).fill(0.01);
  beatsSeconds.forEach((seconds, i) => {
    const target = (i - firstDown) % downEvery === 0 ? downbeat : beat;
    const at = seconds * 50;
    for (let k = Math.floor(at) - 1; k <= Math.floor(at) + 2; k++) {
      if (k < 0 || k >= frames) continue;
      target[k] = Math.max(target[k]!, level * Math.max(0, 1 - Math.abs(k - at) / 1.5));
    }
  });
  return { beat, downbeat, framesPerSecond: 50 };
}

export function everyBeat(bpm: number, durationSeconds: number, originSeconds = 0): number[] {
  const beats: number[] = [];
  for (let t = originSeconds; t < durationSeconds; t += 60 / bpm) beats.push(t);
  return beats;
}
