/** Requests to the operations of both APIs that are about the API itself. */
import { etagOf, type Visitor } from './visitor.ts';

/** Visits every documented status of the index and the document except 503. */
export async function visitAbout(visit: Visitor): Promise<void> {
  const index = await visit(200, 'GET /', { headers: { Accept: 'application/json' } });
  const headers = { Accept: 'application/json', 'If-None-Match': etagOf(index) };
  await visit(304, 'GET /', { headers });
  await visit(412, 'GET /', { headers: { Accept: 'application/json', 'If-Match': '"other"' } });
  const document = await visit(200, 'GET /openapi.json');
  await visit(304, 'GET /openapi.json', { headers: { 'If-None-Match': etagOf(document) } });
  await visit(412, 'GET /openapi.json', { headers: { 'If-Match': '"other"' } });
}

/** Sends one request to the index and one to the document. Both responses have the same status. */
export async function visitAllAbout(status: number, visit: Visitor): Promise<void> {
  await visit(status, 'GET /');
  await visit(status, 'GET /openapi.json');
}

/** Sends a method that no operation has to each path of a document. */
export async function visitWrongMethods(
  visit: Visitor,
  document: { paths: object },
  headers: Record<string, string> = {},
): Promise<void> {
  for (const path of Object.keys(document.paths)) {
    await visit(405, `PUT ${path.replace(/\{\w+\}/g, '1')}`, { headers });
  }
}
