/** Converts the stored record of one task into the responses of contract B3. */
import { isFailed } from '../db/model/hdp-stages.ts';
import type { HdpTaskRecord } from '../db/queries/hdp-task-lifecycle.ts';
import type { HdpMmr, HdpTransition } from '../db/rows.ts';
import { asJsonText, type JsonText } from '../json-text.ts';
import { formatMicros } from '../time.ts';
import type {
  Accepted,
  TaskDetails,
  TaskMmrs,
  TaskPreimage,
  TaskStatus,
  TaskTransitions,
  Transition,
} from './task-schema.ts';
import { toWebhookStatus } from './webhook-status.ts';

const toJsonText = <T>(value: T) => asJsonText<T>(JSON.stringify(value));

export const toAcceptedJson = (message: Accepted['message'], uuid: string): JsonText<Accepted> =>
  toJsonText({ message, status: 'accepted', uuid });

export const toStatusJson = ({ task, details }: HdpTaskRecord): JsonText<TaskStatus> =>
  toJsonText({
    taskId: task.uuid,
    status: task.status,
    // Earlier versions did not remove the message when an import replaced the task.
    errorMessage: isFailed(task.status) ? (details?.errorMessage ?? null) : null,
    updatedAt: formatMicros(task.updatedAt),
  });

export function toDetailsJson(run: HdpTaskRecord): JsonText<TaskDetails> {
  const { task, details, mmrs } = run;
  const webhook = toWebhookStatus(run);
  const { stringify } = JSON;
  return asJsonText(
    `{"taskId":"${task.uuid}","status":"${task.status}","destinationChainId":${stringify(task.destinationChainId)},` +
      `"scheduleMode":${stringify(task.scheduleMode)},"scheduleTxHash":${stringify(task.scheduleTxHash)},` +
      `"dataSourceChains":${task.dataSourceChains},"dataDestinationChain":${stringify(task.dataDestinationChain)},` +
      `"hdpCoreProgramHash":${stringify(task.hdpCoreProgramHash)},"taskHash":${stringify(task.taskHash)},` +
      `"programHash":${stringify(task.programHash)},"programName":${stringify(task.programName)},` +
      `"outputTreeRoot":${stringify(task.outputTreeRoot)},` +
      `"outputTreeRootPreimage":${details?.outputPreimage ?? null},"taskInputs":${details?.taskInputs ?? null},` +
      `"mmrs":${stringify(mmrs.map(toMmr))},"createdAt":"${formatMicros(task.createdAt)}",` +
      `"updatedAt":"${formatMicros(task.updatedAt)}"` +
      `${webhook ? `,"webhook":${stringify(webhook)}` : ''}}`,
  );
}

export const toMmrsJson = ({ task, mmrs }: HdpTaskRecord): JsonText<TaskMmrs> =>
  toJsonText({ taskId: task.uuid, mmrs: mmrs.map(toMmr) });

export const toPreimageJson = ({ task, details }: HdpTaskRecord): JsonText<TaskPreimage> =>
  asJsonText(`{"taskId":"${task.uuid}","outputPreimage":${details?.outputPreimage ?? null}}`);

export const toTransitionsJson = (
  taskId: string,
  transitions: readonly HdpTransition[],
): JsonText<TaskTransitions> =>
  toJsonText({
    taskId,
    state_transitions: transitions.map((transition) => toTransition(taskId, transition)),
  });

export const toTransitionJson = (taskId: string, transition: HdpTransition): JsonText<Transition> =>
  toJsonText(toTransition(taskId, transition));

const toMmr = ({ id, root, size, chainId, hashingFunction }: HdpMmr) => ({
  id,
  root,
  size,
  chain_id: chainId,
  hashing_function: hashingFunction,
});

const toTransition = (
  taskId: string,
  { id, fromStatus, toStatus, createdAt }: HdpTransition,
): Transition => ({
  id,
  task_id: taskId,
  from_status: fromStatus,
  to_status: toStatus,
  created_at: formatMicros(createdAt),
});
