import { navigate } from '../lib/location.ts';
import { useShortcuts } from '../lib/shortcuts.ts';

interface PagerProps {
  page: number;
  pages: number;
  total: number;
  /** Returns the address of a page. */
  hrefOf(page: number): string;
}

export function Pager({ page, pages, total, hrefOf }: PagerProps) {
  const to = (target: number) => {
    if (target >= 1 && target <= Math.max(pages, 1)) navigate(hrefOf(target));
  };
  useShortcuts({ '[': () => to(Math.min(page - 1, pages)), ']': () => to(page + 1) });
  const link = (target: number, label: string, isOn: boolean) =>
    isOn ? <a href={hrefOf(target)}>{label}</a> : <span class="off">{label}</span>;
  return (
    <nav class="pager" aria-label="Pages of the list">
      {link(1, 'First', page > 1)}
      {link(Math.min(page - 1, pages), 'Previous', page > 1)}
      <span class="pager-place">
        {placeWords(page, Math.max(pages, 1))}, {total.toLocaleString('en')} {total === 1 ? 'task' : 'tasks'}
      </span>
      {link(page + 1, 'Next', page < pages)}
      {link(pages, 'Last', page < pages)}
    </nav>
  );
}

function placeWords(page: number, pages: number): string {
  const [place, count] = [page.toLocaleString('en'), pages.toLocaleString('en')];
  return page > pages ? `Page ${place} is past the end: ${count} in all` : `Page ${place} of ${count}`;
}
