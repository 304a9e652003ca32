/** The filters of the list. A status takes effect at once, a typed value with Enter. */
import { useRef } from 'preact/hooks';
import { SERVICES_STATUSES } from '../../db/model/statuses.ts';
import type { ServicesList } from '../api-types.ts';
import { navigate } from '../lib/location.ts';
import { useShortcuts } from '../lib/shortcuts.ts';
import { filterWords, hrefOf, type ListState, listState } from './list-state.ts';
import { memberText } from './task-words.ts';

interface FiltersProps {
  state: ListState;
  /** The rows on the page, whose actions are suggested. */
  seen: ServicesList | undefined;
}

export function Filters({ state, seen = [] }: FiltersProps) {
  const form = useRef<HTMLFormElement>(null);
  const first = useRef<HTMLSelectElement>(null);
  useShortcuts({ '/': () => first.current?.focus() });
  const actions = [...new Set(seen.map(({ target }) => memberText(target, 'action') ?? ''))].filter(Boolean);

  function apply(event: Event): void {
    event.preventDefault();
    if (!form.current) return;
    const href = hrefOf({ ...readFilters(form.current), page: 1 });
    if (href !== hrefOf(state)) navigate(href);
  }

  return (
    <search>
      <form ref={form} class="filters" onSubmit={apply}>
        <label class="field">
          Status
          <select
            ref={first}
            name="status"
            defaultValue={state.status}
            onChange={() => form.current?.requestSubmit()}
          >
            <option value="">All</option>
            {SERVICES_STATUSES.map((status) => (
              <option key={status} value={status} selected={status === state.status}>
                {status}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          Action
          <input
            name="action"
            list="actions"
            maxLength={200}
            defaultValue={state.action}
            autocomplete="off"
          />
        </label>
        <datalist id="actions">
          {actions.map((action) => (
            <option key={action} value={action} />
          ))}
        </datalist>
        <label class="field">
          Campaign
          <input
            name="campaign"
            inputMode="numeric"
            pattern="\s*[0-9]{1,15}\s*"
            title="An integer of at most 15 digits"
            defaultValue={state.campaign}
            autocomplete="off"
          />
        </label>
        <button type="submit">Filter</button>
        {filterWords(state) !== '' && <a href="/">Clear</a>}
      </form>
    </search>
  );
}

/** Reads the filters through the fields of the address, so that both accept the same values. */
function readFilters(form: HTMLFormElement): ListState {
  const fields = new FormData(form);
  const query = new URLSearchParams();
  for (const name of ['status', 'action', 'campaign']) {
    query.set(name, String(fields.get(name) ?? '').trim());
  }
  return listState.read(query);
}
