import { useState } from 'preact/hooks';
import type { LoggedTask } from '../api-types.ts';
import { FormError } from './form-error.tsx';
import { sendSigned } from './session.ts';

/** Downloads the file of an export that is done. Its signed URL is requested by the click and kept nowhere. */
export function DownloadResult({ task }: { task: LoggedTask }) {
  const [isAsking, setAsking] = useState(false);
  const [error, setError] = useState('');
  const { id, state, target, result } = task;
  if (target.action !== 'export' || state.code !== 'DONE') return null;

  async function download(): Promise<void> {
    if (isAsking) return;
    setAsking(true);
    setError('');
    const answer = await sendSigned(`/tasks/${id}/download_url`);
    setAsking(false);
    if (answer.kind === 'failed') setError(answer.failure.message);
    if (answer.kind === 'ok') open(JSON.parse(answer.text).url);
  }

  return (
    <>
      <button type="button" class="primary" disabled={isAsking} onClick={() => void download()}>
        Download <bdi>{result ?? 'the file'}</bdi>
      </button>
      <FormError message={error} />
    </>
  );
}

/** Opens the URL of a file. The link is not part of the page, and a download adds no entry to the history. */
function open(url: unknown): void {
  if (typeof url !== 'string' || !/^https?:\/\//.test(url)) return;
  const link = document.createElement('a');
  link.href = url;
  link.download = '';
  link.rel = 'noreferrer';
  link.click();
}
