import { navigate } from '../lib/location.ts';
import { isOutcomeUnknown } from '../lib/read-json.ts';
import { newIdempotencyKey } from './create-command.ts';
import { parseCreated } from './responses.ts';
import type { ExportForm } from './use-export-form.ts';
import { useSignedAction } from './use-signed-action.ts';

interface CreateOptions extends Pick<ExportForm, 'keyed'> {
  body: string;
  /** Called before the new task is shown. */
  onCreated(): void;
}

/** Creates a task once, however often it is asked to, and shows it. A repeated request with the same body has the same key. */
export function useCreate({ body, keyed, onCreated }: CreateOptions) {
  const { isSending, failure, run } = useSignedAction();
  if (keyed.body !== body) Object.assign(keyed, { body, key: newIdempotencyKey() });

  async function create(): Promise<void> {
    const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': keyed.key };
    const created = await run('/tasks', parseCreated, { method: 'POST', headers, body });
    if (!created) return;
    onCreated();
    navigate(`/task/${created.data.id}`);
  }

  const error =
    failure && isOutcomeUnknown(failure)
      ? `${failure.message} Sending the same request again creates no second task.`
      : failure?.message;
  return { create, isSending, error, idempotencyKey: keyed.key };
}
