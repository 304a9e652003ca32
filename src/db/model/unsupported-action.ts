/** Says why a task cannot be run, in its log, in errors and on its page. @param actions the supported actions */
export function unsupportedActionMessage(actions: readonly string[]): string {
  const supported =
    actions.length === 0 ? 'There are no supported actions' : `Supported actions: ${actions.join(', ')}`;
  return `No runner supports the action of this task. ${supported}.`;
}
