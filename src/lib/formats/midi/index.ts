import { claimByHead, stem, type FormatReader } from '../reader';
import { readMidi } from './midi-reader';
import { looksLikeMidi } from './smf-chunks';

export const midiReader: FormatReader = {
  format: 'midi',
  claim: (files) => claimByHead(files, 512, looksLikeMidi),
  async read([file]) {
    const bytes = new Uint8Array(await file!.blob.arrayBuffer());
    return readMidi(bytes, stem(file!.path));
  },
};
