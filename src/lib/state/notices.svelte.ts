import { describeError, isAbort } from '$lib/core/errors';

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly detail?: string;
  readonly tone: 'info' | 'error';
  readonly action?: { readonly label: string; readonly run: () => void };
}

export interface Warning {
  readonly id: number;
  /** The job it is about, where it is about one. */
  readonly jobId?: string;
  readonly text: string;
}

interface ToastOptions {
  readonly detail?: string;
  readonly action?: Toast['action'];
  readonly seconds?: number;
  /** Runs when the toast goes without its action having been used. */
  readonly onExpire?: () => void;
}

/** What the page tells the user in passing (toasts), and what stays to be read (warnings). */
export class Notices {
  toasts = $state.raw<readonly Toast[]>([]);
  warnings = $state.raw<readonly Warning[]>([]);
  #nextId = 1;
  readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();
  readonly #onExpire = new Map<number, () => void>();

  say(text: string, options: ToastOptions = {}): void {
    this.#show({ text, tone: 'info' }, options);
  }

  /** One sentence what happened, one what to do. Cancelling is no error and says nothing. */
  fail(error: unknown): void {
    if (isAbort(error)) return;
    const words = describeError(error);
    console.error(error);
    this.#show({ text: words.what, tone: 'error' }, { detail: words.remedy, seconds: 12 });
  }

  warn(text: string, jobId?: string): void {
    if (this.warnings.some((warning) => warning.text === text && warning.jobId === jobId)) return;
    const id = this.#nextId++;
    this.warnings = [...this.warnings, jobId === undefined ? { id, text } : { id, text, jobId }];
  }

  dismissWarning(id: number): void {
    this.warnings = this.warnings.filter((warning) => warning.id !== id);
  }

  close(id: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.toasts = this.toasts.filter((toast) => toast.id !== id);
    this.#onExpire.get(id)?.();
    this.#onExpire.delete(id);
  }

  #show(toast: Pick<Toast, 'text' | 'tone'>, options: ToastOptions): void {
    const id = this.#nextId++;
    const { detail, action, onExpire, seconds = action === undefined ? 5 : 9 } = options;
    if (onExpire !== undefined) this.#onExpire.set(id, onExpire);
    const wrapped = action && {
      label: action.label,
      run: () => {
        this.#onExpire.delete(id);
        action.run();
      },
    };
    this.toasts = [
      ...this.toasts.slice(-3),
      { id, ...toast, ...(detail === undefined ? {} : { detail }), ...(wrapped ? { action: wrapped } : {}) },
    ];
    this.#timers.set(
      id,
      setTimeout(() => this.close(id), seconds * 1000),
    );
  }
}
