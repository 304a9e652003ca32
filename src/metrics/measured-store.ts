import { statSync } from 'node:fs';
import { databaseFile, type Store } from '../db/open.ts';
import type { Metrics } from './metrics.ts';

/** The most webhooks that are counted as due. */
const MAX_DUE = 1000;

/** Returns a store that counts the ends of runs and of webhook attempts, and adds the gauges of a database. */
export function measureStore(store: Store, databaseUrl: string, metrics: Metrics): Store {
  addGauges(store, databaseUrl, metrics);
  const { hdpWebhooks, taskRuns } = store;
  return {
    ...store,
    taskRuns: {
      ...taskRuns,
      async finish(task, run, end) {
        const finished = await taskRuns.finish(task, run, end);
        metrics.countRun(finished ? (end.status === 'DONE' ? 'done' : 'error') : 'lost');
        return finished;
      },
    },
    hdpWebhooks: {
      ...hdpWebhooks,
      async markDelivered(id, now) {
        await hdpWebhooks.markDelivered(id, now);
        metrics.countWebhook('delivered');
      },
      async recordFailure(attempt, error, dueAt) {
        await hdpWebhooks.recordFailure(attempt, error, dueAt);
        metrics.countWebhook(dueAt === null ? 'given_up' : 'failed');
      },
    },
  };
}

function addGauges({ probe, hdpWebhooks }: Store, databaseUrl: string, { addGauge }: Metrics): void {
  addGauge({
    name: 'taskgate_database_up',
    help: 'If the database can be read: 1 or 0.',
    aggregator: 'min',
    read: () =>
      probe().then(
        () => 1,
        () => 0,
      ),
  });
  const listDue = () => hdpWebhooks.listDue(undefined, MAX_DUE).catch(() => []);
  addGauge({
    name: 'taskgate_webhooks_due',
    help: `Webhooks that wait to be sent, at most ${MAX_DUE}.`,
    read: async () => (await listDue()).length,
  });
  addGauge({
    name: 'taskgate_webhooks_oldest_due_seconds',
    help: 'How long the first of them has been due.',
    async read() {
      const [first] = await listDue();
      return first ? Math.max(0, (first.listedAt - first.dueAt) / 1000) : 0;
    },
  });
  const file = databaseFile(databaseUrl);
  if (file === undefined) return;
  const bytesOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  addGauge({
    name: 'taskgate_database_bytes',
    help: 'The size of the SQLite file.',
    read: () => bytesOf(file),
  });
  addGauge({
    name: 'taskgate_database_wal_bytes',
    help: 'The size of the write-ahead log of the SQLite file.',
    read: () => bytesOf(`${file}-wal`),
  });
}
