import { claimByHead, stem, type FormatReader } from '../reader';
import { readFlp } from './flp-reader';

export const flpReader: FormatReader = {
  format: 'flp',
  claim: (files) => claimByHead(files, 4, (head) => String.fromCharCode(...head) === 'FLhd'),
  async read([file]) {
    const bytes = new Uint8Array(await file!.blob.arrayBuffer());
    return readFlp(bytes, stem(file!.path));
  },
};
