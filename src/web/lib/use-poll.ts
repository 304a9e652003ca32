import { useEffect, useRef, useState } from 'preact/hooks';
import { NO_STATE, type Poller, type PollOptions, type PollState, startPolling } from './poller.ts';

/** The first parser that is passed stays in use. */
type Options<Data> = Pick<PollOptions<Data>, 'path' | 'headers' | 'parse' | 'canChange' | 'isPaused'>;

export interface Polled<Data> extends PollState<Data>, Pick<Poller, 'refresh' | 'replace'> {}

/**
 * Keeps the JSON response of a path current while the component is shown. Another path or other headers abort the former
 * request and begin with no data. Headers that a function returns do not.
 */
export function usePoll<Data>(options: Options<Data>): Polled<Data> {
  const { path, headers, parse, canChange, isPaused = false } = options;
  const key = JSON.stringify([path, headers]);
  const [{ of, state }, setState] = useState<{ of: string; state: PollState<Data> }>({
    ...{ of: key, state: NO_STATE },
  });
  const poller = useRef<Poller | undefined>(undefined);
  // The key holds the path and the headers.
  useEffect(() => {
    const started = startPolling<Data>({
      ...{ path, isPaused, parse },
      ...(headers ? { headers } : {}),
      ...(canChange ? { canChange } : {}),
      onChange: (changed) => setState({ of: key, state: changed }),
    });
    poller.current = started;
    return () => started.stop();
  }, [key]);
  useEffect(() => poller.current?.setPaused(isPaused), [isPaused]);
  return {
    ...(of === key ? state : NO_STATE),
    refresh: () => poller.current?.refresh(),
    replace: (text) => poller.current?.replace(text),
  };
}
