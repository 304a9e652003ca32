/** Saves all tasks of the filter, not of the page alone. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { saveFile } from '../lib/save-file.ts';
import { toCsv } from '../lib/save-rows.ts';
import { CSV_COLUMNS, MAX_SAVED, readAllTasks } from './all-tasks.ts';
import { FormError } from './form-error.tsx';
import { type Filter, filterWords } from './list-state.ts';

interface SaveTasksProps {
  filter: Filter;
  total: number;
  chain: number;
}

export function SaveTasks({ filter, total, chain }: SaveTasksProps) {
  const [isReading, setReading] = useState(false);
  const [error, setError] = useState('');
  const reading = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => reading.current?.abort(), []);
  if (total === 0) return null;
  if (total > MAX_SAVED)
    return (
      <p class="hint">
        These are more than {MAX_SAVED.toLocaleString('en')} tasks. To save them, run{' '}
        <code>taskgate export services --chain {chain}</code> on the server.
      </p>
    );
  const words = filterWords(filter);
  const which = `${total} of ${total} ${total === 1 ? 'task' : 'tasks'}${words ? ` with ${words}` : ''}`;

  async function save(format: 'csv' | 'ndjson'): Promise<void> {
    if (isReading) return;
    setReading(true);
    setError('');
    reading.current = new AbortController();
    const read = await readAllTasks(filter, reading.current.signal);
    setReading(false);
    if (read.kind === 'aborted') return setError('Nothing was saved, because the session has changed.');
    if (read.kind === 'failed') return setError(`Nothing was saved. ${read.failure.message}`);
    const name = `tasks-of-chain-${chain}.${format}`;
    if (format === 'csv') saveFile(name, 'text/csv', toCsv(CSV_COLUMNS, read.tasks));
    else saveFile(name, 'application/x-ndjson', read.sources.map((source) => `${source}\n`).join(''));
  }

  return (
    <div class="save">
      <span>
        Save <bdi>{which}</bdi>:
      </span>
      <button type="button" disabled={isReading} onClick={() => void save('csv')}>
        CSV
      </button>
      <button type="button" disabled={isReading} onClick={() => void save('ndjson')}>
        NDJSON
      </button>
      <FormError message={error} />
    </div>
  );
}
