import type Database from 'better-sqlite3';
import {
  createServicesGroups,
  HDP_GROUP,
  type ListGroup,
  type ServicesListFields,
} from '../../model/lists.ts';
import { FIRST_KEY, type SortKey } from '../../model/sort-key.ts';
import type { OnProgress } from '../../store.ts';
import { SERVICES_LIST_COLUMNS } from '../lists/list-keys.ts';

/** A task, and the lists that it is in. */
export interface ListMember {
  group: ListGroup;
  key: SortKey;
}

const BATCH_SIZE = 5000;

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
  for (let last: SortKey | undefined = FIRST_KEY; last; ) {
    const keys: SortKey[] = next.all(last.position, last.tie, BATCH_SIZE);
    yield keys.map((key) => ({ group: HDP_GROUP, key }));
    last = keys.at(-1);
  }
}

function* readServicesMembers(sqlite: Database.Database): Generator<ListMember[]> {
  const groupOf = createServicesGroups();
  const fields = Object.entries(SERVICES_LIST_COLUMNS).map(([field, { name }]) => `${name} AS ${field}`);
  const next = sqlite.prepare<[number, number], ServicesListFields & { id: number }>(
    `SELECT id, ${fields} FROM services_tasks WHERE id > ? ORDER BY id LIMIT ?`,
  );
  for (let last: number | undefined = 0; last !== undefined; ) {
    const tasks: (ServicesListFields & { id: number })[] = next.all(last, BATCH_SIZE);
    yield tasks.map((task) => ({ group: groupOf(task), key: { position: task.id, tie: '' } }));
    last = tasks.at(-1)?.id;
  }
}
