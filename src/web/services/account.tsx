/** In the header: who is signed in, the chain and its access level. */
import { useState } from 'preact/hooks';
import type { ServicesSession } from '../api-types.ts';
import { navigate } from '../lib/location.ts';
import { useSettings } from '../lib/settings.ts';
import { formatTime } from '../lib/time.ts';
import { signOut, switchChain } from './session.ts';
import { SignInDialog } from './sign-in.tsx';

interface AccountProps {
  session: ServicesSession;
  isEnded: boolean;
}

export function Account({ session, isEnded }: AccountProps) {
  const { zone } = useSettings();
  const { method, token_id, user_id, valid_until } = session;
  return (
    <div class="account">
      <span title={valid_until ? `Valid until ${formatTime(valid_until, zone)}` : undefined}>
        {method === 'token' ? 'Token' : 'User'} <bdi>{method === 'token' ? token_id : user_id}</bdi>
      </span>
      <Chain session={session} isEnded={isEnded} />
      <button type="button" onClick={signOut}>
        Sign out
      </button>
      <SignInDialog session={session} isEnded={isEnded} />
    </div>
  );
}

/** The chain. A session with several chains can switch to another. */
function Chain({ session: { chain, level, chains }, isEnded }: AccountProps) {
  const [problem, setProblem] = useState('');
  if (chains.length < 2)
    return (
      <span>
        Chain {chain} ({level})
      </span>
    );
  async function choose(select: HTMLSelectElement): Promise<void> {
    setProblem('');
    const failure = await switchChain(Number(select.value));
    if (failure === 'superseded') return;
    // The address of the former chain's task means nothing in another.
    if (!failure) return navigate('/');
    select.value = String(chain);
    setProblem(failure.message);
  }
  return (
    <>
      <label>
        Chain{' '}
        <select
          value={String(chain)}
          disabled={isEnded}
          onChange={({ currentTarget }) => void choose(currentTarget)}
        >
          {chains.map((one) => (
            <option key={one.chain} value={String(one.chain)}>
              {one.chain} ({one.level})
            </option>
          ))}
        </select>
      </label>
      <span role="alert" class="form-error">
        {problem}
      </span>
    </>
  );
}
