/** The form of a new export, with the request that it sends. */
import { useEffect } from 'preact/hooks';
import { EXPORT_FORMAT_NAMES } from '../../exports/operators.ts';
import type { ServicesSession } from '../api-types.ts';
import { Notice } from '../components/notice.tsx';
import { RequestPreview } from '../components/request-preview.tsx';
import { useSettings } from '../lib/settings.ts';
import { curlCommand } from './create-command.ts';
import { bodyOf } from './export-draft.ts';
import { FormError } from './form-error.tsx';
import { INDEX_NAMES } from './index-names.ts';
import { ScheduleFields } from './schedule-fields.tsx';
import { SegmentFields } from './segment-fields.tsx';
import { SelectField } from './select-field.tsx';
import { useCreate } from './use-create.ts';
import { type FormKeeper, useExportForm } from './use-export-form.ts';

interface CreateExportProps {
  session: ServicesSession;
  keeper: FormKeeper;
}

export function CreateExport({ session, keeper }: CreateExportProps) {
  useEffect(() => {
    document.title = 'New export';
  }, []);
  return (
    <>
      <h1>New export of chain {session.chain}</h1>
      {session.level === 'WRITE' ? (
        <CreateForm session={session} keeper={keeper} />
      ) : (
        <Notice title="Your access level is READ">
          <p>To create tasks in chain {session.chain}, you need the access level WRITE.</p>
        </Notice>
      )}
    </>
  );
}

function CreateForm({ session, keeper }: CreateExportProps) {
  const { zone } = useSettings();
  const { form, change, discard } = useExportForm(keeper);
  const { draft, openedAt, keyed } = form;
  const body = JSON.stringify(bodyOf(draft, { chain: session.chain, openedAt, zone }), null, 2);
  const { create, isSending, error, idempotencyKey } = useCreate({ body, keyed, onCreated: discard });
  const command = curlCommand({ origin: location.origin, body, idempotencyKey, session });
  return (
    <div class="columns">
      <form
        class="create"
        onSubmit={(event) => {
          event.preventDefault();
          void create();
        }}
      >
        <label class="field">
          Description
          <input
            required
            maxLength={1000}
            value={draft.desc}
            onInput={({ currentTarget }) => change({ desc: currentTarget.value })}
          />
        </label>
        <div class="field-row">
          <SelectField
            label="Export"
            value={draft.index}
            choices={INDEX_NAMES}
            onChange={(index) => change({ index })}
          />
          <SelectField
            label="Format"
            value={draft.format}
            choices={EXPORT_FORMAT_NAMES}
            onChange={(format) => change({ format })}
          />
        </div>
        <ScheduleFields draft={draft} change={change} />
        <SegmentFields draft={draft} change={change} />
        <FormError message={error} />
        <div class="actions">
          <button type="submit" class="primary" disabled={isSending}>
            {isSending ? 'Creating…' : 'Create the export'}
          </button>
        </div>
      </form>
      <RequestPreview body={body} command={command} />
    </div>
  );
}
