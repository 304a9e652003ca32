import { useRef, useState } from 'preact/hooks';
import type { HdpTask } from '../api-types.ts';
import { LiveRegion } from '../components/live-region.tsx';
import { saveFile } from '../lib/save-file.ts';
import { type Column, toCsv, toNdjson } from '../lib/save-rows.ts';
import { collectTasks, MAX_COLLECTED } from './collect-list.ts';

/** In the order of the API. */
const KEYS: readonly (keyof HdpTask)[] = [
  ...(['uuid', 'status', 'destinationChainId', 'contractClassHash', 'scheduleMode'] as const),
  ...(['scheduleTxHash', 'dataSourceChains', 'dataDestinationChain', 'hdpCoreProgramHash'] as const),
  ...(['taskHash', 'programHash', 'programName', 'outputTreeRoot', 'createdAt', 'updatedAt'] as const),
];

const COLUMNS: readonly Column<HdpTask>[] = KEYS.map((name) => ({
  name,
  cellOf(task) {
    const value = task[name];
    return Array.isArray(value) ? JSON.stringify(value) : value;
  },
}));

const FORMATS = {
  CSV: { type: 'text/csv', extension: 'csv', write: (tasks: readonly HdpTask[]) => toCsv(COLUMNS, tasks) },
  NDJSON: { type: 'application/x-ndjson', extension: 'ndjson', write: toNdjson },
} as const;

type FormatName = keyof typeof FORMATS;
const FORMAT_NAMES: readonly FormatName[] = ['CSV', 'NDJSON'];

/** Saves all listed tasks, of all pages, as a file. */
export function SaveList({ search, total }: { search: string; total: number }) {
  const isSaving = useRef(false);
  const [words, setWords] = useState('');
  if (total === 0) return null;
  const count = total.toLocaleString('en');

  async function save(name: FormatName): Promise<void> {
    if (isSaving.current) return;
    isSaving.current = true;
    setWords('Reading the tasks…');
    const { type, extension, write } = FORMATS[name];
    const collected = await collectTasks(search, (read) => setWords(`Read ${read} of ${count} tasks…`));
    isSaving.current = false;
    if (collected.kind === 'failed') return setWords(`Nothing was saved. ${collected.failure.message}`);
    saveFile(`hdp-tasks.${extension}`, type, write(collected.tasks));
    setWords(`Saved ${collected.tasks.length.toLocaleString('en')} tasks to hdp-tasks.${extension}.`);
  }

  return (
    <section class="save" aria-label="Save the list">
      {total > MAX_COLLECTED ? (
        <p>
          The list has {count} tasks. This page saves at most {MAX_COLLECTED.toLocaleString('en')}; narrow the
          search, or save all tasks on the server with <code>taskgate export hdp</code>.
        </p>
      ) : (
        FORMAT_NAMES.map((name) => (
          <button key={name} type="button" onClick={() => void save(name)}>
            Save {count} of {count} {total === 1 ? 'task' : 'tasks'}
            {search !== '' && (
              <>
                {' '}
                with “<bdi>{search}</bdi>”
              </>
            )}{' '}
            as {name}
          </button>
        ))
      )}
      <LiveRegion text={words} />
    </section>
  );
}
