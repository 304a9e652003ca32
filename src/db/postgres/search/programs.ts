/** The programs of HDP tasks. Tasks of one program are searched and counted together. */
import { createHash } from 'node:crypto';
import { foldCase } from '../../model/fold-case.ts';
import type { Connection } from '../connection.ts';
import { IDENTITY_DIGEST } from '../schema/derived.ts';
import { type ColumnArrays, columnArrays, statement } from '../statements.ts';
import { encodeText } from '../text-encoding.ts';

export interface Program {
  hash: string | null;
  name: string | null;
}

interface ProgramRow extends Program {
  identity: string;
  foldedHash: string;
  foldedName: string;
}

const byDigest = statement<{ digest: Buffer }, { id: number }>(
  'find-program',
  `SELECT id FROM hdp_programs WHERE ${IDENTITY_DIGEST} = :digest`,
);

const insertion = statement<ProgramRow, { id: number }>(
  'insert-program',
  `INSERT INTO hdp_programs (identity, hash, name, folded_hash, folded_name, tasks)
   VALUES (:identity, :hash, :name, :foldedHash, :foldedName, 0) ON CONFLICT (${IDENTITY_DIGEST}) DO NOTHING RETURNING id`,
);

/** Returns the text that identifies a program. */
const identityOf = ({ hash, name }: Program) => JSON.stringify([hash, name]);

/** Returns IDENTITY_DIGEST of a program. */
export const identityDigest = (program: Program) => digestOf(identityOf(program));

const digestOf = (identity: string) => createHash('sha256').update(encodeText(identity)).digest();

/** Returns the id of a program; undefined if no task has had it. */
async function findProgram(connection: Connection, program: Program): Promise<number | undefined> {
  return (await connection.first(byDigest, { digest: identityDigest(program) }))?.id;
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

const bulkInsertion = statement<ColumnArrays, { id: number; identity: string }>(
  'insert-programs',
  `INSERT INTO hdp_programs (identity, hash, name, folded_hash, folded_name, tasks)
   SELECT *, 0 FROM unnest(
     :identity::text[], :hash::text[], :name::text[], :foldedHash::text[], :foldedName::text[]
   )
   ON CONFLICT (${IDENTITY_DIGEST}) DO NOTHING RETURNING id, identity`,
);

const byDigests = statement<{ digests: readonly Buffer[] }, { id: number; identity: string }>(
  'find-programs',
  `SELECT id, identity FROM hdp_programs WHERE ${IDENTITY_DIGEST} = ANY (:digests)`,
);

/** Returns the ids of programs, in their order; undefined if some do not exist. */
export async function findPrograms(
  connection: Connection,
  programs: readonly Program[],
): Promise<number[] | undefined> {
  const identities = programs.map(identityOf);
  const rows = await connection.all(byDigests, { digests: [...new Set(identities)].map(digestOf) });
  const ids = new Map(rows.map(({ id, identity }) => [identity, id]));
  const found = identities.flatMap((identity) => ids.get(identity) ?? []);
  return found.length === programs.length ? found : undefined;
}

/** Returns the ids of programs, in their order. */
export async function findOrInsertPrograms(
  connection: Connection,
  programs: readonly Program[],
): Promise<number[]> {
  const identities = programs.map(identityOf);
  const missing = new Map(programs.map((program, index) => [identities[index] ?? '', program]));
  const ids = new Map<string, number>();
  const add = (rows: readonly { id: number; identity: string }[]) => {
    for (const { id, identity } of rows) {
      ids.set(identity, id);
      missing.delete(identity);
    }
  };
  const find = () => connection.all(byDigests, { digests: [...missing.keys()].map(digestOf) });
  add(await find());
  if (missing.size > 0) add(await insertPrograms(connection, [...missing.values()]));
  // Another transaction has just inserted the rest.
  if (missing.size > 0) add(await find());
  return identities.map((identity) => ids.get(identity) ?? 0);
}

function insertPrograms(connection: Connection, programs: readonly Program[]) {
  // Sorted, so that two transactions that insert the same programs wait for each other in one order.
  const rows = programs.map(programRow).sort((a, b) => (a.identity < b.identity ? -1 : 1));
  return connection.all(bulkInsertion, columnArrays(PROGRAM_PROPERTIES, rows));
}

const PROGRAM_PROPERTIES = ['identity', 'hash', 'name', 'foldedHash', 'foldedName'] as const;

const programRow = ({ hash, name }: Program): ProgramRow => ({
  ...{ identity: identityOf({ hash, name }), hash, name },
  ...{ foldedHash: foldCase(hash ?? ''), foldedName: foldCase(name ?? '') },
});
