const INTERVAL_MS = 20;
let lastYieldMs = 0;

/** Lets messages (an abort above all) come in, at most every 20 ms; timers would cost 4 ms each. */
export async function yieldToMessages(): Promise<void> {
  const now = performance.now();
  if (now - lastYieldMs < INTERVAL_MS) return;
  await new Promise<void>((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = (): void => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
  lastYieldMs = performance.now();
}
