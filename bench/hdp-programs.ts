/** The 5,000 programs of the generated HDP tasks, and the choice of a program for each task. */
import type { Random } from './random.ts';

export interface Program {
  hash: string;
  name: string | null;
}

/** Part of the program name of a tenth of all tasks. No other task text contains five consecutive letters of it. */
export const COMMON_NAME = 'vaultreconciliation';
/** The name of the program that exactly 1,000 tasks run. */
export const NAME_IN_1000_TASKS = 'quarterly_reserves_ledger';
/** The name of the program that exactly 10 tasks run. */
export const NAME_IN_10_TASKS = 'cathedral_steward_escrow';
/** Every 75th program name contains one of them. The last one has combining marks (NFD). */
export const NON_ASCII_NAMES = [
  'crédit_été',
  'größenprüfung',
  'señalización',
  'данные_моста',
  '残高証明',
  '数据验证',
  'ÅNGSTRÖM_MÅTT',
  'naïveté',
  'ödeme_özeti',
  'e\u0301tude_de\u0301taille\u0301e',
] as const;

const PROGRAM_COUNT = 5000;
const COMMON_PROGRAM_COUNT = 500;
const SUBJECTS =
  'erc20 erc721 uniswap aave lido bridge oracle gas slot header receipt state l1 l2 beacon dao'.split(' ');
const VERBS =
  'holders balance snapshot average sum max diff proof reader filter twap ranking median merge'.split(' ');

export class HdpPrograms {
  readonly common: Program[];
  readonly others: Program[];
  readonly nonAscii: Program[];
  readonly #exact: { program: Program; tasks: number; assigned: number }[];
  readonly #rows: number;

  /** @param rows the number of tasks in the data set, at least 10,000 */
  constructor(random: Random, rows: number) {
    const named = (name: string | null) => ({ hash: random.hash(), name });
    this.common = Array.from({ length: COMMON_PROGRAM_COUNT }, (_, i) =>
      named(`${COMMON_NAME}_${random.pick(VERBS)}_v${i + 1}`),
    );
    this.nonAscii = [];
    this.others = Array.from({ length: PROGRAM_COUNT - COMMON_PROGRAM_COUNT - 2 }, (_, i) => {
      if (i % 45 === 44) return named(null);
      const name = `${random.pick(SUBJECTS)}_${random.pick(VERBS)}_v${i + 1}`;
      if (i % 75 !== 0) return named(name);
      const program = named(`${random.pick(NON_ASCII_NAMES)}_${name}`);
      this.nonAscii.push(program);
      return program;
    });
    this.#exact = [
      { program: named(NAME_IN_10_TASKS), tasks: 10, assigned: 0 },
      { program: named(NAME_IN_1000_TASKS), tasks: 1000, assigned: 0 },
    ];
    this.#rows = rows;
  }

  /** Chooses the program of the task at `index`; some tasks have none. Call it with increasing indexes. */
  choose(random: Random, index: number): Program | undefined {
    for (const exact of this.#exact) {
      const due = ((exact.assigned + 0.5) * this.#rows) / exact.tasks;
      if (exact.assigned < exact.tasks && index >= Math.floor(due)) {
        exact.assigned += 1;
        return exact.program;
      }
    }
    const fraction = random.fraction();
    if (fraction < 0.1) return random.pick(this.common);
    if (fraction < 0.13) return undefined;
    // The square makes the first programs the most frequent.
    return this.others[Math.floor(random.fraction() ** 2 * this.others.length)];
  }
}
