import { FailureNotice, Notice } from '../components/notice.tsx';
import type { Failure } from '../lib/http.ts';
import type { Polled } from '../lib/use-poll.ts';

interface ServicesFailureProps {
  failure: Failure;
  chain: number;
  polled: Pick<Polled<unknown>, 'nextAt' | 'refresh'>;
}

/** Says why there is nothing to show. A missing access is no reason to sign in again. */
export function ServicesFailure({ failure, chain, polled }: ServicesFailureProps) {
  if (failure.status === 401)
    return (
      <Notice title="Your session has ended">
        <p>Nothing can be shown until you sign in again.</p>
      </Notice>
    );
  if (failure.status !== 403)
    return <FailureNotice failure={failure} nextAt={polled.nextAt} retry={polled.refresh} />;
  return (
    <Notice title={`No access to chain ${chain}`}>
      <p>{failure.message}</p>
      <p>You are signed in. Ask an administrator for access to this chain, or choose another chain.</p>
      <button type="button" onClick={polled.refresh}>
        Try again
      </button>
    </Notice>
  );
}
