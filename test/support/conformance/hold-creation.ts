/**
 * Holds the next creation of a task until `release` is called. The returned promise `reached` resolves when a request
 * waits for its creation.
 */
export function holdCreation<Args extends unknown[], Created>(lifecycle: {
  create(...args: Args): Promise<Created>;
}) {
  const { create } = lifecycle;
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const reached = new Promise<void>((resolve) => {
    lifecycle.create = async (...args) => {
      lifecycle.create = create;
      resolve();
      await released;
      return create(...args);
    };
  });
  return { release, reached };
}
