/**
 * Loads the page again if a file of its build is missing, as after an update of the server. A page of the same build is
 * loaded again once only, so that a file that stays missing makes no loop.
 */
export function reloadIfFileIsMissing(): void {
  addEventListener('vite:preloadError', () => {
    const build = document.querySelector<HTMLScriptElement>('script[type=module]')?.src ?? '';
    try {
      if (sessionStorage.getItem('reloaded') === build) return;
      sessionStorage.setItem('reloaded', build);
    } catch {
      // Without storage, a loop could not be told.
      return;
    }
    location.reload();
  });
}
