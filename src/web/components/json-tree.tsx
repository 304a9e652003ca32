/** The members of a JSON value. What is deeper or longer than a limit enters the page only when it is asked for. */
import { useState } from 'preact/hooks';
import { ExactNumber } from '../lib/json-source.ts';

/** Deeper levels are closed at first. */
const OPEN_LEVELS = 3;
const MEMBERS_AT_ONCE = 100;
const MAX_TEXT_LENGTH = 2000;

type Member = readonly [name: string, value: unknown];

/** Returns the members of an object or array; undefined for another value. */
function membersOf(value: unknown): Member[] | undefined {
  if (typeof value !== 'object' || value === null || value instanceof ExactNumber) return undefined;
  return Object.entries(value);
}

/** Shows the members of an object or array, or a single value. */
export function JsonMembers({ value, level = 1 }: { value: unknown; level?: number }) {
  const [shown, setShown] = useState(MEMBERS_AT_ONCE);
  const members = membersOf(value);
  if (!members) return <JsonLeaf value={value} />;
  if (members.length === 0) return <span class="json-quiet">{emptyWords(value)}</span>;
  const rest = members.length - shown;
  return (
    <ul class="json-members">
      {members.slice(0, shown).map(([name, member]) => (
        <li key={name}>
          <JsonMember name={name} value={member} level={level} />
        </li>
      ))}
      {rest > 0 && (
        <li>
          <button type="button" onClick={() => setShown(shown + MEMBERS_AT_ONCE)}>
            Show {Math.min(rest, MEMBERS_AT_ONCE)} more of {rest}
          </button>
        </li>
      )}
    </ul>
  );
}

function JsonMember({ name, value, level }: { name: string; value: unknown; level: number }) {
  const [isOpen, setOpen] = useState(level < OPEN_LEVELS);
  const label = <bdi class="json-name">{name}</bdi>;
  const members = membersOf(value);
  if (!members || members.length === 0) {
    return (
      <>
        {label} <JsonMembers value={value} />
      </>
    );
  }
  return (
    <details open={isOpen} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        {label} <span class="json-quiet">{countWords(value, members.length)}</span>
      </summary>
      {isOpen && <JsonMembers value={value} level={level + 1} />}
    </details>
  );
}

function JsonLeaf({ value }: { value: unknown }) {
  if (typeof value === 'string') return <JsonText value={value} />;
  const text = value instanceof ExactNumber ? value.source : String(value);
  return <span class={value === null ? 'json-quiet' : 'json-number'}>{text}</span>;
}

function JsonText({ value }: { value: string }) {
  const [isWhole, setWhole] = useState(value.length <= MAX_TEXT_LENGTH);
  return (
    <>
      <bdi class="json-text">{JSON.stringify(isWhole ? value : value.slice(0, MAX_TEXT_LENGTH))}</bdi>
      {!isWhole && (
        <button type="button" onClick={() => setWhole(true)}>
          Show all {value.length.toLocaleString('en')} characters
        </button>
      )}
    </>
  );
}

const emptyWords = (value: unknown) => (Array.isArray(value) ? 'no elements' : 'no members');

function countWords(value: unknown, count: number): string {
  const word = Array.isArray(value) ? 'element' : 'member';
  return `${count.toLocaleString('en')} ${word}${count === 1 ? '' : 's'}`;
}
