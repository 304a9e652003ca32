/** The focus within the rows of the list. In a row, its link and its buttons take focus. */

const ROW_LINK = 'a[data-uuid]';

const rowLinks = () => [...document.querySelectorAll<HTMLAnchorElement>(ROW_LINK)];

const focusedLink = () =>
  document.activeElement?.closest('tr')?.querySelector<HTMLAnchorElement>(ROW_LINK) ?? undefined;

/** Returns the uuid of the row that has the focus. */
export const focusedUuid = (): string | undefined => focusedLink()?.dataset.uuid;

/** Moves the focus to the link of a later or earlier row, or from elsewhere to the first row. */
export function moveFocus(steps: number): void {
  const links = rowLinks();
  const focused = focusedLink();
  const at = focused ? Math.min(Math.max(links.indexOf(focused) + steps, 0), links.length - 1) : 0;
  links[at]?.focus();
}

/** Returns the link of the row that has the focus. */
export const rowLink = focusedLink;
