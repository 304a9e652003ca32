/** The form of a new export, with the request that it sends. */
import { useEffect, useState } from 'preact/hooks';
import { EXPORT_FORMAT_NAMES } from '../../exports/operators.ts';
import type { ServicesSession } from '../api-types.ts';
import { Notice } from '../components/notice.tsx';
import { useSettings } from '../lib/settings.ts';
import { curlCommand } from './create-command.ts';
import { bodyOf, EMPTY_DRAFT, type ExportDraft } from './export-draft.ts';
import { FormError } from './form-error.tsx';
import { INDEX_NAMES } from './index-names.ts';
import { RequestPreview } from './request-preview.tsx';
import { ScheduleFields } from './schedule-fields.tsx';
import { SegmentFields } from './segment-fields.tsx';
import { SelectField } from './select-field.tsx';
import { useCreate } from './use-create.ts';

export function CreateExport({ session }: { session: ServicesSession }) {
  useEffect(() => {
    document.title = 'New export';
  }, []);
  return (
    <>
      <h1>New export of chain {session.chain}</h1>
      {session.level === 'WRITE' ? (
        <CreateForm session={session} />
      ) : (
        <Notice title="Your access level is READ">
          <p>To create tasks in chain {session.chain}, you need the access level WRITE.</p>
        </Notice>
      )}
    </>
  );
}

function CreateForm({ session }: { session: ServicesSession }) {
  const { zone } = useSettings();
  const [openedAt] = useState(Date.now);
  const [draft, setDraft] = useState<ExportDraft>(EMPTY_DRAFT);
  const change = (changes: Partial<ExportDraft>) => setDraft((former) => ({ ...former, ...changes }));
  const body = JSON.stringify(bodyOf(draft, { chain: session.chain, openedAt, zone }), null, 2);
  const { create, isSending, error, idempotencyKey } = useCreate(body);
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
