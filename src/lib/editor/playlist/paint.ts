import { chosenColour, partOf } from './part-colours';
import { barStarts, barTicks } from '../../core/bars';
import type {
  AutomationLane,
  Project,
  ProjectClip,
  ProjectPattern,
  ProjectSection,
} from '../../core/project';
import type { StemPeaks } from '../piano-roll/paint/background';
import { crisp } from '../piano-roll/paint/surface';
import type { NotePaths, NoteShape } from './note-paths';
import { contentSegments, type PlaylistRow } from './rows';
import { barsPerLine, ticksOfX, xOfTicks, type PlaylistView } from './view';

const FONT = "'Inter Variable', Inter, system-ui, sans-serif";
const MAX_BARS = 20_000;
const NAME_PX = 14;

/** Colours of the page, read from its tokens. */
export interface PlaylistColours {
  readonly background: string;
  readonly rowDark: string;
  readonly line: string;
  readonly bar: string;
  readonly text: string;
  readonly textDim: string;
  readonly accent: string;
  readonly clip: string;
  /** For what its author gave no colour. */
  readonly parts: readonly string[];
}

export function readColours(element: Element): PlaylistColours {
  const style = getComputedStyle(element);
  const token = (name: string, fallback: string): string => style.getPropertyValue(name).trim() || fallback;
  return {
    background: token('--surface-1', '#16171a'),
    rowDark: token('--surface-0', '#0f1012'),
    line: token('--grid-division', 'rgb(255 255 255 / 5%)'),
    bar: token('--grid-beat', 'rgb(255 255 255 / 9%)'),
    text: token('--text-1', '#eef0f3'),
    textDim: token('--text-2', '#b3b8c2'),
    accent: token('--accent', '#d6f24d'),
    clip: token('--family-other', '#a3a9b5'),
    parts: [
      token('--family-keys', '#58a6ff'),
      token('--family-drums', '#f2a93b'),
      token('--family-strings_pads', '#2dc9b4'),
      token('--family-winds_leads', '#f789c6'),
      token('--family-guitar', '#7ccb5a'),
      token('--family-bass', '#a78bfa'),
      token('--family-voice', '#f2574d'),
    ],
  };
}

/** The colour of a part that has none of its own. */
export function partColour(colours: PlaylistColours, number: number | undefined): string {
  return number === undefined ? colours.clip : colours.parts[number % colours.parts.length]!;
}

export interface PlaylistScene {
  readonly project: Project;
  readonly rows: readonly PlaylistRow[];
  readonly patterns: ReadonlyMap<string, ProjectPattern>;
  readonly automation: ReadonlyMap<string, AutomationLane>;
  /** Of parts that may have no colour of their own. */
  readonly parts: ReadonlyMap<string, number>;
  readonly paths: NotePaths;
  readonly colours: PlaylistColours;
  readonly selectedClipId: string | undefined;
  /** Peaks of a sample over its whole length, where it is there. */
  readonly peaksOf: (sampleId: string) => StemPeaks | undefined;
}

/** All rows in view: their ground, the bars, the clips, the curves. */
export function paintRows(context: CanvasRenderingContext2D, view: PlaylistView, scene: PlaylistScene): void {
  const { colours, rows } = scene;
  context.fillStyle = colours.background;
  context.fillRect(0, 0, view.widthPx, view.heightPx);
  const visible = rows.filter(
    (row) => row.topPx + row.heightPx > view.topPx && row.topPx < view.topPx + view.heightPx,
  );
  for (const row of visible) {
    const y = row.topPx - view.topPx;
    context.fillStyle = colours.rowDark;
    if (rows.indexOf(row) % 2 === 1) context.fillRect(0, y, view.widthPx, row.heightPx);
    context.fillStyle = colours.line;
    context.fillRect(0, y + row.heightPx - 1, view.widthPx, 1);
  }
  for (const { x } of barLines(view, scene.project, 24)) {
    context.fillStyle = colours.bar;
    context.fillRect(crisp(x) - 0.5, 0, 1, view.heightPx);
  }
  for (const row of visible) {
    if (row.kind === 'automation') {
      const box = { x: 0, y: row.topPx - view.topPx + 4, width: view.widthPx, height: row.heightPx - 8 };
      const toX = (ticks: number): number => xOfTicks(view, ticks);
      paintCurve(context, row.lane, box, { toX, colour: colours.accent });
      continue;
    }
    for (const clip of row.clips) {
      if (xOfTicks(view, clip.endTicks) >= 0 && xOfTicks(view, clip.startTicks) <= view.widthPx) {
        paintClip(context, view, scene, row, clip);
      }
    }
  }
}

function barLines(view: PlaylistView, project: Project, leastPx: number): { x: number; bar: number }[] {
  const endTicks = ticksOfX(view, view.widthPx);
  const signature = project.timeSignatures[0] ?? { numerator: 4, denominator: 4 };
  const every = barsPerLine(barTicks(signature) * view.pixelsPerTick, leastPx);
  return barStarts(project.timeSignatures, endTicks, MAX_BARS)
    .map((ticks, i) => ({ x: xOfTicks(view, ticks), bar: i + 1 }))
    .filter(({ x, bar }) => (bar - 1) % every === 0 && x >= -1);
}

function paintClip(
  context: CanvasRenderingContext2D,
  view: PlaylistView,
  scene: PlaylistScene,
  row: PlaylistRow,
  clip: ProjectClip,
): void {
  const { colours } = scene;
  const pattern = clip.patternId === undefined ? undefined : scene.patterns.get(clip.patternId);
  const colour = visible(
    chosenColour(clip.colour) ??
      chosenColour(pattern?.colour) ??
      chosenColour(row.colour) ??
      partColour(colours, scene.parts.get(partOf(scene.project, clip))),
  );
  const x = xOfTicks(view, clip.startTicks);
  const width = Math.max(2, (clip.endTicks - clip.startTicks) * view.pixelsPerTick - 1);
  const box = { x, y: row.topPx - view.topPx + 1, width, height: row.heightPx - 3 };
  context.save();
  context.globalAlpha = clip.muted === true ? 0.35 : 1;
  context.beginPath();
  context.roundRect(box.x, box.y, box.width, box.height, width > 6 ? 3 : 0);
  context.fillStyle = `color-mix(in srgb, ${colour} 34%, ${colours.background})`;
  context.fill();
  context.clip();
  const hasName = width > 28 && row.heightPx > 30;
  const body = hasName
    ? { ...box, y: box.y + NAME_PX, height: box.height - NAME_PX }
    : { ...box, y: box.y + 2, height: box.height - 4 };
  if (hasName) {
    context.fillStyle = `color-mix(in srgb, ${colour} 78%, ${colours.background})`;
    context.fillRect(box.x, box.y, box.width, NAME_PX);
    context.fillStyle = '#0d0e10';
    context.font = `600 10px ${FONT}`;
    context.textBaseline = 'middle';
    context.fillText(clip.name, Math.max(box.x, 0) + 4, box.y + NAME_PX / 2 + 0.5);
  }
  context.fillStyle = colour;
  if (pattern !== undefined) paintPattern(context, view, scene.paths.of(pattern), clip, body);
  else if (clip.kind === 'audio') paintAudio(context, view, scene, clip, body);
  else if (clip.automationId !== undefined) {
    const lane = scene.automation.get(clip.automationId);
    const toX = (ticks: number): number => xOfTicks(view, clip.startTicks + ticks - clip.offsetTicks);
    if (lane !== undefined) paintCurve(context, lane, body, { toX, colour });
  }
  context.restore();
  if (clip.id !== scene.selectedClipId) return;
  context.strokeStyle = colours.text;
  context.lineWidth = 2;
  context.beginPath();
  context.roundRect(box.x + 1, box.y + 1, Math.max(1, box.width - 2), box.height - 2, 3);
  context.stroke();
}

/** Programs whose default is a dark grey would give clips that cannot be told from the ground. */
const MIN_LUMINANCE = 0.14;

function visible(colour: string): string {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour);
  if (hex === null) return colour;
  const [red = 0, green = 0, blue = 0] = hex.slice(1).map((part) => (Number.parseInt(part, 16) / 255) ** 2.2);
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  return luminance < MIN_LUMINANCE ? `color-mix(in oklab, ${colour} 55%, #dfe5ee)` : colour;
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function paintPattern(
  context: CanvasRenderingContext2D,
  view: PlaylistView,
  shapes: readonly NoteShape[],
  clip: ProjectClip,
  box: Box,
): void {
  for (const { contentTicks, startTicks, lengthTicks } of contentSegments(clip)) {
    const left = xOfTicks(view, startTicks);
    const width = lengthTicks * view.pixelsPerTick;
    if (left > view.widthPx || left + width < 0) continue;
    context.save();
    context.beginPath();
    context.rect(left, box.y, width, box.height);
    context.clip();
    context.translate(xOfTicks(view, startTicks - contentTicks), box.y + 2);
    context.scale(view.pixelsPerTick, Math.max(1, box.height - 4));
    for (const shape of shapes) {
      const from = startTicks + shape.startTicks - contentTicks;
      const to = startTicks + shape.endTicks - contentTicks;
      if (xOfTicks(view, from) < view.widthPx && xOfTicks(view, to) > 0) context.fill(shape.path);
    }
    context.restore();
  }
}

function paintAudio(
  context: CanvasRenderingContext2D,
  view: PlaylistView,
  scene: PlaylistScene,
  clip: ProjectClip,
  box: Box,
): void {
  const peaks = clip.sampleId === undefined ? undefined : scene.peaksOf(clip.sampleId);
  const middle = box.y + box.height / 2;
  if (peaks === undefined) {
    context.globalAlpha *= 0.5;
    context.fillRect(box.x, middle - 0.5, box.width, 1);
    return;
  }
  const secondsPerPx = (clip.endSeconds - clip.startSeconds) / Math.max(1e-9, box.width);
  const offset = clip.offsetSeconds ?? 0;
  context.beginPath();
  const last = Math.min(view.widthPx, box.x + box.width);
  for (let x = Math.max(0, Math.floor(box.x)); x < last; x++) {
    const from = Math.floor((offset + (x - box.x) * secondsPerPx) * peaks.bucketsPerSecond);
    const to = Math.max(
      from + 1,
      Math.floor((offset + (x + 1 - box.x) * secondsPerPx) * peaks.bucketsPerSecond),
    );
    let low = 0;
    let high = 0;
    for (let i = Math.max(0, from); i < to && 2 * i + 1 < peaks.minMax.length; i++) {
      low = Math.min(low, peaks.minMax[2 * i]!);
      high = Math.max(high, peaks.minMax[2 * i + 1]!);
    }
    const half = box.height / 2;
    context.rect(x, middle - high * half, 1, Math.max(1, (high - low) * half));
  }
  context.fill();
}

function paintCurve(
  context: CanvasRenderingContext2D,
  { points }: AutomationLane,
  box: Box,
  look: { readonly toX: (ticks: number) => number; readonly colour: string },
): void {
  let low = Infinity;
  let high = -Infinity;
  for (const { value } of points) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const range = high - low || 1;
  const toY = (value: number): number => box.y + 2 + (box.height - 4) * (1 - (value - low) / range);
  context.save();
  context.strokeStyle = look.colour;
  context.lineWidth = 1.5;
  context.beginPath();
  // Points left of the box matter only for the height at which the curve enters it, points right of it for its slope.
  const right = box.x + box.width;
  let first = points.findIndex((_, i) => look.toX(points[i + 1]?.ticks ?? Infinity) >= box.x);
  first = Math.max(0, first);
  let held = false;
  let lastY = toY(points[first]?.value ?? low);
  context.moveTo(box.x, lastY);
  for (let i = first; i < points.length; i++) {
    const { ticks, value, curve } = points[i]!;
    const x = look.toX(ticks);
    const y = toY(value);
    if (held) context.lineTo(x, lastY);
    context.lineTo(x, y);
    held = curve === 'hold';
    lastY = y;
    if (x > right) break;
  }
  context.lineTo(box.x + box.width, lastY);
  context.stroke();
  context.restore();
}

/** Bar numbers, and above them the sections of the song. */
export function paintPlaylistRuler(
  context: CanvasRenderingContext2D,
  view: PlaylistView,
  scene: Pick<PlaylistScene, 'project' | 'colours'>,
  heights: { readonly sectionsPx: number; readonly barsPx: number },
): void {
  const { project, colours } = scene;
  context.textBaseline = 'middle';
  context.font = `600 11px ${FONT}`;
  project.sections.forEach((section, i) => paintSection(context, view, section, { i, colours, ...heights }));
  context.font = `500 11px ${FONT}`;
  for (const { x, bar } of barLines(view, project, 46)) {
    context.fillStyle = colours.bar;
    context.fillRect(crisp(x) - 0.5, heights.sectionsPx, 1, heights.barsPx);
    context.fillStyle = colours.textDim;
    context.fillText(String(bar), x + 4, heights.sectionsPx + heights.barsPx / 2);
  }
}

function paintSection(
  context: CanvasRenderingContext2D,
  view: PlaylistView,
  section: ProjectSection,
  look: { readonly i: number; readonly colours: PlaylistColours; readonly sectionsPx: number },
): void {
  const x = xOfTicks(view, section.startTicks);
  const width = (section.endTicks - section.startTicks) * view.pixelsPerTick;
  if (x > view.widthPx || x + width < 0) return;
  context.save();
  context.beginPath();
  context.rect(x, 0, Math.max(1, width - 1), look.sectionsPx - 2);
  context.clip();
  context.fillStyle = `color-mix(in srgb, ${look.colours.text} ${look.i % 2 === 0 ? 14 : 9}%, ${look.colours.background})`;
  context.fillRect(x, 0, width, look.sectionsPx);
  context.fillStyle = look.colours.text;
  // What was inferred is a guess and says so.
  const name = section.origin === 'inferred' ? `${section.name} ?` : section.name;
  context.fillText(name, Math.max(0, x) + 5, look.sectionsPx / 2 - 0.5);
  context.restore();
}
