/**
 * ONNX files written by hand: the few messages of onnx.proto (github.com/onnx/onnx) that a graph of two products needs.
 */
type Bytes = readonly number[];

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FLOAT = 1;
const INT64 = 7;

function varint(value: number): Bytes {
  const out: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128);
  return [...out, rest];
}

const integer = (field: number, value: number): Bytes => [...varint(field * 8 + VARINT), ...varint(value)];
const message = (field: number, ...parts: readonly Bytes[]): Bytes => {
  const body = parts.flat();
  return [...varint(field * 8 + LENGTH_DELIMITED), ...varint(body.length), ...body];
};
const text = (field: number, value: string): Bytes => message(field, [...new TextEncoder().encode(value)]);

/** ValueInfoProto: a float tensor of a fixed shape. */
function tensorInfo(field: number, name: string, shape: readonly number[]): Bytes {
  const dims = shape.map((size) => message(1, integer(1, size)));
  return message(field, text(1, name), message(2, message(1, integer(1, FLOAT), message(2, ...dims))));
}

/** TensorProto among the graph's initialisers. */
function constant(name: string, dims: readonly number[], data: Float32Array | BigInt64Array): Bytes {
  const raw = [...new Uint8Array(data.buffer)];
  return message(
    5,
    ...dims.map((size) => integer(1, size)),
    integer(2, data instanceof Float32Array ? FLOAT : INT64),
    text(8, name),
    message(9, raw),
  );
}

function node(operator: string, inputs: readonly string[], output: string): Bytes {
  return message(1, ...inputs.map((input) => text(1, input)), text(2, output), text(4, operator));
}

/** Of the HTDemucs contract: each source is a fixed share of the waveform, the frequency branch is silent. */
export function tinyHtdemucs(shares: readonly [drums: number, bass: number, other: number, vocals: number]) {
  const graph = message(
    7,
    node('Unsqueeze', ['waveform', 'axis'], 'one_waveform'),
    node('Mul', ['one_waveform', 'time_shares'], 'time'),
    node('Unsqueeze', ['spectrogram', 'axis'], 'one_spectrogram'),
    node('Mul', ['one_spectrogram', 'frequency_shares'], 'frequency'),
    text(2, 'tiny-htdemucs'),
    constant('axis', [1], BigInt64Array.of(1n)),
    constant('time_shares', [1, 4, 1, 1], Float32Array.from(shares)),
    constant('frequency_shares', [1, 4, 1, 1, 1], new Float32Array(4)),
    tensorInfo(11, 'waveform', [1, 2, 343_980]),
    tensorInfo(11, 'spectrogram', [1, 4, 2048, 336]),
    tensorInfo(12, 'time', [1, 4, 2, 343_980]),
    tensorInfo(12, 'frequency', [1, 4, 4, 2048, 336]),
  );
  return Buffer.from([...integer(1, 8), ...graph, ...message(8, integer(2, 17))]);
}
