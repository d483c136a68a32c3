import type { TimeSignature } from '../../core/tempo-map';
import type { ProjectKey } from '../../core/project';
import { child, textOf, type XmlNode } from './xml-tree';

/** Live counts in beats (quarters). */
export const TICKS_PER_BEAT = 960;

/** Events at this time hold the value before the first breakpoint. */
export const BEFORE_START_BEATS = -63_072_000;

/** Live's one number for a metre: numerator = v mod 99 + 1, denominator = 2^(v div 99). */
export function decodeTimeSignature(value: number): TimeSignature {
  const whole = Math.max(0, Math.min(99 * 5 - 1, Math.round(value)));
  return { numerator: (whole % 99) + 1, denominator: 2 ** Math.floor(whole / 99) };
}

const TONICS = ['C', 'C#', 'D', 'D#', 'E', 'F', 'F#', 'G', 'G#', 'A', 'A#', 'B'];

/** Live 12 stores the scale as an index into this list, Live 11 by name. */
const SCALES = [
  'major',
  'minor',
  'dorian',
  'mixolydian',
  'lydian',
  'phrygian',
  'locrian',
  'whole tone',
  'half-whole dim.',
  'whole-half dim.',
  'minor blues',
  'minor pentatonic',
  'major pentatonic',
  'harmonic minor',
  'harmonic major',
  'dorian #4',
  'phrygian dominant',
  'melodic minor',
  'lydian augmented',
  'lydian dominant',
  'super locrian',
  '8-tone spanish',
  'bhairav',
  'hungarian minor',
  'hirajoshi',
  'in-sen',
  'iwato',
  'kumoi',
  'pelog selisir',
  'pelog tembung',
  'messiaen 3',
  'messiaen 4',
  'messiaen 5',
  'messiaen 6',
  'messiaen 7',
];

/** The set's scale; C major is what Live writes when nobody chose one, so it counts as no key. */
export function decodeScale(root: number | undefined, name: string | undefined): ProjectKey | undefined {
  if (root === undefined || name === undefined || name === '') return undefined;
  const mode = /^\d+$/.test(name) ? SCALES[Number(name)] : name.toLowerCase();
  const tonic = TONICS[root];
  if (mode === undefined || tonic === undefined || (tonic === 'C' && mode === 'major')) return undefined;
  return { tonic, mode, origin: 'file', confidence: 1 };
}

/** The palette of Live 10 and later, by index. */
const PALETTE =
  'ff94a6 ffa529 cc9927 f7f47c bffb00 1aff2f 25ffa8 5cffe8 8bc5ff 5480e4 92a7ff d86ce4 e553a0 ffffff ' +
  'ff3636 f66c03 99724b fff034 87ff67 3dc300 00bfaf 19e9ff 10a4ee 007dc0 886ce4 b677c6 ff39d4 d0d0d0 ' +
  'e2675a ffa374 d3ad71 edffae d2e498 bad074 9bc48d d4fde1 cdf1f8 b9c1e3 cdbbe4 ae98e5 e5dce1 a9a9a9 ' +
  'c6928b b78256 99836a bfba69 a6be00 7db04d 88c2ba 9bb3c4 85a5c2 8393cc a595b5 bf9fbe bc7196 7b7b7b ' +
  'af3333 a95131 724f41 dbc300 85961f 539f31 0a9c8e 236384 1a2f96 2f52a2 624bad a34bad cc2e6e 3c3c3c';
const COLOURS = PALETTE.split(' ').map((hex) => `#${hex}`);

/** Undefined for the larger indices of Live 9 and before, whose palette was another. */
export function decodeColour(index: number | undefined): string | undefined {
  return index === undefined ? undefined : COLOURS[index];
}

/** What the user calls a track or chain, else what Live does; undefined where neither is stored. */
export function nameOfNode(node: XmlNode): string | undefined {
  const name = child(node, 'Name');
  return textOf(name, 'UserName') || textOf(name, 'EffectiveName') || name?.attributes.Value || undefined;
}
