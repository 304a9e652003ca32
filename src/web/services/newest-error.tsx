/** Why a task has failed: the newest error entry as a whole, before all details. */
import type { LoggedTask } from '../api-types.ts';
import { Time } from '../components/time.tsx';
import { LongText } from './long-text.tsx';
import { useSignedPoll } from './use-signed-poll.ts';

type Entry = LoggedTask['logs'][number];

const MAX_LENGTH = 100_000;

const newestError = (logs: readonly Entry[]) => logs.find(({ level }) => level === 'error');

export function NewestError({ task, log }: { task: LoggedTask; log: number }) {
  // Pages beyond the first begin with older entries.
  const entry = log === 1 ? newestError(task.logs) : undefined;
  if (entry) return <ErrorEntry entry={entry} />;
  return <ReadNewestError key={task.version} task={task} />;
}

/** Reads the newest entries once, because the page of the log has none of them. */
function ReadNewestError({ task: { id, debug } }: { task: LoggedTask }) {
  const { last } = useSignedPoll<LoggedTask>({ path: `/tasks/${id}?log_limit=1000`, canChange: () => false });
  const entry = last && newestError(last.data.logs);
  if (entry) return <ErrorEntry entry={entry} />;
  if (!last) return null;
  return (
    <div class="failure">
      <p>The task has failed. Its log has no error entry.</p>
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
