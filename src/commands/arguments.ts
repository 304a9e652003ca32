/** Parsers of the arguments and options of commands. They throw InvalidArgumentError, which says what is accepted. */
import { InvalidArgumentError } from 'commander';
import { isValid } from 'ulid';
import type { TaskReference } from './tasks.ts';

export const MAX_WORKERS = 64;

const MAX_SPEED = 1_000_000;

export const parseInteger = (text: string) => parseIntegerFrom(0, Number.MAX_SAFE_INTEGER, text);

export const parseWorkerCount = (text: string) => parseIntegerFrom(1, MAX_WORKERS, text);

/** Parses a chain (contract A3). */
export const parseChainId = (text: string) => parseIntegerFrom(1, Number.MAX_SAFE_INTEGER, text);

/** Parses the id of a task in its API: an integer for Services, a ULID for HDP. */
export function parseTaskReference(text: string): TaskReference {
  if (isValid(text.toUpperCase())) return { uuid: text.toUpperCase() };
  const id = integerFrom(1, Number.MAX_SAFE_INTEGER, text);
  if (id !== undefined) return { id };
  throw new InvalidArgumentError(
    `It must be the id of a Services task, an integer from 1 to ${Number.MAX_SAFE_INTEGER}, or the uuid of an HDP task.`,
  );
}

export function parseSpeed(text: string): number {
  const speed = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || speed <= 0 || speed > MAX_SPEED)
    throw new InvalidArgumentError(`It must be a number above 0, at most ${MAX_SPEED}.`);
  return speed;
}

function parseIntegerFrom(min: number, max: number, text: string): number {
  const number = integerFrom(min, max, text);
  if (number === undefined) throw new InvalidArgumentError(`It must be an integer from ${min} to ${max}.`);
  return number;
}

function integerFrom(min: number, max: number, text: string): number | undefined {
  const number = Number(text);
  return /^\d+$/.test(text) && number >= min && number <= max ? number : undefined;
}
