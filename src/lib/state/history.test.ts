import { describe, expect, it } from 'vitest';
import { History } from './history';

describe('History', () => {
  it('goes back and forth and names what it takes back', () => {
    const history = History.of('a').commit('b', 'Draw').commit('c', 'Delete');
    expect(history.undoLabel).toBe('Delete');
    const back = history.undo();
    expect([back.present, back.undoLabel, back.redoLabel]).toEqual(['b', 'Draw', 'Delete']);
    expect(back.undo().undo().present).toBe('a');
    expect(back.redo().present).toBe('c');
    expect(back.redo().redo().present).toBe('c');
  });

  it('forgets the future on a new step', () => {
    const history = History.of('a').commit('b', 'x').undo().commit('c', 'y');
    expect(history.redoLabel).toBeUndefined();
    expect(history.redo().present).toBe('c');
  });

  it('merges the steps of one drag', () => {
    const history = History.of(0).commit(1, 'Gain', true).commit(2, 'Gain', true);
    expect(history.undo().present).toBe(0);
  });

  it('ignores a step that changes nothing', () => {
    const document = {};
    expect(History.of(document).commit(document, 'x').undoLabel).toBeUndefined();
  });
});
