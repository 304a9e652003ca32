import type { RefObject } from 'preact';
import { useRef } from 'preact/hooks';
import { announce } from './announce.ts';
import { copyText } from './clipboard.ts';
import { useShortcuts } from './shortcuts.ts';

/**
 * Handles `j`, `k` and `c` for the rows of a table: next, previous, and a copy of the first value with a copy button.
 * Enter needs no handler, because the focus is on a link.
 */
export function useRowKeys(): RefObject<HTMLTableElement | null> {
  const table = useRef<HTMLTableElement>(null);
  const rows = () => [...(table.current?.tBodies[0]?.rows ?? [])];
  const focused = () => rows().findIndex((row) => row.contains(document.activeElement));
  const linkOf = (index: number) => rows()[index]?.querySelector('a');
  const copy = async () => {
    const value = rows()[focused()]?.querySelector<HTMLElement>('[data-copy]')?.dataset.copy;
    const link = linkOf(focused());
    if (value === undefined || !link) return;
    announce((await copyText(value, link)) ? `Copied ${value}` : `Could not copy ${value}`);
  };
  useShortcuts({
    j: () => linkOf(focused() + 1)?.focus(),
    k: () => linkOf(focused() < 0 ? rows().length - 1 : focused() - 1)?.focus(),
    c: () => void copy(),
  });
  return table;
}
