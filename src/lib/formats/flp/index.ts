import { claimByHead, readBytes, stem, type FormatReader } from '../reader';
import { readFlp } from './flp-reader';

export const flpReader: FormatReader = {
  format: 'flp',
  claim: (files) => claimByHead(files, 4, (head) => String.fromCharCode(...head) === 'FLhd'),
  async read([file]) {
    const bytes = await readBytes(file!);
    return readFlp(bytes, stem(file!.path));
  },
};
