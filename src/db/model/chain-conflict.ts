/** Rolls back the transaction of seeds: the id of one belongs to a task of another chain. */
export class ChainConflict extends Error {
  readonly task: { id: number; chain: number; ofChain: number };

  constructor(task: { id: number; chain: number; ofChain: number }) {
    super('The id belongs to a task of another chain.');
    this.task = task;
  }
}
