import type { ComponentChildren } from 'preact';
import type { HdpDetails } from '../api-types.ts';
import { StatusMark } from '../components/status-mark.tsx';
import { Time } from '../components/time.tsx';
import { Chain, Copied, None } from './values.tsx';

interface TaskFieldsProps {
  task: HdpDetails;
  /** Undefined until it is loaded. */
  contractClassHash: string | undefined;
}

/** The fifteen values of a task in the list, by the names of the API. */
export function TaskFields({ task, contractClassHash }: TaskFieldsProps) {
  return (
    <section aria-labelledby="details">
      <h2 id="details">Details</h2>
      <dl class="fields">
        <Field name="uuid">
          <Copied value={task.taskId} label="the uuid" />
        </Field>
        <Field name="status">
          <StatusMark status={task.status} />
        </Field>
        <Field name="programName">
          {task.programName === null ? <None /> : <bdi class="text">{task.programName}</bdi>}
        </Field>
        <Field name="programHash">
          <Copied value={task.programHash} label="the program hash" />
        </Field>
        <Field name="destinationChainId">
          <Chain id={task.destinationChainId} />
        </Field>
        <Field name="dataSourceChains">
          <Chains ids={task.dataSourceChains} />
        </Field>
        <Field name="dataDestinationChain">
          <Chain id={task.dataDestinationChain} />
        </Field>
        <Field name="scheduleMode">{task.scheduleMode ?? <None />}</Field>
        <Field name="scheduleTxHash">
          <Copied value={task.scheduleTxHash} label="the hash of the scheduling transaction" />
        </Field>
        <Field name="taskHash">
          <Copied value={task.taskHash} label="the task hash" />
        </Field>
        <Field name="contractClassHash">
          {contractClassHash === undefined ? (
            <span class="quiet">Loading…</span>
          ) : (
            <Copied value={contractClassHash} label="the contract class hash" />
          )}
        </Field>
        <Field name="hdpCoreProgramHash">
          <Copied value={task.hdpCoreProgramHash} label="the core program hash" />
        </Field>
        <Field name="outputTreeRoot">
          <Copied value={task.outputTreeRoot} label="the output tree root" />
        </Field>
        <Field name="createdAt">
          <Time value={task.createdAt} />
        </Field>
        <Field name="updatedAt">
          <Time value={task.updatedAt} />
        </Field>
      </dl>
    </section>
  );
}

/** @param name of the API: `programHash` is shown as `Program hash` */
function Field({ name, children }: { name: string; children: ComponentChildren }) {
  const words = name
    .replace(/([A-Z])/g, ' $1')
    .toLowerCase()
    .replace('hdp', 'HDP');
  return (
    <div>
      <dt title={name}>{words.charAt(0).toUpperCase() + words.slice(1)}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Chains({ ids }: { ids: readonly string[] | null }) {
  if (ids === null || ids.length === 0) return <None />;
  return (
    <ul class="chains">
      {ids.map((id, index) => (
        // An id may repeat, and the order is the identity.
        <li key={index}>
          <Chain id={id} />
        </li>
      ))}
    </ul>
  );
}
