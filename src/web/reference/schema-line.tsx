/** A schema in a line: its type, with links to named schemas, and its constraints. */
import type { Schema } from './document.ts';
import { schemaId } from './outline.ts';
import { type Fact, factsOf, typeOf, withoutNull } from './schema-words.ts';

export function TypeWords({ schema }: { schema: Schema }) {
  return (
    <span class="type">
      {typeOf(schema).map((part) =>
        'words' in part ? part.words : <a href={`#${schemaId(part.schema)}`}>{part.schema}</a>,
      )}
    </span>
  );
}

/** The constraints of a schema, and those of the items of a list. */
export function Facts({ schema }: { schema: Schema }) {
  const shown = withoutNull(schema);
  const { items } = shown;
  const ofItems = items ? factsOf(withoutNull(items)) : [];
  const facts = [...factsOf(shown), ...ofItems.map((of) => ({ ...of, words: `Each item: ${of.words}` }))];
  if (facts.length === 0) return null;
  return (
    <ul class="facts">
      {facts.map((fact) => (
        <FactItem key={fact.words} fact={fact} />
      ))}
    </ul>
  );
}

const FactItem = ({ fact: { words, values } }: { fact: Fact }) => (
  <li>
    {words}
    {values.map((value, i) => (
      <>
        {i === 0 ? ' ' : ', '}
        <code>{value}</code>
      </>
    ))}
  </li>
);
