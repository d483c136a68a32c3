import { claimByHead, readBytes, stem, type FormatReader } from '../reader';
import { readMidi } from './midi-reader';
import { looksLikeMidi } from './smf-chunks';

export const midiReader: FormatReader = {
  format: 'midi',
  claim: (files) => claimByHead(files, 512, looksLikeMidi),
  async read([file]) {
    const bytes = await readBytes(file!);
    return readMidi(bytes, stem(file!.path));
  },
};
