/**
 * Writes the search blocks (model/search-block.ts). A change of a task only appends a row to the pending changes. The
 * indexing step counts these in batches. A block that has grown too large is replaced by several, built from the tasks.
 */

import type Database from 'better-sqlite3';
import type { SearchChange } from '../../model/changes.ts';
import { decodeSearchBlock, SEARCH_BLOCK_SIZE } from '../../model/search-block.ts';
import { SearchBlockCounter } from '../../model/search-block-counter.ts';
import { blockIndexOf, FIRST_KEY, LAST_KEY, type SortKey } from '../../model/sort-key.ts';
import { createPendingChanges } from './pending-changes.ts';
import { createProgramNGrams } from './program-texts.ts';
import { RANDOM_VERSION, SEARCH_BLOCKS, SEARCH_VERSION, STATE } from './tables.ts';

type TaskRow = Omit<SearchChange, 'change'>;

interface BuiltBlock {
  start: SortKey;
  counter: SearchBlockCounter;
}

/** Called with the number of tasks counted so far. */
type OnCounted = (tasks: number) => void;

/**
 * Every method runs in the write transaction of the caller.
 * @param blockSize a block is built with this many tasks, and split when it has twice as many
 */
export function createSearchBlocks(sqlite: Database.Database, blockSize = SEARCH_BLOCK_SIZE) {
  const pending = createPendingChanges(sqlite);
  const nGrams = createProgramNGrams(sqlite);
  const starts = sqlite.prepare<[], SortKey>(
    `SELECT first_position AS position, first_tie AS tie FROM ${SEARCH_BLOCKS} ORDER BY first_position, first_tie`,
  );
  const read = sqlite
    .prepare<[number, string], Uint8Array>(
      `SELECT counts FROM ${SEARCH_BLOCKS} WHERE first_position = ? AND first_tie = ?`,
    )
    .pluck();
  const write = sqlite.prepare(
    `INSERT INTO ${SEARCH_BLOCKS} (first_position, first_tie, version, counts)
     VALUES (CAST(? AS INTEGER), ?, ${RANDOM_VERSION}, ?)
     ON CONFLICT DO UPDATE SET version = excluded.version, counts = excluded.counts`,
  );
  const remove = sqlite.prepare(`DELETE FROM ${SEARCH_BLOCKS} WHERE first_position = ? AND first_tie = ?`);
  const tasksBetween = sqlite.prepare<[number, string, number, string, number], TaskRow>(
    `SELECT created_at AS position, uuid AS tie, program_id AS programId FROM hdp_tasks INDEXED BY hdp_tasks_order
     WHERE (created_at, uuid) >= (?, ?) AND (created_at, uuid) < (?, ?) ORDER BY created_at, uuid LIMIT ?`,
  );
  const renewVersion = sqlite.prepare(
    `UPDATE ${STATE} SET value = ${RANDOM_VERSION} WHERE part = '${SEARCH_VERSION}'`,
  );

  const addTo = (counter: SearchBlockCounter, { tie, programId }: TaskRow, change: number) =>
    counter.add({ uuid: tie, programId, programNGrams: nGrams.get(programId) }, change);
  const save = ({ start, counter }: BuiltBlock) => write.run(start.position, start.tie, counter.encode());

  /** Builds the blocks of the tasks from one key up to another, each of up to `size` tasks. */
  function* build(from: SortKey, to: SortKey, size: number): Generator<BuiltBlock> {
    for (let start: SortKey | undefined = from; start; ) {
      // One more task than a block has: it begins the next block.
      const tasks = tasksBetween.all(start.position, start.tie, to.position, to.tie, size + 1);
      const next: TaskRow | undefined = tasks.length > size ? tasks.pop() : undefined;
      const counter = new SearchBlockCounter();
      for (const task of tasks) addTo(counter, task, 1);
      yield { start, counter };
      start = next;
    }
  }

  /** Replaces a block by several blocks, built from its tasks. They include the pending changes of its range. */
  function split(from: SortKey, to: SortKey, size: number): void {
    const pieces = Math.ceil(size / blockSize);
    for (const block of build(from, to, Math.ceil(size / pieces))) save(block);
    pending.removeBetween(from, to);
  }

  function apply(changes: readonly SearchChange[]): void {
    if (changes.length === 0) return;
    nGrams.clear();
    const blockStarts = starts.all();
    if (blockStarts.length === 0) blockStarts.push(FIRST_KEY);
    const touched = new Map<number, SearchBlockCounter>();
    for (const change of changes) {
      const at = blockIndexOf(blockStarts, change);
      let counter = touched.get(at);
      if (!counter) {
        const { position, tie } = blockStarts[at] ?? FIRST_KEY;
        const stored = read.get(position, tie);
        counter = new SearchBlockCounter(stored && decodeSearchBlock(stored));
        touched.set(at, counter);
      }
      addTo(counter, change, change.change);
    }
    for (const [at, counter] of touched) {
      const start = blockStarts[at] ?? FIRST_KEY;
      // The range of a removed block belongs to the block before it.
      if (counter.isEmpty && at > 0) remove.run(start.position, start.tie);
      else if (counter.size > 2 * blockSize) split(start, blockStarts[at + 1] ?? LAST_KEY, counter.size);
      else save({ start, counter });
    }
    renewVersion.run();
  }

  return {
    addTo,
    /** Counts the tasks from one key up to another, as one block. */
    countBetween(from: SortKey, to: SortKey): SearchBlockCounter {
      nGrams.clear();
      const counter = new SearchBlockCounter();
      for (const task of tasksBetween.all(from.position, from.tie, to.position, to.tie, -1))
        addTo(counter, task, 1);
      return counter;
    },
    /** Counts changes that are in the table of tasks already, and are not pending. */
    apply,
    /**
     * Counts up to `batch` of the oldest pending changes.
     * @returns the number of counted changes
     */
    applyPending(batch: number): number {
      const changes = pending.list(batch);
      const last = changes.at(-1);
      if (!last) return 0;
      pending.removeUpTo(last.id);
      apply(changes);
      return changes.length;
    },
    /** Builds all blocks from the tasks. */
    rebuild(onCounted: OnCounted = () => {}): void {
      nGrams.clear();
      pending.clear();
      sqlite.exec(`DELETE FROM ${SEARCH_BLOCKS}`);
      let done = 0;
      for (const block of build(FIRST_KEY, LAST_KEY, blockSize)) {
        save(block);
        done += block.counter.size;
        onCounted(done);
      }
      renewVersion.run();
    },
  };
}
