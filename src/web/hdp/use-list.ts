import { useRef, useState } from 'preact/hooks';
import type { HdpList } from '../api-types.ts';
import { type Polled, usePoll } from '../lib/use-poll.ts';
import { type ListState, listPath } from './list-state.ts';
import { parseList } from './responses.ts';
import { focusedUuid } from './row-focus.ts';
import { freshRows, nextRows, type ShownRows } from './shown-rows.ts';

interface List {
  polled: Polled<HdpList>;
  /** The rows to show: those of the former request while the first response of another one is awaited. */
  shown: ShownRows | undefined;
  /** True if the rows are those of the former request. */
  isFormer: boolean;
  /** Shows the rows of the latest response. */
  showCurrent(): void;
}

/** Polls the list for a state of its address. */
export function useList(state: ListState, isPaused: boolean): List {
  const path = listPath(state);
  const polled = usePoll({ path, parse: parseList, isPaused });
  const shown = useRef<ShownRows | undefined>(undefined);
  const seen = useRef<HdpList | undefined>(undefined);
  const [, render] = useState(0);
  const list = polled.last?.data;
  if (list && (list !== seen.current || shown.current?.path !== path)) {
    seen.current = list;
    shown.current = nextRows(shown.current, path, list, focusedUuid());
  }
  return {
    polled,
    shown: shown.current,
    isFormer: shown.current !== undefined && shown.current.path !== path,
    showCurrent() {
      if (shown.current) shown.current = freshRows(path, shown.current.latest);
      render((count) => count + 1);
    },
  };
}
