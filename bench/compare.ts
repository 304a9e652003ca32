/** Contestants must return the same tasks before their speed means anything. */
import { isDeepStrictEqual } from 'node:util';
import type { Answer, Question } from './client.ts';
import { askOnce, type Server } from './contestants.ts';

/** @throws Error when two servers answer one of the questions differently */
export async function requireSameAnswers(
  one: Server,
  other: Server,
  questions: readonly Question[],
): Promise<void> {
  for (const question of questions) {
    requireSame(question, await askOnce(one, question), await askOnce(other, question));
  }
}

/** @throws Error when the tasks or the total of two answers differ */
export function requireSame(question: Question, one: Answer, other: Answer): void {
  requireEqual(question.path, one.json(), other.json());
  requireEqual(`the total of ${question.path}`, one.header('X-Total-Count'), other.header('X-Total-Count'));
}

export function requireEqual(what: string, one: unknown, other: unknown): void {
  if (isDeepStrictEqual(one, other)) return;
  const show = (value: unknown) => JSON.stringify(value)?.slice(0, 2000);
  throw new Error(`Two servers differ in ${what}:\n${show(one)}\n${show(other)}`);
}
