/** What a {@link Viewport} shows and how large; rows count downwards from the top of the axis. */
export interface ViewportState {
  readonly startSeconds: number;
  readonly pixelsPerSecond: number;
  /** Row at the upper edge; may lie between two rows. */
  readonly topRow: number;
  readonly rowHeightPx: number;
  readonly widthPx: number;
  readonly heightPx: number;
  /** End of what can be scrolled to. */
  readonly durationSeconds: number;
  readonly rowCount: number;
}

const MIN_PIXELS_PER_SECOND = 2;
const MAX_PIXELS_PER_SECOND = 4000;
const MIN_ROW_HEIGHT_PX = 3;
export const MAX_ROW_HEIGHT_PX = 48;

/** Maps time to x and rows to y. Immutable: every change returns a new one that lies inside its limits. */
export class Viewport {
  readonly state: ViewportState;

  constructor(state: ViewportState) {
    this.state = confine(state);
  }

  with(change: Partial<ViewportState>): Viewport {
    return new Viewport({ ...this.state, ...change });
  }

  get endSeconds(): number {
    return this.state.startSeconds + this.state.widthPx / this.state.pixelsPerSecond;
  }

  xOf(seconds: number): number {
    return (seconds - this.state.startSeconds) * this.state.pixelsPerSecond;
  }

  secondsOf(x: number): number {
    return this.state.startSeconds + x / this.state.pixelsPerSecond;
  }

  /** The upper edge of a row. */
  yOf(row: number): number {
    return (row - this.state.topRow) * this.state.rowHeightPx;
  }

  /** The whole row under y, kept inside the axis. */
  rowOf(y: number): number {
    const row = Math.floor(this.state.topRow + y / this.state.rowHeightPx);
    return Math.min(this.state.rowCount - 1, Math.max(0, row));
  }

  panBy(deltaXPx: number, deltaYPx: number): Viewport {
    return this.with({
      startSeconds: this.state.startSeconds + deltaXPx / this.state.pixelsPerSecond,
      topRow: this.state.topRow + deltaYPx / this.state.rowHeightPx,
    });
  }

  /** What lies under (x, y) stays there. */
  zoomAt(x: number, y: number, factorX: number, factorY = 1): Viewport {
    const pixelsPerSecond = clamp(
      this.state.pixelsPerSecond * factorX,
      MIN_PIXELS_PER_SECOND,
      MAX_PIXELS_PER_SECOND,
    );
    const rowHeightPx = clamp(this.state.rowHeightPx * factorY, MIN_ROW_HEIGHT_PX, MAX_ROW_HEIGHT_PX);
    return this.with({
      pixelsPerSecond,
      rowHeightPx,
      startSeconds: this.secondsOf(x) - x / pixelsPerSecond,
      topRow: this.state.topRow + y / this.state.rowHeightPx - y / rowHeightPx,
    });
  }

  /** Shows a stretch of time and rows with a little air around it. */
  fit(range: {
    readonly startSeconds: number;
    readonly endSeconds: number;
    readonly topRow?: number;
    readonly bottomRow?: number;
  }): Viewport {
    const air = 0.04 * Math.max(0.05, range.endSeconds - range.startSeconds);
    const spanSeconds = range.endSeconds - range.startSeconds + 2 * air;
    let change: Partial<ViewportState> = {
      pixelsPerSecond: clamp(this.state.widthPx / spanSeconds, MIN_PIXELS_PER_SECOND, MAX_PIXELS_PER_SECOND),
      startSeconds: range.startSeconds - air,
    };
    if (range.topRow !== undefined && range.bottomRow !== undefined) {
      const rows = range.bottomRow - range.topRow + 1 + 2;
      const rowHeightPx = clamp(this.state.heightPx / rows, MIN_ROW_HEIGHT_PX, 24);
      const middle = (range.topRow + range.bottomRow + 1) / 2;
      change = { ...change, rowHeightPx, topRow: middle - this.state.heightPx / rowHeightPx / 2 };
    }
    return this.with(change);
  }
}

function confine(state: ViewportState): ViewportState {
  const visibleRows = state.heightPx / state.rowHeightPx;
  const visibleSeconds = state.widthPx / state.pixelsPerSecond;
  return {
    ...state,
    startSeconds: clamp(state.startSeconds, 0, Math.max(0, state.durationSeconds - visibleSeconds / 2)),
    topRow: clamp(state.topRow, 0, Math.max(0, state.rowCount - visibleRows)),
  };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
