/** Tasks that continue a database of the data set: later than its last ones, with ids and uuids that it does not have. */
import { createPrograms, newHdpTask, newServicesTask } from './generate.ts';
import type { Program, Programs } from './programs.ts';
import { Random } from './random.ts';
import { openDatabase } from './reference-tables.ts';
import type { HdpTask, ServicesTask } from './tasks.ts';

const COMMON_SHARE = 0.1;

export class NewTasks {
  readonly #random: Random;
  readonly #programs: Programs;
  #micros: number;
  #nextId: number;

  /** @param seed tasks of different seeds have different uuids */
  constructor(database: string, rows: number, seed: number) {
    this.#random = new Random(seed);
    this.#programs = createPrograms(rows);
    const db = openDatabase(database, { readonly: true });
    const read = (sql: string) => db.prepare<[], number>(sql).pluck().get() ?? 0;
    this.#micros = read('SELECT max(created_at) FROM hdp_tasks');
    this.#nextId = read('SELECT max(id) FROM services_tasks') + 1;
    db.close();
  }

  hdp(): HdpTask {
    this.#micros += 1 + this.#random.below(2000);
    return newHdpTask(this.#random, this.#micros, this.#program());
  }

  services(): ServicesTask {
    const task = newServicesTask(this.#random, this.#nextId, Math.floor(this.#micros / 1e6));
    this.#nextId += 1;
    return task;
  }

  #program(): Program {
    const { common, others } = this.#programs;
    return this.#random.pick(this.#random.chance(COMMON_SHARE) ? common : others);
  }
}
