import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { exportAction } from './actions.ts';
import { addServicesTasks, asChain, createTestGateway, type GatewayOptions, NOW } from './gateway.ts';
import { expectDocumented } from './openapi/documented.ts';
import { servicesError } from './services-requests.ts';
import { aServicesTask } from './tasks.ts';

/** The body of a response to an invalid download URL. */
export const INVALID_DOWNLOAD_URL = JSON.stringify(
  servicesError(68, 'permission_denied_or_non_existent', 'This download URL is not valid or has expired.'),
);
export const FILE_MISSING = 'The file of this task no longer exists. Execute the task to create it again.';

/** Creates a gateway with task 7, which has exported a file, and the download URL of that file. */
export async function createDownload(options: GatewayOptions = {}) {
  const exportsDir = mkdtempSync(join(tmpdir(), 'taskgate-'));
  onTestFinished(() => rmSync(exportsDir, { recursive: true, force: true }));
  const time = { now: NOW };
  const now = () => time.now;
  const gateway = await createTestGateway({ actions: [exportAction], exportsDir, now, ...options });
  const { app, store, runner } = gateway;
  await addServicesTasks(store, aServicesTask({ id: 7 }));
  await runner.execute(1764, 7);
  const credentials = await asChain(store, 1764);
  const getDownloadUrl = async (id: number, headers: Record<string, string> = credentials) => {
    const url = `http://services.test/tasks/${id}/download_url`;
    const response = await app.request(url, { headers });
    const text = await response.text();
    expectDocumented(url, response, text);
    return { status: response.status, body: JSON.parse(text) };
  };
  const ask = async (url: string, headers: Record<string, string> = {}, method = 'GET') => {
    const response = await app.request(url, { headers, method });
    const text = await response.text();
    expectDocumented(url, response, text, method === 'HEAD' ? 'none' : method);
    return { status: response.status, headers: response.headers, text };
  };
  const { body } = await getDownloadUrl(7);
  const url: string = body.url ?? '';
  return { ...gateway, exportsDir, time, getDownloadUrl, ask, url };
}
