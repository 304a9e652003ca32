import { useEffect, useRef, useState } from 'preact/hooks';
import { statusWords } from '../components/status-mark.tsx';
import { ActionFailure } from './action-failure.tsx';
import { ApiKeyField, useApiKey } from './api-key.tsx';
import { useAction } from './use-action.ts';

interface RetryProps {
  uuid: string;
  status: string;
  /** Called when the server has reset the task. */
  onDone(): void;
}

/** Resets a failed task, with an API key of the reader. */
export function Retry({ uuid, status, onDone }: RetryProps) {
  const key = useApiKey();
  const [isOpen, setOpen] = useState<boolean>();
  const { isRunning, failure, run } = useAction();
  const form = useRef<HTMLFormElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (isOpen === true) form.current?.querySelector('input')?.focus();
    if (isOpen === false) opener.current?.focus();
  }, [isOpen]);
  if (!isOpen) {
    return (
      <button ref={opener} type="button" onClick={() => setOpen(true)}>
        Retry this task…
      </button>
    );
  }
  return (
    <form
      ref={form}
      class="form"
      onSubmit={async (event) => {
        event.preventDefault();
        const accepted = await run(`/tasks/${uuid}/retry`, { headers: { 'x-api-key': key } });
        if (accepted) onDone();
      }}
    >
      <p>
        Task <span class="id">{uuid}</span> is at “{statusWords(status)}”. A retry sets it back to “Received”,
        and all stages run again.
      </p>
      <ApiKeyField />
      <ActionFailure failure={failure} advice="The task may have been reset: refresh before you retry." />
      <div class="form-buttons">
        <button type="submit" class="primary" aria-disabled={isRunning}>
          {isRunning ? 'Sending…' : 'Retry the task'}
        </button>
        <button type="button" onClick={() => setOpen(false)}>
          Cancel
        </button>
      </div>
    </form>
  );
}
