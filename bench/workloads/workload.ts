import type { DatabaseName } from '../database.ts';
import type { Section } from '../report.ts';
import type { Bench } from '../start-servers.ts';

/** A workload. `--only` selects it by its name. */
export interface Workload {
  name: string;
  /** The database that it needs. Default: any. */
  database?: DatabaseName;
  run(bench: Bench): Promise<Section>;
}
