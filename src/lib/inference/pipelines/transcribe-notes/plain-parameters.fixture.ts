import type { NotesParameters } from './parameters';

/** Notes are taken from one half on, and belong to the class that they sound like themselves. */
export const PLAIN_PARAMETERS: Omit<NotesParameters, 'classes'> = {
  contextFrames: 1,
  onsetThreshold: 0.5,
  frameThreshold: 0.5,
  assignment: {
    sharpness: 1,
    presence: 0,
    neighbours: 0,
    rounds: 0,
    seconds: 1,
    semitones: 1,
    windowSeconds: 1,
  },
};
