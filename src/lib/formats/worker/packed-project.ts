import type { AutomationPoint, Project, ProjectNote } from '../../core/project';

/** Rows of one shape, column by column: crosses to another thread in a fraction of the time the objects take. */
interface PackedRows {
  readonly count: number;
  readonly columns: readonly PackedColumn[];
}

type Value = number | string | boolean;

interface PackedColumn {
  readonly key: string;
  /** The numbers themselves, or indices into `words`; NaN where a row has no such field. */
  readonly numbers: Float64Array<ArrayBuffer>;
  /** The different values of a column that holds no numbers. */
  readonly words?: readonly Value[];
}

type Rows<T> = PackedRows | readonly T[];

/** A project on its way between worker and page: what comes by the hundred thousand is packed. */
export interface PackedProject {
  readonly rest: Project;
  readonly notes: readonly Rows<ProjectNote>[];
  readonly points: readonly Rows<AutomationPoint>[];
}

/** Below this many rows the objects themselves are as quick. */
const MIN_PACKED_ROWS = 32;

/** Packs a project; `transfer` lists the buffers to hand over with it. */
export function packProject(project: Project): {
  readonly packed: PackedProject;
  readonly transfer: ArrayBuffer[];
} {
  const transfer: ArrayBuffer[] = [];
  const packed = {
    rest: {
      ...project,
      patterns: project.patterns.map((pattern) => ({ ...pattern, notes: [] })),
      automation: project.automation.map((lane) => ({ ...lane, points: [] })),
    },
    notes: project.patterns.map(({ notes }) => packRows(notes, transfer)),
    points: project.automation.map(({ points }) => packRows(points, transfer)),
  };
  return { packed, transfer };
}

/** The project that was packed. */
export function unpackProject({ rest, notes, points }: PackedProject): Project {
  return {
    ...rest,
    patterns: rest.patterns.map((pattern, i) => ({ ...pattern, notes: unpackRows(notes[i]!, NOTE) })),
    automation: rest.automation.map((lane, i) => ({ ...lane, points: unpackRows(points[i]!, POINT) })),
  };
}

function packRows<T extends object>(rows: readonly T[], transfer: ArrayBuffer[]): Rows<T> {
  if (rows.length < MIN_PACKED_ROWS) return rows;
  const columns = new Map<string, { numbers: Float64Array<ArrayBuffer>; words?: Map<Value, number> }>();
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as Readonly<Record<string, Value>>;
    for (const key in row) {
      const value = row[key]!;
      let column = columns.get(key);
      if (column === undefined) {
        const numbers = new Float64Array(rows.length).fill(NaN);
        column = typeof value === 'number' ? { numbers } : { numbers, words: new Map() };
        columns.set(key, column);
      }
      column.numbers[i] = column.words === undefined ? (value as number) : wordIndex(column.words, value);
    }
  }
  for (const { numbers } of columns.values()) transfer.push(numbers.buffer);
  return {
    count: rows.length,
    columns: [...columns].map(([key, { numbers, words }]) => ({
      key,
      numbers,
      ...(words === undefined ? {} : { words: [...words.keys()] }),
    })),
  };
}

function wordIndex(words: Map<Value, number>, value: Value): number {
  const known = words.get(value);
  if (known !== undefined) return known;
  words.set(value, words.size);
  return words.size - 1;
}

/** What every row has; written as a literal, because that is several times quicker than key by key. */
interface Shape<T> {
  readonly keys: readonly string[];
  readonly rowMaker: (...columns: readonly Float64Array[]) => (i: number) => T;
}

const NOTE: Shape<ProjectNote> = {
  keys: ['startTicks', 'durationTicks', 'pitch', 'velocity'],
  rowMaker: (starts, durations, pitches, velocities) => (i) => ({
    startTicks: starts![i]!,
    durationTicks: durations![i]!,
    pitch: pitches![i]!,
    velocity: velocities![i]!,
  }),
};

const POINT: Shape<AutomationPoint> = {
  keys: ['ticks', 'value'],
  rowMaker: (ticks, values) => (i) => ({ ticks: ticks![i]!, value: values![i]! }),
};

function unpackRows<T extends object>(rows: Rows<T>, shape: Shape<T>): readonly T[] {
  if (!('columns' in rows)) return rows;
  const { count, columns } = rows;
  const makeRow = shape.rowMaker(
    ...shape.keys.map((name) => columns.find(({ key }) => key === name)!.numbers),
  );
  const unpacked = Array.from({ length: count }, (_, i) => makeRow(i));
  for (const { key, numbers, words } of columns) {
    if (shape.keys.includes(key)) continue;
    for (let i = 0; i < count; i++) {
      const number = numbers[i]!;
      if (Number.isNaN(number)) continue;
      (unpacked[i] as Record<string, Value>)[key] = words === undefined ? number : words[number]!;
    }
  }
  return unpacked;
}
