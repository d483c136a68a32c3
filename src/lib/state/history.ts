/** A step of a document and what made it, in words ("Quantise", "Mute Bass"). */
export interface Step<Document> {
  readonly document: Document;
  readonly label: string;
}

/** Undo as a stack of immutable documents. Every method returns a new history. */
export class History<Document> {
  static readonly #LIMIT = 200;
  readonly present: Document;
  readonly #past: readonly Step<Document>[];
  readonly #future: readonly Step<Document>[];

  private constructor(present: Document, past: readonly Step<Document>[], future: readonly Step<Document>[]) {
    this.present = present;
    this.#past = past;
    this.#future = future;
  }

  static of<Document>(document: Document): History<Document> {
    return new History(document, [], []);
  }

  /** What undo would take back. */
  get undoLabel(): string | undefined {
    return this.#past.at(-1)?.label;
  }

  get redoLabel(): string | undefined {
    return this.#future.at(-1)?.label;
  }

  /** A step with the label of the step before replaces it where `merge` is set: one drag, one undo. */
  commit(document: Document, label: string, merge = false): History<Document> {
    if (document === this.present) return this;
    if (merge && this.#past.at(-1)?.label === label) return new History(document, this.#past, []);
    const past = [...this.#past, { document: this.present, label }].slice(-History.#LIMIT);
    return new History(document, past, []);
  }

  undo(): History<Document> {
    const step = this.#past.at(-1);
    if (step === undefined) return this;
    const future = [...this.#future, { document: this.present, label: step.label }];
    return new History(step.document, this.#past.slice(0, -1), future);
  }

  redo(): History<Document> {
    const step = this.#future.at(-1);
    if (step === undefined) return this;
    const past = [...this.#past, { document: this.present, label: step.label }];
    return new History(step.document, past, this.#future.slice(0, -1));
  }
}
