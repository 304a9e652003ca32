import { ChainConflict } from '../model/chain-conflict.ts';
import type { Store } from '../store.ts';
import { insertSession, insertToken, upsertGrant } from './access.ts';
import { insertApiKey } from './api-keys.ts';
import { addHdpTask } from './hdp-tasks.ts';
import { addServicesTask } from './services-tasks.ts';
import type { Write } from './transactions.ts';

export function createLoadSeeds(write: Write): Store['loadSeeds'] {
  return async ({ servicesTasks, hdpTasks, tokens, grants, sessions, keys }) => {
    try {
      await write(async (transaction) => {
        for (const task of servicesTasks) {
          const options = { onConflict: 'replace', allowChainChange: false } as const;
          const { ofChain } = await addServicesTask(transaction, task, options);
          if (ofChain !== undefined) throw new ChainConflict({ id: task.id, chain: task.chain, ofChain });
        }
        for (const task of hdpTasks) await addHdpTask(transaction, task, 'replace');
        for (const token of tokens) await insertToken(transaction, token);
        for (const grant of grants) await upsertGrant(transaction, grant);
        for (const session of sessions) await insertSession(transaction, session);
        for (const key of keys) await insertApiKey(transaction, key);
      });
      return undefined;
    } catch (error) {
      if (error instanceof ChainConflict) return error.task;
      throw error;
    }
  };
}
