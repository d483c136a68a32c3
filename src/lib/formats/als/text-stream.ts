/** How a stream ended: read to its end, cut short or damaged, or stopped because no set is that large. */
export type TextStreamEnd = 'complete' | 'truncated' | 'too-large' | 'stopped';

const MAX_CHARS = 1_000_000_000;
/** Live's XML packs about 15 times; a set that claims hundreds is a bomb. */
const MAX_RATIO = 200;
const RATIO_FREE_CHARS = 48_000_000;

/**
 * Feeds the text of a (gzipped) blob to `onText` piece by piece until that returns false. Damage ends the stream
 * instead of throwing; what `onText` throws passes through.
 */
export async function streamText(
  blob: Blob,
  isGzip: boolean,
  onText: (chunk: string) => boolean,
): Promise<TextStreamEnd> {
  const bytes: ReadableStream<Uint8Array> = isGzip
    ? blob.stream().pipeThrough(new DecompressionStream('gzip'))
    : blob.stream();
  const reader = bytes.getReader();
  const decoder = new TextDecoder();
  let chars = 0;
  try {
    for (;;) {
      let step: ReadableStreamReadResult<Uint8Array>;
      try {
        step = await reader.read();
      } catch {
        return 'truncated';
      }
      if (step.done) return 'complete';
      const text = decoder.decode(step.value, { stream: true });
      chars += text.length;
      if (chars > MAX_CHARS || (chars > RATIO_FREE_CHARS && chars > blob.size * MAX_RATIO))
        return 'too-large';
      if (!onText(text)) return 'stopped';
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
