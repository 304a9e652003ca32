import type { HdpDetails } from '../api-types.ts';
import { JsonView } from '../components/json-view.tsx';
import { Time } from '../components/time.tsx';
import { memberSource } from '../lib/json-source.ts';
import { Copied, None } from './values.tsx';

/** @param json the details as the server sent them */
export function TaskInputs({ task, json }: { task: HdpDetails; json: string }) {
  return (
    <section aria-labelledby="inputs">
      <h2 id="inputs">Task inputs</h2>
      {task.taskInputs === null ? (
        <p class="quiet">There are no task inputs.</p>
      ) : (
        <JsonView
          text={memberSource(json, 'taskInputs') ?? ''}
          label="task inputs"
          fileName={`${task.taskId}-inputs.json`}
        />
      )}
    </section>
  );
}

const STATES = { pending: 'Not delivered yet', delivered: 'Delivered', failed: 'Not delivered' } as const;

/** The delivery of the webhook about the end of a task. */
export function Webhook({ webhook }: { webhook: HdpDetails['webhook'] }) {
  if (!webhook) return null;
  const { state, id, attempts, nextAttemptAt, deliveredAt, error } = webhook;
  return (
    <section aria-labelledby="webhook">
      <h2 id="webhook">Webhook</h2>
      <dl class="fields">
        <div>
          <dt>State</dt>
          <dd>
            {STATES[state]} after {attempts} {attempts === 1 ? 'attempt' : 'attempts'}
          </dd>
        </div>
        <div>
          <dt>Id</dt>
          <dd>
            <Copied value={id} label="the id of the webhook" />
          </dd>
        </div>
        <div>
          <dt>Delivered at</dt>
          <dd>{deliveredAt === null ? <None /> : <Time value={deliveredAt} />}</dd>
        </div>
        <div>
          <dt>Next attempt at</dt>
          <dd>{nextAttemptAt === null ? <None /> : <Time value={nextAttemptAt} />}</dd>
        </div>
        <div>
          <dt>Last error</dt>
          <dd>{error === null ? <None /> : <bdi>{error}</bdi>}</dd>
        </div>
      </dl>
    </section>
  );
}
