import { describe, expect, it } from 'vitest';
import { AppError, describeError, FormatError } from './errors';

describe('describeError', () => {
  it.each([
    [new AppError('audio-empty'), 'audio-empty'],
    [new FormatError(4, 'a header', 'nothing'), 'project-unreadable'],
    [new DOMException('no room', 'QuotaExceededError'), 'storage-full'],
    [{ name: 'AppError', message: 'gpu-lost', code: 'gpu-lost' }, 'gpu-lost'],
    [{ code: 'ENOENT' }, 'unexpected'],
    [new TypeError('x is undefined'), 'unexpected'],
    ['a string', 'unexpected'],
  ])('knows %o as %s', (error, code) => {
    expect(describeError(error).code).toBe(code);
  });
});
