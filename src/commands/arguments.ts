/** Parsers of the arguments and options of commands. They throw InvalidArgumentError, which names what is accepted. */
import { InvalidArgumentError } from 'commander';
import { isValid } from 'ulid';
import type { TaskReference } from './tasks.ts';

export function integer(text: string): number {
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(Number(text)))
    throw new InvalidArgumentError(`It must be an integer from 0 to ${Number.MAX_SAFE_INTEGER}.`);
  return Number(text);
}

/** A task as its API names it: an integer for Services, a ULID for HDP. */
export function taskReference(text: string): TaskReference {
  if (isValid(text.toUpperCase())) return { uuid: text.toUpperCase() };
  const id = /^\d+$/.test(text) ? Number(text) : 0;
  if (id < 1 || !Number.isSafeInteger(id)) {
    throw new InvalidArgumentError(
      `It must be the id of a Services task, an integer from 1 to ${Number.MAX_SAFE_INTEGER}, or the uuid of an HDP task.`,
    );
  }
  return { id };
}

export const MAX_WORKERS = 64;

export function workerCount(text: string): number {
  const count = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > MAX_WORKERS)
    throw new InvalidArgumentError(`It must be an integer from 1 to ${MAX_WORKERS}.`);
  return count;
}

/** A chain as tasks have it (contract A3). */
export function chainId(text: string): number {
  const id = /^\d+$/.test(text) ? Number(text) : 0;
  if (id < 1 || !Number.isSafeInteger(id))
    throw new InvalidArgumentError(`It must be an integer from 1 to ${Number.MAX_SAFE_INTEGER}.`);
  return id;
}

export function positive(text: string): number {
  const number = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || number <= 0 || number > FASTEST)
    throw new InvalidArgumentError(`It must be a number above 0, at most ${FASTEST}.`);
  return number;
}

const FASTEST = 1_000_000;
