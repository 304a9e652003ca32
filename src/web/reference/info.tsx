/** What the document says about the API as a whole. */
import { useReference } from './context.ts';
import { unknownKeywords } from './keywords.ts';
import { OuterLink, Text } from './text.tsx';

export function InfoView() {
  const { document } = useReference();
  const { title, version, summary, description, contact, license, termsOfService } = document.info;
  const unknown = unknownKeywords(document);
  return (
    <>
      <h1>
        {title} <span class="version">{version}</span>
      </h1>
      <Text text={summary} />
      <Text text={description} />
      <ul class="facts">
        <li>
          OpenAPI {document.openapi}: <a href="/openapi.json">openapi.json</a>
        </li>
        {document.servers?.map(({ url, description: purpose }) => (
          <li key={url}>
            Server <code>{new URL(url, location.href).href}</code> {purpose}
          </li>
        ))}
        {contact && (
          <li>
            Contact: {contact.name} {contact.url && <OuterLink href={contact.url} />}{' '}
            {contact.email && <OuterLink href={`mailto:${contact.email}`} label={contact.email} />}
          </li>
        )}
        {license && (
          <li>
            License: {license.url ? <OuterLink href={license.url} label={license.name} /> : license.name}{' '}
            {license.identifier}
          </li>
        )}
        {termsOfService && (
          <li>
            <OuterLink href={termsOfService} label="Terms of service" />
          </li>
        )}
        {document.externalDocs && (
          <li>
            <OuterLink href={document.externalDocs.url} label={document.externalDocs.description} />
          </li>
        )}
        {unknown.length > 0 && <li>Only in openapi.json, not on this page: {unknown.join(', ')}</li>}
      </ul>
    </>
  );
}
