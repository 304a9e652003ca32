import { ChainConflict } from '../model/chain-conflict.ts';
import type { Store } from '../store.ts';
import type { CredentialInserts } from './access.ts';
import type { InsertApiKey } from './api-keys.ts';
import type { AddHdpTask } from './hdp-tasks.ts';
import type { AddServicesTask } from './services-tasks.ts';
import type { Write } from './write-queue.ts';

interface SeedWrites {
  addServicesTask: AddServicesTask;
  addHdpTask: AddHdpTask;
  inserts: CredentialInserts;
  insertKey: InsertApiKey;
}

export function prepareLoadSeeds(write: Write, writes: SeedWrites): Store['loadSeeds'] {
  const { addServicesTask, addHdpTask, inserts, insertKey } = writes;
  return async ({ servicesTasks, hdpTasks, tokens, grants, sessions, keys }) => {
    try {
      await write((transaction) => {
        for (const task of servicesTasks) {
          const options = { onConflict: 'replace', allowChainChange: false } as const;
          const { ofChain } = addServicesTask(transaction, task, options);
          if (ofChain !== undefined) throw new ChainConflict({ id: task.id, chain: task.chain, ofChain });
        }
        for (const task of hdpTasks) addHdpTask(transaction, task, 'replace');
        for (const token of tokens) inserts.token(transaction, token);
        for (const grant of grants) inserts.grant(transaction, grant);
        for (const session of sessions) inserts.session(transaction, session);
        for (const key of keys) insertKey(key);
      });
      return undefined;
    } catch (error) {
      if (error instanceof ChainConflict) return error.task;
      throw error;
    }
  };
}
