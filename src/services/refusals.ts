/** Why a task cannot be run or downloaded, as clients read it (contract A2, A4). */

import type { StoredFile } from '../db/queries/services-task-lifecycle.ts';
import type { ServicesTaskRow } from '../db/rows.ts';
import { ApiError, unavailable } from '../http/errors.ts';
import type { ExecuteResult } from '../runner/runner.ts';

type Refusal = Extract<ExecuteResult, { refusal: string }>['refusal'];

/** @param actions those that can be run */
export function refusalOf(refusal: Refusal, actions: readonly string[]): ApiError {
  switch (refusal) {
    case 'missing':
      return new ApiError('not_found', 'There is no such task.');
    case 'running':
      return new ApiError('conflict', 'The task is INPROGRESS already; wait until it is DONE or ERROR.');
    case 'unhandled':
      return new ApiError('conflict', `No runner supports the action of this task. ${supported(actions)}.`);
    case 'lost':
      return new ApiError('conflict', 'The task was changed or taken over while it ran; read it again.');
    case 'stopping':
      return unavailable();
  }
}

const supported = (actions: readonly string[]) =>
  actions.length === 0 ? 'There are no supported actions' : `Supported actions: ${actions.join(', ')}`;

/**
 * Returns the file of a task that can be downloaded.
 * @param file undefined if the task has none, or it cannot be read
 * @throws ApiError 409 if there is nothing to download
 */
export function requireFile({ action, status }: ServicesTaskRow, file: StoredFile | undefined): StoredFile {
  if (action !== 'export' || status !== 'DONE') {
    throw new ApiError('conflict', 'Only a task whose action is export has a file, once it is DONE.');
  }
  if (file === undefined) {
    throw new ApiError('conflict', 'The file of this task is not here; execute the task to make it again.');
  }
  return file;
}
