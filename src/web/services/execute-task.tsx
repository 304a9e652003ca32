/** Runs the task now. Asks first only where it runs something again. */
import { useRef } from 'preact/hooks';
import { unsupportedActionMessage } from '../../db/model/unsupported-action.ts';
import type { LoggedTask, ServicesSession } from '../api-types.ts';
import { replaceMember } from '../lib/json-source.ts';
import type { Polled } from '../lib/use-poll.ts';
import { FormError } from './form-error.tsx';
import { parseState } from './responses.ts';
import { hasEnded } from './task-words.ts';
import { useSignedAction } from './use-signed-action.ts';

/** The response comes when the run has ended. */
const TIMEOUT_MS = 24 * 3600 * 1000;

interface ExecuteTaskProps {
  task: LoggedTask;
  session: ServicesSession;
  /** True while a run is awaited, so that the polls go on. */
  isExecuting: { current: boolean };
  /** The task as the server sent it. */
  text: string;
  polled: Pick<Polled<LoggedTask>, 'replace' | 'refresh'>;
}

export function ExecuteTask({ task, text, session, isExecuting, polled }: ExecuteTaskProps) {
  const { isSending, failure, run } = useSignedAction();
  const dialog = useRef<HTMLDialogElement>(null);
  const latest = useRef(text);
  latest.current = text;
  const { id, state, target } = task;
  const { level, actions } = session;

  async function execute(): Promise<void> {
    dialog.current?.close();
    if (isExecuting.current) return;
    isExecuting.current = true;
    const sent = run(`/tasks/${id}/execute`, parseState, { method: 'POST', timeoutMs: TIMEOUT_MS });
    polled.refresh();
    const newState = await sent;
    isExecuting.current = false;
    // The response is the state alone.
    if (newState) polled.replace(replaceMember(latest.current, 'state', newState.text));
    polled.refresh();
  }

  if (level === 'READ')
    return <p class="hint">Your access level is READ, so you cannot execute this task.</p>;
  if (!actions.some((action) => action === target.action))
    return (
      <>
        <button type="button" aria-disabled="true" aria-describedby="execute-hint">
          Execute task {id} now
        </button>
        <p id="execute-hint" class="hint">
          {unsupportedActionMessage(actions)}
        </p>
      </>
    );
  return (
    <>
      <button
        type="button"
        disabled={isSending}
        onClick={() => (hasEnded(state.code) ? dialog.current?.showModal() : void execute())}
      >
        {isSending ? 'Running…' : `Execute task ${id} now`}
      </button>
      <FormError message={failure?.message} />
      <dialog ref={dialog} aria-labelledby="execute-title">
        <h2 id="execute-title">Run task {id} again?</h2>
        <p>
          Its state is {state.code}. It runs as if for the first time; the result of the former run is
          replaced.
        </p>
        <div class="actions">
          <button type="button" class="primary" onClick={() => void execute()}>
            Run it again
          </button>
          <button type="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
        </div>
      </dialog>
    </>
  );
}
