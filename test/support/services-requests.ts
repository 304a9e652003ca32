import { addServicesTasks, asAdmin, asChain, type Gateway } from './gateway.ts';
import { aServicesTask } from './tasks.ts';

export const TASKS_URL = 'http://services.test/tasks';

/** Returns an error body of the Services API. */
export const servicesError = (code: number, name: string, description: string) => ({
  result: { code: 2, status: 'error' },
  error: { code, name, description },
});

export const TASK_NOT_FOUND = servicesError(9004, 'object_not_found', 'There is no such task.');
export const NO_WRITE_ACCESS = servicesError(
  68,
  'permission_denied_or_non_existent',
  'This session has no WRITE access to chain 1764.',
);

/** Returns the headers of a token for chain 1764. */
export const withToken = ({ store }: Gateway) => asChain(store, 1764);

/** Adds tasks, then returns the headers of a token for chain 1764. */
export const withTasks =
  (...tasks: Parameters<typeof aServicesTask>[0][]) =>
  async ({ store }: Gateway) => {
    await addServicesTasks(store, ...tasks.map((task) => aServicesTask(task)));
    return asChain(store, 1764);
  };

/** Adds task 1, then returns the headers of an admin session with READ access to chain 1764. */
export const withReadSession = async ({ store }: Gateway) => {
  await addServicesTasks(store, aServicesTask());
  await store.access.grant({ userId: 7, chain: 1764, level: 'READ' });
  return asAdmin(store, 7, 1764);
};
