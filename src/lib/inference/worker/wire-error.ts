import { AppError, type AppErrorCode } from '$lib/core/errors';
import type { WireError } from './protocol';

export function toWire(error: unknown): WireError {
  if (error instanceof AppError) {
    const prefix = `${error.code}: `;
    const detail = error.message.startsWith(prefix) ? error.message.slice(prefix.length) : '';
    return { name: error.name, message: detail, code: error.code };
  }
  if (error instanceof Error) return { name: error.name, message: error.message };
  // Aborting with a reason of one's own rejects with that reason.
  return { name: 'Error', message: String(error) };
}

export function fromWire(error: WireError): Error {
  if (error.code !== undefined) return new AppError(error.code as AppErrorCode, error.message);
  if (error.name === 'AbortError') return abortError();
  return new AppError('unexpected', `${error.name}: ${error.message}`);
}

export function abortError(): Error {
  return new DOMException('The job was cancelled.', 'AbortError');
}
