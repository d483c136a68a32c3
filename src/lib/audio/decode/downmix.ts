const CENTRE = Math.SQRT1_2;

/** Weights of each source channel in the left output, in WAVE channel order (L R C LFE Ls Rs ...). */
function leftWeights(channelCount: number): readonly number[] {
  switch (channelCount) {
    case 1:
      return [1];
    case 2:
      return [1, 0];
    case 3:
      return [1, 0, CENTRE];
    case 4:
      return [1, 0, CENTRE, 0];
    case 5:
      return [1, 0, CENTRE, CENTRE, 0];
    case 6:
      return [1, 0, CENTRE, 0, CENTRE, 0];
    case 8:
      return [1, 0, CENTRE, 0, CENTRE, 0, CENTRE, 0];
    default:
      // No known layout: every channel in the middle.
      return Array.from({ length: channelCount }, () => 1);
  }
}

function rightWeights(channelCount: number): readonly number[] {
  switch (channelCount) {
    case 2:
      return [0, 1];
    case 3:
      return [0, 1, CENTRE];
    case 4:
      return [0, 1, 0, CENTRE];
    case 5:
      return [0, 1, CENTRE, 0, CENTRE];
    case 6:
      return [0, 1, CENTRE, 0, 0, CENTRE];
    case 8:
      return [0, 1, CENTRE, 0, 0, CENTRE, 0, CENTRE];
    default:
      return leftWeights(channelCount);
  }
}

/** Any number of channels to left and right (ITU-R BS.775 for 5.1; the LFE is left out), scaled so as not to clip. */
export function toStereo(
  channels: readonly Float32Array<ArrayBuffer>[],
): readonly [Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>] {
  const [first, second] = channels;
  if (first === undefined) return [new Float32Array(0), new Float32Array(0)];
  if (second === undefined) return [first, first];
  if (channels.length === 2) return [first, second];
  return [mix(channels, leftWeights(channels.length)), mix(channels, rightWeights(channels.length))];
}

function mix(
  channels: readonly Float32Array<ArrayBuffer>[],
  weights: readonly number[],
): Float32Array<ArrayBuffer> {
  const out = new Float32Array(channels[0]!.length);
  const scale = 1 / weights.reduce((sum, weight) => sum + weight, 0);
  channels.forEach((channel, index) => {
    const weight = (weights[index] ?? 0) * scale;
    if (weight === 0) return;
    for (let i = 0; i < out.length; i++) out[i]! += weight * channel[i]!;
  });
  return out;
}
