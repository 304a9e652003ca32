/** The stages of a task with their times, from its status and its transitions. */
import { HDP_STAGES } from '../../db/model/hdp-stages.ts';
import type { HdpTransitions } from '../api-types.ts';
import { type Shape, shapeOf } from '../components/status-mark.tsx';

type Transition = HdpTransitions['state_transitions'][number];
type Status = Transition['to_status'];

/** One stage in one attempt. A time is undefined if there is no transition: not yet, or the task was imported. */
export interface Step {
  name: 'Received' | (typeof HDP_STAGES)[number];
  /** `waiting`: not reached yet. */
  state: Shape;
  startedAt: string | undefined;
  endedAt: string | undefined;
}

/** The steps of a task from `Received` to its end, or to the retry that began the next attempt. */
export type Attempt = Step[];

/** Returns the attempts of a task, oldest first. The last one has all stages. */
export function toAttempts(status: Status, createdAt: string, transitions: readonly Transition[]): Attempt[] {
  const runs: Transition[][] = [[]];
  for (const transition of transitions) {
    if (transition.from_status !== null && transition.to_status === 'Received') runs.push([]);
    runs.at(-1)?.push(transition);
  }
  return runs.map((run, index) => {
    const isLast = index === runs.length - 1;
    // The retry says where the attempt before it ended.
    const reached = runs[index + 1]?.[0]?.from_status ?? status;
    const steps = stepsOf(reached, index === 0 ? createdAt : undefined, run);
    return isLast ? steps : steps.filter(({ state }) => state !== 'waiting');
  });
}

function stepsOf(status: Status, createdAt: string | undefined, run: readonly Transition[]): Attempt {
  const timeOf = (to: string) => run.find(({ to_status }) => to_status === to)?.created_at;
  const current = HDP_STAGES.findIndex((stage) => status.startsWith(stage));
  const received = timeOf('Received') ?? createdAt;
  const first: Step = { name: 'Received', state: 'done', startedAt: received, endedAt: undefined };
  const stages = HDP_STAGES.map(
    (name, index): Step => ({
      name,
      state: stateOf(status, index - current, current),
      startedAt: timeOf(`${name}Started`),
      endedAt: timeOf(`${name}Completed`) ?? timeOf(`${name}Failed`),
    }),
  );
  return [first, ...stages];
}

/** @param distance from the current stage; negative for an earlier one @param current -1 if no stage has started */
function stateOf(status: Status, distance: number, current: number): Shape {
  if (current < 0 || distance > 0) return 'waiting';
  if (distance < 0 || status.endsWith('Completed')) return 'done';
  return shapeOf(status);
}

/** Returns how long a step took in milliseconds, or undefined if that is not known. */
export function durationOf({ startedAt, endedAt }: Step): number | undefined {
  if (startedAt === undefined || endedAt === undefined) return undefined;
  return Math.max(0, Date.parse(endedAt) - Date.parse(startedAt));
}
