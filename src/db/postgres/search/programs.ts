/** The programs of HDP tasks. Tasks of one program are searched and counted together. */
import { foldCase } from '../../model/fold-case.ts';
import type { Connection } from '../connection.ts';
import { statement } from '../statements.ts';

export interface Program {
  hash: string | null;
  name: string | null;
}

interface ProgramRow extends Program {
  identity: string;
  foldedHash: string;
  foldedName: string;
}

const byIdentity = statement<{ identity: string }, { id: number }>(
  'find-program',
  'SELECT id FROM hdp_programs WHERE identity = :identity',
);

const insertion = statement<ProgramRow, { id: number }>(
  'insert-program',
  `INSERT INTO hdp_programs (identity, hash, name, folded_hash, folded_name, tasks)
   VALUES (:identity, :hash, :name, :foldedHash, :foldedName, 0) ON CONFLICT (identity) DO NOTHING RETURNING id`,
);

/** Returns the text that identifies a program. */
export const identityOf = ({ hash, name }: Program) => JSON.stringify([hash, name]);

/** Returns the id of a program; undefined if no task has had it. */
async function findProgram(connection: Connection, program: Program): Promise<number | undefined> {
  return (await connection.first(byIdentity, { identity: identityOf(program) }))?.id;
}

export async function findOrInsertProgram(connection: Connection, program: Program): Promise<number> {
  const id =
    (await findProgram(connection, program)) ??
    (await connection.first(insertion, programRow(program)))?.id ??
    // Another transaction has just inserted it.
    (await findProgram(connection, program));
  if (id === undefined) throw new Error('The program was not inserted.');
  return id;
}

const byIdentities = statement<{ identities: readonly string[] }, { id: number; identity: string }>(
  'find-programs',
  'SELECT id, identity FROM hdp_programs WHERE identity = ANY (:identities)',
);

/** Returns the ids of programs, in their order. */
export async function findOrInsertPrograms(
  connection: Connection,
  programs: readonly Program[],
): Promise<number[]> {
  const distinct = new Map(programs.map((program) => [identityOf(program), program]));
  const found = await connection.all(byIdentities, { identities: [...distinct.keys()] });
  const ids = new Map(found.map(({ id, identity }) => [identity, id]));
  // Sorted, so that two transactions that insert the same programs wait for each other in one order.
  for (const [identity, program] of [...distinct].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!ids.has(identity)) ids.set(identity, await findOrInsertProgram(connection, program));
  }
  return programs.map((program) => ids.get(identityOf(program)) ?? 0);
}

const programRow = ({ hash, name }: Program): ProgramRow => ({
  ...{ identity: identityOf({ hash, name }), hash, name },
  ...{ foldedHash: foldCase(hash ?? ''), foldedName: foldCase(name ?? '') },
});
