/** The schemas of the responses about one task (contract B3). */
import { z } from 'zod';
import { hdpTask, jsonObject, status, text, time } from './schema.ts';
import { mmr } from './transition.ts';
import { webhookStatus } from './webhook-status.ts';

const { uuid: taskId, status: _status, ...listed } = hdpTask.shape;
const { contractClassHash: _, createdAt, updatedAt, ...known } = listed;

export const accepted = z
  .strictObject({
    message: z.enum(['Task has been queued for processing', 'Task has been queued for retry']),
    status: z.literal('accepted'),
    uuid: taskId,
  })
  .meta({ id: 'Accepted' });

export const taskStatus = z
  .strictObject({
    taskId,
    status,
    errorMessage: text.nullable().meta({ description: 'Why the task failed; null if it has not failed.' }),
    updatedAt,
  })
  .meta({ id: 'TaskStatus' });

const outputPreimage = z.array(text).nullable().meta({ description: 'Null until the trace is complete.' });

const mmrs = z.array(z.strictObject(mmr.shape).meta({ id: 'Mmr', description: 'A Merkle mountain range.' }));

export const taskDetails = z
  .strictObject({
    taskId,
    status,
    ...known,
    outputTreeRootPreimage: outputPreimage,
    taskInputs: jsonObject.nullable(),
    mmrs,
    createdAt,
    updatedAt,
    webhook: webhookStatus.optional(),
  })
  .meta({ id: 'TaskDetails' });

export const transition = z
  .strictObject({
    id: taskId.meta({ description: 'A ULID. The ids of the transitions of a task are ascending.' }),
    task_id: taskId,
    from_status: status.nullable(),
    to_status: status,
    created_at: time,
  })
  .meta({ id: 'Transition' });

export const taskTransitions = z
  .strictObject({ taskId, state_transitions: z.array(transition).meta({ description: 'Oldest first.' }) })
  .meta({ id: 'TaskTransitions' });

export const taskMmrs = z.strictObject({ taskId, mmrs }).meta({ id: 'TaskMmrs' });

export const taskPreimage = z.strictObject({ taskId, outputPreimage }).meta({ id: 'TaskOutputPreimage' });

const part = z.enum(['operational', 'unavailable']).meta({ id: 'HealthOfPart' });

export const health = z
  .strictObject({ status: z.enum(['healthy', 'unhealthy']), database: part, queues: part })
  .meta({ id: 'Health' });

export type Accepted = z.infer<typeof accepted>;
export type TaskStatus = z.infer<typeof taskStatus>;
export type TaskDetails = z.infer<typeof taskDetails>;
export type Transition = z.infer<typeof transition>;
export type TaskTransitions = z.infer<typeof taskTransitions>;
export type TaskMmrs = z.infer<typeof taskMmrs>;
export type TaskPreimage = z.infer<typeof taskPreimage>;
export type Health = z.infer<typeof health>;
