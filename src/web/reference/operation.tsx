/** An operation, or a webhook: what it does on the left, a request on the right. */

import { CodeBlock } from '../components/code-block.tsx';
import { useReference } from './context.ts';
import type { MediaType, SecurityRequirement } from './document.ts';
import { bodyExamples } from './example-value.ts';
import { type Endpoint, resolve, schemeId } from './outline.ts';
import { Responses, SuccessExamples } from './responses.tsx';
import { schemaOf } from './schema-parts.ts';
import { Row, SchemaView } from './schema-view.tsx';
import { OuterLink, Text } from './text.tsx';
import { TryIt } from './try-it.tsx';

interface OperationProps {
  endpoint: Endpoint;
  isWebhook: boolean;
}

export function OperationView({ endpoint, isWebhook }: OperationProps) {
  const { document } = useReference();
  const { id, method, path, title, operation, security } = endpoint;
  const { deprecated, description, externalDocs, requestBody } = operation;
  const body = requestBody && resolve(document, requestBody);
  return (
    <article class="operation" id={id} aria-labelledby={`${id}-title`}>
      <div>
        <h3 id={`${id}-title`}>
          <a href={`#${id}`}>{title}</a>
        </h3>
        <p class="endpoint">
          <span class={`method method-${method}`}>{method.toUpperCase()}</span> <code>{path}</code>
          {deprecated && <span class="required">deprecated</span>}
          <span class="note">
            operationId <code>{id}</code>
          </span>
        </p>
        <Text text={description} />
        {externalDocs && <OuterLink href={externalDocs.url} label={externalDocs.description} />}
        {!isWebhook && <Security security={security} />}
        <Parameters endpoint={endpoint} />
        {body && (
          <>
            <h4>{isWebhook ? 'Body' : 'Request body'}</h4>
            <Text text={body.description} />
            {Object.entries(body.content ?? {}).map(([type, media]) => (
              <Body key={type} type={type} media={media} isRequired={body.required ?? false} />
            ))}
          </>
        )}
        <Responses operation={operation} isWebhook={isWebhook} />
      </div>
      <div class="side">
        {isWebhook ? <Payload content={Object.values(body?.content ?? {})} /> : <TryIt endpoint={endpoint} />}
        {!isWebhook && <SuccessExamples operation={operation} />}
      </div>
    </article>
  );
}

function Security({ security }: { security: readonly SecurityRequirement[] }) {
  const alternatives = security.map((requirement) => Object.keys(requirement));
  if (alternatives.every((schemes) => schemes.length === 0)) return <p class="needs">Credentials: none.</p>;
  return (
    <p class="needs">
      Credentials:{' '}
      {alternatives.map((schemes, i) => (
        <>
          {i > 0 && ', or '}
          {schemes.length === 0 && 'none'}
          {schemes.map((scheme, j) => (
            <>
              {j > 0 && (j === schemes.length - 1 ? ' and ' : ', ')}
              <a href={`#${schemeId(scheme)}`}>{scheme}</a>
            </>
          ))}
        </>
      ))}
      .
    </p>
  );
}

const LOCATIONS: Readonly<Record<string, string>> = {
  path: 'in the path',
  query: 'in the query',
  header: 'header',
  cookie: 'cookie',
};

function Parameters({ endpoint: { parameters } }: { endpoint: Endpoint }) {
  if (parameters.length === 0) return null;
  return (
    <>
      <h4>Parameters</h4>
      <ul class="rows">
        {parameters.map((parameter) => (
          <Row
            key={`${parameter.in} ${parameter.name}`}
            name={parameter.name}
            schema={schemaOf(parameter)}
            isRequired={parameter.required ?? false}
            description={parameter.description}
            note={LOCATIONS[parameter.in]}
          />
        ))}
      </ul>
    </>
  );
}

function Body({ type, media, isRequired }: { type: string; media: MediaType; isRequired: boolean }) {
  return (
    <>
      <p class="media">
        <code>{type}</code> {isRequired && <span class="required">required</span>}
      </p>
      {media.schema && <SchemaView schema={media.schema} isOpen />}
    </>
  );
}

function Payload({ content }: { content: readonly MediaType[] }) {
  const { document } = useReference();
  return content
    .flatMap((media) => bodyExamples(document, media))
    .map(({ name, description, value }) => (
      <>
        <CodeBlock key={name} label={`Body: ${name}`} code={JSON.stringify(value, null, 2)} />
        <Text text={description} />
      </>
    ));
}
