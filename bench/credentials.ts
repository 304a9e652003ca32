/** The credentials that the clients of the bench use. */
import { CHAIN } from './generate.ts';
import { CLI } from './paths.ts';
import { run } from './processes.ts';

export interface Credentials {
  /** `ID:SECRET` of the large chain. */
  token: string;
  /** An API key that may create HDP tasks. */
  clientKey: string;
  /** An API key that may report transitions. */
  processorKey: string;
}

/** Creates credentials in a product database, as an operator does. */
export async function createCredentials(database: string): Promise<Credentials> {
  const create = async (...args: string[]) => {
    const { output } = await run(process.execPath, [CLI, ...args, '--label', 'bench'], {
      env: { DATABASE_URL: database },
    });
    return output.trim();
  };
  return {
    token: await create('tokens', 'create', '--chain', String(CHAIN)),
    clientKey: await create('keys', 'create', '--role', 'client'),
    processorKey: await create('keys', 'create', '--role', 'processor'),
  };
}
