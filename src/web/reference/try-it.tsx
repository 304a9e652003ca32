/** Sends a request of an operation, and shows the same as a command. */
import { useState } from 'preact/hooks';
import { CodeBlock } from '../components/code-block.tsx';
import { useReference } from './context.ts';
import { curlCommand } from './curl.ts';
import type { ApiDocument } from './document.ts';
import { bodyExamples, exampleText } from './example-value.ts';
import { type Endpoint, resolve } from './outline.ts';
import {
  bodyTypeOf,
  createRequest,
  credentialHeaders,
  type FormValues,
  fulfilled,
  parameterKey,
  placeholderOf,
} from './request.ts';
import { TryFields } from './try-fields.tsx';
import { TryResult } from './try-result.tsx';
import { useSender } from './use-sender.ts';

const READS = ['get', 'head', 'options'];

export function TryIt({ endpoint }: { endpoint: Endpoint }) {
  const { document, sent: credentials } = useReference();
  const [values, setValues] = useState(() => initialValues(document, endpoint));
  const { outcome, isSending, submit } = useSender();
  const { security, title } = endpoint;
  const chosen = fulfilled(security, credentials);
  const placeholders = credentialHeaders(document, chosen ?? security[0] ?? {}, (_name, scheme) =>
    placeholderOf(scheme),
  );
  const secrets = credentialHeaders(document, chosen ?? {}, (name) => credentials[name] ?? '');
  const command = curlCommand(location.origin, createRequest(document, endpoint, values, []), placeholders);
  return (
    <>
      <CodeBlock label="curl" code={command} />
      <details class="try">
        <summary>
          Try it<span class="visually-hidden">: {title}</span>
        </summary>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void submit(createRequest(document, endpoint, values, secrets));
          }}
        >
          <TryFields endpoint={endpoint} values={values} onChange={setValues} />
          {!chosen && security.length > 0 && (
            <p>
              Without <a href="#credentials">credentials</a>, the server refuses this request.
            </p>
          )}
          {!READS.includes(endpoint.method) && <p class="warning">This request changes data.</p>}
          <button type="submit" class="primary" aria-disabled={isSending}>
            Send
          </button>
        </form>
        <TryResult outcome={outcome} isSending={isSending} />
      </details>
    </>
  );
}

/**
 * Required parameters and the body begin with their examples. Optional parameters begin empty, because a filter or a
 * repeated Idempotency-Key would change the response.
 */
function initialValues(document: ApiDocument, endpoint: Endpoint): FormValues {
  const required = endpoint.parameters.filter((parameter) => parameter.required);
  const body = endpoint.operation.requestBody && resolve(document, endpoint.operation.requestBody);
  const media = body?.content?.[bodyTypeOf(document, endpoint) ?? ''];
  const [example] = media ? bodyExamples(document, media) : [];
  return {
    parameters: Object.fromEntries(
      required.map((parameter) => [parameterKey(parameter), exampleText(document, parameter)]),
    ),
    body: media && JSON.stringify(example?.value ?? {}, null, 2),
  };
}
