/** Credentials of the benchmark clients. */
import { CHAIN } from './generate.ts';
import { CLI_PATH } from './paths.ts';
import { run } from './processes.ts';

export interface Credentials {
  /** `ID:SECRET` of the large chain. */
  token: string;
  /** An API key that may create HDP tasks. */
  clientKey: string;
  /** An API key that may report transitions. */
  processorKey: string;
}

/** Creates credentials in a product database with the CLI. */
export async function createCredentials(database: string): Promise<Credentials> {
  const runCli = async (...args: string[]) => {
    const { output } = await run(process.execPath, [CLI_PATH, ...args, '--label', 'bench'], {
      env: { DATABASE_URL: database },
    });
    return output.trim();
  };
  return {
    token: await runCli('tokens', 'create', '--chain', String(CHAIN)),
    clientKey: await runCli('keys', 'create', '--role', 'client'),
    processorKey: await runCli('keys', 'create', '--role', 'processor'),
  };
}
