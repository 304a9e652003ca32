/** Values of tasks. Each is whole in the page; the style alone shortens it. Foreign text is isolated (`bdi`). */
import { CopyButton } from '../components/copy-button.tsx';
import { chainName } from './chains.ts';

/** A value that is not there yet. */
export const None = () => (
  <span class="quiet">
    <span aria-hidden="true">—</span>
    <span class="visually-hidden">none</span>
  </span>
);

interface CopiedProps {
  value: string | null;
  /** Names the value for people who cannot see it: `the program hash`. */
  label: string;
  /** True: one line that the style shortens. Otherwise the value wraps. */
  isShort?: boolean;
}

/** An id or hash with its copy button at the end of the line. */
export function Copied({ value, label, isShort = false }: CopiedProps) {
  if (value === null) return <None />;
  return (
    <span class={isShort ? 'copied copied-short' : 'copied'}>
      <bdi class="id" title={isShort ? value : undefined}>
        {value}
      </bdi>
      <CopyButton value={value} label={label} />
    </span>
  );
}

/** A chain: its name, if it is well known, and its id. */
export function Chain({ id }: { id: string | null }) {
  if (id === null) return <None />;
  const name = chainName(id);
  return (
    <span class="chain">
      {name}
      <bdi class={name === undefined ? 'id' : 'id quiet'} title={id}>
        {id}
      </bdi>
    </span>
  );
}
