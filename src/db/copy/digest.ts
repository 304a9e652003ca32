import { hash } from 'node:crypto';
import type { CopyRow } from './endpoints.ts';

/** SHA-256 as 32-bit numbers. */
const LANES = 8;

/**
 * A digest of rows that does not depend on their order: the sum of the SHA-256 of each row. Equal rows on both sides have
 * equal digests, in either dialect.
 */
export class RowDigest {
  /** The number of rows so far. */
  rows = 0;
  readonly #lanes = new Uint32Array(LANES);

  add(row: CopyRow): void {
    const bytes = hash('sha256', JSON.stringify(row), 'buffer');
    // The array reduces each sum modulo 2^32.
    for (let lane = 0; lane < LANES; lane += 1)
      this.#lanes[lane] = (this.#lanes[lane] ?? 0) + bytes.readUInt32LE(4 * lane);
    this.rows += 1;
  }

  addAll(rows: readonly CopyRow[]): void {
    for (const row of rows) this.add(row);
  }

  /** Returns the digest as 64 hexadecimal digits. */
  hex(): string {
    return [...this.#lanes].map((lane) => lane.toString(16).padStart(8, '0')).join('');
  }
}
