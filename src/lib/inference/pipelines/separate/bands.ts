import { BIN_COUNT } from './constants';

/** Rows of the split network: [how many, bins merged in each]. Above 20.3 kHz there is nothing to hear. */
const GROUPS = [
  [320, 1],
  [224, 2],
  [224, 5],
] as const;

export const ROW_COUNT = 768;

/** ROW_COUNT + 1 bins: row r merges the bins of [ROW_EDGES[r], ROW_EDGES[r + 1]). */
export const ROW_EDGES: Uint16Array = (() => {
  const edges = new Uint16Array(ROW_COUNT + 1);
  let row = 0;
  for (const [rows, bins] of GROUPS) {
    for (let i = 0; i < rows; i++, row++) edges[row + 1] = edges[row]! + bins;
  }
  return edges;
})();

/** The row of each of BIN_COUNT bins; bins above the last row take its value. */
export const ROW_OF_BIN: Uint16Array = (() => {
  const rows = new Uint16Array(BIN_COUNT).fill(ROW_COUNT - 1);
  for (let row = 0; row < ROW_COUNT; row++) rows.fill(row, ROW_EDGES[row], ROW_EDGES[row + 1]);
  return rows;
})();
