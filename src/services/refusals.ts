/** Why a task cannot be run or downloaded, as clients read it (contract A2, A4). */
import type { ServicesTaskRow } from '../db/schema.ts';
import { Problem, unavailable } from '../http/errors.ts';
import type { Executed } from '../runner/runner.ts';

type Refusal = Extract<Executed, { refusal: string }>['refusal'];

/** @param actions those that can be run */
export function refusalOf(refusal: Refusal, actions: readonly string[]): Problem {
  switch (refusal) {
    case 'missing':
      return new Problem('not_found', 'There is no such task.');
    case 'running':
      return new Problem('conflict', 'The task is INPROGRESS already; wait until it is DONE or ERROR.');
    case 'unhandled':
      return new Problem('conflict', `No runner has the action of this task; there ${named(actions)}.`);
    case 'lost':
      return new Problem('conflict', 'The task was changed or taken over while it ran; read it again.');
    case 'stopping':
      return unavailable();
  }
}

const named = (actions: readonly string[]) =>
  actions.length === 0 ? 'is none' : `${actions.length === 1 ? 'is' : 'are'} ${actions.join(', ')}`;

/**
 * @param path where the task's file lies
 * @throws Problem when there is nothing to download
 */
export function refuseNoDownload({ action, status }: ServicesTaskRow, path: string | undefined): void {
  if (action !== 'export' || status !== 'DONE') {
    throw new Problem('conflict', 'Only a task whose action is export has a file, once it is DONE.');
  }
  if (path === undefined) {
    throw new Problem('conflict', 'The file of this task is not here; execute the task to make it again.');
  }
}
