import type Database from 'better-sqlite3';
import type { Block } from '../../model/blocks.ts';
import type { SortKey } from '../../model/sort-key.ts';

interface BlockRow {
  firstPosition: number;
  firstTie: string;
  lastPosition: number;
  lastTie: string;
  size: number;
}

const COLUMNS =
  'first_position AS firstPosition, first_tie AS firstTie, last_position AS lastPosition, last_tie AS lastTie, size';

/** Reads and writes `list_blocks`. A block is identified by its list and its first key. */
export interface BlockTable {
  /** Returns the last block that begins at or before a key. */
  containing(list: string, key: SortKey): Block | undefined;
  first(list: string): Block | undefined;
  /** Returns the first key of the block that follows the block with the first key `first`. */
  nextStart(list: string, first: SortKey): SortKey | undefined;
  insert(list: string, block: Block): void;
  /** @param first the first key before the update; `block.first` may differ */
  update(list: string, first: SortKey, block: Block): void;
  remove(list: string, first: SortKey): void;
}

export function createBlockTable(sqlite: Database.Database): BlockTable {
  const containing = sqlite.prepare<[string, number, string], BlockRow>(
    `SELECT ${COLUMNS} FROM list_blocks WHERE list = ? AND (first_position, first_tie) <= (?, ?)
     ORDER BY first_position DESC, first_tie DESC LIMIT 1`,
  );
  const first = sqlite.prepare<[string], BlockRow>(
    `SELECT ${COLUMNS} FROM list_blocks WHERE list = ? ORDER BY first_position, first_tie LIMIT 1`,
  );
  const next = sqlite.prepare<[string, number, string], BlockRow>(
    `SELECT ${COLUMNS} FROM list_blocks WHERE list = ? AND (first_position, first_tie) > (?, ?)
     ORDER BY first_position, first_tie LIMIT 1`,
  );
  const insertion = sqlite.prepare('INSERT INTO list_blocks VALUES (?, ?, ?, ?, ?, ?)');
  const growth = sqlite.prepare(
    `UPDATE list_blocks SET last_position = ?, last_tie = ?, size = ?
     WHERE list = ? AND first_position = ? AND first_tie = ?`,
  );
  const removal = sqlite.prepare(
    'DELETE FROM list_blocks WHERE list = ? AND first_position = ? AND first_tie = ?',
  );
  const insert = (list: string, { first, last, size }: Block) => {
    insertion.run(list, first.position, first.tie, last.position, last.tie, size);
  };
  const remove = (list: string, { position, tie }: SortKey) => {
    removal.run(list, position, tie);
  };
  return {
    containing: (list, { position, tie }) => toBlock(containing.get(list, position, tie)),
    first: (list) => toBlock(first.get(list)),
    nextStart: (list, { position, tie }) => toBlock(next.get(list, position, tie))?.first,
    insert,
    update(list, before, block) {
      const { first, last, size } = block;
      if (first.position === before.position && first.tie === before.tie) {
        growth.run(last.position, last.tie, size, list, first.position, first.tie);
        return;
      }
      remove(list, before);
      insert(list, block);
    },
    remove,
  };
}

const toBlock = (row: BlockRow | undefined): Block | undefined =>
  row && {
    first: { position: row.firstPosition, tie: row.firstTie },
    last: { position: row.lastPosition, tie: row.lastTie },
    size: row.size,
  };
