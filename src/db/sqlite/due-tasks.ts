/** READY Services tasks that are due, read from partial indexes. Times are Unix milliseconds. */
import type Database from 'better-sqlite3';

export interface DueTasks {
  /**
   * The task to run next. Chains take turns: the first chain after `lastChain`, in the order of their ids and from the
   * beginning again, that has a due task; of that chain the task that is due the longest. A search among very many chains
   * and very many due tasks ends early with the task that is due the longest of all, and the next call continues it.
   * @param lastChain undefined for the task that is due the longest of all chains
   * @param passedOver tasks that are left alone
   */
  next(
    actions: readonly string[],
    now: number,
    lastChain: number | undefined,
    passedOver: readonly number[],
  ): DueTask | undefined;
  /**
   * The next due tasks that no runner of these actions can run and that have no log entry yet. Each call reads one page
   * and continues where the last one ended, so that a call is fast however many such tasks there are.
   */
  unsupported(actions: readonly string[], now: number): number[];
}

interface DueTask {
  id: number;
  chain: number;
  dueAt: number;
}

const PAGE_SIZE = 100;

/** Chains without a due task, and due tasks, that one call reads in search of the chain whose turn it is. */
const MAX_CHAINS_PASSED = 1000;
const MAX_DUE_READ = 1000;

export function prepareDueTasks(sqlite: Database.Database): DueTasks {
  const columns = 'id, chain, due_at AS dueAt';
  const isNotPassedOver = 'id NOT IN (SELECT value FROM json_each(?))';
  const oldest = sqlite.prepare<[string, number, string, number], DueTask>(
    `SELECT ${columns} FROM services_tasks INDEXED BY services_tasks_due
     WHERE status = 'READY' AND action = ? AND due_at <= ? AND ${isNotPassedOver} ORDER BY due_at, id LIMIT ?`,
  );
  const oldestAfterChain = sqlite.prepare<[string, number, string], DueTask>(
    `SELECT ${columns} FROM services_tasks INDEXED BY services_tasks_turns
     WHERE status = 'READY' AND action = ? AND chain > ? AND due_at IS NOT NULL AND ${isNotPassedOver}
     ORDER BY chain, due_at, id LIMIT 1`,
  );
  /** Set if the last search gave up: the chain that it began after, the chain that got its task, and where it gave up. */
  let abandoned: { lastChain: number; taken: number; position: number } | undefined;

  /** Passes over chains until one has a due task. Returns a number, the last chain passed, if it gave up. */
  function walk(actions: readonly string[], from: number, now: number, except: string): DueTask | number {
    let passedTo = from;
    for (let passed = 0; passed < MAX_CHAINS_PASSED; passed += 1) {
      const firsts = actions
        .flatMap((action) => oldestAfterChain.get(action, passedTo, except) ?? [])
        .sort(byTurn);
      const chain = firsts[0]?.chain;
      const task = firsts.find((first) => first.chain === chain && first.dueAt <= now);
      if (task) return task;
      passedTo = chain ?? BEFORE_ALL_CHAINS;
    }
    return passedTo;
  }

  /** Chooses from the due tasks themselves; undefined if there are too many to read. */
  function choose(
    actions: readonly string[],
    from: number,
    now: number,
    except: string,
  ): DueTask | undefined {
    const due = actions.flatMap((action) => oldest.all(action, now, except, MAX_DUE_READ));
    if (due.length >= MAX_DUE_READ) return undefined;
    due.sort(byTurn);
    return due.find(({ chain }) => chain > from) ?? due[0];
  }

  return {
    next(actions, now, lastChain, passedOver) {
      const except = JSON.stringify(passedOver);
      const [first] = actions.flatMap((action) => oldest.all(action, now, except, 1)).sort(byTime);
      if (!first || lastChain === undefined) return first;
      const isResumed = abandoned?.lastChain === lastChain || abandoned?.taken === lastChain;
      const from = isResumed && abandoned ? abandoned.position : lastChain;
      abandoned = undefined;
      const found = walk(actions, from, now, except);
      if (typeof found !== 'number') return found;
      const chosen = choose(actions, from, now, except);
      if (chosen) return chosen;
      // Too much of both: one more task of the oldest, and the search continues at the next call.
      abandoned = { lastChain, taken: first.chain, position: found };
      return first;
    },
    unsupported: prepareUnsupported(sqlite),
  };
}

const BEFORE_ALL_CHAINS = Number.MIN_SAFE_INTEGER;

const byTime = (a: DueTask, b: DueTask) => a.dueAt - b.dueAt || a.id - b.id;
const byTurn = (a: DueTask, b: DueTask) => a.chain - b.chain || byTime(a, b);

function prepareUnsupported(sqlite: Database.Database): DueTasks['unsupported'] {
  const nextAction = sqlite
    .prepare<[string], string>(
      `SELECT action FROM services_tasks INDEXED BY services_tasks_due
       WHERE status = 'READY' AND action >= ? ORDER BY action LIMIT 1`,
    )
    .pluck();
  const page = sqlite.prepare<
    [string | null, number, number, number],
    { id: number; dueAt: number; logged: 0 | 1 }
  >(
    `SELECT id, due_at AS dueAt, EXISTS (SELECT 1 FROM services_logs WHERE task = services_tasks.id) AS logged
     FROM services_tasks INDEXED BY services_tasks_due
     WHERE status = 'READY' AND action IS ? AND (due_at, id) > (?, ?) AND due_at <= ?
     ORDER BY due_at, id LIMIT ${PAGE_SIZE}`,
  );
  const start = { dueAt: Number.MIN_SAFE_INTEGER, id: 0 };
  let cursor: { action: string | null; dueAt: number; id: number } = { action: '', ...start };

  return (actions, now) => {
    // After the last action come the tasks that have none.
    const action = cursor.action === null ? null : (nextAction.get(cursor.action) ?? null);
    const after = action === cursor.action ? cursor : start;
    const isSupported = action !== null && actions.includes(action);
    const rows = isSupported ? [] : page.all(action, after.dueAt, after.id, now);
    const last = rows.length < PAGE_SIZE ? undefined : rows.at(-1);
    if (last) cursor = { action, dueAt: last.dueAt, id: last.id };
    // The least string that is greater than the action; after the tasks without one, the first action again.
    else cursor = { action: action === null ? '' : `${action}\0`, ...start };
    return rows.filter((row) => row.logged === 0).map((row) => row.id);
  };
}
