/** The responses of an operation. The first success is open. */
import { CodeBlock } from '../components/code-block.tsx';
import { useReference } from './context.ts';
import type { ApiResponse, MediaType, Operation } from './document.ts';
import { bodyExamples } from './example-value.ts';
import { resolve } from './outline.ts';
import { schemaOf } from './schema-parts.ts';
import { Row, SchemaView } from './schema-view.tsx';
import { InlineText, Text } from './text.tsx';

/** Returns the first response of success: it is open, and its examples stand next to the request. */
const successOf = ({ responses = {} }: Operation) =>
  Object.entries(responses).find(([status]) => status.startsWith('2'));

export function Responses({ operation, isWebhook }: { operation: Operation; isWebhook: boolean }) {
  const { document } = useReference();
  // Keys that are no integers, such as 2XX, come last in an object.
  const responses = Object.entries(operation.responses ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const opened = successOf(operation)?.[0];
  if (responses.length === 0) return null;
  return (
    <>
      <h4>{isWebhook ? 'Your response' : 'Responses'}</h4>
      <div class="responses">
        {responses.map(([status, response]) => (
          <ResponseView
            key={status}
            status={status}
            response={resolve(document, response)}
            isOpen={status === opened}
          />
        ))}
      </div>
    </>
  );
}

interface ResponseProps {
  status: string;
  response: ApiResponse;
  isOpen: boolean;
}

function ResponseView({ status, response, isOpen }: ResponseProps) {
  const { description = '', headers = {}, content = {} } = response;
  const title = (
    <>
      <span class={`code-${status.charAt(0)} response-code`}>{status}</span>
      <span>
        <InlineText text={description} />
      </span>
    </>
  );
  const hasDetails = Object.keys(headers).length + Object.keys(content).length > 0;
  if (!hasDetails) return <p class="response">{title}</p>;
  return (
    <details open={isOpen}>
      <summary class="response">{title}</summary>
      {Object.entries(content).map(([type, media]) => (
        <ResponseBody key={type} status={status} type={type} media={media} isOpen={isOpen} />
      ))}
      <Headers headers={headers} />
    </details>
  );
}

function ResponseBody({ status, type, media, isOpen }: BodyProps & { isOpen: boolean }) {
  return (
    <>
      <p class="media">
        Body: <code>{type}</code>
      </p>
      {media.schema && <SchemaView schema={media.schema} isOpen={isOpen} />}
      {!isOpen && <Examples status={status} type={type} media={media} />}
    </>
  );
}

interface BodyProps {
  status: string;
  type: string;
  media: MediaType;
}

function Examples({ status, type, media }: BodyProps) {
  const { document } = useReference();
  return bodyExamples(document, media).map(({ name, description, value }) => (
    <>
      <CodeBlock
        key={name}
        label={`${status}: ${name}`}
        code={typeof value === 'string' && !type.includes('json') ? value : JSON.stringify(value, null, 2)}
      />
      <Text text={description} />
    </>
  ));
}

/** The examples of the first success. */
export function SuccessExamples({ operation }: { operation: Operation }) {
  const { document } = useReference();
  const [status = '', response] = successOf(operation) ?? [];
  const content = response ? Object.entries(resolve(document, response).content ?? {}) : [];
  return content.map(([type, media]) => <Examples key={type} {...{ status, type, media }} />);
}

function Headers({ headers }: { headers: NonNullable<ApiResponse['headers']> }) {
  const { document } = useReference();
  const resolved = Object.entries(headers).map(
    ([name, header]) => [name, resolve(document, header)] as const,
  );
  if (resolved.length === 0) return null;
  return (
    <>
      <p class="media">Headers</p>
      <ul class="rows">
        {resolved.map(([name, header]) => (
          <Row
            key={name}
            name={name}
            schema={schemaOf(header)}
            isRequired={false}
            description={header.description}
            note={header.required ? 'always' : 'not always'}
          />
        ))}
      </ul>
    </>
  );
}
