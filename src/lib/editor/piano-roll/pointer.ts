import type { PointerAt } from './gestures/gesture';

/** Pointer or wheel position in CSS pixels of an element, with the modifiers; Cmd counts as Ctrl. */
export function pointerAt(event: PointerEvent | WheelEvent | MouseEvent, element: Element): PointerAt {
  const box = element.getBoundingClientRect();
  return {
    x: event.clientX - box.left,
    y: event.clientY - box.top,
    shift: event.shiftKey,
    alt: event.altKey,
    ctrl: event.ctrlKey || event.metaKey,
  };
}

/** Follows an element's size in CSS pixels; returns the clean-up, as an attachment does. */
export function observeSize(
  element: Element,
  report: (widthPx: number, heightPx: number) => void,
): () => void {
  const observer = new ResizeObserver(() => report(element.clientWidth, element.clientHeight));
  observer.observe(element);
  report(element.clientWidth, element.clientHeight);
  return () => observer.disconnect();
}

/** Calls back when the page's theme changes, so that canvases can be painted anew. */
export function observeTheme(report: () => void): () => void {
  const observer = new MutationObserver(report);
  observer.observe(document.documentElement, {
    attributes: true,
    attributeFilter: ['class', 'data-theme', 'style'],
  });
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  scheme.addEventListener('change', report);
  return () => {
    observer.disconnect();
    scheme.removeEventListener('change', report);
  };
}
