/** The whole task: facts, trigger, target, log and debug. */
import { useMemo } from 'preact/hooks';
import type { LoggedTask } from '../api-types.ts';
import { JsonView } from '../components/json-view.tsx';
import { memberSource } from '../lib/json-source.ts';
import type { Confirmed } from '../lib/poller.ts';
import { LongText } from './long-text.tsx';
import { TaskFacts } from './task-facts.tsx';
import { TaskLog } from './task-log.tsx';

interface TaskDetailsProps {
  last: Confirmed<LoggedTask>;
  /** The page of the log. */
  log: number;
}

export function TaskDetails({ last: { data: task, text }, log }: TaskDetailsProps) {
  return (
    <>
      <TaskFacts task={task} />
      <div class="columns">
        <Member id={task.id} text={text} name="trigger" title="Trigger" />
        <Member id={task.id} text={text} name="target" title="Target" />
      </div>
      <TaskLog task={task} log={log} />
      {task.debug !== '' && (
        <section>
          <h2>Debug</h2>
          <LongText text={task.debug} />
        </section>
      )}
    </>
  );
}

interface MemberProps {
  id: number;
  /** The task as the server sent it. */
  text: string;
  name: 'trigger' | 'target';
  title: string;
}

/** A member of the task as JSON. */
function Member({ id, text, name, title }: MemberProps) {
  const source = useMemo(() => memberSource(text, name) ?? '{}', [text, name]);
  return (
    <section>
      <h2>{title}</h2>
      <JsonView text={source} label={`${name} of task ${id}`} fileName={`task-${id}-${name}.json`} />
    </section>
  );
}
