import type { Bench } from '../contestants.ts';
import type { Section } from '../report.ts';

/** A workload of the table, named as `--only` names it. */
export interface Workload {
  name: string;
  run(bench: Bench): Promise<Section>;
}
