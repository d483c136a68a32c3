export interface MedianRun {
  /** Where the run begins in both arrays, and the distance between its values. */
  readonly offset: number;
  readonly stride: number;
  readonly count: number;
}

/**
 * Running median of odd width over one strided run of values; beyond the ends the run is mirrored with the edge value
 * repeated (d c b a | a b c d, as scipy's `reflect`). A sorted window is kept: a step costs one removal and one insertion.
 */
export class MedianFilter {
  private readonly width: number;
  private readonly sorted: Float32Array;
  private readonly line: Float32Array;

  /** Throws RangeError where `width` is not odd or `maxCount` is below 1. */
  constructor(width: number, maxCount: number) {
    if (width % 2 !== 1 || width < 1 || maxCount < 1)
      throw new RangeError(`median of ${width} over ${maxCount}`);
    this.width = width;
    this.sorted = new Float32Array(width);
    this.line = new Float32Array(maxCount + width - 1);
  }

  /** `input` and `output` may be the same array. `count` may not exceed `maxCount`. */
  apply(input: Float32Array, output: Float32Array, run: MedianRun): void {
    const { width, sorted, line } = this;
    const { offset, stride, count } = run;
    const half = (width - 1) / 2;
    for (let i = -half; i < count + half; i++) {
      line[i + half] = input[offset + mirror(i, count) * stride]!;
    }
    for (let i = 0; i < width; i++) insert(sorted, i, line[i]!);
    output[offset] = sorted[half]!;
    for (let n = 1; n < count; n++) {
      const leaving = line[n - 1]!;
      const entering = line[n + width - 1]!;
      replace(sorted, width, leaving, entering);
      output[offset + n * stride] = sorted[half]!;
    }
  }
}

function mirror(index: number, count: number): number {
  const period = 2 * count;
  const wrapped = ((index % period) + period) % period;
  return wrapped < count ? wrapped : period - 1 - wrapped;
}

function insert(sorted: Float32Array, length: number, value: number): void {
  let i = length;
  while (i > 0 && sorted[i - 1]! > value) {
    sorted[i] = sorted[i - 1]!;
    i--;
  }
  sorted[i] = value;
}

/** Takes one occurrence of `leaving` out and puts `entering` in, shifting only what lies between the two. */
function replace(sorted: Float32Array, width: number, leaving: number, entering: number): void {
  if (entering === leaving) return;
  let i = 0;
  while (sorted[i]! < leaving) i++;
  if (entering > leaving) {
    while (i + 1 < width && sorted[i + 1]! < entering) {
      sorted[i] = sorted[i + 1]!;
      i++;
    }
  } else {
    while (i > 0 && sorted[i - 1]! > entering) {
      sorted[i] = sorted[i - 1]!;
      i--;
    }
  }
  sorted[i] = entering;
}
