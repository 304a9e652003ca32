/** What the tests ask of a generated client. Each generator has an adapter with these methods. */
import type { HdpTask, ServicesTask, TaskDetails, TaskList, TaskStatus, TaskTransitions } from 'taskgate';

/** A response that is not a success. The message is the sentence of the error body. */
export class ClientError extends Error {
  readonly status: number;

  constructor(status: number, sentence = '') {
    super(sentence);
    this.status = status;
  }
}

export interface LoggedTask extends Omit<ServicesTask, 'logs'> {
  logs: { time: string; level: 'info' | 'warning' | 'error'; message: string }[];
}

export interface NewServicesTask {
  chain: number;
  desc: string;
  trigger: { once: string; repeat?: 'daily' | 'weekly' | 'monthly' };
  target: { action: string; export_index?: string; export_format?: string };
}

/** Every method throws ClientError. */
export interface ServicesClient {
  list(query: { status?: ServicesTask['state']['code']; limit?: number }): Promise<ServicesTask[]>;
  create(task: NewServicesTask, idempotencyKey?: string): Promise<LoggedTask>;
  read(id: number, query?: { log_limit?: number }): Promise<LoggedTask>;
  execute(id: number): Promise<ServicesTask['state']>;
  downloadUrl(id: number): Promise<string>;
  /** Returns the content of the file. */
  download(url: string): Promise<string>;
}

export interface NewHdpTask {
  destination_chain_id: string | number;
  input: Record<string, unknown>;
  program_name?: string;
}

export type Report =
  | { to_status: 'DryRunStarted' }
  | { to_status: 'DryRunFailed'; error_message: string }
  | { to_status: 'DryRunCompleted'; program_hash?: string };

/** Every method throws ClientError. */
export interface HdpClient {
  list(query: {
    hdp_tasks_page?: number;
    hdp_tasks_per_page?: number;
    hdp_tasks_search?: string;
  }): Promise<TaskList>;
  /** Returns the uuid of the new task. */
  create(task: NewHdpTask, idempotencyKey?: string): Promise<string>;
  status(uuid: string): Promise<TaskStatus>;
  details(uuid: string): Promise<TaskDetails>;
  transitions(uuid: string): Promise<TaskTransitions>;
  /** Returns the status that was reported. */
  report(uuid: string, report: Report): Promise<HdpTask['status']>;
  retry(uuid: string): Promise<string>;
  isAlive(): Promise<'healthy' | 'unhealthy'>;
}

/** What the module of an adapter exports. */
export interface Adapter {
  /** @param url the URL of the Services API */
  createServicesClient(url: string, headers: Record<string, string>): ServicesClient;
  /**
   * @param url the URL of the HDP API
   * @param keys the request headers with the key of a client and of a processor
   */
  createHdpClient(url: string, keys: Record<'client' | 'processor', Record<string, string>>): HdpClient;
}

/** Returns the path parameters and the query of a download URL. */
export function parseDownloadUrl(url: string) {
  const { pathname, searchParams } = new URL(url);
  const [id = '', name = ''] = pathname.split('/').slice(2);
  const query = {
    expires: searchParams.get('expires') ?? '',
    signature: searchParams.get('signature') ?? '',
  };
  return { id, name, query };
}
