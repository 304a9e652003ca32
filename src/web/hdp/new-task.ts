/** The body of `POST /tasks` from the fields of the form (contract B3), and the same request for curl. */
import { SCHEDULE_MODES } from '../../db/model/statuses.ts';
import { isChainId } from './chains.ts';

export interface NewTaskFields {
  chain: string;
  input: string;
  programHash: string;
  programName: string;
  scheduleMode: string;
  webhookUrl: string;
  taskInputs: string;
}

export const EMPTY_FIELDS: NewTaskFields = {
  ...{ chain: '0xaa36a7', input: '{}', programHash: '', programName: '', scheduleMode: '', webhookUrl: '' },
  taskInputs: '',
};

export type Problems = Partial<Record<keyof NewTaskFields, string>>;

/** Returns what is wrong with the fields. The server checks all of them again. */
export function problemsOf(fields: NewTaskFields): Problems {
  const problems: Problems = {};
  if (!isChainId(fields.chain.trim()))
    problems.chain = 'A chain id is a hex text such as 0xaa36a7, or an integer.';
  const input = objectProblem(fields.input);
  if (input !== undefined) problems.input = input;
  const taskInputs = fields.taskInputs.trim() === '' ? undefined : objectProblem(fields.taskInputs);
  if (taskInputs !== undefined) problems.taskInputs = taskInputs;
  const { scheduleMode, webhookUrl } = fields;
  if (scheduleMode !== '' && !SCHEDULE_MODES.some((mode) => mode === scheduleMode))
    problems.scheduleMode = `A mode is one of ${SCHEDULE_MODES.join(', ')}.`;
  if (webhookUrl.trim() !== '' && !/^https?:\/\//i.test(webhookUrl.trim()))
    problems.webhookUrl = 'The URL must begin with http:// or https://.';
  return problems;
}

function objectProblem(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? undefined : 'It must be a JSON object, such as {"key": 1}.';
  } catch (error) {
    return `It is not JSON: ${error instanceof Error ? error.message : ''}`;
  }
}

/** Returns the body as JSON text. JSON fields stay as they were typed, so that no digit of a number is lost. */
export function bodyOf(fields: NewTaskFields): string {
  const text = (value: string) => (value.trim() === '' ? undefined : JSON.stringify(value.trim()));
  const members: readonly (readonly [name: string, json: string | undefined])[] = [
    ['destination_chain_id', text(fields.chain)],
    ['input', fields.input.trim()],
    ['program_hash', text(fields.programHash)],
    ['program_name', text(fields.programName)],
    ['schedule_mode', text(fields.scheduleMode)],
    ['webhook_url', text(fields.webhookUrl)],
    ['task_inputs', fields.taskInputs.trim() || undefined],
  ];
  const lines = members.flatMap(([name, json]) => (json === undefined ? [] : [`  "${name}": ${json}`]));
  return `{\n${lines.join(',\n')}\n}`;
}

const quoted = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** Returns the request as a command of a shell. The key is a placeholder. */
export const curlOf = (origin: string, body: string, idempotencyKey: string): string =>
  [
    `curl ${quoted(`${origin}/tasks`)}`,
    `-H 'X-API-KEY: YOUR_API_KEY'`,
    `-H 'Content-Type: application/json'`,
    `-H ${quoted(`Idempotency-Key: ${idempotencyKey}`)}`,
    `--data-raw ${quoted(body)}`,
  ].join(' \\\n  ');

/** Returns a random key. `crypto.randomUUID` is missing on http hosts. */
export function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
