import { useContext, useEffect, useMemo, useState } from 'preact/hooks';
import { SessionHeaders } from '../lib/session-headers.ts';
import { Contents } from './contents.tsx';
import { ReferenceContext } from './context.ts';
import { CredentialsView } from './credentials.tsx';
import type { ApiDocument } from './document.ts';
import { InfoView } from './info.tsx';
import { OperationView } from './operation.tsx';
import { type Group, groupsOf, schemaId, schemeId } from './outline.ts';
import { type Credentials, credentialsOf } from './request.ts';
import { SchemaView } from './schema-view.tsx';
import { Text } from './text.tsx';

export function ReferencePage({ document: api }: { document: ApiDocument }) {
  const [credentials, setCredentials] = useState<Credentials>({});
  const groups = useMemo(() => groupsOf(api), [api]);
  const { schemas = {}, securitySchemes = {} } = api.components ?? {};
  useEffect(() => {
    document.title = `${api.info.title}: API reference`;
    // The browser looked for the section of the address before it was there.
    if (location.hash !== '') location.replace(location.hash);
  }, [api]);
  const partsOf = (named: object, idOf: (name: string) => string) =>
    Object.keys(named).map((name) => ({ id: idOf(name), title: name }));
  const sections = [
    { id: 'credentials', title: 'Credentials', parts: partsOf(securitySchemes, schemeId) },
    ...groups.map(({ id, title, endpoints }) => ({ id, title, parts: endpoints })),
    { id: 'schemas', title: 'Schemas', parts: partsOf(schemas, schemaId) },
  ].filter(({ parts }) => parts.length > 0);
  const setCredential = (scheme: string, value: string) =>
    setCredentials({ ...credentials, [scheme]: value });
  const ofSession = credentialsOf(securitySchemes, useContext(SessionHeaders));
  const sent = Object.values(credentials).some((value) => value !== '') ? credentials : ofSession;
  const hasSession = Object.keys(ofSession).length > 0;
  return (
    <ReferenceContext.Provider value={{ document: api, credentials, sent, hasSession, setCredential }}>
      <div class="reference">
        <Contents sections={sections} />
        <div class="reference-body">
          <InfoView />
          <CredentialsView />
          {groups.map((group) => (
            <GroupView key={group.id} group={group} />
          ))}
          <Schemas schemas={schemas} />
        </div>
      </div>
    </ReferenceContext.Provider>
  );
}

function GroupView({ group: { id, title, description, endpoints } }: { group: Group }) {
  return (
    <section id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{title}</h2>
      <Text text={description} />
      {endpoints.map((endpoint) => (
        <OperationView key={endpoint.id} endpoint={endpoint} isWebhook={id === 'webhooks'} />
      ))}
    </section>
  );
}

function Schemas({ schemas }: { schemas: NonNullable<NonNullable<ApiDocument['components']>['schemas']> }) {
  if (Object.keys(schemas).length === 0) return null;
  return (
    <section id="schemas" aria-labelledby="schemas-title">
      <h2 id="schemas-title">Schemas</h2>
      {Object.entries(schemas).map(([name, schema]) => (
        <article
          key={name}
          class="schema-section"
          id={schemaId(name)}
          aria-labelledby={`${schemaId(name)}-title`}
        >
          <h3 id={`${schemaId(name)}-title`}>
            <a href={`#${schemaId(name)}`}>{name}</a>
          </h3>
          <SchemaView schema={schema} isOpen />
        </article>
      ))}
    </section>
  );
}
