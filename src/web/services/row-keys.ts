import type { RefObject } from 'preact';
import { useRef } from 'preact/hooks';
import { useShortcuts } from '../lib/shortcuts.ts';

/** Handles `j`, `k` and `c` for the rows of a table. Enter opens the focused link, as everywhere. */
export function useRowKeys(): RefObject<HTMLTableElement | null> {
  const table = useRef<HTMLTableElement>(null);
  const rows = () => [...(table.current?.tBodies[0]?.rows ?? [])];
  const focused = () => rows().findIndex((row) => row.contains(document.activeElement));
  const focus = (index: number) => rows()[index]?.querySelector('a')?.focus();
  useShortcuts({
    j: () => focus(focused() + 1),
    k: () => focus(focused() < 0 ? rows().length - 1 : focused() - 1),
    c: () => rows()[focused()]?.querySelector<HTMLElement>('.copy')?.click(),
  });
  return table;
}
