import { useEffect, useRef, useState } from 'preact/hooks';
import { isEnded, isFailed } from '../../db/model/hdp-stages.ts';
import type { HdpDetails, HdpTransitions } from '../api-types.ts';
import { type Polled, usePoll } from '../lib/use-poll.ts';
import { listPath } from './list-state.ts';
import { parseDetails, parseList, parseStatus, parseTransitions } from './responses.ts';
import { useLoaded } from './use-loaded.ts';

/** A request that follows a change of the task delays the next poll, so that both stay below 14 requests a minute. */
const HOLD_MS = 10_000;

export interface WatchedTask {
  polled: Polled<HdpDetails>;
  transitions: HdpTransitions | undefined;
  /** Only the list has it. */
  contractClassHash: string | undefined;
  /** Why the task failed; undefined until it is loaded. */
  errorMessage: string | null | undefined;
  /** True if a part other than the details could not be loaded. */
  isPartial: boolean;
  /** Loads what could not be loaded. */
  reload(): void;
}

const canChange = ({ status }: HdpDetails) => !isEnded(status);

/** Polls the details of a task until it ends, and loads the rest of it after each change. */
export function useTask(uuid: string, isPaused: boolean): WatchedTask {
  const [isHeld, setHeld] = useState(false);
  const polled = usePoll({
    path: `/tasks/${uuid}/details`,
    parse: parseDetails,
    canChange,
    isPaused: isPaused || isHeld,
  });
  const task = polled.last?.data;
  const version = task && `${task.status} ${task.updatedAt}`;
  const transitions = useLoaded(`/tasks/${uuid}/state_transitions`, parseTransitions, version);
  const hasFailed = task && isFailed(task.status);
  const status = useLoaded(`/tasks/${uuid}/status`, parseStatus, hasFailed ? version : undefined);
  // A dry run may find the contract class.
  const isEarly = task && /^Received$|^DryRunStarted$/.test(task.status);
  const listed = useLoaded(
    listPath({ search: uuid, page: 1, size: 1 }),
    parseList,
    task && (isEarly ? 'before the dry run' : 'after the dry run'),
  );
  useHold(version, setHeld);
  const parts = [transitions, status, listed];
  return {
    polled,
    transitions: transitions.data,
    contractClassHash: listed.data?.tasks.find((listedTask) => listedTask.uuid === uuid)?.contractClassHash,
    errorMessage: status.data?.errorMessage,
    isPartial: parts.some(({ failure }) => failure !== undefined),
    reload() {
      for (const { failure, reload } of parts) if (failure) reload();
    },
  };
}

/** Holds the poll for a time after each change of the task but the first. */
function useHold(version: string | undefined, setHeld: (isHeld: boolean) => void): void {
  const known = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (version === undefined) return;
    const isFirst = known.current === undefined;
    known.current = version;
    if (isFirst) return;
    setHeld(true);
    const timer = setTimeout(() => setHeld(false), HOLD_MS);
    return () => clearTimeout(timer);
  }, [version, setHeld]);
}
