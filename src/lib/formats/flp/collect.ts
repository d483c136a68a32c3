import type { ProjectWarning, UnknownData } from '../../core/project';
import { readControl, readPatternCurves, readPoints } from './automation';
import type { FlpEvent, FlpEvents } from './events';
import { readFlags, type RawInsert, type RawSlot } from './mixer';
import { readNotes, stepIndex } from './notes';
import { Payload } from './payload';
import { readPlaylist } from './playlist';
import { TEXT, type RawArrangement, type RawChannel, type RawPattern, type RawProject } from './raw-project';

/** Known to carry nothing the schema has a place for; not reported as unknown. */
const IGNORED = new Set([
  9, 10, 11, 12, 15, 20, 23, 25, 26, 28, 29, 30, 31, 32, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 47, 48, 49,
  50, 51, 67, 69, 70, 71, 74, 75, 76, 80, 83, 85, 86, 89, 94, 95, 97, 100, 103, 131, 132, 133, 138, 139, 142,
  143, 144, 146, 151, 152, 154, 155, 157, 158, 159, 165, 166, 167, 169, 170, 172, 197, 200, 202, 209, 215,
  216, 217, 218, 220, 221, 226, 228, 229, 242, 243,
]);
const IMPLICIT_CHANNEL: FlpEvent = {
  id: 64,
  offset: 0,
  payload: new Payload(new DataView(new ArrayBuffer(2)), 0, 2),
};
const MAX_ARRANGEMENTS = 200;
const MAX_INSERTS = 1000;
const MAX_WARNINGS_A_KIND = 1;

/**
 * Walks the events once, keeping track of what each belongs to: the channel opened last (64), the pattern (65), the
 * arrangement (99) or the mixer insert (from its name 204 or flags 236 to its end 147).
 */
export class Collector {
  readonly raw: RawProject;
  readonly unknown = new Map<number, { count: number; bytes: number }>();
  readonly #warnings = new Map<string, ProjectWarning & { count: number }>();
  readonly #scale: number;

  #place: 'project' | 'channel' | 'pattern' | 'arrangement' | 'mixer' = 'project';
  #channel: RawChannel | undefined;
  #pattern: RawPattern | undefined;
  #arrangement: RawArrangement | undefined;
  #insert: RawInsert | undefined;
  #insertName: string | undefined;
  #insertColour: number | undefined;
  #slot: RawSlot | undefined;
  #track: number | undefined;
  #stepKeys = new Map<number, number>();

  constructor(file: FlpEvents, scale: number) {
    this.#scale = scale;
    const version = file.events.find(({ id }) => id === 199)?.payload.ascii() ?? '';
    this.raw = {
      version,
      majorVersion: majorOf(version),
      encoding: encodingOf(version),
      texts: new Map(),
      numerator: 4,
      denominator: 4,
      currentArrangement: 0,
      groups: [],
      channels: new Map(),
      patterns: new Map(),
      arrangements: [],
      inserts: [],
      controls: [],
      steps: [],
    };
    for (const event of file.events) this.#take(event);
  }

  get warnings(): ProjectWarning[] {
    return [...this.#warnings.values()].map(({ count, ...warning }) =>
      count > MAX_WARNINGS_A_KIND ? { ...warning, count } : warning,
    );
  }

  get unknownData(): UnknownData[] {
    return [...this.unknown].map(([id, { count, bytes }]) => ({
      what: `event 0x${id.toString(16).padStart(2, '0')}`,
      count,
      bytes,
    }));
  }

  #warn(code: string, message: string, offset: number): void {
    const known = this.#warnings.get(code);
    if (known === undefined) this.#warnings.set(code, { code, message, offset, count: 1 });
    else known.count++;
  }

  #take(event: FlpEvent): void {
    const isTaken =
      this.#takeStructure(event) ||
      this.#takeProject(event) ||
      this.#takePlugin(event) ||
      this.#takeChannel(event) ||
      this.#takePattern(event) ||
      this.#takeArrangement(event) ||
      this.#takeMixer(event) ||
      IGNORED.has(event.id);
    if (isTaken) return;
    const seen = this.unknown.get(event.id) ?? { count: 0, bytes: 0 };
    this.unknown.set(event.id, { count: seen.count + 1, bytes: seen.bytes + event.payload.size });
  }

  /** Events that open something. */
  #takeStructure({ id, payload }: FlpEvent): boolean {
    const { raw } = this;
    if (id === 64) {
      const number = payload.value();
      this.#channel = raw.channels.get(number) ?? {
        id: number,
        type: 0,
        isEnabled: true,
        internalName: '',
      };
      raw.channels.set(number, this.#channel);
      this.#place = 'channel';
    } else if (id === 65) {
      this.#pattern = this.#patternOf(payload.value());
      this.#stepKeys = new Map();
      // Up to FL 11 a channel's steps follow inside it, pattern by pattern: the channel stays open.
      this.#place = 'pattern';
    } else if (id === 99) {
      this.#arrangement = this.#newArrangement(payload.value());
      this.#place = 'arrangement';
    } else if (id === 100) {
      raw.currentArrangement = payload.value();
      this.#place = 'mixer';
    } else return false;
    return true;
  }

  #takeProject({ id, payload }: FlpEvent): boolean {
    const { raw } = this;
    if (id === 66) raw.coarseBpm = payload.value() + (raw.coarseBpm ?? 0) - Math.floor(raw.coarseBpm ?? 0);
    else if (id === 93) raw.coarseBpm = Math.floor(raw.coarseBpm ?? 0) + payload.value() / 1000;
    else if (id === 156) raw.fineBpm = payload.value() / 1000;
    else if (id === 17) raw.numerator = payload.value();
    else if (id === 18) raw.denominator = payload.value();
    else if (id === 231) raw.groups.push(this.#text(payload));
    else if (id === 237 && payload.size >= 16) {
      raw.createdDays = payload.f64(0);
      raw.workDays = payload.f64(8);
    } else if (id === 227) {
      const control = readControl(payload);
      if (control !== undefined) raw.controls.push(control);
    } else if (id === 225) {
      if (raw.mixerParameters === undefined) raw.mixerParameters = payload;
    } else if (id === 199 || Object.values(TEXT).some((text) => text === id)) {
      raw.texts.set(id, this.#text(payload));
    } else return false;
    return true;
  }

  /** Names and states of plug-ins: an instrument in a channel, an effect in a mixer slot. */
  #takePlugin({ id, payload }: FlpEvent): boolean {
    if (id !== 201 && id !== 203 && id !== 212 && id !== 213 && id !== 128) return false;
    if (this.#place === 'mixer') this.#takeSlot(id, payload);
    else if (this.#channel !== undefined) {
      if (id === 201) this.#channel.internalName = this.#text(payload);
      else if (id === 203) this.#channel.name = this.#text(payload);
      else if (id === 213) this.#channel.state = payload;
      else if (id === 128) this.#channel.colour = payload.value();
    }
    return true;
  }

  #takeSlot(id: number, payload: Payload): void {
    if (id === 128) return;
    // 201 comes first, and always: it opens the slot, whose number 212 gives (98 as well, from FL 12 on).
    if (id === 201) this.#slot = { index: this.#nextSlot(), internalName: this.#text(payload) };
    this.#slot ??= { index: this.#nextSlot(), internalName: '' };
    if (id === 203) this.#slot.name = this.#text(payload);
    if (id === 213) this.#slot.state = payload;
    if (id === 212) this.#slot.index = payload.u32(4) & 0x3f;
    if (this.#insert !== undefined && !this.#insert.slots.includes(this.#slot)) {
      this.#insert.slots.push(this.#slot);
    }
  }

  #nextSlot(): number {
    return (this.#insert?.slots.at(-1)?.index ?? -1) + 1;
  }

  #takeChannel({ id, payload, offset }: FlpEvent): boolean {
    // Some writers leave out the 64 of the first channel.
    if (this.#channel === undefined && id === 219) this.#takeStructure(IMPLICIT_CHANNEL);
    const channel = this.#channel;
    if (channel === undefined) return false;
    if (id === 21) channel.type = payload.value();
    else if (id === 0) channel.isEnabled = payload.value() !== 0;
    else if (id === 22) channel.insert = signed(payload.value(), 8);
    else if (id === 104) channel.insert = signed(payload.value(), 16);
    else if (id === 192) channel.name ??= this.#text(payload);
    else if (id === 196) channel.samplePath = this.#text(payload);
    else if (id === 135) channel.rootNote = payload.value();
    else if (id === 145) channel.group = payload.value();
    else if (id === 72 || id === 2) channel.volume ??= payload.value();
    else if (id === 73 || id === 3) channel.pan ??= payload.value();
    else if (id === 219) {
      channel.pan = payload.i32(0);
      channel.volume = payload.u32(4);
    } else if (id === 234) {
      channel.points = readPoints(payload);
      const stored = payload.u32(17);
      if (stored !== channel.points.length) {
        this.#warn('automation-cut', 'An automation clip ends early; its other points are lost.', offset);
      }
    } else return false;
    return true;
  }

  #patternOf(number: number): RawPattern {
    const known = this.raw.patterns.get(number);
    if (known !== undefined) return known;
    const pattern: RawPattern = { id: number, lengthTicks: 0, notes: [], curves: [], markers: [] };
    this.raw.patterns.set(number, pattern);
    return pattern;
  }

  #takePattern({ id, payload, offset }: FlpEvent): boolean {
    if (![77, 91, 150, 160, 161, 162, 164, 193, 223, 224].includes(id)) return false;
    const pattern = (this.#pattern ??= this.#patternOf(1));
    if (id === 193) pattern.name = this.#text(payload);
    else if (id === 150) pattern.colour = payload.value();
    else if (id === 164) pattern.lengthTicks = payload.value() * this.#scale;
    else if (id === 224) {
      const { notes, leftover } = readNotes(payload, this.raw.majorVersion, this.#scale);
      pattern.notes = pattern.notes.length === 0 ? notes : pattern.notes.concat(notes);
      if (leftover > 0) this.#warn('notes-cut', 'The last note of a pattern is incomplete.', offset);
    } else if (id === 77) this.#stepKeys.set(payload.value() & 0xff, payload.value() >> 8);
    else if (id === 91) {
      const index = stepIndex(payload.value());
      if (index !== undefined && this.#channel !== undefined) {
        const key = this.#stepKeys.get(index);
        this.raw.steps.push({
          pattern: pattern.id,
          channel: this.#channel.id,
          index,
          ...(key === undefined ? {} : { key }),
        });
      }
    } else if (id === 223) {
      for (const curve of readPatternCurves(payload, this.#scale)) pattern.curves.push(curve);
    }
    return true;
  }

  #newArrangement(id = 0): RawArrangement {
    const arrangement: RawArrangement = { id, items: [], markers: [], tracks: new Map() };
    if (this.raw.arrangements.length < MAX_ARRANGEMENTS) this.raw.arrangements.push(arrangement);
    return arrangement;
  }

  #takeArrangement({ id, payload, offset }: FlpEvent): boolean {
    if (id === 33 || id === 34 || id === 205) return this.#takeMarkerDetail(id, payload);
    if (id === 148) {
      const value = payload.value();
      const marker = {
        ticks: (value & 0xff_ffff) * this.#scale,
        kind: value >>> 24,
        name: '',
        numerator: 4,
        denominator: 4,
      };
      this.#markers().push(marker);
      return true;
    }
    if (id !== 233 && id !== 238 && id !== 239 && id !== 241) return false;
    const arrangement = (this.#arrangement ??= this.#newArrangement());
    if (id === 241) arrangement.name = this.#text(payload);
    else if (id === 233) this.#takePlaylist(arrangement, payload, offset);
    else if (id === 238) {
      const stored = payload.u32(0);
      const index = stored >= 1 && stored <= 1000 ? stored - 1 : arrangement.tracks.size;
      const isEnabled = payload.size <= 12 || payload.u8(12) !== 0;
      arrangement.tracks.set(index, { index, colour: payload.u32(4), isEnabled });
      this.#track = index;
    } else {
      const track = this.#track === undefined ? undefined : arrangement.tracks.get(this.#track);
      if (track !== undefined) track.name = this.#text(payload);
    }
    return true;
  }

  /** Markers after a 65 belong to the pattern, after a 99 or a 233 to the arrangement. */
  #markers(): RawArrangement['markers'] {
    if (this.#place === 'pattern' && this.#pattern !== undefined) return this.#pattern.markers;
    this.#arrangement ??= this.#newArrangement();
    return this.#arrangement.markers;
  }

  #takeMarkerDetail(id: number, payload: Payload): boolean {
    const marker = this.#markers().at(-1);
    if (marker === undefined) return true;
    if (id === 33) marker.numerator = payload.value();
    else if (id === 34) marker.denominator = payload.value();
    else marker.name = this.#text(payload);
    return true;
  }

  #takePlaylist(arrangement: RawArrangement, payload: Payload, offset: number): void {
    this.#place = 'arrangement';
    if (payload.size === 0) return;
    const playlist = readPlaylist(payload, this.raw.majorVersion, topTrack(this.raw.version));
    for (const item of playlist.items) arrangement.items.push(item);
    if (playlist.unreadable > 0 || playlist.leftover > 0) {
      this.#warn(
        'playlist-cut',
        `Some clips of the playlist could not be read (${playlist.unreadable} of ${playlist.unreadable + playlist.items.length}).`,
        offset,
      );
    }
  }

  #takeMixer({ id, payload }: FlpEvent): boolean {
    if (id === 204) {
      this.#insertName = this.#text(payload);
      this.#place = 'mixer';
    } else if (id === 149) this.#insertColour = payload.value();
    else if (id === 236) {
      this.#openInsert(readFlags(payload));
    } else if (id === 235) {
      const routes = [];
      for (let i = 0; i < payload.size; i++) if (payload.u8(i) !== 0) routes.push(i);
      if (this.#insert !== undefined) this.#insert.routes = routes;
    } else if (id === 98) {
      if (this.#slot !== undefined) this.#slot.index = payload.value() & 0x3f;
      this.#slot = undefined;
    } else if (id === 147) {
      this.#insert = undefined;
      this.#slot = undefined;
    } else return id === 27;
    return true;
  }

  #openInsert(flags: { isEnabled: boolean; effectsOn: boolean }): void {
    const name = this.#insertName;
    const colour = this.#insertColour;
    this.#insertName = undefined;
    this.#insertColour = undefined;
    this.#slot = undefined;
    this.#place = 'mixer';
    this.#insert = {
      ...(name === undefined || name === '' ? {} : { name }),
      ...(colour === undefined ? {} : { colour }),
      ...flags,
      routes: [],
      slots: [],
    };
    if (this.raw.inserts.length < MAX_INSERTS) this.raw.inserts.push(this.#insert);
  }

  #text(payload: Payload): string {
    const { encoding } = this.raw;
    if (encoding !== 'unknown') return payload.text(encoding);
    return payload.text(payload.looksLikeUtf16() ? 'utf-16' : '8-bit');
  }
}

function majorOf(version: string): number {
  const major = Number.parseInt(version, 10);
  return Number.isFinite(major) ? major : 20;
}

/** UTF-16 from 11.5 on. */
function encodingOf(version: string): 'utf-16' | '8-bit' | 'unknown' {
  const [major, minor = 0] = version.split('.').map(Number);
  if (major === undefined || !Number.isFinite(major) || version === '') return 'unknown';
  return major > 11 || (major === 11 && minor >= 5) ? 'utf-16' : '8-bit';
}

/** The number the playlist stores for its first track: 499 from 12.9.1 on, 198 before. */
function topTrack(version: string): number {
  const [major = 20, minor = 0, patch = 0] = version === '' ? [] : version.split('.').map(Number);
  const isOld = major < 12 || (major === 12 && (minor < 9 || (minor === 9 && patch < 1)));
  return isOld ? 198 : 499;
}

function signed(value: number, bits: number): number {
  return value >= 2 ** (bits - 1) ? value - 2 ** bits : value;
}
