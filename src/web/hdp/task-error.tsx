import { CopyButton } from '../components/copy-button.tsx';

interface TaskErrorProps {
  /** Undefined until it is loaded; null for a task that was imported without it. */
  message: string | null | undefined;
}

/** Why a task failed: whole, before everything else. */
export function TaskError({ message }: TaskErrorProps) {
  return (
    <div class="task-error">
      {message === undefined && <p class="quiet">Loading the error message…</p>}
      {message === null && <p class="quiet">No error message is known.</p>}
      {message && (
        <p class="task-error-title">
          <strong>Error message</strong>
          <CopyButton value={message} label="the error message" />
        </p>
      )}
      {message && (
        <pre dir="auto">
          <bdi>{message}</bdi>
        </pre>
      )}
    </div>
  );
}
