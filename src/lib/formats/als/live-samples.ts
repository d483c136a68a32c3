import type { SampleRef } from '../../core/project';
import { child, descend, numberOf, textOf, type XmlNode } from './xml-tree';

/** Sample references of a set, one per distinct path. */
export class SampleTable {
  readonly refs: SampleRef[] = [];
  readonly #byPath = new Map<string, string>();

  /** The id of the sample a `SampleRef` element names; undefined where it names none. */
  add(sampleRef: XmlNode | undefined): string | undefined {
    const file = child(sampleRef, 'FileRef');
    if (file === undefined) return undefined;
    const path = pathOf(file);
    if (path === '') return undefined;
    const known = this.#byPath.get(path);
    if (known !== undefined) return known;
    const id = `sample-${this.refs.length + 1}`;
    this.#byPath.set(path, id);
    const sampleRateHz = numberOf(sampleRef, 'DefaultSampleRate');
    const durationSamples = numberOf(sampleRef, 'DefaultDuration');
    const sizeBytes =
      numberOf(file, 'OriginalFileSize') ?? numberOf(descend(file, 'SearchHint'), 'FileSize') ?? 0;
    this.refs.push({
      id,
      path,
      fileName: path.slice(path.lastIndexOf('/') + 1),
      ...(sizeBytes > 0 ? { sizeBytes } : {}),
      ...(sampleRateHz !== undefined && sampleRateHz > 0 ? { sampleRateHz } : {}),
      ...(sampleRateHz !== undefined && sampleRateHz > 0 && durationSamples !== undefined
        ? { durationSeconds: durationSamples / sampleRateHz }
        : {}),
    });
    return id;
  }
}

/** Live 11 and later store the paths as text, before that as folders one by one with the name apart. */
function pathOf(file: XmlNode): string {
  const absolute = textOf(file, 'Path');
  if (absolute !== undefined && absolute !== '') return absolute;
  const relative = textOf(file, 'RelativePath');
  if (relative !== undefined && relative !== '') return relative;
  const name = textOf(file, 'Name') ?? '';
  if (name === '') return '';
  const hint = child(descend(file, 'SearchHint'), 'PathHint');
  const folders = child(file, 'RelativePath')?.children ?? [];
  const parts = folders.length > 0 ? folders : (hint?.children ?? []);
  return [...parts.map(({ attributes }) => attributes.Dir ?? ''), name]
    .filter((part) => part !== '')
    .join('/');
}
