/** Why a task has failed: the newest error entry as a whole, before all details. */
import type { ComponentChildren } from 'preact';
import type { LoggedTask } from '../api-types.ts';
import { Time } from '../components/time.tsx';
import { LongText } from './long-text.tsx';
import { parseTask } from './responses.ts';
import { useSignedPoll } from './use-signed-poll.ts';

type Entry = LoggedTask['logs'][number];

const MAX_LENGTH = 100_000;
/** The most that the API returns at once. */
const MAX_READ = 1000;

const newestError = (logs: readonly Entry[]) => logs.find(({ level }) => level === 'error');

export function NewestError({ task, log }: { task: LoggedTask; log: number }) {
  // Pages beyond the first begin with older entries.
  const entry = log === 1 ? newestError(task.logs) : undefined;
  if (entry) return <ErrorEntry entry={entry} />;
  return <ReadNewestError key={task.version} task={task} />;
}

/** Reads the newest entries once, because the page of the log has none of them. */
function ReadNewestError({ task: { id, debug } }: { task: LoggedTask }) {
  const { last, failure } = useSignedPoll({
    ...{ path: `/tasks/${id}?log_limit=${MAX_READ}`, parse: parseTask },
    canChange: () => false,
  });
  if (!last)
    return (
      <Failed>{failure ? `Its log cannot be read. ${failure.message}` : 'Its log is being read…'}</Failed>
    );
  const { logs } = last.data;
  const entry = newestError(logs);
  if (entry) return <ErrorEntry entry={entry} />;
  return <Failed debug={debug}>{noErrorWords(logs.length)}</Failed>;
}

function noErrorWords(entries: number): string {
  if (entries === 0) return 'No reason was logged: a task that was imported comes without its log.';
  const none = entries < MAX_READ ? 'None of the entries' : `None of the newest ${MAX_READ} entries`;
  return `${none} of its log is an error.`;
}

/** The failure of a task without an error entry. */
function Failed({ children, debug = '' }: { children: ComponentChildren; debug?: string }) {
  return (
    <div class="failure">
      <p>The task has failed.</p>
      <p>{children}</p>
      {debug !== '' && (
        <p>
          Debug: <LongText text={debug} maxLength={MAX_LENGTH} />
        </p>
      )}
    </div>
  );
}

function ErrorEntry({ entry }: { entry: Entry }) {
  return (
    <div class="failure">
      <p>
        Failed at <Time value={entry.time} />
      </p>
      <p>
        <LongText text={entry.message} maxLength={MAX_LENGTH} />
      </p>
    </div>
  );
}
