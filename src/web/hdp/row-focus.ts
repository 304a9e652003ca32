/** Returns the uuid of the row of the list that has the focus. */
export const focusedUuid = (): string | undefined =>
  document.activeElement?.closest('tr')?.querySelector<HTMLElement>('a[data-uuid]')?.dataset.uuid;
