import type Database from 'better-sqlite3';
import {
  createServicesGroups,
  HDP_GROUP,
  type ListGroup,
  type ServicesListFields,
} from '../../model/lists.ts';
import type { SortKey } from '../../model/sort-key.ts';
import type { OnProgress } from '../../store.ts';

/** A task in the lists of its group. */
export interface ListMember {
  group: ListGroup;
  key: SortKey;
}

const BATCH = 5000;

/** Reads the list memberships of all tasks, in list order, in batches. */
export function* readListMembers(sqlite: Database.Database, onProgress: OnProgress): Generator<ListMember[]> {
  const count = (table: string) =>
    sqlite.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0;
  const total = count('services_tasks') + count('hdp_tasks');
  let done = 0;
  for (const readMembers of [readHdpMembers, readServicesMembers]) {
    for (const members of readMembers(sqlite)) {
      done += members.length;
      onProgress(done, total);
      yield members;
    }
  }
}

function* readHdpMembers(sqlite: Database.Database): Generator<ListMember[]> {
  const next = sqlite.prepare<[number, string, number], SortKey>(
    `SELECT created_at AS position, uuid AS tie FROM hdp_tasks
     WHERE (created_at, uuid) > (?, ?) ORDER BY created_at, uuid LIMIT ?`,
  );
  for (let end: SortKey | undefined = { position: Number.MIN_SAFE_INTEGER, tie: '' }; end; ) {
    const keys: SortKey[] = next.all(end.position, end.tie, BATCH);
    yield keys.map((key) => ({ group: HDP_GROUP, key }));
    end = keys.at(-1);
  }
}

function* readServicesMembers(sqlite: Database.Database): Generator<ListMember[]> {
  const groupOf = createServicesGroups();
  const next = sqlite.prepare<[number, number], ServicesListFields & { id: number }>(
    'SELECT id, chain, status, action, campaign FROM services_tasks WHERE id > ? ORDER BY id LIMIT ?',
  );
  for (let last: number | undefined = 0; last !== undefined; ) {
    const tasks: (ServicesListFields & { id: number })[] = next.all(last, BATCH);
    yield tasks.map((task) => ({ group: groupOf(task), key: { position: task.id, tie: '' } }));
    last = tasks.at(-1)?.id;
  }
}
