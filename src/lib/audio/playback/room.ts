/** The room dies away by sixty decibels in a second. */
const TIME_CONSTANT_SECONDS = 0.14;
const ROOM_SECONDS = 1.1;
/** The walls are not at the ear. */
const PRE_DELAY_SECONDS = 0.012;

/**
 * The impulse response of a small room: noise that dies away, another one on each side. Written sample by sample, it takes a
 * few milliseconds of the main thread, where rendering it offline takes a hundred.
 */
export function roomImpulse(context: BaseAudioContext): AudioBuffer {
  const { sampleRate } = context;
  const first = Math.round(PRE_DELAY_SECONDS * sampleRate);
  const length = first + Math.round(ROOM_SECONDS * sampleRate);
  const impulse = context.createBuffer(2, length, sampleRate);
  const fall = Math.exp(-1 / (TIME_CONSTANT_SECONDS * sampleRate));
  for (let side = 0; side < 2; side++) {
    const samples = impulse.getChannelData(side);
    let level = 1;
    // A linear congruential generator (Numerical Recipes, 7.1): the room is the same each time.
    let state = 1 + side;
    for (let i = first; i < length; i++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
      samples[i] = (state / 2 ** 31) * level;
      level *= fall;
    }
  }
  return impulse;
}
