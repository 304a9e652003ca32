import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Command } from 'commander';
import { onTestFinished } from 'vitest';
import { exitCodeOf, type ServeContext } from '../../src/commands/command.ts';
import type { Environment } from '../../src/config.ts';
import { createProgram } from '../../src/program.ts';
import { NOW } from './gateway.ts';
import { readStoredValues } from './raw-connection.ts';
import { createTestDatabase, isPostgres } from './stores.ts';

export interface RunOptions {
  /** Content of standard input. Default: empty. */
  stdin?: string | Buffer | Iterable<Buffer> | AsyncIterable<Buffer>;
  /** Environment variables. They override DATABASE_URL. */
  env?: Environment;
  /** The name of another database in the same directory. */
  database?: string;
  /** Unix milliseconds. Default: NOW. */
  now?: number;
  /** True if stderr is a terminal. */
  isTTY?: boolean;
  /** Receives the command's listener for signals that ask it to stop. */
  onStopSignal?: (listener: (signal: NodeJS.Signals) => void) => void;
  /** Awaited after the first output, before more is read. The argument returns the bytes of buffered output. */
  onFirstOutput?: (bytesWaiting: () => number) => Promise<void>;
}

/** The exit code and output of a command. */
export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs commands in this process, on databases in a temporary directory that is removed after the test. */
export async function createCli() {
  const directory = await mkdtemp(join(tmpdir(), 'taskgate-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const created = new Map<string, Promise<string>>();
  /** Returns the URL of a database by its name. */
  const database = (name = 'taskgate'): Promise<string> => {
    const known = created.get(name) ?? createTestDatabase(join(directory, `${name}.db`));
    created.set(name, known);
    return known;
  };
  const url = await database();
  const databaseUrl = (name = 'taskgate') => (name === 'taskgate' ? url : join(directory, `${name}.db`));
  let calls = 0;
  /** Returns different bytes for each call, and the same bytes in every run of the test. */
  const randomBytes = (count: number) => {
    calls += 1;
    return createHash('shake256', { outputLength: count }).update(String(calls)).digest();
  };

  const prepare = (options: RunOptions, databaseUrl: string) => {
    const stdout = new Collector(options.onFirstOutput);
    const stderr = Object.assign(new Collector(), { isTTY: options.isTTY ?? false });
    const context: ServeContext = {
      env: { DATABASE_URL: databaseUrl, SYNCHRONOUS_COMMIT: 'no', ...options.env },
      stdin: readableOf(options.stdin ?? ''),
      stdout,
      stderr,
      now: () => options.now ?? NOW,
      randomBytes,
      onStopSignal(listener) {
        options.onStopSignal?.(listener);
        return () => {};
      },
      logDestination: { write: () => {}, drained: async () => {} },
      stopRequested: async () => {},
    };
    const outcome = { code: 0 };
    const program = createProgram(context, outcome);
    for (const { command } of withSubcommands(program)) {
      command.configureOutput({
        writeOut: (text) => stdout.write(text),
        writeErr: (text) => stderr.write(text),
      });
    }
    return { stdout, stderr, context, outcome, program };
  };

  return {
    directory,
    databaseUrl,

    /** Runs one command as src/cli.ts does. */
    async run(args: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
      const prepared = prepare(options, await database(options.database));
      const { stdout, stderr, context, outcome, program } = prepared;
      const code = await exitCodeOf(context, async () => {
        await program.parseAsync(args, { from: 'user' });
        return outcome.code;
      });
      return { code, stdout: await stdout.text(), stderr: await stderr.text() };
    },

    /** Returns every command, including groups and the program itself. */
    commands(): NamedCommand[] {
      return withSubcommands(prepare({}, url).program);
    },

    /** Writes a file into the directory. Returns its path. */
    async file(name: string, content: string | Buffer): Promise<string> {
      const path = join(directory, name);
      await writeFile(path, content);
      return path;
    },

    /**
     * Returns the bytes of all files in the directory: the databases and their SQLite log files. With PostgreSQL, the bytes of
     * all values of the database.
     */
    async storedBytes(): Promise<Buffer> {
      if (isPostgres()) return readStoredValues(url);
      const names = await readdir(directory);
      return Buffer.concat(await Promise.all(names.map((name) => readFile(join(directory, name)))));
    },
  };
}

export type Cli = Awaited<ReturnType<typeof createCli>>;

/** A command with the arguments that select it. */
export interface NamedCommand {
  words: string[];
  command: Command;
}

function withSubcommands(command: Command, words: string[] = []): NamedCommand[] {
  const under = command.commands.flatMap((sub) => withSubcommands(sub, [...words, sub.name()]));
  return [{ words, command }, ...under];
}

/** Returns the values of NDJSON output. */
export function parseNdjson(ndjson: string): unknown[] {
  return ndjson
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));
}

/** Collects output, one chunk per event loop iteration, like a pipe with a slow reader. */
class Collector extends Writable {
  #chunks: Buffer[] = [];
  readonly #atFirst: RunOptions['onFirstOutput'];

  constructor(atFirst?: RunOptions['onFirstOutput']) {
    super({ decodeStrings: true });
    this.#atFirst = atFirst;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#chunks.push(chunk);
    const first = this.#chunks.length === 1 ? this.#atFirst?.(() => this.writableLength) : undefined;
    if (first) first.then(() => done(), done);
    else setImmediate(done);
  }

  async text(): Promise<string> {
    this.end();
    await finished(this);
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}

function readableOf(content: NonNullable<RunOptions['stdin']>): Readable {
  const isWhole = typeof content === 'string' || Buffer.isBuffer(content);
  return Readable.from(isWhole ? [Buffer.from(content)] : content, { objectMode: false });
}
