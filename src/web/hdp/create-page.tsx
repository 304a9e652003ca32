import { useEffect, useMemo, useState } from 'preact/hooks';
import { RequestPreview } from '../components/request-preview.tsx';
import { navigate } from '../lib/location.ts';
import { useIsShown } from '../lib/use-is-shown.ts';
import { ActionFailure } from './action-failure.tsx';
import { ApiKeyField, useApiKey } from './api-key.tsx';
import { CreateFields } from './create-fields.tsx';
import { bodyOf, curlOf, EMPTY_FIELDS, newIdempotencyKey } from './new-task.ts';
import { useAction } from './use-action.ts';
import { useProblems } from './use-problems.ts';

export function CreatePage() {
  const [fields, setFields] = useState(EMPTY_FIELDS);
  const { form, problems, check } = useProblems(fields);
  const body = bodyOf(fields);
  // The same body keeps its key, so that a request whose answer was lost can be sent again.
  const idempotencyKey = useMemo(newIdempotencyKey, [body]);
  const isShown = useIsShown();
  const key = useApiKey();
  const { isRunning, failure, run } = useAction();
  useEffect(() => {
    document.title = 'Create a task';
  }, []);

  async function submit(): Promise<void> {
    if (!check()) return;
    const headers = {
      'content-type': 'application/json',
      'x-api-key': key,
      'idempotency-key': idempotencyKey,
    };
    const accepted = await run('/tasks', { headers, body });
    // Not if the reader has gone to another page.
    if (accepted && isShown()) navigate(`/task/${accepted.uuid}`);
  }

  return (
    <>
      <h1>Create a task</h1>
      <div class="create">
        <form
          ref={form}
          class="form"
          onSubmit={(event) => {
            event.preventDefault();
            void submit();
          }}
        >
          <CreateFields fields={fields} problems={problems} onChange={setFields} />
          <ApiKeyField />
          <ActionFailure
            failure={failure}
            advice="If the task was created, sending the same again does not create another."
          />
          <div class="form-buttons">
            <button type="submit" class="primary" aria-disabled={isRunning}>
              {isRunning ? 'Sending…' : 'Create the task'}
            </button>
          </div>
        </form>
        <RequestPreview body={body} command={curlOf(location.origin, body, idempotencyKey)} />
      </div>
    </>
  );
}
