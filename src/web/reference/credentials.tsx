/** The security schemes, with a field for each: what is typed is kept in memory until the page is left. */
import { SecretInput } from '../components/secret-input.tsx';
import { announce } from '../lib/announce.ts';
import { useReference } from './context.ts';
import type { SecurityScheme } from './document.ts';
import { schemeId } from './outline.ts';
import { canFill } from './request.ts';
import { Text } from './text.tsx';

export function CredentialsView() {
  const { document, hasSession } = useReference();
  const schemes = Object.entries(document.components?.securitySchemes ?? {});
  if (schemes.length === 0) return null;
  return (
    <section id="credentials" aria-labelledby="credentials-title">
      <h2 id="credentials-title">Credentials</h2>
      {hasSession && (
        <p>Requests use the session that you are signed in with. Values that are typed here replace it.</p>
      )}
      <p>
        Type them once for all requests of this page. They are kept in memory only, and gone when you leave
        the page.
      </p>
      <ul class="schemes">
        {schemes.map(([name, scheme]) => (
          <Scheme key={name} name={name} scheme={scheme} />
        ))}
      </ul>
    </section>
  );
}

function Scheme({ name, scheme }: { name: string; scheme: SecurityScheme }) {
  const { credentials, setCredential } = useReference();
  const id = schemeId(name);
  return (
    <li id={id}>
      <div class="row-head">
        <code class="name">{name}</code>
        <span class="type">{schemeWords(scheme)}</span>
      </div>
      <Text text={scheme.description} />
      {canFill(scheme) && (
        <form
          autocomplete="off"
          onSubmit={(event) => {
            event.preventDefault();
            announce(`The requests of this page use this value of ${name}.`);
          }}
        >
          <div class="field">
            <label for={`${id}-value`}>
              Value of <code>{name}</code>
            </label>
            <SecretInput
              id={`${id}-value`}
              placeholder={scheme.bearerFormat}
              value={credentials[name] ?? ''}
              onInput={(value) => setCredential(name, value)}
            />
          </div>
        </form>
      )}
    </li>
  );
}

/** Returns how a scheme is sent. */
function schemeWords({ type, in: location, name, scheme, bearerFormat }: SecurityScheme) {
  if (type === 'http')
    return (
      <>
        <code>http</code>: header <code>Authorization: {scheme === 'bearer' ? 'Bearer' : scheme}</code>{' '}
        {bearerFormat && <code>{bearerFormat}</code>}
      </>
    );
  return (
    <>
      <code>{type}</code>: {location} <code>{name}</code>
    </>
  );
}
