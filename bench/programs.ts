/** The 5,000 programs that HDP tasks run, and which of them each task runs. */
import type { Random } from './random.ts';

export interface Program {
  hash: string;
  name: string | null;
}

/** In the names of the programs of a tenth of all tasks. No other text of any task has five letters in a row of it. */
export const COMMON = 'vaultreconciliation';
/** The name of the program that exactly 1,000 tasks run. */
export const THOUSAND = 'quarterly_reserves_ledger';
/** The name of the program that exactly 10 tasks run. */
export const TEN = 'cathedral_steward_escrow';
/** One of them is in every 75th program name; the last one is written with combining marks (NFD). */
export const FOREIGN = [
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

const PROGRAMS = 5000;
const COMMON_PROGRAMS = 500;
const SUBJECTS =
  'erc20 erc721 uniswap aave lido bridge oracle gas slot header receipt state l1 l2 beacon dao'.split(' ');
const VERBS =
  'holders balance snapshot average sum max diff proof reader filter twap ranking median merge'.split(' ');

export class Programs {
  readonly common: Program[];
  readonly others: Program[];
  readonly foreign: Program[];
  readonly #exact: { program: Program; tasks: number; given: number }[];
  readonly #rows: number;

  /** @param rows how many tasks there will be, at least 10,000 */
  constructor(random: Random, rows: number) {
    const named = (name: string | null) => ({ hash: random.hash(), name });
    this.common = Array.from({ length: COMMON_PROGRAMS }, (_, i) =>
      named(`${COMMON}_${random.pick(VERBS)}_v${i + 1}`),
    );
    this.foreign = [];
    this.others = Array.from({ length: PROGRAMS - COMMON_PROGRAMS - 2 }, (_, i) => {
      if (i % 45 === 44) return named(null);
      const name = `${random.pick(SUBJECTS)}_${random.pick(VERBS)}_v${i + 1}`;
      if (i % 75 !== 0) return named(name);
      const program = named(`${random.pick(FOREIGN)}_${name}`);
      this.foreign.push(program);
      return program;
    });
    this.#exact = [
      { program: named(TEN), tasks: 10, given: 0 },
      { program: named(THOUSAND), tasks: 1000, given: 0 },
    ];
    this.#rows = rows;
  }

  /** The program of the task at `index`; some tasks have none. */
  of(random: Random, index: number): Program | undefined {
    for (const exact of this.#exact) {
      const due = ((exact.given + 0.5) * this.#rows) / exact.tasks;
      if (exact.given < exact.tasks && index >= Math.floor(due)) {
        exact.given += 1;
        return exact.program;
      }
    }
    const dice = random.fraction();
    if (dice < 0.1) return random.pick(this.common);
    if (dice < 0.13) return undefined;
    // Some programs run often, most seldom.
    return this.others[Math.floor(random.fraction() ** 2 * this.others.length)];
  }
}
