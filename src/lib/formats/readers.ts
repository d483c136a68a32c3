import { alsReader } from './als/als-reader';
import { dawprojectReader } from './dawproject/dawproject-reader';
import { flpReader } from './flp';
import { logicxReader } from './logicx/logicx-reader';
import { midiReader } from './midi';
import type { FormatReader } from './reader';

/** In the order in which they are asked; a folder of a project is recognised before the MIDI files lying in it. */
export const READERS: readonly FormatReader[] = [
  flpReader,
  alsReader,
  dawprojectReader,
  logicxReader,
  midiReader,
];
