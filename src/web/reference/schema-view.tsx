/** A schema with all its parts: properties, alternatives and items. Nested ones are opened on request. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { useReference } from './context.ts';
import type { Schema } from './document.ts';
import { resolve } from './outline.ts';
import { Facts, TypeWords } from './schema-line.tsx';
import { alternativeTitle, isInline, partsLabel, unwrap } from './schema-parts.ts';
import { alternativesOf } from './schema-words.ts';
import { InlineText, Text } from './text.tsx';

/** @param isOpen true: its parts are shown at once */
export function SchemaView({ schema, isOpen }: { schema: Schema; isOpen: boolean }) {
  const { document } = useReference();
  const resolved = resolve(document, schema);
  // The parts say that it is an object.
  const saysType =
    schema.$ref !== undefined || partsLabel(document, schema) === undefined || schema.type === 'array';
  return (
    <div class="schema">
      {saysType && (
        <p>
          <TypeWords schema={schema} />
        </p>
      )}
      <Text text={schema.description ?? resolved.description} />
      <Facts schema={resolved} />
      {isOpen ? <Parts schema={schema} /> : <Nested schema={schema} />}
    </div>
  );
}

interface RowProps {
  name: string;
  schema: Schema;
  isRequired: boolean;
  description?: string | undefined;
  /** Next to the type. */
  note?: string | undefined;
  children?: ComponentChildren;
}

/** A property, a parameter or a header. */
export function Row({ name, schema, isRequired, description, note, children }: RowProps) {
  const { document } = useReference();
  return (
    <li class="row">
      <div class="row-head">
        <code class="name">{name}</code>
        <TypeWords schema={schema} />
        {note && <span class="note">{note}</span>}
        {isRequired && <span class="required">required</span>}
      </div>
      <Text text={description ?? schema.description ?? unwrap(document, schema).description} />
      <Facts schema={unwrap(document, schema)} />
      {children}
      <Nested schema={schema} />
    </li>
  );
}

/** The parts of a schema behind a summary, if it has some. They are drawn when opened, so that a schema may hold itself. */
function Nested({ schema }: { schema: Schema }) {
  const { document } = useReference();
  const [wasOpened, setOpened] = useState(isInline(schema));
  const label = partsLabel(document, schema);
  if (label === undefined) return null;
  return (
    <details class="nested" onToggle={({ currentTarget }) => currentTarget.open && setOpened(true)}>
      <summary>{label}</summary>
      {wasOpened && <Parts schema={schema} />}
    </details>
  );
}

function Parts({ schema }: { schema: Schema }) {
  const { document } = useReference();
  const resolved = unwrap(document, schema);
  const { properties = {}, required = [], items, allOf, additionalProperties } = resolved;
  const alternatives = alternativesOf(resolved);
  const names = Object.keys(properties);
  return (
    <>
      {names.length > 0 && (
        <ul class="rows">
          {Object.entries(properties).map(([name, property]) => (
            <Row key={name} name={name} schema={property} isRequired={required.includes(name)} />
          ))}
        </ul>
      )}
      {alternatives.length > 1 && <Alternatives of={alternatives} by={resolved.discriminator} />}
      {allOf?.map((part, i) => (
        <SchemaView key={`${i}`} schema={part} isOpen />
      ))}
      {items && <Parts schema={items} />}
      <Condition schema={resolved} />
      <OtherKeys keys={additionalProperties} hasNames={names.length > 0} />
    </>
  );
}

function Condition({ schema }: { schema: Schema }) {
  if (!schema.if) return null;
  const branches = [
    ['If', schema.if],
    ['Then', schema.then],
    ['Otherwise', schema.else],
  ] as const;
  return branches.map(
    ([words, branch]) =>
      branch && (
        <div key={words} class="condition">
          <strong>{words}</strong>
          <SchemaView schema={branch} isOpen />
        </div>
      ),
  );
}

function OtherKeys({ keys, hasNames }: { keys: boolean | Schema | undefined; hasNames: boolean }) {
  if (keys === undefined) return null;
  if (keys === false) return <p class="other-keys">No other keys.</p>;
  if (keys === true || Object.keys(keys).length === 0)
    return <p class="other-keys">{hasNames ? 'Any other keys.' : 'Any keys.'}</p>;
  return (
    <div class="other-keys">
      {hasNames ? 'Each other key holds:' : 'Each key holds:'}
      <SchemaView schema={keys} isOpen={false} />
    </div>
  );
}

interface AlternativesProps {
  of: readonly Schema[];
  by: Schema['discriminator'];
}

function Alternatives({ of, by }: AlternativesProps) {
  const { document } = useReference();
  return (
    <ol class="alternatives">
      {of.map((alternative, i) => {
        const title = alternativeTitle(document, alternative, by);
        return (
          <li key={`${i}`}>
            {title && (
              <strong>
                <InlineText text={title} />
              </strong>
            )}
            <SchemaView schema={alternative} isOpen={false} />
          </li>
        );
      })}
    </ol>
  );
}
