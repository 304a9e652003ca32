import { ChainConflict } from '../model/chain-conflict.ts';
import type { Store } from '../store.ts';
import { insertSession, insertToken, upsertGrant } from './access.ts';
import { insertApiKey } from './api-keys.ts';
import { addHdpTasks, addServicesTasks } from './task-addition.ts';
import type { Write } from './transactions.ts';

export function createLoadSeeds(write: Write): Store['loadSeeds'] {
  return async ({ servicesTasks, hdpTasks, tokens, grants, sessions, keys }) => {
    try {
      await write(async (transaction) => {
        const options = { onConflict: 'replace', allowChainChange: false } as const;
        const added = await addServicesTasks(transaction, servicesTasks, options, true);
        for (const [index, { id, chain }] of servicesTasks.entries()) {
          const ofChain = added[index]?.ofChain;
          if (ofChain !== undefined) throw new ChainConflict({ id, chain, ofChain });
        }
        await addHdpTasks(transaction, hdpTasks, 'replace');
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
