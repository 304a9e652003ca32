/** HDP tasks that were created by a writer, and the status that each reaches next. */
import { SUCCESSFUL_STATUSES } from './generate.ts';
import type { HdpStatus } from './product-writes.ts';
import type { Random } from './random.ts';

/** So few that most of them are on the page that clients poll, or were a moment ago. */
const MAX_TASKS = 200;

export interface NextStatus {
  uuid: string;
  status: HdpStatus;
}

export class TasksInProgress {
  readonly #random: Random;
  readonly #tasks: { uuid: string; reached: number }[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  add(uuid: string): void {
    this.#tasks.push({ uuid, reached: 0 });
    if (this.#tasks.length > MAX_TASKS) this.#tasks.shift();
  }

  /** Takes a task out, so that its changes do not overtake one another; `putBack` it after the change. */
  take(): { next: NextStatus; putBack(): void } | undefined {
    if (this.#tasks.length === 0) return undefined;
    const [task] = this.#tasks.splice(this.#random.below(this.#tasks.length), 1);
    const status = task && SUCCESSFUL_STATUSES[task.reached];
    if (!task || status === undefined) return undefined;
    const putBack = () => {
      task.reached += 1;
      if (task.reached < SUCCESSFUL_STATUSES.length) this.#tasks.push(task);
    };
    return { next: { uuid: task.uuid, status }, putBack };
  }

  /** Makes one change, if a task is free for it. */
  async change(send: (next: NextStatus) => Promise<void>): Promise<void> {
    const taken = this.take();
    if (!taken) return;
    await send(taken.next);
    taken.putBack();
  }
}
