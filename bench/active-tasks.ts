/** The newest HDP tasks of a writer, each with the status that it has reached. */
import { SUCCESSFUL_STATUSES, type SuccessfulStatus } from './generate.ts';
import type { Random } from './random.ts';

/** Keeps the tasks on or near the page that clients poll. */
const MAX_TASKS = 200;

export interface NextStatus {
  uuid: string;
  status: SuccessfulStatus;
}

export class ActiveTasks {
  readonly #random: Random;
  readonly #tasks: { uuid: string; statusCount: number }[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  add(uuid: string): void {
    this.#tasks.push({ uuid, statusCount: 0 });
    if (this.#tasks.length > MAX_TASKS) this.#tasks.shift();
  }

  /** Claims a random task, so that it has one change in flight at a time. Call `release` after the change. */
  #claim(): { next: NextStatus; release(): void } | undefined {
    if (this.#tasks.length === 0) return undefined;
    const [task] = this.#tasks.splice(this.#random.below(this.#tasks.length), 1);
    const status = task && SUCCESSFUL_STATUSES[task.statusCount];
    if (!task || status === undefined) return undefined;
    const release = () => {
      task.statusCount += 1;
      if (task.statusCount < SUCCESSFUL_STATUSES.length) this.#tasks.push(task);
    };
    return { next: { uuid: task.uuid, status }, release };
  }

  /** Moves one task to its next status. Does nothing if all tasks are claimed. */
  async change(send: (next: NextStatus) => Promise<void>): Promise<void> {
    const claimed = this.#claim();
    if (!claimed) return;
    await send(claimed.next);
    claimed.release();
  }
}
