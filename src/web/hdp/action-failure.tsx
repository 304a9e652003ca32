import type { Failure } from '../lib/http.ts';
import { isOutcomeUnknown } from '../lib/read-json.ts';

/** Says at a form why its action failed. The element exists before, so that the text is announced. */
export function ActionFailure({ failure, advice }: { failure: Failure | undefined; advice?: string }) {
  return (
    <p role="alert" class="problem">
      {failure && <bdi>{failure.message}</bdi>}
      {failure?.retryAfterMs !== undefined && ` Wait ${failure.retryAfterMs / 1000} seconds.`}
      {failure && isOutcomeUnknown(failure) && advice !== undefined && ` ${advice}`}
    </p>
  );
}
