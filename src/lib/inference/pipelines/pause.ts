/** Lets a worker hear a cancel between pieces of work that need no network. */
export function letMessagesIn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
