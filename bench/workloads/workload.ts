import type { Section } from '../report.ts';
import type { Bench } from '../start-servers.ts';

/** A workload. `--only` selects it by its name. */
export interface Workload {
  name: string;
  run(bench: Bench): Promise<Section>;
}
