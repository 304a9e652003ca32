/** The reference of the API of this host: its OpenAPI document, on one page. */
import '../styles/reference.css';
import { useEffect, useState } from 'preact/hooks';
import { FailureNotice } from '../components/notice.tsx';
import { type Failure, send } from '../lib/http.ts';
import { readJson } from '../lib/read-json.ts';
import { createParser, isObject, objectOf, optional } from '../lib/shape.ts';
import type { ApiDocument } from './document.ts';
import { ReferencePage } from './page.tsx';

type Loaded = { document: ApiDocument } | { failure: Failure } | undefined;

const NO_DOCUMENT = { status: 502, message: 'The server did not send an OpenAPI document.' };

/** A test validates the documents of this server against the schema of OpenAPI 3.1. */
const parseDocument = createParser<ApiDocument>(
  objectOf<ApiDocument>({ info: isObject, paths: optional(isObject) }),
);

export function Reference() {
  const [loaded, setLoaded] = useState<Loaded>();
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    const controller = new AbortController();
    setLoaded(undefined);
    load(controller.signal).then(setLoaded, () => undefined);
    return () => controller.abort();
  }, [attempt]);
  if (loaded === undefined) return <p class="loading">Loading the API reference…</p>;
  if ('document' in loaded) return <ReferencePage document={loaded.document} />;
  return (
    <>
      <h1>API reference</h1>
      <FailureNotice failure={loaded.failure} retry={() => setAttempt(attempt + 1)} />
    </>
  );
}

async function load(signal: AbortSignal): Promise<Loaded> {
  const answer = await send('/openapi.json', { signal });
  const read = readJson(answer, parseDocument);
  if (read.kind === 'ok') return { document: read.data };
  return { failure: answer.kind === 'failed' ? answer.failure : NO_DOCUMENT };
}
