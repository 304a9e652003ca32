import type { Bench } from '../contestants.ts';
import type { Section } from '../report.ts';

/** A work item of the table, named as `--only` names it. */
export interface Work {
  name: string;
  run(bench: Bench): Promise<Section>;
}
