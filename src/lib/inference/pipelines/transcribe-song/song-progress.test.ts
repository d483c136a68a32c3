import { describe, expect, it } from 'vitest';
import { SongProgress, type SongProgressReport } from './song-progress';

describe('SongProgress', () => {
  it('makes one bar that never falls, even when a stage counts backwards', async () => {
    const reports: SongProgressReport[] = [];
    let seconds = 0;
    const progress = new SongProgress(
      (report) => reports.push(report),
      () => seconds,
    );
    await progress.stage('decode', (report) => {
      report({ phase: 'decode', done: 1, total: 2 });
      report({ phase: 'decode', done: 0, total: 2 });
      report({ phase: 'load-model', done: 5, total: 10, detail: 'BeatNet' });
      seconds = 4;
      return Promise.resolve();
    });
    await progress.stage('separate', (report) => {
      seconds = 10;
      report({ phase: 'separate', done: 1, total: 1 });
      return Promise.resolve();
    });
    await progress.stage('save', () => Promise.resolve());
    const overall = reports.map((report) => report.overall);
    expect(overall).toEqual([...overall].sort((a, b) => a - b));
    expect(overall.at(-1)).toBe(1);
    expect(reports.find((report) => report.phase === 'load-model')).toMatchObject({
      done: 5,
      detail: 'BeatNet',
    });
    expect(progress.timings).toEqual([
      { stage: 'decode', seconds: 4 },
      { stage: 'separate', seconds: 6 },
      { stage: 'save', seconds: 0 },
    ]);
    expect(reports.at(-1)!.etaSeconds).toBe(0);
    expect(reports[0]!.etaSeconds).toBeUndefined();
  });

  it('leaves a failed stage without a time', async () => {
    const progress = new SongProgress(() => undefined);
    await expect(progress.stage('beats', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(progress.timings).toEqual([]);
  });
});
