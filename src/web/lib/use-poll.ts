import { useEffect, useRef, useState } from 'preact/hooks';
import { NO_STATE, type Poller, type PollOptions, type PollState, startPolling } from './poller.ts';

interface Options<Data> extends Pick<PollOptions<Data>, 'path' | 'headers' | 'canChange' | 'isPaused'> {
  /** Default: `JSON.parse`. The first function that is passed stays in use. */
  parse?: PollOptions<Data>['parse'];
}

export interface Polled<Data> extends PollState<Data>, Pick<Poller, 'refresh' | 'replace'> {}

/**
 * Keeps the JSON response of a path current while the component is shown. Another path or other headers abort the former
 * request and begin with no data. Headers that a function returns do not.
 */
export function usePoll<Data>(options: Options<Data>): Polled<Data> {
  // The server's types are those of its router.
  const { path, headers, canChange, isPaused = false, parse = (text) => JSON.parse(text) as Data } = options;
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
