/** Tasks to add to a database of the data set: later than its last tasks, with new ids and uuids. */

import { readNumber } from './database.ts';
import { withReader } from './databases.ts';
import { CHAIN, createPrograms, newHdpTask, newServicesTask } from './generate.ts';
import type { HdpPrograms, Program } from './hdp-programs.ts';
import { Random } from './random.ts';
import type { Api } from './requests.ts';
import type { HdpTask, ServicesTask } from './tasks.ts';

const COMMON_SHARE = 0.1;

export class NewTasks {
  readonly #random: Random;
  readonly #programs: HdpPrograms;
  readonly #database: string;
  #micros = 0;
  #nextId = 1;

  private constructor(database: string, rows: number, seed: number) {
    this.#random = new Random(seed);
    this.#programs = createPrograms(rows);
    this.#database = database;
  }

  /**
   * Reads the last tasks of a database.
   * @param rows the tasks of each kind in the data set
   * @param seed different seeds give different uuids
   */
  static async open(database: string, rows: number, seed: number): Promise<NewTasks> {
    const tasks = new NewTasks(database, rows, seed);
    await tasks.skipExisting();
    return tasks;
  }

  /** Continues after the last tasks of the database, including tasks from other writers. */
  async skipExisting(): Promise<void> {
    await withReader(this.#database, async (reader) => {
      const lastCreated = await readNumber(reader, 'SELECT max(created_at) FROM hdp_tasks');
      const lastId = await readNumber(reader, 'SELECT max(id) FROM services_tasks');
      this.#micros = Math.max(this.#micros, lastCreated);
      this.#nextId = Math.max(this.#nextId, lastId + 1);
    });
  }

  /** Creates an HDP task. */
  nextHdp(): HdpTask {
    this.#micros += 1 + this.#random.below(2000);
    return newHdpTask(this.#random, this.#micros, this.#randomProgram());
  }

  /** Creates a Services task. */
  nextServices(): ServicesTask {
    const task = newServicesTask(this.#random, this.#nextId, Math.floor(this.#micros / 1e6));
    this.#nextId += 1;
    return task;
  }

  /** Creates an HDP task in status Received. */
  nextReceivedHdp(): HdpTask {
    return { ...this.nextHdp(), status: 'Received' };
  }

  /** Creates an overdue READY task of the large chain. */
  nextReadyServices(action: string): ServicesTask {
    const task = newServicesTask(this.#random, this.#nextId, Math.floor(this.#micros / 1e6), CHAIN);
    this.#nextId += 1;
    const { created_date: created } = task.state;
    return {
      ...task,
      state: { code: 'READY', last_run_date: null, last_modified: created, created_date: created },
      trigger: { once: created },
      target: { action },
      debug: '',
      version: 0,
      result: null,
    };
  }

  /** Creates the body of a request that creates a task. */
  createBody(api: Api): object {
    return api === 'hdp' ? this.#hdpBody() : this.#servicesBody();
  }

  #hdpBody(): object {
    const task = this.nextHdp();
    return {
      destination_chain_id: '0xaa36a7',
      input: { module: task.programName, inputs: [task.uuid] },
      contract_class_hash: task.contractClassHash,
      program_hash: task.programHash,
      ...(task.programName !== null && { program_name: task.programName }),
      ...(task.scheduleMode !== null && { schedule_mode: task.scheduleMode }),
    };
  }

  #servicesBody(): object {
    const { desc, trigger, target } = newServicesTask(this.#random, this.#nextId, this.#micros / 1e6, CHAIN);
    return { chain: CHAIN, desc, trigger, target };
  }

  #randomProgram(): Program {
    const { common, others } = this.#programs;
    return this.#random.pick(this.#random.chance(COMMON_SHARE) ? common : others);
  }
}
