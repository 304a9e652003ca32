/** The log of a task, newest entry first, in pages. The API does not count the entries. */
import type { LoggedTask } from '../api-types.ts';
import { Time } from '../components/time.tsx';
import { createUrlState, integerField } from '../lib/url-state.ts';
import { LongText } from './long-text.tsx';
import { hasEnded } from './task-words.ts';

const LOG_PAGE_SIZE = 20;

/** The page of the log in the address of a task. */
export const logState = createUrlState({ log: integerField(1, 1_000_000, 1) });

/** Returns the path of a task with one page of its log, and one entry more if there is a next page. */
export const taskPath = (id: string, log: number): string =>
  `/tasks/${id}?log_limit=${LOG_PAGE_SIZE + 1}&offset=${(log - 1) * LOG_PAGE_SIZE}`;

export function TaskLog({ task, log }: { task: LoggedTask; log: number }) {
  const entries = task.logs.slice(0, LOG_PAGE_SIZE);
  const hrefOf = (page: number) => `/task/${task.id}${logState.write({ log: page })}`;
  return (
    <section>
      <h2>Log</h2>
      {entries.length === 0 ? (
        <p>{log === 1 ? noEntriesWords(task) : 'No older entries.'}</p>
      ) : (
        <Entries entries={entries} />
      )}
      {(log > 1 || task.logs.length > LOG_PAGE_SIZE) && (
        <nav class="pager" aria-label="Pages of the log">
          {log > 1 ? <a href={hrefOf(log - 1)}>Newer entries</a> : <span class="off">Newer entries</span>}
          <span>Page {log}, newest first</span>
          {task.logs.length > LOG_PAGE_SIZE ? (
            <a href={hrefOf(log + 1)}>Older entries</a>
          ) : (
            <span class="off">Older entries</span>
          )}
        </nav>
      )}
    </section>
  );
}

const noEntriesWords = ({ state }: LoggedTask) =>
  hasEnded(state.code) ? 'No entries. A task that was imported comes without its log.' : 'No entries yet.';

function Entries({ entries }: { entries: LoggedTask['logs'] }) {
  return (
    <ol class="log">
      {entries.map(({ time, level, message }, index) => (
        // Entries have no ids; the same entry may occur twice.
        <li key={`${time} ${index}`} class={`log-${level}`}>
          <Time value={time} /> <span class="log-level">{level}</span> <LongText text={message} />
        </li>
      ))}
    </ol>
  );
}
