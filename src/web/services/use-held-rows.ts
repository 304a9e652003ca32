import { useRef, useState } from 'preact/hooks';
import type { ServicesList, ServicesTask } from '../api-types.ts';
import { holdRows } from './held-rows.ts';

interface HeldRows {
  rows: readonly ServicesTask[];
  /** True if the latest response has other rows. */
  hasMoved: boolean;
  showLatest(): void;
}

/** Keeps the rows in their places while a page is shown. @param isHeld false: shows the latest rows */
export function useHeldRows(latest: ServicesList, isHeld: boolean): HeldRows {
  const shown = useRef<readonly ServicesTask[]>(latest);
  const [, render] = useState({});
  const { rows, hasMoved } = isHeld ? holdRows(shown.current, latest) : { rows: latest, hasMoved: false };
  shown.current = rows;
  return {
    rows,
    hasMoved,
    showLatest() {
      shown.current = latest;
      render({});
    },
  };
}
