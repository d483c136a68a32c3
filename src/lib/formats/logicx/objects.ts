import { rtfText } from './rtf';
import {
  readEvents,
  textAt,
  u16At,
  u32At,
  type LogicEvent,
  type LogicRecord,
  type LogicRecords,
} from './records';

/** The group of records that holds regions and their folders. */
export const SEQUENCES = 0x17;
const SIGNATURES = 0x01;
const TEMPO = 0x03;
const MARKERS = 0x16;
const STRIP_TYPE = 0x11;

/** A sequence: a folder with tracks, or the content of a MIDI region. */
export interface Sequence {
  readonly id: number;
  readonly name: string;
  readonly lengthTicks: number | undefined;
  readonly events: readonly LogicEvent[];
  /** The environment object each track plays through, in the order of the tracks; undefined for tracks without one. */
  readonly tracks: readonly FolderTrack[];
}

interface FolderTrack {
  readonly index: number;
  /** 1 an ordinary track, 3 a track that shows an output. */
  readonly type: number;
  readonly objectId: number;
}

/** A channel strip object of the environment. */
export interface StripObject {
  readonly id: number;
  readonly name: string;
  /** The row of the mixer it stands for. */
  readonly stripIndex: number | undefined;
}

type StripKind =
  | 'audio'
  | 'input'
  | 'input-pair'
  | 'instrument'
  | 'output'
  | 'output-pair'
  | 'bus'
  | 'aux'
  | 'master'
  | 'unknown';

interface Strip {
  readonly index: number;
  readonly kind: StripKind;
  /** 0-127, 90 = 0 dB. */
  readonly fader: number;
  /** 0-127, 64 = centre. */
  readonly pan: number;
  /** Aux strips: what they listen to, counted through all inputs and then the buses. */
  readonly input: number | undefined;
}

/** A send of a strip. */
interface Send {
  readonly stripIndex: number;
  readonly slot: number;
  /** Where it leads, counted through all outputs and then the buses. */
  readonly destination: number;
  /** 0-127, 90 = 0 dB. */
  readonly level: number;
}

interface PlugIn {
  readonly stripIndex: number;
  readonly slot: number;
  readonly name: string;
  readonly manufacturer: string;
  readonly presetName: string;
  /** The numbers of one of Logic's own plug-ins, in its own order; empty for others. */
  readonly values: readonly number[];
  readonly opaqueBytes: number;
}

export interface AudioFile {
  readonly id: number;
  readonly name: string;
  readonly folder: string;
  readonly sampleRateHz: number | undefined;
  readonly lengthSamples: number | undefined;
}

interface AudioRegion {
  readonly name: string;
  readonly startSamples: number;
  readonly lengthSamples: number;
}

export interface LogicObjects {
  readonly sequences: ReadonlyMap<number, Sequence>;
  readonly stripObjects: ReadonlyMap<number, StripObject>;
  readonly strips: ReadonlyMap<number, Strip>;
  readonly sends: readonly Send[];
  readonly plugIns: readonly PlugIn[];
  readonly files: ReadonlyMap<number, AudioFile>;
  /** By `file id / region index`. */
  readonly regions: ReadonlyMap<string, AudioRegion>;
  readonly tempoEvents: readonly LogicEvent[];
  readonly signatureEvents: readonly LogicEvent[];
  readonly markerEvents: readonly LogicEvent[];
  /** Texts by the id of their object. */
  readonly texts: ReadonlyMap<number, string>;
}

/** Sorts the flat records into the objects they describe. */
export function collectObjects({ records }: LogicRecords): LogicObjects {
  const of = (tag: string): readonly LogicRecord[] => records.filter((record) => record.tag === tag);
  const events = of('EvSq');
  const eventsOf = (group: number): LogicEvent[] =>
    events.filter((record) => record.group === group).flatMap(readEvents);
  return {
    sequences: collectSequences(of('MSeq'), events, of('Trak')),
    stripObjects: new Map(
      of('Envi')
        .flatMap((record) => readStripObject(record) ?? [])
        .map((o) => [o.id, o]),
    ),
    strips: new Map(
      of('AuCO')
        .flatMap((record) => readStrip(record) ?? [])
        .map((strip) => [strip.index, strip]),
    ),
    sends: of('AuCU').flatMap((record) => readSend(record) ?? []),
    plugIns: of('AuCU').flatMap((record) => readPlugIn(record) ?? []),
    files: new Map(
      of('AuFl')
        .flatMap((record) => readAudioFile(record) ?? [])
        .map((file) => [file.id, file]),
    ),
    regions: new Map(
      of('AuRg').flatMap((record) => {
        const region = readAudioRegion(record);
        return region === undefined ? [] : [[`${record.id}/${record.part & 0xffff}`, region] as const];
      }),
    ),
    tempoEvents: eventsOf(TEMPO),
    signatureEvents: eventsOf(SIGNATURES),
    markerEvents: eventsOf(MARKERS),
    texts: new Map(
      of('TxSq').flatMap((record) => {
        const text = readRtf(record.data);
        return text === undefined ? [] : [[record.id, text] as const];
      }),
    ),
  };
}

function collectSequences(
  sequences: readonly LogicRecord[],
  events: readonly LogicRecord[],
  tracks: readonly LogicRecord[],
): Map<number, Sequence> {
  const eventsById = new Map(
    events.filter(({ group }) => group === SEQUENCES).map((record) => [record.id, record] as const),
  );
  const tracksById = new Map<number, FolderTrack[]>();
  for (const record of tracks) {
    const type = u16At(record.data, 0);
    const objectId = u32At(record.data, 8);
    // The list ends with an empty record.
    if (record.group !== SEQUENCES || type === undefined || objectId === undefined) continue;
    const list = tracksById.get(record.id) ?? [];
    list.push({ index: record.key, type, objectId });
    tracksById.set(record.id, list);
  }
  const found = new Map<number, Sequence>();
  for (const record of sequences) {
    if (record.group !== SEQUENCES || found.has(record.id)) continue;
    const own = eventsById.get(record.id);
    found.set(record.id, {
      id: record.id,
      ...readSequenceHead(record),
      events: own === undefined ? [] : readEvents(own),
      tracks: tracksById.get(record.id) ?? [],
    });
  }
  return found;
}

const NAME_LENGTH_AT = 0x10;
/** From the end of the (padded) name to the length of the sequence. */
const LENGTH_AFTER_NAME = 0x3c;
const ENDLESS_TICKS = 0x3000_0000;

function readSequenceHead({ data }: LogicRecord): { name: string; lengthTicks: number | undefined } {
  const nameLength = u16At(data, NAME_LENGTH_AT) ?? 0;
  const name = textAt(data, NAME_LENGTH_AT + 2, nameLength) ?? '';
  const length = u32At(data, NAME_LENGTH_AT + 2 + nameLength + (nameLength & 1) + LENGTH_AFTER_NAME);
  return {
    name,
    lengthTicks: length === undefined || length === 0 || length >= ENDLESS_TICKS ? undefined : length,
  };
}

const STRIP_NAME_AT = 0x9e;

function readStripObject({ data, id }: LogicRecord): StripObject | undefined {
  const nameLength = u16At(data, STRIP_NAME_AT);
  if (nameLength === undefined || data.getUint8(0x51) !== STRIP_TYPE) return undefined;
  const name = textAt(data, STRIP_NAME_AT + 2, nameLength);
  if (name === undefined) return undefined;
  // Counted from one; the name is padded to an even length.
  const number = u16At(data, STRIP_NAME_AT + 2 + nameLength + (nameLength & 1));
  return { id, name, stripIndex: number === undefined || number === 0 ? undefined : number - 1 };
}

const STRIP_KINDS: Readonly<Record<number, StripKind>> = {
  0x40: 'audio',
  0x41: 'input',
  0x42: 'aux',
  0x43: 'instrument',
  0x44: 'output',
  0x45: 'bus',
  0x46: 'master',
  0x49: 'input-pair',
  0x4c: 'output-pair',
};
const FADER_AT = 116;
const PAN_AT = 89;
/** The fader is a fixed-point number with 24 fractional bits. */
const FADER_SCALE = 2 ** 24;

function readStrip({ data, part }: LogicRecord): Strip | undefined {
  const fader = u32At(data, FADER_AT);
  if (fader === undefined) return undefined;
  return {
    index: part & 0xffff,
    kind: STRIP_KINDS[data.getUint8(4)] ?? 'unknown',
    fader: fader / FADER_SCALE,
    pan: data.getUint8(PAN_AT),
    input: STRIP_KINDS[data.getUint8(4)] === 'aux' ? readInput(data) : undefined,
  };
}

const INPUT_AT = 94;
const NO_INPUT = 0xffff;

function readInput(data: DataView): number | undefined {
  const input = u16At(data, INPUT_AT);
  return input === NO_INPUT ? undefined : input;
}

const SEND_KIND = 0;
const SEND_DESTINATION_AT = 0x14;
const SEND_LEVEL_AT = 0x18;

function readSend({ data, part }: LogicRecord): Send | undefined {
  const level = u32At(data, SEND_LEVEL_AT);
  const destination = u16At(data, SEND_DESTINATION_AT);
  if (u16At(data, 4) !== SEND_KIND || level === undefined || destination === undefined) return undefined;
  return { stripIndex: part & 0xffff, slot: u16At(data, 6) ?? 0, destination, level: level / FADER_SCALE };
}

const PLUG_IN_NAME_AT = 0x78;
const PLUG_IN_NAME_BYTES = 12;
const MANUFACTURER_AT = 0x84;
const PRESET_AT = 0x0e;

function readPlugIn({ data, part }: LogicRecord): PlugIn | undefined {
  if (u16At(data, 4) !== 1 || data.byteLength < MANUFACTURER_AT + 8) return undefined;
  const name = textAt(data, PLUG_IN_NAME_AT, PLUG_IN_NAME_BYTES) ?? '';
  const manufacturer = [...(textAt(data, MANUFACTURER_AT, 4) ?? '')].reverse().join('');
  if (!/^[\x20-\x7e]{2,}$/.test(name)) return undefined;
  const preset = textAt(data, PRESET_AT, 64) ?? '';
  const values = readValues(data);
  return {
    stripIndex: part & 0xffff,
    slot: u16At(data, 6) ?? 0,
    name,
    manufacturer,
    presetName: /^[#.]?default/i.test(preset) ? '' : preset.replace(/\.pst$/i, ''),
    values,
    opaqueBytes: data.byteLength - MANUFACTURER_AT - 8 - 4 * values.length,
  };
}

const SETTINGS_TAG = 'GAMETSPP';
const VALUES_AFTER_TAG = 16;
const MAX_VALUES = 256;

/** The settings of Logic's own plug-ins are numbers of 32 bits that follow a tag. */
function readValues(data: DataView<ArrayBuffer>): number[] {
  const tag = findBytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), SETTINGS_TAG);
  if (tag === undefined) return [];
  const values: number[] = [];
  for (let at = tag + VALUES_AFTER_TAG; at + 4 <= data.byteLength && values.length < MAX_VALUES; at += 4) {
    values.push(data.getFloat32(at, true));
  }
  return values;
}

function readAudioFile({ data, id }: LogicRecord): AudioFile | undefined {
  const length = u16At(data, 8);
  if (length === undefined || 10 + length * 2 > data.byteLength) return undefined;
  const name = new TextDecoder('utf-16le').decode(
    new Uint8Array(data.buffer, data.byteOffset + 10, length * 2),
  );
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const info = findBytes(bytes, 'FFIA');
  const sampleRateHz = info === undefined ? undefined : u32At(data, info + 0x14);
  const lengthSamples = info === undefined ? undefined : u32At(data, info + 0x0c);
  const isRate = sampleRateHz !== undefined && sampleRateHz >= 8000 && sampleRateHz <= 768_000;
  return {
    id,
    name,
    folder: folderIn(data, bytes, 10 + length * 2),
    sampleRateHz: isRate ? sampleRateHz : undefined,
    lengthSamples: isRate ? lengthSamples : undefined,
  };
}

function findBytes(bytes: Uint8Array, text: string): number | undefined {
  const wanted = [...text].map((character) => character.charCodeAt(0));
  for (let i = 0; i + wanted.length <= bytes.length; i++) {
    if (wanted.every((byte, k) => bytes[i + k] === byte)) return i;
  }
  return undefined;
}

/** The folder is the first absolute path behind the name. */
function folderIn(data: DataView<ArrayBuffer>, bytes: Uint8Array, from: number): string {
  for (let i = from + 1; i < bytes.length; i++) {
    if (bytes[i] !== 0x2f || bytes[i - 1] !== 0) continue;
    const text = textAt(data, i, bytes.length - i) ?? '';
    if (text.length > 3) return text;
  }
  return '';
}

function readAudioRegion({ data }: LogicRecord): AudioRegion | undefined {
  const startSamples = u32At(data, 0x06);
  const lengthSamples = u32At(data, 0x16);
  if (startSamples === undefined || lengthSamples === undefined) return undefined;
  // The name in UTF-8 follows the one in the system's old encoding.
  const name = textAt(data, 0x4c, u16At(data, 0x4a) ?? 0) ?? '';
  return { name, startSamples, lengthSamples };
}

/** The text of an RTF document inside a payload. */
function readRtf(data: DataView<ArrayBuffer>): string | undefined {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const start = findBytes(bytes, '{\\rtf');
  return start === undefined ? undefined : rtfText(bytes.subarray(start));
}
