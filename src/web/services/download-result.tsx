import type { LoggedTask } from '../api-types.ts';
import { FormError } from './form-error.tsx';
import { parseDownloadUrl } from './responses.ts';
import { sessionSignal } from './session.ts';
import { useSignedAction } from './use-signed-action.ts';

/** The server answers so if the file does not exist. The task must run again first. */
const MISSING_STATUSES: readonly (number | undefined)[] = [404, 409];

/** Downloads the file of an export that is done. Its signed URL is requested by the click and kept nowhere. */
export function DownloadResult({ task }: { task: LoggedTask }) {
  const { isSending, failure, run } = useSignedAction();
  const { id, state, target, result } = task;
  if (target.action !== 'export' || state.code !== 'DONE') return null;
  const isMissing = MISSING_STATUSES.includes(failure?.status);

  async function download(): Promise<void> {
    const sentWith = sessionSignal();
    const read = await run(`/tasks/${id}/download_url`, parseDownloadUrl);
    // The URL needs no credentials, so it must not be used after they have changed.
    if (read && !sentWith.aborted) open(read.data.url);
  }

  return (
    <>
      {!isMissing && (
        <button type="button" class="primary" disabled={isSending} onClick={() => void download()}>
          Download <bdi>{result ?? 'the file'}</bdi>
        </button>
      )}
      <FormError message={failure?.message} />
    </>
  );
}

/** Opens the URL of a file. The link is not part of the page, and a download adds no entry to the history. */
function open(url: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = '';
  link.rel = 'noreferrer';
  link.click();
}
